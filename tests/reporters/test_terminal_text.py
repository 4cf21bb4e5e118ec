"""Outside text becomes terminal text in one place."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaterunner.model import Problem, Trouble
from gaterunner.reporters.escape_path import escape_path
from gaterunner.reporters.problems import render_problem
from gaterunner.reporters.quantities import count, duration
from gaterunner.reporters.terminal_text import clean, clean_line, columns, pad, wrap


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("plain text", "plain text"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[38;2;1;2;3mtrue color", "true color"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bPpayload\x1b\\text", "text"),
        ("\x9b31mred", "red"),
        ("\x1b(Btext\x1bc", "text"),
        ("\x1b]no end of it", "no end of it"),
        ("\x1b[", ""),
        ("a\r\nb\tc\vd", "a b c d"),
        ("over\rwritten", "over written"),
        ("a\x08\x7f\x00b", "ab"),
        ("\u202egnp.exe", "gnp.exe"),
        ("a\u2066b\u2069\u200b\ufeffc", "abc"),
        ("\U000e0041tag", "tag"),
        ("line\u2028separator", "line separator"),
        ("Z" + "\u0301" * 50, "Z" + "\u0301" * 3),
        ("caf\udce9", "caf\\xe9"),
        ("日本", "日本"),
    ],
)
def test_text_is_cleaned(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


def test_a_line_of_output_keeps_its_indentation() -> None:
    assert clean_line("    at \x1b[1mx\x1b[0m\tend  ") == "    at x    end"


@settings(deadline=None)
@given(text=st.text() | st.binary().map(lambda data: data.decode("utf-8", "surrogateescape")))
def test_what_is_cleaned_is_visible_and_stays_so(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert not {unicodedata.category(character) for character in once} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    once.encode()


def test_cleaning_is_bounded_and_linear() -> None:
    assert len(clean("\x1b]" * 1_000_000 + "x", limit=100)) <= 100
    assert clean("a" * 5_000, limit=10) == "aaaaaaa..."


def test_undecodable_bytes_are_escaped_and_only_they() -> None:
    assert escape_path(b"caf\xe9/\xc3\xa9".decode("utf-8", "surrogateescape")) == "caf\\xe9/é"
    assert escape_path("\ud800") == "\\ud800"
    assert escape_path(escape_path("\udcff")) == "\\xff"


def test_wide_characters_take_two_columns() -> None:
    assert columns("日本a\u0301") == 5
    assert pad("日本", 6) == "日本  "


def test_a_word_longer_than_the_line_stays_whole() -> None:
    assert wrap("see a/very/long/path/that/nobody/may/cut now", 24, indent="  ") == [
        "  see",
        "  a/very/long/path/that/nobody/may/cut",
        "  now",
    ]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0.0 s"), (0.44, "0.4 s"), (9.96, "10 s"), (59.6, "1 min 00 s"), (246, "4 min 06 s"), (14_760, "4 h 06 min")],
)
def test_durations_are_told_as_people_say_them(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_numbers_are_told_with_their_nouns() -> None:
    assert (count(1, "file"), count(6503, "line"), count(2, "policy", "policies")) == (
        "1 file",
        "6,503 lines",
        "2 policies",
    )


def test_a_problem_is_told_with_place_and_fix() -> None:
    problem = Problem(
        trouble=Trouble.WORKFLOW_FILE, message="unknown key", path="a\x1b[2J.yml", line=1, column=2, help="Remove it."
    )
    assert render_problem(problem) == "a.yml:1:2: unknown key\n  Remove it."
    assert render_problem(Problem(trouble=Trouble.USAGE, message="no repository")) == "error: no repository"
