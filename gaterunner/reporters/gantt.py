"""When each gate of a run was at work, as a Mermaid Gantt chart, which GitHub draws where it shows Markdown.

A gate has a section of its own: how long it waited since the run began, then each of its attempts. Times are those of
the reader's own time zone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from msgspec import Struct

from gaterunner.model import RED, GateResult, Outcome, Report
from gaterunner.reporters.markdown_text import clean, shorten, size

MOST_GATES = 60
CHART_BYTES = 40_000
"""Far below the 50,000 characters above which GitHub's Mermaid refuses a chart."""

_NAME_CHARACTERS = 60
_CHARACTER = 7  # pixels, about
_WIDEST = 260
_WORTH_TELLING_S = 1.0
_LONGEST_S = 366 * 86_400.0
# What no statement of the chart ends at, and no directive or code fence begins with.
_PLAIN = frozenset(" ._()/=+-@,'")
_SIGNS = {
    Outcome.PASSED: "✓",
    Outcome.FAILED: "✗",
    Outcome.UNPROVEN: "?",
    Outcome.ERRORED: "!",
    Outcome.PENDING: "…",
    Outcome.WAIVED: "✓",
}


class _Bar(Struct, frozen=True, kw_only=True):
    """One bar; ``begin`` and ``end`` are milliseconds since 1970."""

    label: str
    tag: str
    begin: int
    end: int


def render_gantt(report: Report) -> str:
    """The chart as a fenced block of Markdown; empty where no gate was at work.

    It holds at most ``MOST_GATES`` gates, in the order of their start, and says how many more there are.
    """
    began = _milliseconds(report.started)
    rows = sorted(
        ((bars[-1].begin, gate.name, bars) for gate in report.gates if (bars := tuple(_bars(gate, began)))),
        key=lambda row: row[:2],
    )
    page = _head([name for _, name, _ in rows[:MOST_GATES]])
    shown = 0
    for _, name, bars in rows[:MOST_GATES]:
        section = _section(name, bars)
        if size(page) + size(section) > CHART_BYTES:
            break
        page += section
        shown += 1
    if not shown:
        return ""
    left = len(report.gates) - shown
    more = f"\n_{left} more gate{'' if left == 1 else 's'}: not run, taken from the cache, or beyond this chart._\n"
    return f"{page}```\n{more if left else ''}"


def _head(names: Sequence[str]) -> str:
    """Room for the longest name, and the bars of a gate in one row where they do not overlap."""
    room = min(_WIDEST, 24 + _CHARACTER * max((len(plain(name)) for name in names), default=0))
    options = f"{{'gantt': {{'displayMode': 'compact', 'leftPadding': {room}}}}}"
    return (
        f"```mermaid\n%%{{init: {options}}}%%\ngantt\n    dateFormat x\n    axisFormat %H:%M:%S\n    todayMarker off\n"
    )


def _section(name: str, bars: tuple[_Bar, ...]) -> str:
    lines = "".join(f"    {bar.label} :{bar.tag}{bar.begin}, {bar.end}\n" for bar in bars)
    # Never a keyword of the chart at the start, whatever the gate is called.
    return f"    section · {plain(name)}\n{lines}"


def _bars(gate: GateResult, began: int | None) -> Iterator[_Bar]:
    tries = [(each.started, each.duration_s, each.outcome) for each in gate.tries]
    if not tries and not gate.cached and gate.outcome is not Outcome.SKIPPED:
        tries = [(gate.started, gate.duration_s, gate.outcome)]
    placed = [
        (begin, _length(duration), outcome)
        for started, duration, outcome in tries
        if (begin := _milliseconds(started)) is not None
    ]
    if placed and began is not None and placed[0][0] - began >= _WORTH_TELLING_S * 1_000:
        yield _Bar(label="· waited", tag="done, ", begin=began, end=placed[0][0])
    for number, (begin, length, outcome) in enumerate(placed, 1):
        attempt = f" (attempt {number})" if len(placed) > 1 else ""
        words = f"{_SIGNS.get(outcome, '·')} {outcome}{attempt} {_seconds(length)}"
        yield _Bar(label=words, tag="crit, " if outcome in RED else "active, ", begin=begin, end=begin + max(length, 1))


def _milliseconds(time: str | None) -> int | None:
    """Milliseconds since 1970 of an ISO 8601 time; None where it is none."""
    try:
        at = datetime.fromisoformat(time or "")
        return round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1_000)
    except (ValueError, OverflowError):
        return None


def _length(seconds: float) -> int:
    return round(min(max(seconds, 0.0), _LONGEST_S) * 1_000) if seconds == seconds else 0  # noqa: PLR0124  NaN is not itself


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1_000:.1f} s"


def plain(text: str) -> str:
    """``text`` with a dot for each character that could mean something in a chart; letters of all scripts stay."""
    words = shorten(clean(text), _NAME_CHARACTERS)
    return "".join(each if each.isalnum() or each in _PLAIN else "·" for each in words).strip() or "·"
