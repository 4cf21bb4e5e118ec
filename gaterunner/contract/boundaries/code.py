"""Languages that are read by their tokens: their strings, put together where they are added up, and their log calls."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from gaterunner.contract.boundaries.code_logs import LANGUAGES as LOGS
from gaterunner.contract.boundaries.code_logs import logged
from gaterunner.contract.boundaries.naming import unescaped
from gaterunner.contract.boundaries.pieces import COMPUTED, Piece, Statement, Text, Touched
from gaterunner.migrations.words import words
from gaterunner.observability.code_calls import called
from gaterunner.observability.python_lines import PYTHON
from gaterunner.observability.ruby import RUBY
from gaterunner.weakening.code import Code
from gaterunner.weakening.tokens import CSHARP, GO, JAVA, JAVASCRIPT, KOTLIN, PHP, RUST, Syntax

_PHP = Syntax(
    comment=r"//(?:(?!\?>)[^\n])*|/\*(?:[^*]++|\*(?!/))*+(?:\*/)?|\#(?!\[)(?:(?!\?>)[^\n])*",
    # What stands outside of PHP is one long text.
    string=rf"\A(?!<\?)(?:(?!<\?)[\s\S])*+|\?>(?:(?!<\?)[\s\S])*+|{PHP.string}",
    quotes="",
    word=PHP.word,
)
_SYNTAX: dict[str, Syntax] = {
    "go": GO,
    "java": JAVA,
    "rb": RUBY,
    "php": _PHP,
    "py": PYTHON,
    "rs": RUST,
    "cs": CSHARP,
    **dict.fromkeys(("kt", "kts", "scala", "groovy", "swift", "dart"), KOTLIN),
}
_JOINS = {"php": "."}
_SIDE_BY_SIDE = frozenset({"rb", "py", "dart"})
_EXECUTES = words(
    """execute queryrow querycontext queryrowcontext execcontext queryx queryrowx preparecontext unsafe $queryraw
    $executeraw $queryrawunsafe $executerawunsafe executequery executeupdate createquery createnativequery
    preparestatement find_by_sql select_all select_value select_values exec_query executesql rawquery execsql
    queryforobject queryforlist namedexec mustexec oneornone manyornone executenonquery executereader executescalar
    fromsqlraw executesqlraw sqlquery"""
)
# Of these, only what belongs to a database runs statements.
_MAY_EXECUTE = words(
    """query queryasync exec execasync execute prepare run all get each raw statement select insert update
    delete get_results get_row get_var get_col"""
)
_DATABASE = re.compile(
    r"(?i)^[$@]?_?(?:\w*(?:db|conn|connection|pool|database|pdo|mysqli|jdbc\w*|cursor|knex|sequelize|prisma)|tx|trx|txn|stmt"
    r"|statement|cur|sql|sqlx|pg|entitymanager|em|dbh|client|wpdb)(?:\(\))?$"
)
_TAGS = frozenset({"sql", "SQL", "$queryRaw", "$executeRaw", "Sql", "gql.sql"})
_LONGEST_CHAIN = 12
_MOST_TOKENS = 300
_ESCAPE = re.compile(r"\\(?:([nrt])|\n|([^ux0-7]))", re.DOTALL)
_BLANK = {"n": "\n", "r": "\r", "t": "\t"}
_HEREDOC = re.compile(r"<<[<~-]?[ \t]*[\"'`]?(\w+)[\"'`]?")
_VALUES = {
    "js": re.compile(r"\$\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}"),
    "rb": re.compile(r"\#\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}"),
    **dict.fromkeys(("kt", "kts", "scala", "groovy", "dart"), re.compile(r"\$\{[^{}]*\}|\$[A-Za-z_]\w*")),
    "swift": re.compile(r"\\\([^()]*(?:\([^()]*\)[^()]*)*\)"),
    "cs": re.compile(r"(?<!\{)\{[^{}\n]+\}"),
    "rs": re.compile(r"(?<!\{)\{[^{}\n]*\}"),
    "php": re.compile(r"\{\$[^{}]*\}|\$\w+(?:->\w+|\[[^\]]*\])?"),
}
_PREFIX = re.compile(r"^(?:[A-Za-z]{1,2}#*|[$@]{1,2})(?=[\"'])")


def syntax(kind: str) -> Syntax:
    """How a language is split into tokens."""
    return _SYNTAX.get(kind, JAVASCRIPT)


def read(text: str, kind: str, touched: Touched) -> Iterator[Piece]:
    """The pieces of a file. It never fails: what it takes for something else is not found."""
    code = Code(text, syntax(kind))
    yield from _texts(code, kind, touched)
    yield from _runs_unseen(code, touched)
    if kind in LOGS:
        yield from logged(code, kind, touched)


def _texts(code: Code, kind: str, touched: Touched) -> Iterator[Text]:
    at = 0
    while at < code.size:
        if code.kind(at) != "string":
            at += 1
            continue
        last = _last_joined(code, at, kind)
        line, end = code.line(at), code.line(last) + code.text(last).count("\n")
        if touched(line, end):
            yield Text(text=_joined(code, at, kind), line=line, end=end, executed=_is_executed(code, at, kind))
        at = last + 1


def _runs_unseen(code: Code, touched: Touched) -> Iterator[Statement]:
    """Calls that hand a statement to a database which is not spelt out where they stand."""
    strings = [at for at in range(code.size) if code.kind(at) == "string"]
    for at in range(1, code.size):
        if code.text(at) != "(" or code.kind(at - 1) != "word" or not _executes(code, at):
            continue
        given = code.arguments(at)
        if given and code.text(given[0][0]) in {"ctx", "context"}:
            given = given[1:]
        if given and bisect_left(strings, given[0][0]) == bisect_left(strings, given[0][1]):
            end = code.end_of(at)
            key = code.key(at - 1, min(end + 1, at + _MOST_TOKENS))
            found = Statement(line=code.line(at - 1), end=code.line(end), code=key, opaque=True)
            if touched(found.line, found.end):
                yield found


def _joined(code: Code, at: int, kind: str) -> str:
    """The string that begins at an index with all that is added to it."""
    between, places = _listed(code, at, kind) or ("", _added(code, at, kind))
    return between.join(_content(code.text(each), kind) if each >= 0 else COMPUTED for each, _ in places)


def _last_joined(code: Code, at: int, kind: str) -> int:
    """The index of the last token of that."""
    listed = _listed(code, at, kind)
    return listed[1][-1][1] if listed else _added(code, at, kind)[-1][1]


Places = list[tuple[int, int]]
"""The indices of the strings that make up a text, -1 for what is computed; with each the last token of it."""


def _added(code: Code, at: int, kind: str) -> Places:
    """``"a" + b + "c"``, ``"a" "b"``, ``"a".concat("b")``."""
    places = [(at, at)]
    plus = _JOINS.get(kind, "+")
    while True:
        following = at + 1
        if code.kind(following) == "string" and kind in _SIDE_BY_SIDE:
            at = following
            places.append((at, at))
            continue
        if code.key(following, following + 3) == ". concat (" and code.kind(following + 3) == "string":
            at = code.end_of(following + 2)
            places.append((following + 3, at))
            continue
        if code.text(following) != plus:
            return places
        following += 1
        if code.kind(following) == "string":
            at = following
            places.append((at, at))
        elif code.kind(following) == "word":
            at = _past(code, following)
            places.append((-1, at))
        else:
            return [*places, (-1, at)]


def _listed(code: Code, at: int, kind: str) -> tuple[str, Places] | None:
    """``["a", "b"].join("_")``."""
    if code.text(at - 1) != "[" or at - 1 not in code.close:
        return None
    end = code.end_of(at - 1)
    if code.key(end + 1, end + 4) != ". join (":
        return None
    between = _content(code.text(end + 4), kind) if code.kind(end + 4) == "string" else ""
    last = code.end_of(end + 3)
    return between, [(start if code.kind(start) == "string" else -1, last) for start, _ in code.arguments(at - 1)]


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
    first_mark = ""
    here = _HEREDOC.match(token)
    if here is not None and "\n" in token:
        first, _, body = token.partition("\n")
        before, _, last = body.rpartition("\n")
        body, quoted = before if last.strip() in {here[1], ""} else body, "'" not in first
    else:
        prefix = _PREFIX.match(token)
        first_mark = prefix[0] if prefix else ""
        token = token[len(first_mark) :]
        marks = 3 if token.startswith(('"""', "'''")) else 1
        body, quoted = token[marks:], not token.startswith("'")
        body = body[:-marks] if body.endswith(token[:marks]) else body
    language = "js" if token.startswith("`") and kind not in {"go", "rb", "php"} else kind
    if kind == "cs":
        quoted = "$" in first_mark
    values = _VALUES.get(language) if quoted and (language != "js" or token.startswith("`")) else None
    if values is not None:
        body = values.sub(COMPUTED, body)
    if "\\" not in body or (kind == "go" and token.startswith("`")):
        return body
    return _ESCAPE.sub(_unescaped, unescaped(body))


def _unescaped(match: re.Match[str]) -> str:
    return _BLANK[match[1]] if match[1] else match[2] or ""


def _is_executed(code: Code, at: int, kind: str) -> bool:
    """Whether a string is the first argument, or the second behind a context, of what runs statements."""
    before = code.text(at - 1)
    if code.kind(at - 1) == "word" and (before in _TAGS or (kind == "rb" and before in _EXECUTES)):
        return True
    opening = at - 1
    if before == "," and code.kind(at - 2) == "word" and code.text(at - 3) == "(":  # QueryContext(ctx, "…")
        opening = at - 3
    return code.text(opening) == "(" and _executes(code, opening)


def _executes(code: Code, opening: int) -> bool:
    """Whether what is called runs statements: by its name, or by that of what it belongs to."""
    name = code.text(opening - 1).lower()
    if name in _EXECUTES:
        return True
    if name not in _MAY_EXECUTE:
        return False
    if code.key(opening - 3, opening - 1) == "- >":
        owner = code.text(opening - 4)
    else:
        chain = called(code, opening - 1)
        owner = chain[-2] if len(chain) > 1 else ""
    return _DATABASE.match(owner) is not None
