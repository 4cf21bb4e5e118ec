"""Every rule of the policy has a page, and every page there is one of its rules."""

from typing import get_args

from gaterunner.explaining import rule_pages
from gaterunner.migrations.kinds import RuleName


def test_rules_and_pages_are_the_same() -> None:
    pages = {page.name for page in rule_pages() if page.name.startswith("migration-")}
    assert pages == set(get_args(RuleName))
