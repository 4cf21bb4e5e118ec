"""The JSON Schema of the panel file, generated from the types that decode it.

``python -m gaterunner.governance.schema > gaterunner/governance/panel.schema.json`` writes the copy that is shipped.
What no schema says (a role twice, a criterion that nobody declared) only ``read_panel`` says.
"""

from __future__ import annotations

import sys
from typing import Any

import msgspec

from gaterunner.governance.options import PanelOptions
from gaterunner.governance.reading import ROOT

Schema = dict[str, Any]  # JSON Schema is itself untyped JSON; nothing but a writer of JSON ever gets one


def panel_schema() -> Schema:
    """The whole schema, JSON Schema 2020-12."""
    (panel,), definitions = msgspec.json.schema_components([PanelOptions], ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "gaterunner panel",
        "description": "Who settles the trade-offs that a spec asks about, and by which votes.",
        "type": "object",
        "properties": {ROOT: panel},
        "required": [ROOT],
        "additionalProperties": False,
        "$defs": definitions,
    }


def panel_schema_text() -> str:
    """The schema as the text of the shipped file: indented, keys in a fixed order, one newline at the end."""
    return msgspec.json.format(msgspec.json.encode(panel_schema()), indent=2).decode() + "\n"


if __name__ == "__main__":
    sys.stdout.write(panel_schema_text())
