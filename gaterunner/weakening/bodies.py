"""How a test is recognised again by what it does."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence

_SHORTEST = 24  # characters: `assert True` and `pass` recognise nothing
_TELLING = 3  # characters: "});" and "end" stand in every body
_ALIKE = 0.5  # of the lines of the shorter body
_ALIKE_IN_WORDS = 0.6  # of the words of the longer test
_WORD = re.compile(r"\w+")


def digest(lines: Sequence[str]) -> str:
    """Stands for a body, whatever its indentation and blank lines; empty where there is too little of it."""
    text = "\n".join(stripped for line in lines if (stripped := line.strip()))
    if len(text) < _SHORTEST:
        return ""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]


class Shape:
    """What a body says, to find it again after an edit."""

    def __init__(self, lines: Sequence[str]) -> None:
        """``lines`` are those of the whole test, with its name."""
        stripped = [line.strip() for line in lines]
        self._lines = Counter(line for line in stripped[1:] if len(line) > _TELLING)
        self._words = Counter(word for line in stripped for word in _WORD.findall(line))

    def likeness(self, other: Shape) -> float:
        """How much both share, 0 to 1; 0 when it is too little to call one the other's successor."""
        smaller = min(self._lines.total(), other._lines.total())
        lines = (self._lines & other._lines).total() / smaller if smaller else 0.0
        larger = max(self._words.total(), other._words.total())
        words = (self._words & other._words).total() / larger if larger else 0.0
        return max(lines, words) if lines >= _ALIKE or words >= _ALIKE_IN_WORDS else 0.0
