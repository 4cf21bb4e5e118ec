"""When two spellings are the same name: of tables and fields as databases and programs write them. Pure."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_BETWEEN = re.compile(r"[\W_]+")
_ESCAPE = re.compile(
    r"\\u\{([0-9a-fA-F]{1,6})\}|\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})|\\x([0-9a-fA-F]{2})|\\(?P<octal>[01][0-7]{2})"
    r"|&#[xX]([0-9a-fA-F]{1,6});?|&#(?P<decimal>\d{1,7});?"
)
_DEFAULT_SCHEMAS = ("public.", "dbo.", "main.")


def spread(text: str) -> str:
    """Lower case with ``_`` where a word begins inside a name: ``customer_email`` for ``customerEmail``."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)  # as Python reads names: full-width letters are the same ones
    return _HUMP.sub("_", text).lower()


def unescaped(text: str) -> str:
    """With the characters that escapes of programs, of JSON and of pages stand for."""
    return _ESCAPE.sub(_character, text)


def _character(found: re.Match[str]) -> str:
    digits = next(each for each in found.groups() if each)
    base = 8 if found["octal"] else 10 if found["decimal"] else 16
    number = int(digits, base)
    return chr(number) if number <= sys.maxunicode else found[0]


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
        # What stands before a dot may be in the singular.
        self._words = [tuple(word.removesuffix("s") for word in words(name)) for name, _ in self._patterns]
        self._each = [(name, re.compile(pattern)) for name, pattern in self._patterns]

    def may_be_in(self, text: str) -> bool:
        """False where the words of no entry stand in a text, so that not even pieces of it make up a name."""
        lower = unescaped(text).lower() if "\\" in text or "&#" in text else text.lower()
        if not lower.isascii():
            lower = unicodedata.normalize("NFKC", lower)
        return any(all(word in lower for word in each) for each in self._words)

    @property
    def is_empty(self) -> bool:
        """True where there is nothing to look for."""
        return self._any is None

    def within(self, text: str) -> Iterator[str]:
        """The entries that stand in a text, each once."""
        if self._any is None or not self.may_be_in(text):
            return
        spelt = [each for each in _spellings(text) if self._any.search(each)]
        if spelt:
            yield from (name for name, pattern in self._each if any(map(pattern.search, spelt)))


def _spellings(text: str) -> Iterator[str]:
    yield spread(text)
    if "\\" in text or "&#" in text:
        yield spread(unescaped(text))


# `customers.phone`, `customers["phone"]`, `customer?.phone`, `$customer->phone`, `"customers"."phone"`.
_DOT = r"(?:[\"'`\]]?\s*(?:[?!]?\.|->|::)\s*[\"'`\[:]?|\??\.?\[\s*[\"'`:])"


def _pattern(name: str) -> str:
    *owners, last = (r"[_-]*".join(map(re.escape, words(part))) for part in name.split("."))
    # One row of `customers` is called `customer`.
    inner = _DOT.join((*(f"{each}?" if each.endswith("s") else each for each in owners if each), last))
    return rf"(?<![^\W_]){inner if last else re.escape(spread(name))}(?![^\W_])"
