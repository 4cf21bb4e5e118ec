"""The examples, names and numbers of ``docs/sentry.md`` are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from msgspec import structs

from gaterunner.config.grammar import parse_workflow
from gaterunner.config.sentry_options import SentryOptions
from gaterunner.explaining import rule_pages
from gaterunner.gates.sentry_clean import RULES
from gaterunner.runner.sentry_asking import MOST_ASKED, MOST_SKEW
from gaterunner.sentry.api import MOST_RELEASES_PAGES
from gaterunner.sentry.client import SCOPES

PAGE = (Path(__file__).parents[2] / "docs" / "sentry.md").read_text(encoding="utf-8")
WORDS = " ".join(PAGE.split())


@pytest.mark.parametrize("text", re.findall(r"^```yaml\n(workflow:.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
def test_an_example_is_a_workflow_file(text: str) -> None:
    assert parse_workflow(text.encode(), ".gaterunner.yml").gates[-1].kind == "sentry-clean"


def test_the_table_names_every_option() -> None:
    table = PAGE.partition("## Options\n")[2].partition("\n## ")[0]
    named = re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)
    assert named == [field.encode_name for field in structs.fields(SentryOptions)]


def test_the_bounds_are_the_code_s() -> None:
    assert f"more than {MOST_SKEW.seconds // 60} minutes apart" in WORDS
    assert (
        f"the {MOST_RELEASES_PAGES * 100:,} newest are looked at, and of those with a newer deploy {MOST_ASKED}"
        in WORDS
    )
    for scope in re.findall(r"\w+:read", SCOPES):
        assert f"`{scope}`" in PAGE


def test_every_rule_has_its_page() -> None:
    assert {page.name for page in rule_pages() if page.name.startswith("sentry/")} == set(RULES)
