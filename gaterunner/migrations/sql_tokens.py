"""SQL as statements of tokens, under the rules of one dialect.

A parser cannot do this first step: where a statement ends depends on dollar quotes, on `DELIMITER`, on bodies of
routines, and on commands that only a client understands. Comments are gone afterwards, except the MySQL ones that the
server runs. Nothing is ever taken for the end of a text that the database would read on from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from msgspec import Struct

Dialect = Literal["postgres", "mysql", "sqlite", "tsql", "oracle"]


class Token(NamedTuple):
    """``kind`` is word, name (quoted), string, number, mark or meta (a client's command). ``text`` has no quotes.

    ``at`` and ``end`` are offsets into the text, ``line`` counts from 1.
    """

    kind: str
    text: str
    line: int
    at: int
    end: int

    @property
    def upper(self) -> str:
        """The keyword that an unquoted word may be; empty for everything else."""
        return self.text.upper() if self.kind == "word" else ""


class Statement(Struct, frozen=True):
    """One statement: its tokens, and its text as it stands in the file."""

    tokens: tuple[Token, ...]
    text: str

    @property
    def line(self) -> int:
        return self.tokens[0].line


class _Rules(NamedTuple):
    word: str
    quotes: str
    line_comment: str
    nested: bool
    escapes: bool


_RULES: dict[str, _Rules] = {
    "postgres": _Rules(r"[^\W\d][\w$]*", '"', r"--[^\r\n]*", nested=True, escapes=False),
    "mysql": _Rules(r"[@$]*[^\W\d][\w$]*", '`"', r"--(?=[\s\x00-\x1f]|\Z)[^\n]*|\#[^\n]*", nested=False, escapes=True),
    "sqlite": _Rules(r"[^\W\d][\w$]*", '"`[', r"--[^\n]*", nested=False, escapes=False),
    "tsql": _Rules(r"[@\#]*[^\W\d][\w$@\#]*", '"[', r"--[^\r\n]*", nested=True, escapes=False),
    "oracle": _Rules(r"[^\W\d][\w$\#]*", '"', r"--[^\r\n]*", nested=False, escapes=False),
}
_BLOCK_MARK = re.compile(r"/\*|\*/")
_EXECUTABLE = re.compile(r"/\*M?!\d*")
_BREAKPOINT = re.compile(r"-->\s*statement-breakpoint")
# Rows of plain literals, which a seed has by the million: nothing in them is told apart by any dialect.
_LITERAL = r"(?:'[^'\\]*+'|[-+]?[\d.]++|(?i:NULL|TRUE|FALSE|DEFAULT)\b)"
_ROWS = re.compile(rf"(?:\s*+\(\s*+{_LITERAL}(?:\s*+,\s*+{_LITERAL})*+\s*+\)\s*+,?)++")
_MOST_TOKENS = 100_000  # of one INSERT; behind them only words and names are kept
_CLOSERS = {"[": "]", "{": "}", "(": ")", "<": ">"}
_ROUTINES = frozenset({"FUNCTION", "PROCEDURE", "PROC", "TRIGGER", "EVENT", "PACKAGE"})
_NOT_AN_END = frozenset({"IF", "LOOP", "WHILE", "REPEAT", "FOR"})
_COPY_END = re.compile(r"(?m)^\\\.[ \t\r]*$")
_TSQL_START = frozenset(
    {("DROP", "TABLE"), ("DROP", "SCHEMA"), ("DROP", "DATABASE"), ("TRUNCATE", "TABLE"), ("DELETE", "FROM"),
     ("ALTER", "TABLE"), ("EXEC", ""), ("EXECUTE", ""), ("UPDATE", "")}
)  # fmt: skip

# These begin a statement wherever they stand, except where rights to them are given.
_TSQL_ANYWHERE = re.compile(r"(?i)(?:DROP|TRUNCATE|ALTER)\s+(?:TABLE|SCHEMA|DATABASE)\b")
_TSQL_RIGHTS = frozenset({"GRANT", "REVOKE", "DENY", "CREATE"})


def _pattern(dialect: Dialect) -> re.Pattern[str]:
    rules = _RULES[dialect]
    dollar = r"|(?P<dollar>\$(?:[^\W\d]\w*)?\$)" if dialect == "postgres" else ""
    meta = r"|(?P<meta>\\[^\r\n]*)" if dialect == "postgres" else ""
    quoting = r"|(?P<q>[nN]?[qQ]')" if dialect == "oracle" else ""
    batch = r"|(?P<batch>(?m:^)[ \t]*(?i:GO)(?:[ \t]+\d+)?[ \t]*;?[ \t]*(?m:\r?$))" if dialect == "tsql" else ""
    slash = r"|(?P<batch>(?m:^)[ \t]*/[ \t]*(?m:\r?$))" if dialect == "oracle" else ""
    delimiter = r"|(?P<delimiter>(?m:^)[ \t]*(?i:DELIMITER)[ \t]+(?P<mark>\S+)[^\n]*)" if dialect == "mysql" else ""
    return re.compile(
        rf"(?P<space>\s+){batch}{slash}{delimiter}{quoting}|(?P<line>{rules.line_comment})|(?P<block>/\*){dollar}{meta}"
        rf"|(?P<string>(?:[eEnNbBxX]|[uU]&|_\w+[ ]?)?')|(?P<name>(?:[uU]&)?[{re.escape(rules.quotes)}])"
        rf"|(?P<word>{rules.word})|(?P<number>\d[\w.]*)|(?P<other>(?s:.))"
    )


_PATTERNS = {dialect: _pattern(dialect) for dialect in ("postgres", "mysql", "sqlite", "tsql", "oracle")}


class _Lexer:
    """Tokens of one text; a separator is a mark ``;``, whatever the dialect or the client writes for it."""

    def __init__(self, text: str, dialect: Dialect) -> None:
        self._text = text
        self._dialect = dialect
        self._rules = _RULES[dialect]
        self._pattern = _PATTERNS[dialect]
        self._line = 1
        self._counted = 0
        self._delimiter = ";"
        self._inside = 0  # executable comments that are open
        self._recent: list[str] = []  # the words of the statement so far, for COPY
        self._rows = False  # behind VALUES

    def tokens(self) -> Iterator[Token]:
        at = 0
        while at < len(self._text):
            if self._delimiter != ";" and self._text.startswith(self._delimiter, at):
                yield self._token("mark", ";;", at, at + len(self._delimiter))
                at += len(self._delimiter)
                continue
            if self._rows and (rows := _ROWS.match(self._text, at)):
                at = rows.end()
                continue
            found = self._pattern.match(self._text, at)
            token, at = self._next(found) if found else (None, at + 1)  # `other` takes any character
            if token is not None:
                yield token
                at = self._after(token, at)

    def _token(self, kind: str, text: str, at: int, end: int) -> Token:
        self._line += self._text.count("\n", self._counted, at)
        self._counted = at
        return Token(kind, text, self._line, at, end)

    def _next(self, found: re.Match[str]) -> tuple[Token | None, int]:  # noqa: PLR0911 - one for each kind
        kind, at, end = found.lastgroup or "", found.start(), found.end()
        if kind == "mark" or found.groupdict().get("delimiter"):
            self._delimiter = found["mark"]
            return self._token("mark", ";;", at, end), end
        if kind == "space":
            return None, end
        if kind == "line":
            broken = _BREAKPOINT.match(found[0])
            return (self._token("mark", ";;", at, end) if broken else None), end
        if kind == "block":
            return None, self._comment(at)
        if kind in {"word", "number", "meta"}:
            if self._delimiter != ";" and (cut := found[0].find(self._delimiter)) > 0:
                end = at + cut  # `END$$`
            return self._token(kind, self._text[at:end], at, end), end
        if kind == "batch":
            return self._token("mark", ";;", at, end), end
        return self._quoted(kind, found, at, end)

    def _quoted(self, kind: str, found: re.Match[str], at: int, end: int) -> tuple[Token | None, int]:
        text = self._text
        if kind == "dollar":
            close = text.find(found[0], end)
            inner, stop = (text[end:], len(text)) if close < 0 else (text[end:close], close + len(found[0]))
            return self._token("string", inner, at, stop), stop
        if kind == "q":
            opener = text[end : end + 1]
            close = text.find(_CLOSERS.get(opener, opener) + "'", end + 1)
            inner, stop = (text[end:], len(text)) if close < 0 else (text[end + 1 : close], close + 2)
            return self._token("string", inner, at, stop), stop
        if kind in {"string", "name"}:
            quote = found[0][-1]
            inner, stop = self._literal(end, quote, escapes=self._escapes(found[0]))
            if kind == "string" or (self._dialect == "mysql" and quote == '"'):
                return self._token("string", inner, at, stop), stop
            return self._token("name", inner, at, stop), stop
        if self._inside and text.startswith("*/", at):
            self._inside -= 1
            return None, at + 2
        mark = ";" if found[0] == ";" and self._delimiter == ";" else found[0]
        return self._token("mark", mark, at, end), end

    def _escapes(self, opening: str) -> bool:
        if self._rules.escapes:
            return opening[-1] != "`"
        return self._dialect == "postgres" and opening[0] in "eE"

    def _literal(self, at: int, quote: str, *, escapes: bool) -> tuple[str, int]:
        closer = "]" if quote == "[" else quote
        special = re.compile(rf"\\|{re.escape(closer)}" if escapes else re.escape(closer))
        start = at
        while found := special.search(self._text, at):
            at = found.end()
            if found[0] == "\\" or self._text.startswith(closer, at):
                at += 1
            else:
                return self._text[start : at - 1].replace(closer * 2, closer), at
        return self._text[start:], len(self._text)

    def _comment(self, at: int) -> int:
        executable = _EXECUTABLE.match(self._text, at)
        if executable and self._dialect == "mysql":
            self._inside += 1
            return executable.end()
        depth = 0
        for mark in _BLOCK_MARK.finditer(self._text, at):
            if mark[0] == "*/":
                depth -= 1
            elif depth == 0 or self._rules.nested:
                depth += 1
            if depth == 0:
                return mark.end()
        return len(self._text)  # never closed: no database runs the rest, or the whole

    def _after(self, token: Token, at: int) -> int:
        """Jumps over the data lines that follow ``COPY … FROM stdin;``."""
        if token.kind in {"word", "meta"} or token.text in {";", ";;"}:
            self._rows = token.upper == "VALUES"
        if token.kind == "mark" and token.text in {";", ";;"}:
            words, self._recent = self._recent, []
            if self._dialect == "postgres" and words[:1] == ["COPY"] and "STDIN" in words:
                end = _COPY_END.search(self._text, at)
                return end.end() if end else at
        elif token.kind == "word" and len(self._recent) < 64:  # noqa: PLR2004 - COPY's head is short
            self._recent.append(token.text.upper())
        return at


def without_comments(text: str, dialect: Dialect) -> str:
    """The text with comments blanked out; every token stays on its line and in its column."""
    out: list[str] = []
    at = 0
    for token in _Lexer(text, dialect).tokens():
        out += [re.sub(r"[^\r\n]", " ", text[at : token.at]), text[token.at : token.end]]
        at = token.end
    return "".join(out)


def statements(text: str, dialect: Dialect) -> Iterator[Statement]:
    """The statements of a text in their order; the last one need not be closed."""
    held: list[Token] = []
    block = _Block(dialect)
    for token in _Lexer(text, dialect).tokens():
        hard = token.kind == "mark" and token.text == ";;"
        if hard or (token.kind == "mark" and token.text == ";" and not block.is_open):
            yield from _cut(text, held)
            held, block = [], _Block(dialect)
            continue
        if token.kind == "meta":
            yield from _cut(text, held)
            yield Statement((token,), token.text)
            held, block = [], _Block(dialect)
            continue
        if dialect == "tsql" and held and not block.is_routine and _starts_anew(text, held, token):
            yield from _cut(text, held)
            held, block = [], _Block(dialect)
        if len(held) < _MOST_TOKENS or token.kind in {"word", "name"} or held[0].upper not in {"INSERT", "REPLACE"}:
            held.append(token)
        block.see(token)
    if block.is_open:  # it never closed, so it was no body: every semicolon counts
        yield from _pieces(text, held)
    else:
        yield from _cut(text, held)


def _cut(text: str, tokens: list[Token]) -> Iterator[Statement]:
    if tokens:
        yield Statement(tuple(tokens), text[tokens[0].at : tokens[-1].end])


def _pieces(text: str, tokens: list[Token]) -> Iterator[Statement]:
    piece: list[Token] = []
    for token in tokens:
        if token.kind == "mark" and token.text == ";":
            yield from _cut(text, piece)
            piece = []
        else:
            piece.append(token)
    yield from _cut(text, piece)


def _starts_anew(text: str, held: list[Token], token: Token) -> bool:
    """SQL Server needs no semicolon between statements: a verb at the start of a line begins one."""
    word = token.upper
    if word not in {"DROP", "TRUNCATE", "DELETE", "ALTER", "EXEC", "EXECUTE", "UPDATE"}:
        return False
    if (word == "EXEC" or _TSQL_ANYWHERE.match(text, token.at)) and held[0].upper not in _TSQL_RIGHTS:
        return True
    if not re.search(r"\n\s*\Z", text[max(held[-1].end, token.at - 200) : token.at]):
        return False
    follows = re.match(r"\s+(\w+)", text[token.end : token.end + 80])
    return (word, follows[1].upper() if follows else "") in _TSQL_START or (word, "") in _TSQL_START


class _Block:
    """Whether the body of a routine is open, in which semicolons separate nothing that is run now."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._count = 0
        self._first = ""
        self.is_routine = False
        self._depth = 0
        self._parens = 0
        self._last = ""
        self._closed = False  # the token before was an END that closed something

    @property
    def is_open(self) -> bool:
        return self._depth > 0

    def see(self, token: Token) -> None:
        self._count += 1
        word = token.upper
        if self._count == 1:
            self._first = word
        if token.kind == "mark":
            self._parens += (token.text == "(") - (token.text == ")")
        if self._first == "CREATE" and self._count < 12 and word in _ROUTINES:  # noqa: PLR2004 - after its modifiers
            self.is_routine = True
        if self.is_routine:
            self._see_body(word)
        self._last = word

    def _see_body(self, word: str) -> None:
        closed, self._closed = self._closed, False
        if closed and word in _NOT_AN_END:
            self._depth += 1  # the END before it closed no BEGIN
        elif self._last == "END" and word == "CASE":
            return
        elif word == "END" and self._depth:
            self._depth -= 1
            self._closed = True
        elif self._opens(word):
            self._depth += 1

    def _opens(self, word: str) -> bool:
        if self._dialect == "postgres":
            return (word == "ATOMIC" and self._last == "BEGIN") or (word == "CASE" and self._depth > 0)
        return self._parens == 0 and (word == "BEGIN" or (word == "CASE" and self._depth > 0))
