"""Where something stands, as every form writes it."""

from __future__ import annotations


def place_words(path: str | None, line: int | None = None, column: int | None = None) -> str:
    """``path``, ``path:line`` or ``path:line:column``, as far as it is known; empty without a path."""
    if not path:
        return ""
    return ":".join(str(part) for part in (path, line, column) if part)
