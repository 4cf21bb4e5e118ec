"""How code spells the name of a flag: `new-page` is also `new_page`, `NEW_PAGE`, `newPage` and `NewPage`. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_BETWEEN = re.compile(r"[^A-Za-z0-9]+")


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name in small letters: parted by signs and by capital letters."""
    parts = (_HUMP.sub(" ", part).split() for part in _BETWEEN.split(name))
    return tuple(word.lower() for part in parts for word in part)


class Mention:
    """Whatever code may write to mean one of some names: as a whole word, but also inside of ``isNewPageEnabled``, as
    accessors that are generated are called."""

    def __init__(self, names: Iterable[str]) -> None:
        self._each = [(tuple(map(_encoded, words_of(name))), _pattern(name)) for name in names if name]

    def stands_in(self, text: bytes, small: bytes) -> bool:
        """Whether a text holds one; ``small`` is the text in small letters, in which most names are ruled out."""
        return any(all(word in small for word in words) and pattern.search(text) for words, pattern in self._each)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _pattern(name: str) -> re.Pattern[bytes]:
    return re.compile(_encoded("|".join(sorted(set(_forms(name)), key=len, reverse=True))))


def _forms(name: str) -> Iterable[str]:
    words = words_of(name)
    plain = {name, "-".join(words), "_".join(words), "_".join(words).upper(), ".".join(words)}
    for form in plain - {""}:
        # `new-page-two` is another name, where `NEW_PAGE_ENABLED` is a way to call this one.
        joined = "-?" if "-" in form else ""
        yield rf"(?<![A-Za-z0-9]){re.escape(form)}(?!{joined}[A-Za-z0-9])"
    pascal = "".join(word[:1].upper() + word[1:] for word in words)
    if len(words) > 1:
        camel = words[0] + pascal[len(words[0]) :]
        yield rf"(?<![A-Za-z0-9]){re.escape(camel)}(?![a-z0-9])"
        yield rf"(?<![A-Z]){re.escape(pascal)}(?![a-z0-9])"
