"""What a stream can show, and what its owner wants to see."""

from __future__ import annotations

import io

import pytest

from gaterunner.reporters.terminal_style import (
    ASCII,
    UNICODE,
    symbols_for,
    wants_color,
    wants_progress,
    write_text,
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def stream(encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding=encoding)


@pytest.mark.parametrize(
    ("terminal", "environment", "color"),
    [
        (True, {"TERM": "xterm"}, True),
        (False, {"TERM": "xterm"}, False),
        (True, {"TERM": "dumb"}, False),
        (True, {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (True, {"TERM": "xterm", "NO_COLOR": ""}, True),
        (False, {"FORCE_COLOR": "1"}, True),
        (True, {"TERM": "dumb", "FORCE_COLOR": "1"}, True),
        (True, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colours_follow_the_terminal_and_its_owner(terminal: bool, environment: dict[str, str], color: bool) -> None:
    assert wants_color(Terminal() if terminal else io.StringIO(), environment) is color


def test_progress_is_drawn_only_where_lines_can_be_redrawn() -> None:
    assert wants_progress(Terminal(), {"TERM": "xterm"})
    assert not wants_progress(Terminal(), {"TERM": "dumb"})
    assert not wants_progress(Terminal(), {})
    assert not wants_progress(io.StringIO(), {"TERM": "xterm"})


def test_symbols_fall_back_to_ascii() -> None:
    assert symbols_for(stream("utf-8")) == UNICODE
    assert symbols_for(stream("ascii")) == ASCII
    assert symbols_for(stream("latin-1")) == ASCII


def test_the_ascii_symbols_are_ascii() -> None:
    assert all(str(getattr(ASCII, name)).isascii() for name in ASCII.__struct_fields__)


def test_what_an_encoding_cannot_hold_is_written_escaped() -> None:
    out = stream("ascii")
    write_text(out, "caf\u00e9 \u2713\n")
    assert out.buffer.getvalue() == b"caf\\xe9 \\u2713\n"  # type: ignore[attr-defined]  # the buffer is our BytesIO
