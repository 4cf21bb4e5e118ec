"""The hard numbers: lines by area as bars, and every figure beside that of the base's last run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from gaterunner.model import AreaLines, Figure, Numbers
from gaterunner.reporters.html.markup import Html, element, join, prose, text
from gaterunner.reporters.html.words import code, left_out
from gaterunner.reporters.number_words import (
    KINDS,
    TITLES,
    base_reason,
    base_words,
    compared_words,
    first_of_each,
    row_words,
    value_words,
)

_MAX_FIGURES = 100  # of each group
_MAX_AREAS = 60
_WIDTH = 200
_HEIGHT = 16


def numbers_section(numbers: Numbers | None) -> Html | None:
    """Nothing where nothing was counted."""
    if numbers is None:
        return None
    return element(
        "section",
        element("h2", "Hard numbers"),
        element("p", "Compared with ", prose(compared_words(numbers), limit=_WIDTH), "."),
        _chart(numbers.lines),
        _figures(numbers.figures, compared=numbers.compared_commit is not None),
        id="numbers",
    )


# --- lines by area ---------------------------------------------------------------------------------------------------


def _chart(lines: Sequence[AreaLines]) -> Html | None:
    """A bar for each area, on one scale: added and removed lines together, by kind; the numbers stand beside it."""
    if not lines:
        return None
    areas = [(area, [*rows]) for area, rows in groupby(lines, key=lambda row: row.area)]
    longest = max(sum(_length(row) for row in rows) for _, rows in areas) or 1
    bars = [_bar(area, rows, longest) for area, rows in areas[:_MAX_AREAS]]
    legend = [
        element("span", element("i", class_=f"kind of-{kind}", aria_hidden="true"), kind)
        for kind in KINDS
        if any(row.kind == kind for row in lines)
    ]
    return element(
        "figure",
        element(
            "figcaption",
            element("b", "Lines by area"),
            element("span", "added and removed", class_="faint"),
            element("span", join(legend), class_="key"),
        ),
        element("div", join(bars), class_="areas"),
        left_out(len(areas) - _MAX_AREAS),
        aria_label="Lines by area",
    )


def _bar(area: str, rows: Sequence[AreaLines], longest: int) -> Html:
    drawn, at = [], 0.0
    for row in rows:
        width = 100 * _length(row) / longest
        drawn.append(
            element(
                "rect", class_=f"of-{row.kind}", x=f"{at:.2f}%", y="1", width=f"{width:.2f}%", height=str(_HEIGHT - 2)
            )
        )
        at += width
    told = "; ".join(row_words(row) for row in rows)
    return element(
        "div",
        element("span", code(area, limit=80), class_="area"),
        element("svg", join(drawn), width="100%", height=str(_HEIGHT), role="img", aria_label=f"{area}: {told}"),
        element("span", text(told, limit=_WIDTH), class_="told"),
    )


def _length(row: AreaLines) -> int:
    return row.insertions + row.deletions


# --- figures ---------------------------------------------------------------------------------------------------------


def _figures(figures: Sequence[Figure], *, compared: bool) -> Html:
    """``compared`` says that there is a run of the base; without one its column would say nothing."""
    titles = ("Figure", "This run", "Base's last run") if compared else ("Figure", "This run")
    head = element("tr", *(element("th", words, scope="col") for words in titles))
    return element("table", element("thead", head), join(_groups(figures, compared=compared)), aria_label="All figures")


def _groups(figures: Sequence[Figure], *, compared: bool) -> Iterator[Html]:
    columns = "3" if compared else "2"
    for group, rows, more in first_of_each(figures, _MAX_FIGURES):
        title = element("tr", element("th", TITLES[group], scope="rowgroup", colspan=columns), class_="group")
        rest = element("tr", element("td", left_out(more), colspan=columns)) if more else None
        yield element("tbody", title, join(_figure(row, compared=compared) for row in rows), rest)


def _figure(figure: Figure, *, compared: bool) -> Html:
    return element(
        "tr",
        element("th", text(figure.name, limit=_WIDTH), scope="row", dir="auto"),
        _cell(value_words(figure), figure.reason),
        _cell(base_words(figure), base_reason(figure)) if compared else None,
    )


def _cell(words: str, reason: str | None) -> Html:
    why = element("span", ": ", prose(reason, limit=_WIDTH), class_="faint") if reason else None
    return element("td", words, why, class_="unmeasured" if reason else "measured")
