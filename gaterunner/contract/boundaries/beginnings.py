"""Where in a text a statement may begin, found by words: an expression takes many times as long. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

_VERBS = (
    "select", "insert", "update", "delete", "merge", "with", "truncate", "alter", "drop", "create", "copy",
    "replace", "explain", "declare", "prepare",
)  # fmt: skip
_PIECES = ("from", "join", "left", "inner")
_COMMON_TABLE = re.compile(r"with\s+(?:recursive\s+)?[\w\"`]+\s*(?:\([^()]*\)\s*)?as\s")
_QUOTES = frozenset("\"'`")
_OPENS_VALUE = _QUOTES | frozenset("(>:=|,[;")
_NEAR = 14


def beginnings(text: str) -> Iterator[tuple[int, str]]:
    """The offsets of verbs that stand in capitals, or where a value or a line begins; with each the quote before it.

    They come in no order.
    """
    lower = _lower(text)
    for verb in _VERBS:
        for at in _places(lower, verb):
            before = text[max(0, at - _NEAR) : at]
            stripped = before.rstrip()
            opens = stripped[-1:] in _OPENS_VALUE or not stripped or "\n" in before[len(stripped) :]
            if text[at : at + 2].isupper() or (opens and (verb != "with" or _COMMON_TABLE.match(lower, at))):
                yield at, stripped[-1:] if stripped[-1:] in _QUOTES else ""


def has_pieces(text: str) -> bool:
    """Whether a string begins as a statement goes on: with ``FROM`` or ``JOIN``."""
    lower = _lower(text)
    return any(
        text[at : at + 2].isupper() or text[max(0, at - _NEAR) : at].rstrip()[-1:] in _QUOTES
        for word in _PIECES
        for at in _places(lower, word)
    )


def _lower(text: str) -> str:
    lower = text.lower()
    # Some letters are two in lower case, which would move all that follow.
    return lower if len(lower) == len(text) else "".join(each.lower() if each.isascii() else each for each in text)


def _places(lower: str, word: str) -> Iterator[int]:
    at = lower.find(word)
    while at >= 0:
        end = at + len(word)
        before = lower[at - 1] if at else " "
        if lower[end : end + 1].isspace() and not (before.isalnum() or before in "_$-"):
            yield at
        at = lower.find(word, end)
