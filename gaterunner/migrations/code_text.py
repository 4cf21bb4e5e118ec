"""Ruby, JavaScript, Go, C#, Java, Elixir and PHP as far as a migration needs it: what is code, what is a string.

Cautious: a piece that may be a string or code is kept as code, in which more is found than in a string.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from msgspec import Struct

from gaterunner.migrations.sql_statements import COMPUTED_NAME

COMPUTED = f" {COMPUTED_NAME} "
"""Stands in a string for what is interpolated there."""


class Literal(NamedTuple):
    """A string in the source: what it says, from where to where it stands, and whether pieces of it are computed."""

    text: str
    at: int
    end: int
    computed: bool


class Source(Struct, frozen=True):
    """A file with comments and the insides of strings blanked out in ``code``, which has the file's length."""

    text: str
    code: str
    literals: dict[int, Literal]

    def line(self, at: int) -> int:
        """The line of an offset, counted from 1."""
        return self.text.count("\n", 0, at) + 1


_SLASH_COMMENT = r"//[^\r\n]*|/\*(?s:.*?)\*/"
_DOUBLE = r'"(?:[^"\\]|\\(?s:.))*"'
_SINGLE = r"'(?:[^'\\]|\\(?s:.))*'"
_DOUBLE_LINE = r'"(?:[^"\\\r\n]|\\.)*"'
_SINGLE_LINE = r"'(?:[^'\\\r\n]|\\.)*'"
# A slash begins a regular expression only where a value may stand; a wrong guess would hide what follows.
_REGEX = r"(?<=[(,=~!|&?:;\[{])[ \t]*/(?![/*\s=])(?:[^/\\\r\n\[]|\\.|\[(?:[^\]\\\r\n]|\\.)*\])+/[a-z]*"
_HEREDOC = r"<<[-~]?(?P<quote>['\"`]?)(?P<tag>[A-Z_a-z]\w*)(?P=quote)"
_LEXERS: dict[str, tuple[str, str]] = {
    "ruby": (
        r"\#(?!\{)[^\r\n]*|(?m:^=begin\b)(?s:.*?)(?m:^=end\b[^\r\n]*)",
        rf"{_DOUBLE}|{_SINGLE}|%[qQ]?[({{\[<](?:[^)}}\]>\\]|\\.)*[)}}\]>]|{_REGEX}",
    ),
    "javascript": (_SLASH_COMMENT, rf"{_DOUBLE_LINE}|{_SINGLE_LINE}|`(?:[^`\\]|\\(?s:.))*`|{_REGEX}"),
    "go": (_SLASH_COMMENT, rf"{_DOUBLE_LINE}|`[^`]*`|'(?:[^'\\\r\n]|\\.)+'"),
    "csharp": (
        _SLASH_COMMENT,
        rf'\$*"""(?s:.*?)"""|\$?@\$?"(?:[^"]|"")*"|\$?{_DOUBLE_LINE}|' + r"'(?:[^'\\\r\n]|\\.)+'",
    ),
    "java": (_SLASH_COMMENT, rf'"""(?s:.*?)"""|{_DOUBLE_LINE}|' + r"'(?:[^'\\\r\n]|\\.)+'"),
    "elixir": (r"\#[^\r\n]*", rf'~[sS]?"""(?s:.*?)"""|"""(?s:.*?)"""|~[sS]\((?s:.*?)\)|{_DOUBLE}|{_SINGLE}'),
    "php": (r"(?://|\#(?!\[))[^\r\n]*|/\*(?s:.*?)\*/", rf"{_DOUBLE}|{_SINGLE}"),
}
_HEREDOCS = {"ruby": _HEREDOC, "php": r"<<<[ ]*(?P<quote>['\"]?)(?P<tag>\w+)(?P=quote)"}
_PATTERNS = {
    name: re.compile(rf"(?P<comment>{comment})|(?P<heredoc>{_HEREDOCS.get(name, '(?!)')})|(?P<string>{string})")
    for name, (comment, string) in _LEXERS.items()
}
_INTERPOLATED = {
    "ruby": re.compile(r"#\{[^}]*\}"),
    "elixir": re.compile(r"#\{[^}]*\}"),
    "javascript": re.compile(r"\$\{[^}]*\}"),
    "php": re.compile(r"\{?\$\w+(?:->\w+|\[[^\]]*\])*\}?"),
    "csharp": re.compile(r"\{[^{}]*\}"),
    "java": re.compile(r"\$\{?\w+\}?"),
}


def read(text: str, language: str) -> Source:
    """Blanks out comments and strings; a line's end stays where it is."""
    out: list[str] = []
    literals: dict[int, Literal] = {}
    at, pending = 0, 0  # up to `pending` a heredoc's body was taken already
    for found in _PATTERNS[language].finditer(text):
        if found.start() < max(at, pending):
            continue
        if pending > at:
            out.append(_blank(text[at:pending]))
            at = pending
        out.append(text[at : found.start()])
        at = found.end()
        if found.lastgroup == "comment" or found["comment"] is not None:
            out.append(_blank(found[0]))
            continue
        if found["heredoc"] is not None:
            body = _heredoc(text, found, language)
            if body is None:
                out.append(found[0])
                continue
            start, end, stop = body
            quoted = found["quote"] == "'"
            literals[found.start()] = _literal(text[start:end], found.start(), at, language, raw=quoted)
            out.append('"' + "_" * (len(found[0]) - 2) + '"')
            line_end = text.find("\n", at)
            out.append(text[at : line_end + 1])
            out.append(_blank(text[line_end + 1 : stop]))
            at = stop
            continue
        out.append(_string(found, literals, language))
    out.append(text[at:])
    return Source(text, "".join(out), literals)


def _blank(text: str) -> str:
    return re.sub(r"[^\r\n]", " ", text)


def _string(found: re.Match[str], literals: dict[int, Literal], language: str) -> str:
    whole = found["string"]
    opening = re.match(r"[\s$@~%a-zA-Z]*(?:\"\"\"|['\"`(/{\[<])", whole)
    if opening is None or "/" in opening[0]:
        return _blank(whole)
    size = 3 if opening[0].endswith('"""') else 1
    inner = whole[opening.end() : len(whole) - size]
    raw = (language in {"ruby", "php", "go"} and whole[0] in "'`") or whole.startswith(("@", "~S"))
    if language == "csharp" and "$" not in opening[0]:
        literals[found.start()] = Literal(
            inner.replace('""', '"') if raw else _unescaped(inner), found.start(), found.end(), False
        )
    else:
        literals[found.start()] = _literal(inner, found.start(), found.end(), language, raw=raw)
    blanked = re.sub(r"[^\r\n]", "_", whole[1:-1])
    return f'"{blanked}"'


def _literal(inner: str, at: int, end: int, language: str, *, raw: bool) -> Literal:
    pattern = None if raw else _INTERPOLATED.get(language)
    replaced = pattern.sub(COMPUTED, inner) if pattern else inner
    return Literal(replaced if raw else _unescaped(replaced), at, end, replaced != inner)


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: {"n": "\n", "t": "\t", "r": "\r"}.get(found[1], found[1]), text)


def _heredoc(text: str, found: re.Match[str], language: str) -> tuple[int, int, int] | None:
    """Where the body of a heredoc starts and ends, and where what follows it begins; None where it has no end."""
    start = text.find("\n", found.end()) + 1
    indent = "" if language == "ruby" and found[0][2] not in "-~" else r"[ \t]*"
    end = re.compile(rf"(?m)^{indent}{re.escape(found['tag'])}\b").search(text, start) if start else None
    return (start, end.start(), end.end()) if end else None


class Bare(str):
    """A word of the source that is no literal: a type, or a variable whose value only running tells."""

    __slots__ = ()


class Call(NamedTuple):
    """A call with what of its arguments the source spells out; a computed one is None. ``raw`` is their source."""

    name: str
    at: int
    line: int
    args: list[str | list[str] | None]
    named: dict[str, str | list[str] | None]
    raw: str
    end: int


def calls(source: Source, pattern: re.Pattern[str]) -> Iterator[Call]:
    """The calls whose callee the pattern matches (its group ``name``), in their order."""
    for found in pattern.finditer(source.code):
        yield call_at(source, found.end(), found["name"], found.start())


def call_at(source: Source, after: int, name: str = "", at: int = 0) -> Call:
    """The call whose callee ends at ``after``, with its arguments."""
    start, end = _extent(source.code, after)
    args, named = _arguments(source, start, end)
    return Call(name, at, source.line(at), args, named, source.text[start:end], end)


def _extent(code: str, at: int) -> tuple[int, int]:
    """The arguments: in the parentheses that open here, else to the line's end, or further where a comma ends it."""
    opening = re.compile(r"[ \t]*\(").match(code, at)
    depth = 0
    start = opening.end() if opening else at
    for index in range(start, len(code)):
        char = code[index]
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
            if depth < 0:
                return start, index
        elif depth == 0 and not opening:
            if char == ";" or (char == "\n" and not code[start:index].rstrip().endswith((",", "\\", "="))):
                return start, index
            if code.startswith((" do ", " do\n", " do\r"), index):
                return start, index
    return start, len(code)


def _arguments(
    source: Source, start: int, end: int
) -> tuple[list[str | list[str] | None], dict[str, str | list[str] | None]]:
    args: list[str | list[str] | None] = []
    named: dict[str, str | list[str] | None] = {}
    for at, stop in _split(source.code, start, end):
        piece = source.code[at:stop]
        key = re.match(r"\s*(?::?(?P<symbol>\w+)\s*=>|(?P<name>\w+)\s*:(?!:)|(?P<string>\"_*\")\s*=>)\s*", piece)
        if key and (key["symbol"] or key["name"]):
            named[key["symbol"] or key["name"]] = _value(source, at + key.end(), stop)
        else:
            args.append(_value(source, at, stop))
    return args, named


def _split(code: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    depth, at = 0, start
    for index in range(start, end):
        char = code[index]
        depth += (char in "([{") - (char in ")]}")
        if char == "," and depth == 0:
            yield at, index
            at = index + 1
    if code[at:end].strip():
        yield at, end


def _value(source: Source, start: int, end: int) -> str | list[str] | None:
    """A string, a symbol, a name of a type, or a list of strings; None for anything that is computed."""
    piece = source.code[start:end]
    text = piece.strip()
    at = start + len(piece) - len(piece.lstrip())
    literal = source.literals.get(at)
    if literal is not None and literal.end >= start + len(piece.rstrip()):
        return None if literal.computed else literal.text
    symbol = re.fullmatch(r":(\w+[?!]?)", text) or re.fullmatch(r"(?:table|references)\(\s*:(\w+)[^()]*\)", text)
    if symbol:
        return symbol[1]
    if text.startswith(("[", "%w[", "%i[", "array(")):
        return _list(source, start, end, text)
    return Bare(text) if re.fullmatch(r"[\w.:()<>, ]+", text) else None


def _list(source: Source, start: int, end: int, text: str) -> list[str] | None:
    if text.startswith("%"):
        return text[3:-1].split()
    strings = [each.text for at, each in sorted(source.literals.items()) if start <= at < end and not each.computed]
    return strings or re.findall(r":(\w+)", text) or None
