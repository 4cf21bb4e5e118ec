"""Every rule that a gate's evidence can raise has a page, and every such page is one that it can raise."""

from __future__ import annotations

import re
from pathlib import Path

from gaterunner.explaining import rule_pages
from gaterunner.policies import POLICIES

PACKAGE = Path(__file__).resolve().parents[2] / "gaterunner"
ROOMS = ("gates", "evidence", "store", "runner", "fanout", "logs.py")
# `rule="…"`, and the first field of a row or call that becomes one.
NAMED = re.compile(
    r"rule=\"([a-z]+(?:-[a-z]+)+)\"|[(]\"((?:test|shards?)-[a-z-]+|flaky)\",|UNCOVERED_RULE = \"([a-z-]+)\""
)


def raised() -> set[str]:
    files = [file for room in ROOMS for file in ([PACKAGE / room] if "." in room else (PACKAGE / room).rglob("*.py"))]
    return {next(filter(None, found)) for file in files for found in NAMED.findall(file.read_text())}


def pages() -> set[str]:
    of_policies = tuple(prefix for kind in POLICIES.values() for prefix in kind.rules)
    names = {page.name for page in rule_pages() if "/" not in page.name}
    return {name for name in names if not name.startswith(of_policies) and name != "secret"}


def test_rules_of_gates_and_their_pages_are_the_same() -> None:
    assert raised() == pages()
