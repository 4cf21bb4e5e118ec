"""Lines that hold nothing but a comment, in which a name is only talked about. Pure.

A line that only looks like a comment is none: one in a string, in a block of YAML, in the text of a page.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cached_property
from itertools import accumulate

from gaterunner.contract.boundaries.languages import syntax_of
from gaterunner.contract.boundaries.marks import between
from gaterunner.weakening.tokens import scan

_SLASHED = re.compile(r"proto|graphql|gql|cc?|cpp|h")
_HASHED = re.compile(r"sh|rbi|ya?ml|toml|pl|r|exs?|tf|graphql|gql|conf|ini|properties|cfg")
_TAGGED = re.compile(r"html?|xml|vue|svelte|jinja2?|j2|hbs|erb|mustache")
_SLASH = re.compile(r"\s*//")
_HASH = re.compile(r"\s*#(?![\[{!])")
# What is set into a page is so within its comments as well.
_SETS_IN = re.compile(r"\{\{|\{%|<[%?]|[$#]\{|\{\s*[^\W\d]")
# What ends a line there and not for git, or ends PHP, ends the comment too.
_ENDS_OTHERWISE = re.compile(r"\r(?!$)|[\u2028\u2029]|\?>|\*/\s*\S")
_BLOCK_SCALAR = re.compile(r"\s*.*[|>][-+\d]{0,2}\s*(?:\s#.*)?$")
_LONG_TEXT = re.compile(r"\"\"\"|'''|<<[-~]?\s*[\"']?[A-Za-z_]\w*")
_PAGE_COMMENTS = (("{#", "#}"), ("{% comment", "endcomment %}"), ("<%--", "--%>"), ("<%#", "%>"), ("<!--", "-->"))
# The scanner of Ruby knows no heredoc under such a name.
_SHORT_HEREDOC = re.compile(r"<<[-~]?[\"'`]?(?:[A-Z_]\b|[a-z]\w*)")
_MOST_LINES = 2000


class Comments:
    """Answers for one file of a language (``languages.kind_of_text``)."""

    def __init__(self, kind: str, text: str, lines: list[str]) -> None:
        self._kind = kind
        self._text = text
        self._lines = lines
        self._known: dict[int, bool] = {}

    def holds(self, number: int) -> bool:
        """Whether a line (from 1) is a comment as a whole."""
        if number not in self._known:  # a thousand statements may stand in one line
            self._known[number] = self._holds(number)
        return self._known[number]

    def _holds(self, number: int) -> bool:
        line = self._lines[number - 1]
        if _ENDS_OTHERWISE.search(line):
            return False
        if number in self._of_page:
            return True
        if self._scanned is not None:
            return number in self._scanned and not self._is_in_a_page(line) and not self._may_be_heredoc(number)
        if _HASHED.fullmatch(self._kind) and _HASH.match(line):
            return not self._is_in_long_text(number)
        return bool(_SLASHED.fullmatch(self._kind) and _SLASH.match(line))

    @cached_property
    def _scanned(self) -> frozenset[int] | None:
        """The lines that are comments for the scanner of the language; None where there is none."""
        syntax = syntax_of(self._kind)
        if syntax is None:
            return None
        scanned = scan(self._text, syntax)
        words = zip(scanned.starts, scanned.texts, strict=False)
        pieces = [(each.at, each.text, True) for each in scanned.comments]
        pieces += [(start, word, False) for start, word in words]
        comments: set[int] = set()
        code: set[int] = set()
        at, number = 0, 1
        for start, word, is_comment in sorted(pieces):
            number += self._text.count("\n", at, start)
            at = start
            (comments if is_comment else code).update(range(number, number + word.count("\n") + 1))
        return frozenset(comments - code)

    @cached_property
    def _ends(self) -> list[int]:
        """Where each line ends."""
        return [number + size for number, size in enumerate(accumulate(map(len, self._lines)))]

    @cached_property
    def _of_page(self) -> frozenset[int]:
        """The lines of a page or template that hold comments alone; one of HTML is sent with what is set into it."""
        found: set[int] = set()
        pairs = _PAGE_COMMENTS if _TAGGED.fullmatch(self._kind) else ()
        for start, end in (each for pair in pairs for each in between(self._text, *pair)):
            comment = self._text[start:end]
            if comment.startswith("<!--") and _SETS_IN.search(comment, 4):
                continue
            first = bisect_left(self._ends, start) + 1
            last = first + comment.count("\n")
            before = self._lines[first - 1][: start - (self._ends[first - 2] + 1 if first > 1 else 0)]
            after = self._lines[last - 1][end - (self._ends[last - 2] + 1 if last > 1 else 0) :]
            found.update(range(first + bool(before.strip()), last + 1 - bool(after.strip())))
        return frozenset(found)

    def _may_be_heredoc(self, number: int) -> bool:
        return self._kind == "rb" and number > self._first_short

    def _is_in_a_page(self, line: str) -> bool:
        """``// {name}`` between tags, where two slashes are two slashes."""
        return bool(_SLASH.match(line)) and "{" in line and "</" in self._text

    def _is_in_long_text(self, number: int) -> bool:
        """Whether a line lies in a string of several lines: a block of YAML, a heredoc, three quotes."""
        if self._kind in {"yml", "yaml"}:
            return self._is_in_block_scalar(number)
        return number > self._first_long

    @cached_property
    def _first_long(self) -> int:
        return self._first(_LONG_TEXT)

    @cached_property
    def _first_short(self) -> int:
        return self._first(_SHORT_HEREDOC)

    def _first(self, wanted: re.Pattern[str]) -> int:
        """The first line with any such, or the one behind the last; before it, a comment begins none."""
        found = (at for at, line in enumerate(self._lines, 1) if wanted.search(line) and not _HASH.match(line))
        return next(found, len(self._lines) + 1)

    def _is_in_block_scalar(self, number: int) -> bool:
        indent = _indent(self._lines[number - 1])
        for line in reversed(self._lines[max(0, number - 1 - _MOST_LINES) : number - 1]):
            if line.strip() and _indent(line) < indent:
                if _BLOCK_SCALAR.match(line):
                    return True
                indent = _indent(line)
        return False


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
