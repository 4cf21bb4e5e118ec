"""Lists of words, written as one reads them."""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """The words of a text; a tuple of a hundred strings would be a hundred lines."""
    return frozenset(text.split())
