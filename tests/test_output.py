"""What a gate prints, before anybody sees it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gaterunner import output
from gaterunner.output import LINE_LIMIT, BoundedLog, Lines, OutputCleaner, clean
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


def one_by_one(data: bytes) -> list[str]:
    """The same as an ``OutputCleaner``, line by line and as plainly as it can be said."""
    lines = data.translate(None, output._NEVER_SHOWN).split(b"\n")
    if not lines[-1]:
        lines.pop()
    seen = (line.rstrip(b"\r").rpartition(b"\r")[2] for line in lines)
    return [clean(line.decode("utf-8", "replace")) for line in seen]


PRINTED = st.lists(
    st.one_of(
        st.binary(max_size=20),
        st.sampled_from(
            [b"\n", b"\r", b"\r\n", b"\x1b[31m", b"\x1b]0;x", b"\x07", b"\0", b"\xe2\x80\xae", "ß日".encode()]
        ),
    ),
    max_size=12,
).map(b"".join)


@given(PRINTED, st.lists(st.integers(0, 240), max_size=4))
def test_blocks_give_the_same_as_single_lines(data: bytes, cuts: list[int]) -> None:
    at = [0, *sorted(cuts), len(data)]
    pieces = [data[start:end] for start, end in pairwise(at)]
    assert lines_of(*pieces) == one_by_one(data)


@given(data=PRINTED, size=st.integers(1, 30))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pieces_never_change_where_lines_are_cut(monkeypatch: pytest.MonkeyPatch, data: bytes, size: int) -> None:
    monkeypatch.setattr(output, "LINE_LIMIT", 6)
    monkeypatch.setattr(output, "_RAW_LIMIT", 30)
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    whole = lines_of(data)
    assert lines_of(*pieces) == whole
    assert all(len(line) <= 6 + len(" … [line cut]") for line in whole)


def test_a_long_line_of_wide_characters_is_cut_and_says_so() -> None:
    for character in "ß日😀":
        (line,) = lines_of((character * 100_000).encode())
        assert line == character * LINE_LIMIT + " … [line cut]"


@pytest.mark.parametrize("size", [1, 7, 4096, 65536])
def test_a_secret_is_masked_whatever_the_pieces(size: int) -> None:
    data = b"".join(b"%d: correct-horse\x1b[0m-battery\n" % number for number in range(300))
    cleaner = OutputCleaner(Redactor(["correct-horse-battery"]))
    batches = [cleaner.feed(data[start : start + size]) for start in range(0, len(data), size)]
    assert [line for batch in batches for line in batch] == [f"{number}: ***" for number in range(300)]


def test_a_private_key_is_masked_over_batches_that_nobody_looked_at() -> None:
    edge = b"-----"
    cleaner = OutputCleaner(Redactor())
    cleaner.feed(edge + b"BEGIN PRIVATE KEY" + edge + b"\nfirst\n")
    cleaner.feed(b"second\n")
    assert list(cleaner.feed(b"third\n" + edge + b"END PRIVATE KEY" + edge + b"\nafter\n")) == ["***", "***", "after"]


def test_lines_are_a_sequence_that_knows_its_end() -> None:
    lines = Lines("a\nb secret\n\nd", lambda text: text.replace("secret", "***"))
    assert len(lines) == 4
    assert list(lines) == ["a", "b ***", "", "d"]
    assert (lines[1], lines[-1]) == ("b ***", "d")
    assert list(lines[-3:]) == ["b ***", "", "d"]
    assert list(lines.end(3)) == ["b ***", "", "d"]
    assert len(lines.end(3)) == 3
    assert lines.end(4) is lines
    assert Lines.of(lines) is lines
    assert list(Lines.of(["x", ""])) == ["x", ""]
    assert "secret" not in repr(lines)


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


def test_no_part_of_a_log_holds_a_secret(tmp_path: Path) -> None:
    redactor = Redactor(["correct-horse-battery"])
    cleaner = OutputCleaner(redactor)
    log = BoundedLog(tmp_path / "log", 40_000)
    for number in range(5_000):
        log.write(cleaner.feed(b"%05d correct-horse-battery learned-later\n" % number))
    redactor.learn("learned-later")  # whatever was not written yet is masked with what is known when it is
    assert log.tail[-1] == "04999 *** ***"
    log.close()
    kept = (tmp_path / "log").read_text().splitlines()
    assert kept[0] == "00000 *** learned-later"
    assert kept[-1] == "04999 *** ***"
    assert not any("correct" in line for line in kept)


def test_a_log_of_single_lines_needs_no_more_memory_than_one_of_blocks(tmp_path: Path) -> None:
    log = BoundedLog(tmp_path / "log", 200_000)
    for _ in range(100_000):
        log.write(["x"])
    assert len(log._last) < 10
    log.close()
    assert set((tmp_path / "log").read_text().splitlines()[:1000]) == {"x"}


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
