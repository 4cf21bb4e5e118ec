"""Every rule of the two policies has a page, and every page there is one of their rules."""

from __future__ import annotations

from typing import get_args

import pytest

from gaterunner.clean_main.findings import RuleName as CleanMainRule
from gaterunner.explaining import rule_pages
from gaterunner.policies.change_budget import RuleName as BudgetRule


@pytest.mark.parametrize(("area", "rules"), [("clean-main", CleanMainRule), ("change-budget", BudgetRule)])
def test_rules_and_pages_are_the_same(area: str, rules: object) -> None:
    assert {page.name for page in rule_pages() if page.name.startswith(f"{area}/")} == {
        f"{area}/{rule}" for rule in get_args(rules)
    }
