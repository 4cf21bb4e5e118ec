"""What an entry is, and what makes one acceptable."""

from __future__ import annotations

from typing import Any, NamedTuple

LONGEST = 200


class Entry(NamedTuple):
    """One line in the guest book."""

    author: str
    said: str


def read_entry(data: Any) -> Entry:
    """The entry in a request's JSON. Raises ``ValueError`` with what is wrong with it."""
    if not isinstance(data, dict):
        raise ValueError("expected an object")
    author, said = data.get("author"), data.get("said")
    if not isinstance(author, str) or not author.strip():
        raise ValueError("`author` is missing")
    if not isinstance(said, str) or not 0 < len(said) <= LONGEST:
        raise ValueError(f"`said` has to have 1 to {LONGEST} characters")
    return Entry(author.strip(), said)
