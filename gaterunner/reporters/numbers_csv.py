"""The numbers of a run as CSV (RFC 4180), one row each, for spreadsheets and programs that draw trends."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from gaterunner.model import AreaLines, Numbers, Report
from gaterunner.reporters.terminal_text import clean

HEADER = ("group", "name", "unit", "value", "reason", "base", "base_reason")
# What a spreadsheet takes for a formula, also in the full width of Japanese keyboards:
# https://owasp.org/www-community/attacks/CSV_Injection
_FORMULAS = (
    *("=", "+", "-", "@", "\N{MINUS SIGN}", "\N{FULLWIDTH EQUALS SIGN}"),
    *("\N{FULLWIDTH PLUS SIGN}", "\N{FULLWIDTH HYPHEN-MINUS}", "\N{FULLWIDTH COMMERCIAL AT}"),
)


def render_numbers(report: Report) -> bytes:
    """UTF-8 with ``\\r\\n`` and a header. An empty value was not measured, and ``reason`` says why.

    A report without numbers (of policies alone, of a part of a fan-out) has only the header. Every text is quoted, as a
    spreadsheet may take semicolons for commas, and is one line without what cannot be seen; one that a spreadsheet
    would take for a formula has a ``'`` before it. Numbers are those of the JSON report, digit by digit.
    """
    written = io.StringIO(newline="")
    csv.writer(written).writerow(HEADER)
    if report.numbers is not None:
        csv.writer(written, quoting=csv.QUOTE_NONNUMERIC).writerows(_rows(report.numbers))
    return written.getvalue().encode("utf-8", "backslashreplace")


def _rows(numbers: Numbers) -> Iterator[tuple[object, ...]]:
    for figure in numbers.figures:
        yield (
            figure.group,
            _text(figure.name),
            figure.unit,
            _number(figure.value),
            _text(figure.reason or ""),
            _number(figure.base),
            _text(figure.base_reason or ""),
        )
    for row in numbers.lines:
        for name, unit, value in _counts(row):
            yield "lines", _text(f"{row.area} {row.kind} {name}"), unit, value, "", "", ""


def _counts(row: AreaLines) -> tuple[tuple[str, str, int], ...]:
    return (
        ("files", "files", row.files),
        ("binary files", "files", row.binary),
        ("insertions", "lines", row.insertions),
        ("deletions", "lines", row.deletions),
    )


def _number(value: float | None) -> float | str:
    """A whole number without a fraction; empty for what was not measured."""
    if value is None:
        return ""
    return int(value) if value == int(value) else value


def _text(value: str) -> str:
    cleaned = clean(value)
    return f"'{cleaned}" if cleaned.startswith(_FORMULAS) else cleaned
