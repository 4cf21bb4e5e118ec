"""What the human forms say of a run's numbers, in the same words everywhere.

The texts hold names of gates and areas, which are outside text: each form cleans or escapes them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import get_args

from gaterunner.model import AreaLines, Figure, Group, LineKind, Numbers
from gaterunner.numbers.areas import ELSEWHERE
from gaterunner.reporters.quantities import count, duration

TITLES: dict[Group, str] = {
    "run": "Run time",
    "change": "Diff",
    "tests": "Tests",
    "coverage": "Coverage",
    "telemetry": "Trace stats",
    "governance": "Decisions and waivers",
}
KINDS: tuple[LineKind, ...] = get_args(LineKind)
_SHA_SHOWN = 10
MINUS = "\N{MINUS SIGN}"


def number_rows(numbers: Numbers) -> Iterator[tuple[str, str]]:
    """A label and a sentence for each group, for where a table of all figures is too much.

    Durations of single gates and the size of the diff are left out, as every form tells these elsewhere.
    """
    if numbers.lines:
        yield "Lines", "; ".join(_area_words(numbers.lines))
    missing: dict[str, list[str]] = {}
    for group, found in groupby(numbers.figures, key=lambda figure: figure.group):
        figures = [*found]
        if group in {"run", "change"} or (group == "governance" and not any(figure.value for figure in figures)):
            continue
        if any(figure.value is not None for figure in figures):
            yield TITLES[group], group_words([figure for figure in figures if _says_something(figure)] or figures[:1])
        else:
            missing.setdefault(str(figures[0].reason), []).append(TITLES[group])
    if missing:
        yield "Not measured", "; ".join(f"{', '.join(titles)} ({reason})" for reason, titles in missing.items())
    if any(figure.base is not None for figure in numbers.figures):
        yield "Compared with", compared_words(numbers)


def group_words(figures: Sequence[Figure]) -> str:
    """``executed 214 (base 170), skipped 2; not measured: flaky (no gate …)``, reasons said once."""
    told = [_told(figure) for figure in figures if figure.value is not None]
    reasons: dict[str, list[str]] = {}
    for figure in figures:
        if figure.reason is not None:
            reasons.setdefault(figure.reason, []).append(figure.name)
    missing = [f"{', '.join(names)} ({reason})" for reason, names in reasons.items()]
    parts = [", ".join(told)] if told else []
    parts += [f"not measured: {'; '.join(missing)}"] if missing else []
    return "; ".join(parts)


def compared_words(numbers: Numbers) -> str:
    """Which run the figures are compared with, or why there is none."""
    if numbers.compared_commit is None:
        return f"nothing: {numbers.not_compared}"
    return f"the base's last run, on {numbers.compared_commit[:_SHA_SHOWN]}"


def value_words(figure: Figure) -> str:
    """The value with its unit; ``not measured`` where there is none."""
    return "not measured" if figure.value is None else quantity(figure, figure.value)


def base_words(figure: Figure) -> str:
    """The base's value, and by how much this one differs; empty where comparing says nothing."""
    if figure.base is None:
        return "not measured" if figure.base_reason is not None else ""
    if figure.value is None:
        return quantity(figure, figure.base)
    return f"{quantity(figure, figure.base)} ({_difference(figure, figure.value - figure.base)})"


def quantity(figure: Figure, value: float) -> str:
    """``1 min 12 s``, ``93.1 %``, ``1,204``."""
    if figure.unit == "s":
        return duration(value)
    if figure.unit == "%":
        return f"{value:.1f} %"
    return f"{value:,.0f}"


def signed(number: int) -> tuple[str, str]:
    """Insertions and deletions as they are written beside each other: of 12, ``+12`` and the same below zero."""
    return f"+{number:,}", f"{MINUS}{number:,}"


def row_words(row: AreaLines) -> str:
    """The kind with what is added and removed, and how many files have no lines."""
    added, removed = signed(row.insertions)[0], signed(row.deletions)[1]
    binary = f" and {count(row.binary, 'binary file')}" if row.binary else ""
    return f"{row.kind} {added} {removed}{binary}"


def _difference(figure: Figure, by: float) -> str:
    if not by:
        return "the same"
    size = f"{abs(by):.1f} points" if figure.unit == "%" else quantity(figure, abs(by))
    return f"{'+' if by > 0 else MINUS}{size}"


def _says_something(figure: Figure) -> bool:
    """False for a zero that was one before."""
    return figure.value != 0 or bool(figure.base)


def _told(figure: Figure) -> str:
    """``executed 170``, ``lines (unit) 93.1 %``; with the base's where it is another."""
    words = f"{figure.name} {value_words(figure)}"
    if figure.base is None or figure.base == figure.value:
        return words
    return f"{words} (base {quantity(figure, figure.base)})"


def _area_words(lines: Sequence[AreaLines]) -> Iterator[str]:
    for area, rows in groupby(lines, key=lambda row: row.area):
        told = ", ".join(map(row_words, rows))
        # Where nobody declares areas, all of it lies in none.
        yield told if {row.area for row in lines} == {ELSEWHERE} else f"{area}: {told}"
