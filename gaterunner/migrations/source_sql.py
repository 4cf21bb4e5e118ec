"""SQL without its cosmetics, in every dialect at once.

The dialect of a migration is not known, and what is a comment in one is code in another (``#`` and ``--x`` in MySQL,
nested comments and dollar quotes in PostgreSQL, backslashes in strings). So a text is reduced once per dialect, and
two texts count as the same only when they are the same in all of them. A parser is no help here: it would have to
accept every statement, and it drops hints and executable comments.
"""

from __future__ import annotations

import re

from msgspec import Struct

from gaterunner.migrations.kinds import UnreadableError

# Reserved in PostgreSQL and MySQL alike, so they cannot be an unquoted name, whose case may matter.
_KEYWORDS = frozenset(
    re.findall(
        r"\w+",
        """ADD ALL ALTER AND AS ASC BETWEEN BY CASCADE CASE CHECK COLUMN CONSTRAINT CREATE CROSS DEFAULT DELETE
        DESC DISTINCT DROP ELSE EXISTS FOR FOREIGN FROM GRANT GROUP HAVING IN INDEX INNER INSERT INTO IS
        JOIN KEY LEFT LIKE NOT NULL ON OR ORDER OUTER PRIMARY REFERENCES RIGHT SELECT SET TABLE THEN TO
        TRIGGER UNION UNIQUE UPDATE VALUES WHEN WHERE WITH""",
    )
)
# Comments that a migration tool or an editor of plans obeys; they are kept word for word.
_DIRECTIVE = re.compile(
    r"(?i)[-#/*\s]*(?:[+!>@]|M!|(?:\+?goose|\+?migrate|migrate:|liquibase|changeset|rollback|precondition|property|"
    r"include|validchecksum|ignorelines|end|flyway|atlas|sqlx|statement-breakpoint|no-transaction|disable-transaction|"
    r"transaction|name:|delimiter)\b)"
)
_SPACE = re.compile(r"[ \t\r\n\f]+")  # not \s: a no-break space is part of a name, not white space
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_BLOCK_MARK = re.compile(r"/\*|\*/")
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.$])")
_WORD = re.compile(r"[^\W]+(?:[\w$#]*)")
_DOLLAR = re.compile(r"\$(?:[^\W\d]\w*)?\$")
_OPERATOR = re.compile(r"[-+*/<>=~!@#%^&|`?:.$\\{}]+?(?=--|/\*|[^-+*/<>=~!@#%^&|?:.$\\{}]|$)")
_PLAIN_OPERATORS = frozenset({"=", "<", ">", "<=", ">=", "<>", "!=", "+", "-", "*", "/", "||", "::", ":=", "->", "->>"})


class _Dialect(Struct, frozen=True, kw_only=True):
    """``command`` matches a whole line that the dialect's client takes for itself, where the line's end matters."""

    name: str
    command: re.Pattern[str]
    return_ends_comment: bool = False
    dashes_need_space: bool = False
    hash_comments: bool = False
    backslash_escapes: bool = False
    nested_comments: bool = False
    dollar_quotes: bool = False
    brackets_quote: bool = False
    q_quotes: bool = False


_DIALECTS = (
    _Dialect(
        name="postgres",
        command=re.compile(r"\\[^\n]*"),
        return_ends_comment=True,
        nested_comments=True,
        dollar_quotes=True,
    ),
    _Dialect(
        name="mysql",
        command=re.compile(r"(?i)DELIMITER[ \t][^\n]*"),
        dashes_need_space=True,
        hash_comments=True,
        backslash_escapes=True,
    ),
    _Dialect(
        name="sqlserver",
        command=re.compile(r"(?im)GO(?:[ \t]+\d+)?[ \t]*;?[ \t\r]*$"),
        nested_comments=True,
        brackets_quote=True,
    ),
    _Dialect(name="oracle", command=re.compile(r"(?m)/[ \t\r]*$|[@!.][^\n]*"), q_quotes=True),
)
_Q_CLOSERS = {"[": "]", "{": "}", "(": ")", "<": ">"}


def decode(data: bytes) -> str:
    """The text of a migration in UTF-8, or in UTF-16 with its byte order mark; raises ``UnreadableError`` otherwise."""
    if data.startswith(b"version https://git-lfs.github.com/spec/"):
        raise UnreadableError("it is a Git LFS pointer, its content is not in the repository")
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableError(f"it is not {encoding.upper().removesuffix('-SIG')} at byte {error.start}") from None
    if "\0" in text:
        raise UnreadableError("it holds a NUL byte")
    return text


def canonical(text: str) -> str:
    """The text reduced to what it does, once per dialect. Equal results are equal statements in all of them."""
    # NUL cannot be in a text (see decode), so that no token can look like two
    return "\0\0".join("\0".join(_Scanner(text, dialect).tokens()) for dialect in _DIALECTS)


class _Scanner:
    """Cuts one text into tokens under one dialect. What it does not understand it keeps as it is, to the end."""

    def __init__(self, text: str, dialect: _Dialect) -> None:
        self._text = text
        self._dialect = dialect
        self._at = 0
        self._tokens: list[str] = []
        self._gap = ""  # white space or a comment before the token at hand

    def tokens(self) -> list[str]:
        line_start = True
        while self._at < len(self._text):
            command = self._dialect.command.match(self._text, self._at) if line_start else None
            if command:
                self._emit("\n" + command[0], command.end())
                line_start = False
                continue
            space = _SPACE.match(self._text, self._at)
            if space:
                self._gap += space[0]
                self._at = space.end()
                line_start = "\n" in space[0]
                continue
            line_start = False
            if not self._comment():
                self._token()
        return self._tokens

    def _emit(self, token: str, end: int) -> None:
        self._tokens.append(token)
        self._at = end
        self._gap = ""

    def _rest(self) -> None:
        self._emit(self._text[self._at :], len(self._text))

    def _comment(self) -> bool:
        end = self._comment_end()
        if end is None:
            return self._at == len(self._text)
        comment = self._text[self._at : end]
        if comment.startswith(("/*!", "/*M!")) and any(quote in comment for quote in "'\"`"):
            self._rest()  # MySQL runs this; its end may be another one than the first "*/"
        elif _DIRECTIVE.match(comment):
            self._emit("\n" + comment.strip(), end)
        else:
            self._gap += " "
            self._at = end
        return True

    def _comment_end(self) -> int | None:
        text, at = self._text, self._at
        if text.startswith("--", at):
            follows = text[at + 2 : at + 3]
            if not self._dialect.dashes_need_space or follows in ("", " ", "\t", "\r", "\n"):
                return self._line_end()
        if self._dialect.hash_comments and text[at] == "#":
            return self._line_end()
        if text.startswith("/*", at):
            end = self._block_end()
            if end is None:  # never closed: all the rest is one token, so that the text is not searched again
                self._rest()
            return end
        return None

    def _line_end(self) -> int:
        ends = [self._text.find("\n", self._at)]
        if self._dialect.return_ends_comment:
            ends.append(self._text.find("\r", self._at))
        return min((end for end in ends if end >= 0), default=len(self._text))

    def _block_end(self) -> int | None:
        depth = 0
        for mark in _BLOCK_MARK.finditer(self._text, self._at):
            if mark[0] == "*/":
                depth -= 1
            elif depth == 0 or self._dialect.nested_comments:
                depth += 1
            if depth == 0:
                return mark.end()
        return None

    def _token(self) -> None:
        text, at = self._text, self._at
        number, word = _NUMBER.match(text, at), _WORD.match(text, at)
        if number:
            self._emit(self._glued(number[0]), number.end())
        elif word:
            self._word(word)
        elif text[at] in "'\"`" or (self._dialect.brackets_quote and text[at] == "["):
            self._quoted(at)
        elif self._dialect.dollar_quotes and (tag := _DOLLAR.match(text, at)):
            end = text.find(tag[0], tag.end())
            end = len(text) if end < 0 else end + len(tag[0])
            self._emit(text[at:end], end)
        elif text[at] in "(),;[]":
            self._emit(text[at], at + 1)
        else:
            self._operator()

    def _glued(self, token: str) -> str:
        """Marks white space before a token where its absence would join it with an operator that minds."""
        last = self._tokens[-1] if self._tokens else ""
        minds = bool(last) and not last[-1:].isalnum() and last not in _PLAIN_OPERATORS and last not in "(),;[]"
        return " " + token if self._gap and minds else token

    def _word(self, word: re.Match[str]) -> None:
        text, end = self._text, word.end()
        if text[end : end + 1] == "'":  # E'..', N'..', x'..', q'[..]': the prefix belongs to the literal
            self._quoted(end)
            return
        upper = word[0].upper()
        if upper == "STDIN":  # COPY's data lines follow, in which every blank counts
            self._rest()
            return
        before = text[self._at - 1] if self._at else ""
        token = upper if upper in _KEYWORDS and before not in {".", "@", ":"} else word[0]
        self._emit(self._glued(token), end)

    def _quoted(self, quote_at: int) -> None:
        end = self._literal_end(quote_at)
        token = self._text[self._at : end]
        if self._tokens and self._tokens[-1][-1:] in "'\"":
            token = ("\n" if "\n" in self._gap else " " if self._gap else "") + token
        self._emit(self._glued(token), end)

    def _literal_end(self, quote_at: int) -> int:
        text, dialect = self._text, self._dialect
        prefix, quote = text[self._at : quote_at].upper(), text[quote_at]
        if dialect.q_quotes and prefix in {"Q", "NQ"}:
            opener = text[quote_at + 1 : quote_at + 2]
            end = text.find(_Q_CLOSERS.get(opener, opener) + "'", quote_at + 2)
            return len(text) if end < 0 else end + 2
        closer = "]" if quote == "[" else quote
        escapes = (dialect.backslash_escapes and quote in "'\"") or prefix == "E"
        at = quote_at + 1
        while at < len(text):
            if (escapes and text[at] == "\\") or text.startswith(closer * 2, at):
                at += 2
            elif text[at] == closer:
                return at + 1
            else:
                at += 1
        return len(text)

    def _operator(self) -> None:
        operator = _OPERATOR.match(self._text, self._at)
        token = operator[0] if operator else self._text[self._at]
        minds = token not in _PLAIN_OPERATORS and self._gap
        self._emit(" " + token if minds else token, self._at + len(token))


def split_at(text: str, *, up: re.Pattern[str], down: re.Pattern[str]) -> tuple[str, str]:
    """The lines for applying and those for reverting, by the annotation lines that switch between the two.

    Lines before any annotation count as applying. The tools themselves look at whole lines, also inside strings.
    """
    parts: tuple[list[str], list[str]] = ([], [])
    side = 0
    for line in _LINE.findall(text):
        if up.match(line):
            side = 0
        elif down.match(line):
            side = 1
        parts[side].append(line)
    return "".join(parts[0]), "".join(parts[1])


def without_down(text: str, *, up: re.Pattern[str], down: re.Pattern[str]) -> str:
    """The text with the lines for reverting left empty, so that the others keep their numbers."""
    kept: list[str] = []
    applying = True
    for line in _LINE.findall(text):
        if up.match(line):
            applying = True
        elif down.match(line):
            applying = False
        kept.append(line if applying else "\n")
    return "".join(kept)
