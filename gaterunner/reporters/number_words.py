"""What the human forms say of a run's numbers, in the same words everywhere.

The texts hold names of gates and areas, which are outside text: each form cleans or escapes them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import get_args

from gaterunner.config.types import ELSEWHERE
from gaterunner.model import AreaLines, Figure, Group, LineKind, Numbers
from gaterunner.reporters.quantities import count, duration, shown_seconds

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
        if group in {"run", "change"} or (group == "governance" and not any(map(_says_something, figures))):
            continue
        telling = [figure for figure in figures if _says_something(figure)] or figures[:1]
        if any(figure.value is not None for figure in telling):
            yield TITLES[group], group_words(telling)
        elif len({figure.reason for figure in telling}) == 1:
            missing.setdefault(str(telling[0].reason), []).append(TITLES[group])
        else:
            missing.setdefault("", []).append(f"{TITLES[group]}: {_missing_words(telling)}")
    if missing:
        apart = missing.pop("", [])
        alike = [f"{', '.join(titles)} ({reason})" for reason, titles in missing.items()]
        yield "Not measured", "; ".join((*alike, *apart))
    if any(figure.base is not None for figure in numbers.figures):
        yield "Compared with", compared_words(numbers)


def group_words(figures: Sequence[Figure]) -> str:
    """``executed 214 (base 170), skipped 2; not measured: flaky (no gate …)``, reasons said once."""
    told = [_told(figure) for figure in figures if figure.value is not None]
    missing = _missing_words(figures)
    parts = [", ".join(told)] if told else []
    parts += [f"not measured: {missing}"] if missing else []
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
    return f"{quantity(figure, figure.base)} ({_difference(figure, figure.value, figure.base)})"


def base_reason(figure: Figure) -> str | None:
    """Why the base has no such figure, unless it is why this run has none."""
    return figure.base_reason if figure.base is None and figure.base_reason != figure.reason else None


def quantity(figure: Figure, value: float) -> str:
    """``1 min 12 s``, ``93.17 %``, ``1,204``."""
    if figure.unit == "s":
        return duration(value)
    if figure.unit == "%":
        return f"{_percent(value)} %"
    return f"{value:,.0f}"


def first_of_each(figures: Sequence[Figure], most: int) -> Iterator[tuple[Group, list[Figure], int]]:
    """Each group with its first figures, and how many are left out: a thousand gates must not hide the tests."""
    for group, found in groupby(figures, key=lambda figure: figure.group):
        rows = [*found]
        yield group, rows[:most], max(len(rows) - most, 0)


def signed(number: int) -> tuple[str, str]:
    """Insertions and deletions as they are written beside each other: of 12, ``+12`` and the same below zero."""
    return f"+{number:,}", f"{MINUS}{number:,}"


def row_words(row: AreaLines) -> str:
    """The kind with what is added and removed, and how many files have no lines."""
    added, removed = signed(row.insertions)[0], signed(row.deletions)[1]
    binary = count(row.binary, "binary file") if row.binary else ""
    if row.binary == row.files:  # of which nobody counts lines
        return f"{row.kind} {binary}"
    return f"{row.kind} {added} {removed}{f' and {binary}' if binary else ''}"


def _difference(figure: Figure, value: float, base: float) -> str:
    """Of what is shown, so that nobody who subtracts comes to something else."""
    by = shown_seconds(value) - shown_seconds(base) if figure.unit == "s" else value - base
    size, none = (
        (f"{_percent(each)} points" if figure.unit == "%" else quantity(figure, each)) for each in (abs(by), 0)
    )
    return "the same" if size == none else f"{'+' if by > 0 else MINUS}{size}"


def _percent(value: float) -> str:
    return f"{value:.2f}".removesuffix("0").removesuffix(".0")


def _missing_words(figures: Sequence[Figure]) -> str:
    """``flaky, failed (no gate …)`` for what was not measured, each reason once."""
    reasons: dict[str, list[str]] = {}
    for figure in figures:
        if figure.reason is not None:
            reasons.setdefault(figure.reason, []).append(figure.name)
    return "; ".join(f"{', '.join(names)} ({reason})" for reason, names in reasons.items())


def _says_something(figure: Figure) -> bool:
    """False for a zero that was one before, unless it is the number of tests; and for a log that nobody asked for."""
    if figure.group == "governance":
        return bool(figure.value) or bool(figure.base)
    return figure.value != 0 or bool(figure.base) or figure.name == "executed"


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
