"""The numbers of a run as tables of GitHub's Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from gaterunner.model import Figure, Numbers
from gaterunner.reporters.markdown_text import code, inline
from gaterunner.reporters.number_words import TITLES, base_words, compared_words, signed, value_words

FIGURES_HEADER = "| | Figure | This run | Base's last run |\n|---|---|--:|--:|\n"
LINES_HEADER = "| Area | Kind | Files | Added | Removed |\n|---|---|--:|--:|--:|\n"
_MAX_FIGURES = 200
_WIDTH = 200


def figure_rows(numbers: Numbers) -> Iterator[str]:
    """A row for each figure; the last says what they are compared with."""
    for figure in numbers.figures[:_MAX_FIGURES]:
        name = inline(figure.name, limit=_WIDTH)
        yield f"| {TITLES[figure.group]} | {name} | {_value(figure)} | {base_words(figure)} |\n"
    more = len(numbers.figures) - _MAX_FIGURES
    if more > 0:
        yield f"| | and {more:,} more in the JSON report | | |\n"
    yield f"| | Compared with | | {inline(compared_words(numbers), limit=_WIDTH)} |\n"


def line_rows(numbers: Numbers) -> Iterator[str]:
    """A row for each kind of files in each area."""
    for row in numbers.lines:
        added, removed = signed(row.insertions)[0], signed(row.deletions)[1]
        binary = f" ({row.binary:,} binary)" if row.binary else ""
        yield f"| {code(row.area)} | {row.kind} | {row.files:,}{binary} | {added} | {removed} |\n"


def _value(figure: Figure) -> str:
    words = value_words(figure)
    return words if figure.reason is None else f"{words}: {inline(figure.reason, limit=_WIDTH)}"
