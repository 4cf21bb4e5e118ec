"""When each gate ran, as bars on one axis."""

from __future__ import annotations

import re

import pytest

from gaterunner.model import Attempt, Outcome
from gaterunner.reporters.html.timeline import Bar, axis, lane, timeline_of
from tests.reporters.reports import gate


def test_the_axis_begins_with_the_first_gate_and_ends_with_the_last() -> None:
    timeline = timeline_of(
        [
            gate("a", started="2026-01-15T12:00:10.500Z", duration_s=4.0),
            gate("b", started="2026-01-15T12:00:12.500Z", duration_s=8.0),
        ]
    )

    assert timeline is not None
    assert timeline.seconds == 10.0
    assert timeline.ticks == (0, 2, 4, 6, 8, 10)
    assert timeline.bars == (
        (Bar(start=0.0, seconds=4.0, outcome=Outcome.PASSED),),
        (Bar(start=2.0, seconds=8.0, outcome=Outcome.PASSED),),
    )


def test_each_attempt_is_a_bar_of_its_own() -> None:
    tries = tuple(
        Attempt(number=number, outcome=outcome, reason="", started=f"2026-01-15T12:00:{second:02}.000Z", duration_s=3.0)
        for number, outcome, second in ((1, Outcome.FAILED, 0), (2, Outcome.PASSED, 5))
    )
    timeline = timeline_of([gate(tries=tries, started=tries[0].started, duration_s=8.0)])

    assert timeline is not None
    assert [(bar.start, bar.seconds, bar.outcome) for bar in timeline.bars[0]] == [
        (0.0, 3.0, Outcome.FAILED),
        (5.0, 3.0, Outcome.PASSED),
    ]
    assert 'aria-label="ran from 0.0 s to 3.0 s; ran from 5.0 s to 8.0 s"' in lane(timeline, 0)


def test_what_did_not_run_has_no_bar() -> None:
    ran = gate(started="2026-01-15T12:00:00.000Z")
    timeline = timeline_of([ran, gate(started=None), gate(cached=True, started="2026-01-15T11:00:00.000Z")])

    assert timeline is not None
    assert [len(bars) for bars in timeline.bars] == [1, 0, 0]
    assert 'aria-label="did not run"' in lane(timeline, 1)


def test_no_axis_where_no_gate_ran() -> None:
    assert timeline_of([]) is None
    assert timeline_of([gate(started=None)]) is None


@pytest.mark.parametrize("stamp", ["", "yesterday", "2026-01-15T12:00:00", "0001-01-01T00:00:00+23:59", "9" * 50])
def test_a_time_that_is_none_is_left_out(stamp: str) -> None:
    assert timeline_of([gate(started=stamp)]) is None


@pytest.mark.parametrize("seconds", [-1.0, float("nan"), float("inf"), 1e300])
def test_a_duration_that_is_none_is_left_out(seconds: float) -> None:
    assert timeline_of([gate(started="2026-01-15T12:00:00Z", duration_s=seconds)]) is None


def test_a_gate_of_another_year_does_not_squeeze_the_others() -> None:
    timeline = timeline_of([gate(started="2026-01-15T12:00:00Z"), gate(started="2090-01-15T12:00:00Z")])

    assert timeline is not None
    assert timeline.seconds == 1.0
    assert [len(bars) for bars in timeline.bars] == [1, 0]


def test_an_instant_is_still_seen() -> None:
    timeline = timeline_of([gate(started="2026-01-15T12:00:00Z", duration_s=0.0)])

    assert timeline is not None
    assert 'width="0.40%"' in lane(timeline, 0)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, ["0 s", "0.1 s", "0.2 s", "0.3 s", "0.4 s"]),
        (47.0, ["0 s", "10 s", "20 s", "30 s", "40 s"]),
        (290.0, ["0 s", "1 min", "2 min", "3 min", "4 min"]),
        (5_500.0, ["0 s", "30 min", "1 h", "1 h 30 min"]),
        (400_000.0, ["0 s", "24 h", "48 h", "72 h", "96 h"]),
    ],
)
def test_the_ticks_are_round(seconds: float, words: list[str]) -> None:
    timeline = timeline_of([gate(started="2026-01-15T12:00:00Z", duration_s=seconds)])

    assert timeline is not None
    assert re.findall(r">([^<]+)</text>", axis(timeline)) == words
