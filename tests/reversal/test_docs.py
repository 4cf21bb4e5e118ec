"""``docs/rollback.md`` says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from gaterunner.config.grammar import parse_workflow
from gaterunner.explaining import rule_pages
from gaterunner.gates import rollback
from gaterunner.reversal import types

PAGE = (Path(__file__).parents[2] / "docs" / "rollback.md").read_text(encoding="utf-8")
RULES = {*rollback.RULES, *types.RULES}


@pytest.mark.parametrize("text", re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
def test_an_example_is_a_workflow_file(text: str) -> None:
    gates = parse_workflow(text.encode(), ".gaterunner.yml").gates
    assert gates[-1].kind == "rollback-rehearsal"


def test_every_rule_is_told_and_has_its_page() -> None:
    assert set(re.findall(r"`(rollback/[a-z-]+)`", PAGE)) == RULES
    assert {page.name for page in rule_pages() if page.name.startswith("rollback/")} == RULES


def test_the_schema_has_the_name_that_is_told() -> None:
    (schema,) = (field.default for field in msgspec.structs.fields(types.Rehearsal) if field.name == "schema")
    assert f"`{schema}`" in PAGE
