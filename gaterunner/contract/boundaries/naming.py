"""When two spellings are the same name: of tables and fields as databases and programs write them. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_BETWEEN = re.compile(r"[\W_]+")
_DEFAULT_SCHEMAS = ("public.", "dbo.", "main.")


def spread(text: str) -> str:
    """Lower case with ``_`` where a word begins inside a name: ``customer_email`` for ``customerEmail``."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)  # as Python reads names: full-width letters are the same ones
    return _HUMP.sub("_", text).lower()


def words(name: str) -> tuple[str, ...]:
    """The words of a name, however they are joined."""
    return tuple(word for word in _BETWEEN.split(spread(name)) if word)


def flat(name: str) -> str:
    """A name without what joins its words."""
    return "".join(words(name))


def table(name: str) -> str:
    """A table's name as it is compared: lower case, without a default schema."""
    name = name.lower()
    return next((name.removeprefix(schema) for schema in _DEFAULT_SCHEMAS if name.startswith(schema)), name)


class Named:
    """Looks for names in text: whole words of it, in a row, whether joined by ``_``, ``-``, capitals or nothing.

    In an entry with dots the parts have to follow each other with dots, as ``customers.email`` in SQL does.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._patterns = [(name, _pattern(name)) for name in dict.fromkeys(names)]
        self._any = re.compile("|".join(pattern for _, pattern in self._patterns)) if self._patterns else None
        self._words = [words(name) for name, _ in self._patterns]
        self._each = [(name, re.compile(pattern)) for name, pattern in self._patterns]

    def is_in(self, text: str) -> bool:
        """Whether any entry stands in a text."""
        return self._any is not None and self._any.search(spread(text)) is not None

    def may_be_joined_in(self, text: str) -> bool:
        """False where the words of no entry stand in a text, so that nothing of it makes up a name when added up."""
        lower = text.lower()
        return any(all(word in lower for word in each) for each in self._words)

    @property
    def is_empty(self) -> bool:
        """True where there is nothing to look for."""
        return self._any is None

    def within(self, text: str) -> Iterator[str]:
        """The entries that stand in a text, each once."""
        if self._any is None:
            return
        spelt = spread(text)
        if self._any.search(spelt):
            yield from (name for name, pattern in self._each if pattern.search(spelt))


_DOT = r"[\"'`\]]?\s*\.\s*[\"'`\[]?"


def _pattern(name: str) -> str:
    parts = [r"[_-]*".join(map(re.escape, words(part))) for part in name.split(".")]
    inner = _DOT.join(part for part in parts if part) or re.escape(spread(name))
    return rf"(?<![^\W_]){inner}(?![^\W_])"
