"""On which line of a manifest a name first stands, for any number of names in one pass over the text."""

from __future__ import annotations

import re
from functools import cached_property

_PIECE = re.compile(r'\n|"((?:[^"\\\n]|\\.)*)"|[^\s"\[\](){}=,]+')
_MOST_SEARCHES = 100


class Lines:
    """``of`` gives the first line with a name: in double quotes, else as a word, else anywhere."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._left = _MOST_SEARCHES  # each goes through the whole text

    def of(self, name: str) -> int | None:
        """The line from 1; None where the name is not there, or is one of too many that stand within other words."""
        quoted, words = self._index
        line = quoted.get(name) or words.get(name)
        if line is not None or not self._left:
            return line
        self._left -= 1
        at = self._text.find(name)
        return self._text.count("\n", 0, at) + 1 if at >= 0 else None

    @cached_property
    def _index(self) -> tuple[dict[str, int], dict[str, int]]:
        quoted: dict[str, int] = {}
        words: dict[str, int] = {}
        line = 1
        for piece in _PIECE.finditer(self._text):
            if piece[0] == "\n":
                line += 1
            elif piece[1] is not None:
                quoted.setdefault(piece[1], line)
            else:
                words.setdefault(piece[0], line)
        return quoted, words
