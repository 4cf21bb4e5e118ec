"""The one place where outside text becomes text that is safe on a terminal, and where text meets a width.

Paths, messages, branch names, commands and output are written by the branch under judgement. A terminal obeys escape
sequences in them, and a reader is misled by characters that are invisible or that reverse what is seen.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata

from gaterunner.reporters.escape_path import escape_path

# ECMA-48: CSI sequences, then strings (OSC, DCS, SOS, PM, APC) up to their terminator, then any other escape.
# Of a string without a terminator only the introducer goes, so that nobody can hide the rest of a text behind one.
_ESCAPE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d\x9e\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]?"
)
# Control and format characters: the latter hold bidi overrides, zero-width characters and Unicode tags.
_DROPPED = {"Cc", "Cf", "Cs"}
_SPACES = {"Zl", "Zp", "Zs"}
_SPACE_LIKE = "\t\n\v\f\r\x85"
# Marks stacked on one letter paint over the lines above and below it; no script needs more than a few.
_MAX_MARKS = 3


def clean(text: str, *, limit: int = 2_000) -> str:
    """``text`` on one line, without anything that a terminal obeys or a reader cannot see; ``limit`` in characters."""
    text = text if len(text) <= 4 * limit else text[: 4 * limit]
    if not (text.isascii() and text.isprintable()):
        text = "".join(map(_visible, _ESCAPE.sub("", escape_path(text))))
        text = _limit_marks(text)
    return shorten(" ".join(text.split()), limit)


def clean_line(text: str, *, limit: int = 2_000) -> str:
    """Like ``clean``, but keeps the indentation and the spaces inside a line of output or of a script."""
    text = text if len(text) <= 4 * limit else text[: 4 * limit]
    text = text.expandtabs(4)
    if not (text.isascii() and text.isprintable()):
        text = _limit_marks("".join(map(_visible, _ESCAPE.sub("", escape_path(text)))))
    return shorten(text.rstrip(), limit)


def clean_lines(text: str, *, limit: int = 2_000) -> str:
    """Each line of ``text`` as ``clean_line`` gives it; fast where there is nothing to clean."""
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        text = text.expandtabs(4) if "\t" in text else text
        lines = text.split("\n")
        if max(map(len, lines)) <= limit:
            return "\n".join(map(str.rstrip, lines)) if " \n" in text or text.endswith(" ") else text
    return "\n".join(clean_line(line, limit=limit) for line in text.split("\n"))


def _visible(character: str) -> str:
    if " " <= character <= "~":
        return character
    category = unicodedata.category(character)
    if category in _SPACES or character in _SPACE_LIKE:
        return " "
    return "" if category in _DROPPED else character


def _limit_marks(text: str) -> str:
    if text.isascii():
        return text
    kept: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= _MAX_MARKS:
            kept.append(character)
    return "".join(kept)


def shorten(text: str, limit: int) -> str:
    """At most ``limit`` characters, with ``...`` where something was cut."""
    return text if len(text) <= limit else text[: max(limit - 3, 0)] + "..."


def columns(text: str) -> int:
    """How many columns a terminal gives to a cleaned text."""
    return len(text) if text.isascii() else sum(map(_columns_of, text))


def _columns_of(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def pad(text: str, width: int) -> str:
    """``text`` filled with spaces to ``width`` columns."""
    return text + " " * (width - columns(text))


def wrap(text: str, width: int, *, indent: str = "", first: str | None = None) -> list[str]:
    """A cleaned text in lines of at most ``width`` columns; a word longer than a line (a path) stays whole."""
    lines = textwrap.wrap(
        text,
        max(width, 20),
        initial_indent=indent if first is None else first,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return lines or [(indent if first is None else first).rstrip()]
