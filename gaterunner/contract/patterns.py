"""Patterns over test ids. Pure.

Only ``*`` and ``?`` mean something, any characters and any one: ids hold brackets (``test_window[24h]``), dots, slashes
and colons, and none of them is a border. A pattern means whole ids, and case matters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

# What stands for the wildcards of another pattern: no id holds it.
_ONE, _MANY = "\ue000", "\ue001"


class TestIds:
    """Some patterns: an id is meant when one of them matches it whole."""

    __test__ = False  # pytest takes every class named Test… for a test case

    def __init__(self, patterns: Sequence[str]) -> None:
        self._exact = frozenset(pattern for pattern in patterns if not _is_open(pattern))
        self._open = tuple(pattern for pattern in patterns if _is_open(pattern))
        # Thousands of ids are looked at for each pattern, and nearly all patterns hold nothing but `*`.
        self._starred = tuple(tuple(pattern.split("*")) for pattern in self._open if "?" not in pattern)
        self._others = tuple(pattern for pattern in self._open if "?" in pattern)

    def matches(self, id: str) -> bool:
        if id in self._exact:
            return True
        for pieces in self._starred:
            if _holds(pieces, id):
                return True
        return any(_matches(pattern, id) for pattern in self._others)

    def covers(self, pattern: str) -> bool:
        """True when every id that ``pattern`` means is meant; False also where that cannot be told."""
        if pattern in self._exact or pattern in self._open:
            return True
        return self._wide.fullmatch(pattern.replace("?", _ONE).replace("*", _MANY)) is not None

    @cached_property
    def _wide(self) -> re.Pattern[str]:
        """Of another pattern's `*` no `?` takes a part: it may stand for nothing, and for any number of characters."""
        return re.compile("|".join(map(_expression, (*self._exact, *self._open))) or r"(?!)", re.DOTALL)


def letters(pattern: str) -> int:
    """How many letters and digits a pattern holds."""
    return sum(char.isalnum() for char in pattern)


def _expression(pattern: str) -> str:
    """What stands between two ``*`` is taken where it comes first, as nothing that follows could do with less."""
    first, *others = (
        "".join(f"[^{_MANY}]" if each == "?" else re.escape(each) for each in part) for part in pattern.split("*")
    )
    if not others:
        return first
    return first + "".join(f"(?>.*?{part})" for part in others[:-1]) + f".*{others[-1]}"


def _is_open(pattern: str) -> bool:
    return "*" in pattern or "?" in pattern


def _holds(pieces: tuple[str, ...], text: str) -> bool:
    """Whether the text is these pieces in their order with anything between them."""
    first, *between, last = pieces
    if not text.startswith(first) or not text.endswith(last) or len(text) < len(first) + len(last):
        return False
    at, end = len(first), len(text) - len(last)
    for piece in between:
        found = text.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def _matches(pattern: str, text: str) -> bool:
    """In time of both lengths multiplied at most, which no regular expression promises."""
    at = star = resume = 0
    star = -1
    index = 0
    while index < len(text):
        if at < len(pattern) and pattern[at] == "*":
            star, resume, at = at, index, at + 1
        elif at < len(pattern) and pattern[at] in ("?", text[index]):
            at, index = at + 1, index + 1
        elif star >= 0:
            resume += 1
            at, index = star + 1, resume
        else:
            return False
    return all(char == "*" for char in pattern[at:])
