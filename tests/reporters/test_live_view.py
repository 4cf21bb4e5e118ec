"""What is redrawn on a terminal while gates run."""

from __future__ import annotations

import io
import re

import pytest

from gaterunner.output import Lines
from gaterunner.reporters.live_view import LiveView, rows_for
from gaterunner.reporters.terminal_style import Style

_CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal(io.StringIO):
    encoding = "utf-8"

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[str] = []

    def write(self, text: str) -> int:
        self.writes.append(text)
        return super().write(text)


def drawn(monkeypatch: pytest.MonkeyPatch, gates: int, *, lines: int) -> list[str]:
    """One drawing of so many running gates, each of which has printed so many lines, on 80 columns and 24 rows."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")
    terminal = Terminal()
    view = LiveView(terminal, Style(), lambda: 12.0)
    view.open()
    for number in range(gates):
        view.begin(f"gate-{number}", "make it")
        if lines:
            view.lines(f"gate-{number}", Lines.of([f"line {each} {'x' * 200}" for each in range(lines)]))
    terminal.writes.clear()
    view.redraw()
    written = list(terminal.writes)
    view.close()
    (told,) = (text for text in written if "gate-0" in text)
    return [line for line in _CODES.sub("", told).replace("\r", "").split("\n") if line]


def test_few_gates_are_shown_with_their_last_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = drawn(monkeypatch, 2, lines=9)
    assert len(rows) == 12
    assert rows[0] == "- gate-0  0.0 s  make it"
    assert [row[:10] for row in rows[1:6]] == [f"  │ line {number}" for number in range(4, 9)]


def test_many_gates_are_shown_with_one_line_each(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = drawn(monkeypatch, 20, lines=2)
    assert len(rows) == 20
    assert rows[19].startswith("- gate-19  0.0 s  line 1 xxx")
    assert all(len(row) <= 80 for row in rows)


def test_what_does_not_fit_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = drawn(monkeypatch, 27, lines=0)
    assert len(rows) == 21
    assert rows[19] == "- gate-19  0.0 s  make it"
    assert rows[20] == "  and 7 more gates running"


@pytest.mark.parametrize(
    ("gates", "rows", "shown"),
    [(0, 20, (0, 5)), (1, 20, (1, 5)), (4, 20, (4, 4)), (10, 20, (10, 1)), (11, 20, (11, 0)), (21, 20, (19, 0))],
)
def test_the_rows_of_the_terminal_are_shared(gates: int, rows: int, shown: tuple[int, int]) -> None:
    assert rows_for(gates, rows) == shown


@pytest.mark.parametrize("gates", range(1, 300, 7))
@pytest.mark.parametrize("rows", [1, 2, 20, 60])
def test_no_more_rows_are_used_than_there_are(gates: int, rows: int) -> None:
    shown, tail = rows_for(gates, rows)
    assert shown * (1 + tail) + (shown < gates) <= rows
