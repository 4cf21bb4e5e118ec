"""When each gate ran, as bars on one axis (a Gantt chart), drawn as SVG that fits any width."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from gaterunner.model import Attempt, GateResult, Outcome
from gaterunner.reporters.html.markup import Html, element, join
from gaterunner.reporters.html.words import parse_moment
from gaterunner.reporters.quantities import duration

_HEIGHT = 14
_MOST_TICKS = 5
_DAY = 86_400
_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800, _DAY)
_NEAR_THE_END = 0.93  # of the axis: a tick's words would reach beyond it
_THINNEST = 250  # no bar is thinner than this part of the axis
_MINUTE = 60
_HOUR = 3_600
_LONGEST = 366 * _DAY  # whatever a report claims beyond it is no run


class Bar(Struct, frozen=True, kw_only=True):
    """One execution of a gate: seconds since the axis begins."""

    start: float
    seconds: float
    outcome: Outcome


class Timeline(Struct, frozen=True, kw_only=True):
    """``bars`` holds those of each gate in the order of the gates; the axis reaches from 0 to ``seconds``."""

    seconds: float
    ticks: tuple[float, ...]
    bars: tuple[tuple[Bar, ...], ...]


def timeline_of(gates: Sequence[GateResult]) -> Timeline | None:
    """The axis begins when the first gate starts. None when no gate says when it ran."""
    stated = [_stated(gate) for gate in gates]
    starts = [start for bars in stated for start, _, _ in bars]
    if not starts:
        return None
    origin = min(starts)
    placed = tuple(
        tuple(
            Bar(start=start - origin, seconds=seconds, outcome=outcome)
            for start, seconds, outcome in bars
            if start - origin + seconds <= _LONGEST
        )
        for bars in stated
    )
    seconds = max((bar.start + bar.seconds for bars in placed for bar in bars), default=0.0) or 0.1
    step = next((step for step in _STEPS if seconds / step <= _MOST_TICKS), seconds / _MOST_TICKS)
    ticks = tuple(round(number * step, 3) for number in range(int(seconds / step) + 1))
    return Timeline(seconds=seconds, ticks=ticks, bars=placed)


def axis(timeline: Timeline) -> Html:
    """The axis with its ticks, for the head of the chart."""
    marks = [
        element(
            "text",
            _tick(tick),
            x=_percent(tick, timeline),
            y="11",
            text_anchor="start" if not tick else "end" if tick / timeline.seconds > _NEAR_THE_END else "middle",
        )
        for tick in timeline.ticks
    ]
    return element("svg", join(marks), class_="axis", width="100%", height="16", aria_hidden="true")


def lane(timeline: Timeline, number: int) -> Html:
    """The bars of one gate, above the lines of the axis."""
    bars = timeline.bars[number]
    grid = [
        element("line", x1=_percent(tick, timeline), x2=_percent(tick, timeline), y1="0", y2="100%")
        for tick in timeline.ticks
    ]
    drawn = [
        element(
            "rect",
            class_=bar.outcome.value,
            x=_percent(bar.start, timeline),
            y="2",
            width=_percent(max(bar.seconds, timeline.seconds / _THINNEST), timeline),
            height=str(_HEIGHT - 4),
            rx="2",
        )
        for bar in bars
    ]
    words = "; ".join(f"ran from {duration(bar.start)} to {duration(bar.start + bar.seconds)}" for bar in bars)
    return element(
        "svg",
        element("g", join(grid), class_="grid"),
        join(drawn),
        class_="lane",
        width="100%",
        height=str(_HEIGHT),
        role="img",
        aria_label=words or "did not run",
    )


def _stated(gate: GateResult) -> list[tuple[float, float, Outcome]]:
    """Start (seconds since 1970), duration and outcome of each execution."""
    if gate.cached:
        return []
    tries: list[Attempt | GateResult] = [each for each in gate.tries if each.started]
    found = []
    for each in tries or [gate]:
        moment, seconds, outcome = parse_moment(each.started), each.duration_s, each.outcome
        if moment is not None and 0 <= seconds <= _LONGEST:
            found.append((moment.timestamp(), seconds, outcome))
    return found


def _percent(seconds: float, timeline: Timeline) -> str:
    return f"{100 * seconds / timeline.seconds:.2f}%"


def _tick(seconds: float) -> str:
    if seconds < _MINUTE:
        return f"{seconds:g} s"
    hours, rest = divmod(round(seconds), _HOUR)
    minutes, left = divmod(rest, _MINUTE)
    if hours:
        return f"{hours} h {minutes:02} min" if minutes else f"{hours} h"
    return f"{minutes} min {left:02} s" if left else f"{minutes} min"
