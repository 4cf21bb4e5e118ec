"""What a gate prints, before anybody sees it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaterunner.output import LINE_LIMIT, BoundedLog, OutputCleaner, clean
from gaterunner.redaction import Redactor


def lines_of(*pieces: bytes) -> list[str]:
    cleaner = OutputCleaner(Redactor())
    return [*(line for piece in pieces for line in cleaner.feed(piece)), *cleaner.finish()]


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;a title\x07text", "text"),
        ("\x1b]8;;https://example.com\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]unfinished", "unfinished"),
        ("a\x00b\x08c\x7fd\x85e\u2028f", "abcdef"),
        ("safe\u202egnp.exe", "safegnp.exe"),
        ("tab\tstays", "tab\tstays"),
        ("grüße 日本 👩\u200d💻", "grüße 日本 👩\u200d💻"),
    ],
)
def test_nothing_speaks_to_the_terminal_or_deceives_the_eye(raw: str, shown: str) -> None:
    assert clean(raw) == shown


@pytest.mark.parametrize(
    ("pieces", "lines"),
    [
        ((b"a\nb\n",), ["a", "b"]),
        ((b"a", b"b\nc"), ["ab", "c"]),
        ((b"a\r", b"\nb\r\n"), ["a", "b"]),
        ((b"10%\r20%\r", b"100%\n"), ["100%"]),
        ((b"10%\r20%\r",), ["20%"]),
        ((b"\n\n",), ["", ""]),
        ((), []),
        (("ä".encode()[:1], "ä".encode()[1:] + b"\n"), ["ä"]),
    ],
)
def test_lines_come_whole_whatever_the_pieces(pieces: tuple[bytes, ...], lines: list[str]) -> None:
    assert lines_of(*pieces) == lines


def test_a_progress_bar_without_a_newline_needs_no_memory() -> None:
    cleaner = OutputCleaner(Redactor())
    for _ in range(1000):
        cleaner.feed(b"x" * 1000 + b"\r")
    assert len(cleaner._splitter._pending) < 20_000


def test_a_long_line_is_cut_and_says_so() -> None:
    assert lines_of(b"x" * 50_000, b"x" * 50_000 + b"\nnext\n") == ["x" * LINE_LIMIT + " … [line cut]", "next"]


def test_a_secret_across_the_cut_is_masked_whole() -> None:
    cleaner = OutputCleaner(Redactor(["correct-horse-battery"]))
    [line] = cleaner.feed(b"x" * (LINE_LIMIT - 5) + b"correct-horse-battery" + b"y" * 9000 + b"\n")
    assert "corre" not in line


@given(st.lists(st.binary(max_size=60), max_size=6))
def test_pieces_never_change_the_lines(pieces: list[bytes]) -> None:
    assert lines_of(*pieces) == lines_of(b"".join(pieces))


@given(st.text())
def test_clean_text_is_clean(text: str) -> None:
    shown = clean(text)
    assert clean(shown) == shown
    assert not any(character < " " and character not in "\t\n" for character in shown)


def test_a_small_log_is_kept_whole(tmp_path: Path) -> None:
    log = BoundedLog(tmp_path / "log", 1000)
    log.write(["a", "b"])
    log.write([])
    log.close()
    assert (tmp_path / "log").read_text() == "a\nb\n"
    assert not log.truncated


def test_a_large_log_keeps_its_beginning_and_its_end(tmp_path: Path) -> None:
    log = BoundedLog(tmp_path / "log", 200)
    for number in range(1000):
        log.write([f"line {number}"])
    log.close()
    kept = (tmp_path / "log").read_text().splitlines()
    assert kept[0] == "line 0"
    assert kept[-1] == "line 999"
    [cut] = [line for line in kept if line.startswith("…")]
    dropped = 1000 - (len(kept) - 1)
    assert dropped > 900
    assert cut.endswith("bytes of output cut here]")
    assert log.truncated
    assert log.tail[-1] == "line 999"
    assert (tmp_path / "log").stat().st_size < 300
