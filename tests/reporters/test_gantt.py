"""The chart of a run: what it shows, that nothing in a name can mean anything, and that it stays small.

The chart's syntax was tried with Mermaid itself; here it is held to the lines that were.
"""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaterunner.model import Attempt, Outcome
from gaterunner.reporters.gantt import CHART_BYTES, MOST_GATES, render_gantt
from tests.reporters.reports import gate, report

START = "2025-06-15T12:00:00Z"
LINES = re.compile(
    r"```mermaid\n"
    r"%%\{init: \{'gantt': \{'displayMode': 'compact', 'leftPadding': \d{2,3}\}\}\}%%\n"
    r"gantt\n    dateFormat x\n    axisFormat %H:%M:%S\n    todayMarker off\n"
    r"(    section · [^#:;%`{}<>\"\n]+\n(    [·✓✗?!…] [^#:;%`{}<>\"\n]+ :(done|active|crit), \d+, \d+\n)+)+"
    r"```\n(\n_[0-9]+ more gates?: [^\n]+_\n)?"
)


def bars(chart: str) -> list[str]:
    return [line.strip() for line in chart.splitlines() if " :" in line]


def test_each_gate_shows_its_wait_and_how_it_ended() -> None:
    chart = render_gantt(
        report(
            started=START,
            gates=(
                gate("build", started=START, duration_s=12.3),
                gate("unit", Outcome.FAILED, started="2025-06-15T12:00:12Z", duration_s=2),
            ),
        )
    )
    assert LINES.fullmatch(chart)
    assert bars(chart) == [
        "✓ passed 12.3 s :active, 1749988800000, 1749988812300",
        "· waited :done, 1749988800000, 1749988812000",
        "✗ failed 2.0 s :crit, 1749988812000, 1749988814000",
    ]
    assert chart.index("section · build") < chart.index("section · unit")


def test_attempts_are_bars_of_their_own() -> None:
    tries = (
        Attempt(number=1, outcome=Outcome.FAILED, reason="", started=START, duration_s=1),
        Attempt(number=2, outcome=Outcome.PASSED, reason="", started="2025-06-15T12:00:04Z", duration_s=2),
    )
    assert bars(render_gantt(report(started=START, gates=(gate(started=START, tries=tries),)))) == [
        "✗ failed (attempt 1) 1.0 s :crit, 1749988800000, 1749988801000",
        "✓ passed (attempt 2) 2.0 s :active, 1749988804000, 1749988806000",
    ]


def test_what_did_not_run_is_counted() -> None:
    gates = (
        gate("build", started=START),
        gate("docs", Outcome.SKIPPED),
        gate("lint", cached=True, started=START),
        gate("unit", started="some day"),
    )
    chart = render_gantt(report(started=START, gates=gates))
    assert len(bars(chart)) == 1
    assert chart.endswith("\n_3 more gates: not run, taken from the cache, or beyond this chart._\n")


@pytest.mark.parametrize("gates", [(), (gate("docs", Outcome.SKIPPED),), (gate("unit", started=None),)])
def test_without_a_gate_at_work_there_is_no_chart(gates: tuple[object, ...]) -> None:
    assert render_gantt(report(gates=gates)) == ""


def test_it_stays_within_what_github_draws() -> None:
    gates = tuple(gate(f"{'漢' * 60}{number}", started=START) for number in range(5_000))
    chart = render_gantt(report(started=START, gates=gates))
    assert len(bars(chart)) == MOST_GATES
    assert len(chart.encode()) < CHART_BYTES
    assert "4940 more gates" in chart


@pytest.mark.parametrize(
    "name",
    [
        "title x",
        "section",
        "click me call alert()",
        "end",
        "2025-01-01",
        "%%{init: {'securityLevel': 'loose'}}%%",
        "```\n## Passed\n```",
        "a: crit, 0, 1",
        "<img src=x onerror=alert(1)>",
        "#35;",
        "\u202eevil",
        "",
        "\x00",
    ],
)
def test_a_name_is_only_a_name(name: str) -> None:
    assert LINES.fullmatch(render_gantt(report(started=START, gates=(gate(name, started=START),))))


@given(st.text(), st.floats(), st.floats(), st.text())
def test_whatever_a_report_holds_the_chart_is_one(name: str, took: float, whole: float, started: str) -> None:
    gates = (gate(name, started=START, duration_s=took), gate(name, started=started, duration_s=took))
    assert LINES.fullmatch(render_gantt(report(started=started, duration_s=whole, gates=gates)))
