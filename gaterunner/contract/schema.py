"""The JSON Schema of a spec's front matter, generated from the types that decode it.

``python -m gaterunner.contract.schema > gaterunner/contract/spec.schema.json`` writes the copy that is shipped. What no
schema of this dialect can say (contradictions, an id twice, a default that is no option) only ``read_spec`` says.
"""

from __future__ import annotations

import sys
from typing import Any

import msgspec

from gaterunner.contract.options import REQUIRED, SpecOptions

Schema = dict[str, Any]  # JSON Schema is itself untyped JSON; nothing but a writer of JSON ever gets one


def spec_schema() -> Schema:
    """The whole schema, JSON Schema 2020-12."""
    _, definitions = msgspec.json.schema_components([SpecOptions], ref_template="#/$defs/{name}")
    spec = definitions.pop(SpecOptions.__name__)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **spec,
        "title": "gaterunner spec",
        "description": "What the branch of a phase is for, what it may touch, and what proves that it is done.",
        "required": list(REQUIRED),
        "$defs": definitions,
    }


def spec_schema_text() -> str:
    """The schema as the text of the shipped file: indented, keys in a fixed order, one newline at the end."""
    return msgspec.json.format(msgspec.json.encode(spec_schema()), indent=2).decode() + "\n"


if __name__ == "__main__":
    sys.stdout.write(spec_schema_text())
