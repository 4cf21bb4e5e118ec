"""Languages that are read by their tokens: their strings, put together where they are added up, and their log calls."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gaterunner.contract.boundaries.code_logs import LANGUAGES as LOGS
from gaterunner.contract.boundaries.code_logs import logged
from gaterunner.contract.boundaries.pieces import COMPUTED, Piece, Text
from gaterunner.migrations.words import words
from gaterunner.observability.python_lines import PYTHON
from gaterunner.observability.ruby import RUBY
from gaterunner.weakening.code import Code
from gaterunner.weakening.tokens import GO, JAVA, JAVASCRIPT, PHP, Syntax

_SYNTAX: dict[str, Syntax] = {"go": GO, "java": JAVA, "rb": RUBY, "php": PHP, "py": PYTHON, "pyi": PYTHON}
_JOINS = {"php": ".", "rb": "+"}
_EXECUTES = words(
    """execute queryrow querycontext queryrowcontext execcontext queryx queryrowx preparecontext unsafe $queryraw
    $executeraw $queryrawunsafe $executerawunsafe executequery executeupdate createquery createnativequery
    preparestatement find_by_sql select_all select_value select_values exec_query executesql rawquery execsql
    queryforobject queryforlist namedexec mustexec oneornone manyornone"""
)
_TAGS = frozenset({"sql", "SQL", "$queryRaw", "$executeRaw", "Sql", "gql.sql"})
_LONGEST_CHAIN = 12
_ESCAPE = re.compile(r"\\(?:([nrt])|(.))", re.DOTALL)
_BLANK = {"n": "\n", "r": "\r", "t": "\t"}
_HEREDOC = re.compile(r"<<[<~-]?[ \t]*[\"'`]?(\w+)[\"'`]?")
_VALUES = {
    "js": re.compile(r"\$\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}"),
    "rb": re.compile(r"\#\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}"),
    "php": re.compile(r"\{\$[^{}]*\}|\$\w+(?:->\w+|\[[^\]]*\])?"),
}
_PREFIX = re.compile(r"^[A-Za-z]{1,2}(?=[\"'])")


def read(text: str, kind: str) -> Iterator[Piece]:
    """The pieces of a file. It never fails: what it takes for something else is not found."""
    code = Code(text, _SYNTAX.get(kind, JAVASCRIPT))
    yield from _texts(code, kind)
    if kind in LOGS:
        yield from logged(code, kind)


def _texts(code: Code, kind: str) -> Iterator[Text]:
    at = 0
    while at < code.size:
        if code.kind(at) != "string":
            at += 1
            continue
        text, last = _joined(code, at, kind)
        last_line = code.line(last) + code.text(last).count("\n")
        yield Text(text=text, line=code.line(at), end=last_line, executed=_is_executed(code, at))
        at = last + 1


def _joined(code: Code, at: int, kind: str) -> tuple[str, int]:
    """The string that begins at an index with all that is added to it, and the index of its last token."""
    parts = [_content(code.text(at), kind)]
    plus = _JOINS.get(kind, "+")
    while True:
        following = at + 1
        if code.kind(following) == "string" and (kind in {"rb", "py"} or code.text(at) == "\\"):
            parts.append(_content(code.text(following), kind))  # 'a' 'b'
            at = following
            continue
        if code.text(following) != plus:
            return "".join(parts), at
        following += 1
        if code.kind(following) == "string":
            parts.append(_content(code.text(following), kind))
            at = following
        elif code.kind(following) == "word":
            parts.append(COMPUTED)
            at = _past(code, following)
        else:
            return "".join(parts) + COMPUTED, at


def _past(code: Code, at: int) -> int:
    """The last token of ``a.b(c)[d]``."""
    for _ in range(_LONGEST_CHAIN):
        follows = code.text(at + 1)
        if follows in {"(", "["} and at + 1 in code.close:
            at = code.end_of(at + 1)
        elif follows == "." and code.kind(at + 2) == "word":
            at += 2
        elif follows == "-" and code.text(at + 2) == ">" and code.kind(at + 3) == "word":
            at += 3
        else:
            break
    return at


def _content(token: str, kind: str) -> str:
    """What a string says, with a mark for what is computed in it."""
    here = _HEREDOC.match(token)
    if here is not None and "\n" in token:
        first, _, body = token.partition("\n")
        before, _, last = body.rpartition("\n")
        body, quoted = before if last.strip() in {here[1], ""} else body, "'" not in first
    else:
        token = _PREFIX.sub("", token) if kind in {"py", "pyi"} else token
        marks = 3 if token.startswith(('"""', "'''")) else 1
        body, quoted = token[marks:], not token.startswith("'")
        body = body[:-marks] if body.endswith(token[:marks]) else body
    language = "js" if token.startswith("`") and kind not in {"go", "rb", "php"} else kind
    values = _VALUES.get(language) if quoted and (language != "js" or token.startswith("`")) else None
    if values is not None:
        body = values.sub(COMPUTED, body)
    return body if kind == "go" and token.startswith("`") else _ESCAPE.sub(_unescaped, body)


def _unescaped(match: re.Match[str]) -> str:
    return _BLANK[match[1]] if match[1] else match[2]


def _is_executed(code: Code, at: int) -> bool:
    """Whether a string is the first argument, or the second behind a context, of what runs statements."""
    before = code.text(at - 1)
    if code.kind(at - 1) == "word" and before in _TAGS:
        return True
    opening = at - 1
    if before == "," and code.kind(at - 2) == "word" and code.text(at - 3) == "(":  # QueryContext(ctx, "…")
        opening = at - 3
    return code.text(opening) == "(" and code.text(opening - 1).lower() in _EXECUTES
