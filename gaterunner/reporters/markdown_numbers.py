"""The numbers of a run as tables of GitHub's Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from gaterunner.model import Figure, Numbers
from gaterunner.reporters.markdown_text import code, inline
from gaterunner.reporters.number_words import (
    TITLES,
    base_reason,
    base_words,
    compared_words,
    first_of_each,
    signed,
    value_words,
)

FIGURES_HEADER = "| | Figure | This run | Base's last run |\n|---|---|--:|--:|\n"
LINES_HEADER = "| Area | Kind | Files | Added | Removed |\n|---|---|--:|--:|--:|\n"
_MAX_FIGURES = 50  # of each group
_WIDTH = 200


def figure_rows(numbers: Numbers) -> Iterator[str]:
    """A row for each figure; the last says what they are compared with."""
    for group, figures, more in first_of_each(numbers.figures, _MAX_FIGURES):
        for figure in figures:
            name = inline(figure.name, limit=_WIDTH)
            yield f"| {TITLES[group]} | {name} | {_value(figure)} | {_base(figure, numbers)} |\n"
        if more:
            yield f"| {TITLES[group]} | and {more:,} more in the JSON report | | |\n"
    yield f"| | Compared with | | {inline(compared_words(numbers), limit=_WIDTH)} |\n"


def line_rows(numbers: Numbers) -> Iterator[str]:
    """A row for each kind of files in each area."""
    for row in numbers.lines:
        added, removed = signed(row.insertions)[0], signed(row.deletions)[1]
        if row.binary == row.files:
            added = removed = ""
        binary = f" ({row.binary:,} binary)" if row.binary else ""
        yield f"| {code(row.area)} | {row.kind} | {row.files:,}{binary} | {added} | {removed} |\n"


def _value(figure: Figure) -> str:
    words = value_words(figure)
    return words if figure.reason is None else f"{words}: {inline(figure.reason, limit=_WIDTH)}"


def _base(figure: Figure, numbers: Numbers) -> str:
    """With the reason where there is a run to compare with; why there is none is told once."""
    reason = base_reason(figure) if numbers.compared_commit is not None else None
    words = base_words(figure)
    return words if reason is None else f"{words}: {inline(reason, limit=_WIDTH)}"
