"""Who owns a path, by GitHub's rules for CODEOWNERS. Pure.

https://docs.github.com/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

LOCATIONS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where GitHub looks; it reads the first that is there, and only that."""
MOST_BYTES = 3 * 1024 * 1024
"""A larger file is not read by GitHub: nobody owns anything then."""

_WORD = re.compile(r"(?:\\.|[^\s\\])+")


class OwnedPattern(Struct, frozen=True, kw_only=True):
    """One line: what it matches, and whose that is; without owners it takes what it matches from everybody."""

    line: int
    pattern: str
    owners: tuple[str, ...]
    expression: re.Pattern[str]

    def matches(self, path: str) -> bool:
        return self.expression.fullmatch(path) is not None


class CodeOwners:
    """A CODEOWNERS file."""

    def __init__(self, text: str) -> None:
        self._patterns = tuple(_patterns(text))

    def of(self, path: str) -> OwnedPattern | None:
        """The last line that matches a path, which is the one that counts; None where none does."""
        return next((each for each in reversed(self._patterns) if each.matches(path)), None)


def _patterns(text: str) -> Iterator[OwnedPattern]:
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        words = _WORD.findall(line)
        comment = next((index for index, word in enumerate(words) if word.startswith("#")), len(words))
        if not comment:
            continue
        pattern, *owners = words[:comment]
        expression = _expression(pattern)
        if expression is not None:
            yield OwnedPattern(line=number, pattern=pattern, owners=tuple(owners), expression=expression)


def _expression(pattern: str) -> re.Pattern[str] | None:
    """As a regular expression over a path; None for what CODEOWNERS does not know: ``!``, ``[ ]``, three asterisks."""
    if pattern.startswith("!") or "[" in pattern or "***" in pattern or pattern == "/":
        return None
    plain = re.sub(r"\\(.)", r"\1", pattern)
    segments = plain.strip("/").split("/")
    # A slash at the start or in the middle ties a pattern to the root.
    anchored = plain.startswith("/") or len(segments) > 1
    *folders, last = segments
    found = "" if anchored else "(?:.*/)?"
    for segment in folders:
        found += "(?:.*/)?" if segment == "**" else f"{_segment(segment)}/"
    if plain.endswith("/"):
        return re.compile(f"{found}{_segment(last)}/.+", re.DOTALL)
    if last == "**":
        return re.compile(f"{found}.+", re.DOTALL)
    # `docs/*` holds the files of that folder and none further down; `*` alone holds everything.
    below = "" if last == "*" and anchored else "(?:/.*)?"
    return re.compile(f"{found}{_segment(last)}{below}", re.DOTALL)


def _segment(segment: str) -> str:
    parts = {"*": "[^/]*", "?": "[^/]"}
    return "[^/]+" if segment == "*" else "".join(parts.get(each) or re.escape(each) for each in segment)
