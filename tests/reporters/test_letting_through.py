"""How a red policy's findings are let through on purpose, ready to be copied."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from gaterunner.model import Finding, Outcome, PolicyResult, Severity
from gaterunner.reporters.letting_through import LettingThrough, broken, letting_through
from gaterunner.waivers.approval import waive_lines
from gaterunner.waivers.file import Waiver, read_waivers
from tests.reporters.reports import finding, policy

CONTENT = "5f3c2a1e9b7d4c6f8a0e2d4b6c8f1a3e5d7b9c0f"


def dropped(path: str | None = "migrations/0042_drop_orders.sql", **fields: Any) -> Finding:
    return finding(**{"rule": "migration-drop-table", "path": path, "content": CONTENT, **fields})


def red(*findings: Finding, outcome: Outcome = Outcome.FAILED) -> PolicyResult:
    return policy("forward-only-migrations", outcome, findings=findings)


def way(*findings: Finding, most: int = 3) -> LettingThrough:
    through = letting_through(red(*findings), most=most)
    assert through is not None
    return through


def filled_in(through: LettingThrough) -> tuple[Waiver, ...]:
    """The waivers that the program reads once somebody put in why, who and until when."""
    lines = [line for entry in through.entries for line in broken(entry, 80)]
    text = "\n".join(["waivers:", *(f"  {line}" for line in lines), ""])
    text = text.replace("WHY", "never used").replace("WHO", "hopper").replace("YYYY-MM-DD", "2026-06-30")
    return read_waivers(text.encode(), ".gaterunner/waivers.yml")


def test_an_entry_is_copied_and_filled_in() -> None:
    (waiver,) = filled_in(way(dropped()))
    assert (waiver.rule, waiver.path, waiver.content) == (
        "migration-drop-table",
        "migrations/0042_drop_orders.sql",
        CONTENT,
    )
    assert waiver.expires == date(2026, 6, 30)


def test_a_line_of_a_review_is_copied() -> None:
    (line,) = waive_lines("\n".join(way(dropped()).lines))
    assert (line.rule, line.path) == ("migration-drop-table", "migrations/0042_drop_orders.sql")


@pytest.mark.parametrize(
    "path",
    ["a, b.sql", "a: b.sql", "#a", "{a}", 'say "a".sql', "ünï.sql", "-a", "null", "12", ".inf", ".env", "Makefile"],
)
def test_a_name_that_yaml_would_read_otherwise_is_quoted(path: str) -> None:
    assert [waiver.path for waiver in filled_in(way(dropped(path)))] == [path]


@pytest.mark.parametrize("content", ["0" * 40, "1" * 39 + "2", "12e" + "4" * 37, CONTENT])
def test_an_id_is_read_as_it_stands_though_it_look_like_a_number(content: str) -> None:
    assert [waiver.content for waiver in filled_in(way(dropped(content=content)))] == [content]


@pytest.mark.parametrize("path", ["a\u202eb.sql", "caf\\xe9.sql", "a*b.sql"])
def test_a_name_that_the_report_cannot_show_is_told_by_its_fingerprint(path: str) -> None:
    (waiver,) = filled_in(way(dropped(path, fingerprint="f" * 32)))
    assert (waiver.path, waiver.fingerprint) == (None, "f" * 32)


def test_a_finding_without_a_file_names_the_head() -> None:
    (waiver,) = filled_in(way(dropped(None)))
    assert (waiver.path, waiver.fingerprint, waiver.content) == (None, None, CONTENT)


def test_one_entry_is_for_all_findings_of_a_rule_in_a_file() -> None:
    through = way(dropped(line=1), dropped(line=7), dropped("b.sql"))
    assert [waiver.path for waiver in filled_in(through)] == ["migrations/0042_drop_orders.sql", "b.sql"]
    assert len(through.lines) == 2


def test_many_are_counted() -> None:
    through = way(*(dropped(f"{number}.sql") for number in range(9)))
    assert (len(through.lines), len(through.entries), through.left_out) == (3, 3, 6)


def test_an_approval_alone_is_enough_for_what_only_needs_a_second_look() -> None:
    assert way(dropped(approvable=True)) == LettingThrough(lines=(), entries=(), left_out=0)


def test_beside_something_graver_it_needs_an_entry_as_well() -> None:
    through = way(dropped(), dropped("Makefile", approvable=True))
    assert len(through.lines) == 1
    assert [waiver.path for waiver in filled_in(through)] == ["migrations/0042_drop_orders.sql", "Makefile"]


def test_what_is_let_through_already_or_blocks_nothing_is_left_out() -> None:
    waived, warning = dropped("a", waived_by="hopper"), dropped("b", severity=Severity.WARNING)
    assert [waiver.path for waiver in filled_in(way(waived, warning, dropped("c")))] == ["c"]


@pytest.mark.parametrize(
    "result",
    [
        red(dropped(), outcome=Outcome.UNPROVEN),
        red(dropped(), outcome=Outcome.ERRORED),
        red(),
        red(dropped(), dropped(rule="secret/more")),
    ],
)
def test_what_nobody_can_have_weighed_is_not_let_through(result: PolicyResult) -> None:
    assert letting_through(result, most=3) is None
