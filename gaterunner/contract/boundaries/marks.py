"""What stands between two marks, in one pass: an expression looks for an end from each beginning. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator


def between(text: str, opening: str, closing: str) -> Iterator[tuple[int, int]]:
    """The first and the last offset (left out) of each such piece, its marks included; none that is never closed."""
    start = text.find(opening)
    while start >= 0:
        end = text.find(closing, start + len(opening))
        if end < 0:
            return
        yield start, end + len(closing)
        start = text.find(opening, end + len(closing))


def replaced(text: str, opening: str, closing: str, by: Callable[[str], str]) -> str:
    """The text with something else for each such piece."""
    parts: list[str] = []
    at = 0
    for start, end in between(text, opening, closing):
        parts += [text[at:start], by(text[start:end])]
        at = end
    return "".join((*parts, text[at:])) if parts else text
