"""The examples of `docs/policies/cutovers.md` and `docs/rehearsal.md` are what the pages say they are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gaterunner.config.conventions.migrations import TOOLS
from gaterunner.config.grammar import parse_workflow
from gaterunner.cutovers import PATH, PHASES, read_cutovers
from gaterunner.cutovers.findings import RULES
from gaterunner.cutovers.locations import MAX_BYTES
from gaterunner.cutovers.reading import MAX_CUTOVERS
from gaterunner.gates.rehearsal import MOST_NOTICES
from gaterunner.gates.rehearsal import RULES as REHEARSAL_RULES

ROOT = Path(__file__).parents[2]
CUTOVERS = (ROOT / "docs" / "policies" / "cutovers.md").read_text(encoding="utf-8")
REHEARSAL = (ROOT / "docs" / "rehearsal.md").read_text(encoding="utf-8")
PAGES = ROOT / "gaterunner" / "rules" / "rehearsal"


def blocks(page: str, kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("text", [*blocks(CUTOVERS, "yaml"), *blocks(REHEARSAL, "yaml")])
def test_an_example_is_a_workflow_file(text: str) -> None:
    assert parse_workflow(text.encode(), ".gaterunner.yml").gates


def test_the_example_of_a_cutovers_file_is_one() -> None:
    (text,) = blocks(CUTOVERS, "yaml cutovers")
    (cutover,) = read_cutovers(text.encode(), PATH)
    assert (cutover.phase, cutover.symbol) == ("dual-write", "save")


def test_the_tables_name_every_phase_rule_and_tool() -> None:
    assert tuple(re.findall(r"^\| `([a-z-]+)` \| (?:writes|as|reads)", CUTOVERS, re.MULTILINE)) == PHASES
    assert re.findall(r"^\| `cutover/([a-z-]+)` \|", CUTOVERS, re.MULTILINE) == list(RULES)
    for tool in TOOLS:
        assert f"| {tool} |" in REHEARSAL or f", {tool} |" in REHEARSAL or f"| {tool}, " in REHEARSAL, tool
    for rule in REHEARSAL_RULES:
        assert f"`{rule}`" in REHEARSAL
    assert {f"rehearsal/{page.stem}" for page in PAGES.glob("*.md")} == set(REHEARSAL_RULES)


def test_the_bounds_are_the_codes() -> None:
    assert f"at most {MAX_CUTOVERS} entries" in CUTOVERS
    assert f"up to {MAX_BYTES // 1_000_000} MB each" in CUTOVERS
    assert f"at most {MOST_NOTICES})" in REHEARSAL
