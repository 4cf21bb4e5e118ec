"""What the docs show of phases and flags is valid, and names every rule there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gaterunner.config.grammar import parse_workflow
from gaterunner.contract.ordering import RULES as ORDER_RULES
from gaterunner.flags.findings import RULES as ROLLOUT_RULES
from gaterunner.flags.reading import read_manifest

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = ("phases.md", "flags.md", "policies/phases.md", "policies/reversible-rollout.md")


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", (DOCS / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES)
def test_every_workflow_file_that_is_shown_is_valid(page: str) -> None:
    shown = [block for block in blocks(page, "yaml") if block.startswith("workflow:")]

    assert shown
    for block in shown:
        parse_workflow(block.encode(), page)


@pytest.mark.parametrize("format", ["openfeature", "flagd"])
def test_every_manifest_that_is_shown_is_valid(format: str) -> None:
    (shown,) = blocks("flags.md", f"json {format}")

    assert read_manifest(shown.encode(), "flags.json").format == format


@pytest.mark.parametrize(
    ("page", "prefix", "rules"),
    [("phases.md", "phases", ORDER_RULES), ("reversible-rollout.md", "rollout", ROLLOUT_RULES)],
)
def test_every_rule_is_listed(page: str, prefix: str, rules: tuple[str, ...]) -> None:
    text = (DOCS / "policies" / page).read_text("utf-8")

    assert re.findall(rf"^\| `{prefix}/([\w-]+)` \|", text, re.MULTILINE) == list(rules)
