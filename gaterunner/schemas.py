"""The JSON Schemas of the files that people write, by name."""

from __future__ import annotations


def schema_of(kind: str) -> str:
    """The schema of ``workflow``, ``spec`` or ``panel`` as text. Only what it takes is loaded."""
    if kind == "spec":
        from gaterunner.contract.schema import spec_schema_text

        return spec_schema_text()
    if kind == "panel":
        from gaterunner.governance.schema import panel_schema_text

        return panel_schema_text()
    from gaterunner.config.schema import schema_text

    return schema_text()
