"""The comment below a pull request: what a reviewer reads first, and nothing that the branch could slip in."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from gaterunner.failures import failures_of, index_of
from gaterunner.model import Failure, FailureIndex, Outcome, Repetition, Report, Verdict
from gaterunner.reporters.comment import COMMENT_BYTES, marker_of, render_comment
from tests.reporters.reports import failing_report, gate, policy, report, summary

MARKER = marker_of("gaterunner")
URL = "https://github.com/octo/example/runs/7"


def indexed(told: Report) -> Report:
    return replace(told, failures=index_of(failures_of(told)))


def test_the_verdict_comes_first_then_what_to_fix_then_the_tables() -> None:
    page = render_comment(indexed(failing_report()), marker=MARKER, url=URL)

    assert page.startswith(f"{MARKER}\n### ❌ unit, no-secret-changes failed; integration unproven.\n")
    assert f"[The whole report]({URL})" in page
    assert "commit `" + "b" * 40 + "`" in page
    order = [page.index(each) for each in ("`tests/test_filters.py:41`", "<details>", "| `build` |", "</details>")]
    assert order == sorted(order)


def test_a_pass_is_short() -> None:
    page = render_comment(report(policies=(policy(),)), marker=MARKER)

    assert "### ✅ 1 gate passed." in page
    assert "<summary>1 gate, 1 policy</summary>" in page
    assert len(page.splitlines()) < 20


def test_new_failures_are_told_from_known_ones_and_a_repeated_one_says_stop() -> None:
    index = FailureIndex(
        shown=(
            Failure(source="unit", rule="test-failed", message="one", standing="new", reproduce="make unit"),
            Failure(source="unit", rule="test-failed", message="two", standing="known"),
        ),
        left_out=3,
        repeated=Repetition(runs=3, since="2025-06-15T12:00:00Z"),
    )
    page = render_comment(report(verdict=Verdict.FAIL, failures=index), marker=MARKER)

    assert "- one (unit: test-failed) — **new**\n  _To reproduce:_ `make unit`" in page
    assert "- two (unit: test-failed) — the base has it too" in page
    assert "- and 3 more\n" in page
    assert "> STOP: the same failures 3 times in a row, since 2025-06-15T12:00:00Z." in page


@pytest.mark.parametrize("limit", [COMMENT_BYTES, 5_000, 600])
def test_it_never_grows_past_what_github_takes(limit: int) -> None:
    many = tuple(gate("g" * 200, Outcome.FAILED, reason="漢" * 2_000) for _ in range(3_000))
    page = render_comment(indexed(report(gates=many, sentence="漢" * 90_000)), marker=MARKER, limit_bytes=limit)

    assert len(page.encode()) <= limit
    assert page.startswith(MARKER)


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "https://x/) [click](https://evil", 'https://x/"onclick=', "https://x/<b>", "https://x y"],
)
def test_an_address_that_is_none_is_no_link(url: str) -> None:
    assert "](" not in render_comment(report(), marker=MARKER, url=url)


def test_text_of_the_branch_stays_text() -> None:
    evil = (
        "<!-- x --> <b>@octocat</b> [click](https://evil.example) ![i](https://evil.example/p.png) #1 |\n"
        "</details>\n# Passed"
    )
    hostile = indexed(
        report(
            verdict=Verdict.FAIL,
            sentence=evil,
            change=summary(branch=evil, target=evil),
            gates=(gate(evil, Outcome.FAILED, reason=evil, command=evil),),
            policies=(policy(evil, Outcome.FAILED, reason=evil),),
        )
    )
    page = render_comment(hostile, marker=MARKER, notes=(evil,)).removeprefix(MARKER)

    prose = re.sub(r"\\.|`[^`\n]*`", "", page)
    for forbidden in ("<b>", "<!--", "](https", "![", "@octocat", "s://evil"):
        assert forbidden not in prose
    assert page.count("</details>") == page.count("<details>") == 1
    assert [line for line in page.splitlines() if line.startswith("#")] == [
        line for line in page.splitlines() if line.startswith("### ❌ ")
    ]


def test_each_check_has_its_own_marker_and_no_name_can_end_it() -> None:
    names = ("gaterunner", "gaterunner policies", "--> <b>", "\udcff", "")
    markers = {marker_of(name) for name in names}
    assert len(markers) == len(names)
    assert all(re.fullmatch(r"<!-- gaterunner:[0-9a-f]{24} -->", marker) for marker in markers)
