"""The words of a program in a language with braces, by a cautious scanner that knows strings and comments.

It reads every text in linear time and never fails: what it takes for a string in error hides a test on one side, which
is then told as gone.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from msgspec import Struct


class Token(NamedTuple):
    """``kind`` is word, string, number, comment or sign; ``at`` is where it begins in the text."""

    kind: str
    text: str
    at: int


class Syntax(Struct, frozen=True, kw_only=True):
    """What the scanner has to know: comments and strings as expressions that end at the latest with the text.

    ``quotes`` are marks of strings that end with their line; ``template`` says that backquotes nest, ``regex`` that a
    slash can start a literal.
    """

    comment: str
    string: str = r"(?!)"
    quotes: str = "\"'"
    template: bool = False
    regex: bool = False
    word: str = r"[^\W\d][\w$]*|\$[\w$]*"


# Possessive, as nothing is ever given back, and in runs: one by one, a character costs fifty times as much.
_SLASHES = r"//[^\n]*|/\*(?:[^*]++|\*(?!/))*+(?:\*/)?"
_BLOCK = r'"""(?:[^"\\]++|\\.|"(?!""))*+(?:"""|\Z)'

JAVASCRIPT = Syntax(comment=_SLASHES + r"|\A#![^\n]*", template=True, regex=True)
GO = Syntax(comment=_SLASHES, string=r"`[^`]*(?:`|\Z)")
JAVA = Syntax(comment=_SLASHES, string=_BLOCK)
KOTLIN = Syntax(comment=_SLASHES, string=_BLOCK, word=r"[^\W\d]\w*|`[^`\n]*`")
RUST = Syntax(
    comment=_SLASHES,
    string=r"""b?r(?P<hashes>\#*)"(?:[^"]++|"(?!(?P=hashes)))*+(?:"(?P=hashes)|\Z)|b?"(?:[^"\\]++|\\.)*+(?:"|\Z)"""
    r"""|'(?:\\.[^'\n]{0,8}|[^'\\\n])'|'(?=\w)""",
    quotes="",
)
CSHARP = Syntax(comment=_SLASHES + r"|^[ \t]*\#[^\n]*", string=_BLOCK + r'|\$?@\$?"(?:[^"]++|"")*+(?:"|\Z)')
PHP = Syntax(
    comment=_SLASHES + r"|\#(?!\[)[^\n]*",
    string=r"""'(?:[^'\\]++|\\.)*+(?:'|\Z)|"(?:[^"\\]++|\\.)*+(?:"|\Z)"""
    r"|<<<[ \t]*['\"]?(?P<here>\w+)['\"]?\n(?:(?![ \t]*(?P=here)\b)[^\n]*(?:\n|\Z))*[ \t]*(?:(?P=here)\b)?",
    quotes="",
    word=r"\$?[^\W\d]\w*",
)

_BEFORE_REGEX = frozenset(
    {"return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "else", "do", "yield", "await"}
)
_TEMPLATE = re.compile(r"[^`\\${}]+|\\.|\$\{|[`${}\\]", re.DOTALL)
_REGEX = re.compile(r"/(?:[^/\\\[\n]++|\\.|\[(?:[^\]\\\n]++|\\.)*+\])++(/[a-z]*)?")
_QUOTED = {mark: re.compile(rf"{mark}(?:[^{mark}\\\n]++|\\[\s\S])*+({mark})?") for mark in "\"'"}


class Scanned(NamedTuple):
    """The tokens of a text, side by side, and the comments between them: megabytes are a million tokens."""

    kinds: list[str]
    texts: list[str]
    starts: list[int]
    comments: list[Token]


def scan(text: str, syntax: Syntax) -> Scanned:
    """All tokens of a text."""
    return _Scanner(text, syntax).scanned()


class _Scanner:
    def __init__(self, text: str, syntax: Syntax) -> None:
        self._text, self._syntax = text, syntax
        self._special = set(syntax.quotes) | ({"`"} if syntax.template else set()) | ({"/"} if syntax.regex else set())
        self._found = Scanned([], [], [], [])
        self._known: dict[str, str] = {}
        # A quote or slash that ends nowhere on its line is looked at once, whatever follows it there.
        self._plain_until = 0

    def scanned(self) -> Scanned:
        at, length = 0, len(self._text)
        while at < length:
            at = self._scan_from(at)
        return self._found

    def _scan_from(self, at: int) -> int:
        """Scans on from here, and says from where to do so again: behind a literal, or at the end."""
        text, special, known = self._text, self._special, self._known
        kinds, texts, starts, comments = self._found
        # One iterator over megabytes takes half the time of asking for the match at each place.
        for piece in _pattern(self._syntax).finditer(text, at):
            kind = piece.lastgroup or "sign"
            if kind == "space":
                continue
            word, start = piece[kind], piece.start()
            if kind == "sign" and word in special:
                kind, end = self._literal(start)
                if kind != "sign":
                    self._add(kind, start, end)
                    return end
            if kind == "comment":
                comments.append(Token(kind, word, start))
                continue
            kinds.append(kind)
            texts.append(known.setdefault(word, word))
            starts.append(start)
        return len(text)

    def _add(self, kind: str, start: int, end: int) -> None:
        kinds, texts, starts, _ = self._found
        word = self._text[start:end]
        kinds.append(kind)
        texts.append(self._known.setdefault(word, word))
        starts.append(start)

    def _literal(self, at: int) -> tuple[str, int]:
        """The string or expression that a quote or slash begins, or the sign alone."""
        mark, end = self._text[at], None
        if mark == "`":
            end = self._template_end(at)
        elif at >= self._plain_until and mark == "/" and self._may_be_regex():
            end = self._closed(_REGEX, at)
        elif at >= self._plain_until and mark != "/":
            end = self._closed(_QUOTED[mark], at)
        return ("sign", at + 1) if end is None else ("string", end)

    def _closed(self, pattern: re.Pattern[str], at: int) -> int | None:
        found = pattern.match(self._text, at)
        if found is not None and found[1]:
            return found.end()
        self._plain_until = found.end() if found is not None else at + 1
        return None

    def _may_be_regex(self) -> bool:
        kinds, texts, _, _ = self._found
        if not texts or (kinds[-1] == "word" and texts[-1] in _BEFORE_REGEX):
            return True
        return kinds[-1] == "sign" and texts[-1] not in {")", "]", "}", "<"}

    def _template_end(self, start: int) -> int:
        """Where a backquoted text ends, with whatever ``${}`` it nests."""
        waiting = ["`"]
        at = start + 1
        while at < len(self._text) and waiting:
            piece = _TEMPLATE.match(self._text, at)
            if piece is None:
                break
            at = piece.end()
            text = piece[0]
            if text == waiting[-1]:
                waiting.pop()
            elif text == "`":
                waiting.append("`")
            elif (text == "${" and waiting[-1] == "`") or (text in {"{", "${"} and waiting[-1] == "}"):
                waiting.append("}")
        return at


@cache
def _pattern(syntax: Syntax) -> re.Pattern[str]:
    return re.compile(
        rf"(?:(?P<space>\s+)|(?P<string>{syntax.string})|(?P<word>{syntax.word})|(?P<comment>{syntax.comment})"
        r"|(?P<number>\d[\w.]*)|(?P<sign>.))[^\S\n]*+\n?",
        re.DOTALL | re.MULTILINE,
    )
