"""Terminals: nothing that a terminal obeys comes from outside, with colours or without."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, settings

from gaterunner.model import Report
from gaterunner.reporters.terminal import render_text
from gaterunner.reporters.terminal_style import ASCII, UNICODE, Symbols
from gaterunner.reporters.terminal_text import clean, clean_line, clean_lines
from tests.escaping.hostile import reports, texts

# Control and format characters, lone surrogates, separators of lines; and what we write for colours and emphasis.
_OBEYED = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_OUR_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def assert_nothing_is_obeyed(text: str) -> None:
    hidden = {character for character in text if unicodedata.category(character) in _OBEYED and character != "\n"}
    assert hidden == set()


@pytest.mark.parametrize("symbols", [UNICODE, ASCII], ids=["unicode", "ascii"])
@pytest.mark.parametrize("color", [False, True], ids=["plain", "colours"])
@settings(deadline=None, max_examples=25)
@given(report=reports())
def test_a_report_holds_no_control_character_but_our_own(report: Report, symbols: Symbols, *, color: bool) -> None:
    text = render_text(report, width=80, color=color, symbols=symbols)

    assert_nothing_is_obeyed(_OUR_COLOURS.sub("", text) if color else text)


@settings(deadline=None)
@given(texts)
def test_a_cleaned_text_can_be_seen_whole(text: str) -> None:
    for shown in (clean(text), clean_line(text), clean_lines(text)):
        assert_nothing_is_obeyed(shown)
    assert "\n" not in clean(text) + clean_line(text)


@settings(deadline=None)
@given(texts)
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean(clean(text)) == clean(text)
