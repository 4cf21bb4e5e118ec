"""How a test is recognised again by what it does."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

_SHORTEST = 24  # characters: `assert True` and `pass` recognise nothing
_ALIKE = 0.5  # of the lines of the shorter body


def digest(lines: Sequence[str]) -> str:
    """Stands for a body, whatever its indentation and blank lines; empty where there is too little of it."""
    text = "\n".join(stripped for line in lines if (stripped := line.strip()))
    if len(text) < _SHORTEST:
        return ""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def shape(lines: Sequence[str]) -> Counter[str]:
    """The lines of a body that say something, without their indentation."""
    return Counter(stripped for line in lines if len(stripped := line.strip()) > 3)  # noqa: PLR2004 -- "});", "end"


def alike(one: Counter[str], other: Counter[str]) -> float:
    """How much two bodies share, 0 to 1; 0 when it is too little to call one the other's successor."""
    smaller = min(one.total(), other.total())
    if smaller == 0:
        return 0.0
    share = (one & other).total() / smaller
    return share if share >= _ALIKE else 0.0
