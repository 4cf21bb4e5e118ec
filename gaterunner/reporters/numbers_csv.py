"""The numbers of a run as CSV (RFC 4180), one row each, for spreadsheets and programs that draw trends."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from gaterunner.model import Numbers, Report

HEADER = ("group", "name", "unit", "value", "reason", "base", "base_reason")
# What a spreadsheet takes for a formula: https://owasp.org/www-community/attacks/CSV_Injection
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def render_numbers(report: Report) -> bytes:
    """UTF-8 with ``\\r\\n`` and a header. An empty value was not measured, and ``reason`` says why.

    A report without numbers (of policies alone, of a part of a fan-out) has only the header. Text that a spreadsheet
    would take for a formula has a ``'`` before it.
    """
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(HEADER)
    if report.numbers is not None:
        writer.writerows(_rows(report.numbers))
    return written.getvalue().encode("utf-8", "backslashreplace")


def _rows(numbers: Numbers) -> Iterator[tuple[str, ...]]:
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
        for name, value in (("files", row.files), ("insertions", row.insertions), ("deletions", row.deletions)):
            unit = "files" if name == "files" else "lines"
            yield "lines", _text(f"{row.area} {row.kind} {name}"), unit, str(value), "", "", ""


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}" if value != int(value) else str(int(value))


def _text(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULAS) else value
