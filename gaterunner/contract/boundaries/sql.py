"""Which tables a text of SQL reads and writes; what nobody can see through is opaque, never taken for harmless."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from gaterunner.contract.boundaries.effort import Effort
from gaterunner.contract.boundaries.marks import replaced
from gaterunner.contract.boundaries.pieces import COMPUTED, Access, Statement, Text, Touched, anywhere
from gaterunner.contract.boundaries.shape import shape
from gaterunner.contract.boundaries.sql_words import by_words, copied
from gaterunner.migrations.sql_tokens import Dialect, statements
from gaterunner.migrations.sql_tokens import Statement as Tokens

_COMPUTED_NAME = "__computed__"
_USES = frozenset(
    {"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE", "WITH", "VALUES", "TABLE", "TRUNCATE", "CREATE"}
    | {"ALTER", "DROP", "COPY", "UPSERT", "RENAME", "LOAD"}
)
# These touch no row, and leave names with the meaning that they have.
_IDLE = frozenset(
    {"COMMIT", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE", "START", "END", "SET", "RESET", "SHOW", "PRAGMA", "VACUUM"}
    | {
        "ANALYZE",
        "REINDEX",
        "CLUSTER",
        "OPTIMIZE",
        "LOCK",
        "UNLOCK",
        "LISTEN",
        "NOTIFY",
        "UNLISTEN",
        "DISCARD",
        "CLOSE",
    }
    | {"DEALLOCATE", "CHECKPOINT", "DESCRIBE", "DESC", "COMMENT", "REVOKE", "FLUSH", "KILL", "GO", "PRINT"}
)
_ENDS = frozenset({"COMMIT", "ROLLBACK", "ABORT", "END", "DISCARD"})
_SEARCHED = frozenset({"SEARCH_PATH", "SCHEMA", "CURRENT_SCHEMA"})
_BRACKETS = re.compile(r"(?i)(?:from|join|into|update|\.)\s*\[\w+\]")
_BLOCKS = 3  # tokens at least: BEGIN TRANSACTION and BEGIN alone run nothing
_ROUTINES = re.compile(
    r"(?i)^\s*CREATE\s+(?:OR\s+(?:REPLACE|ALTER)\s+)?(?:CONSTRAINT\s+)?(?:FUNCTION|PROCEDURE|TRIGGER|EVENT|PACKAGE|RULE)\b"
)
# Things of a schema that hold no rows.
_NO_ROWS = re.compile(
    r"(?i)^\s*(?:(?:ALTER|DROP)\s+INDEX\b|(?:CREATE|ALTER|DROP)\s+(?:OR\s+REPLACE\s+)?(?:EXTENSION|TYPE|SCHEMA|DATABASE|ROLE|USER|SEQUENCE|DOMAIN|TRIGGER|RULE"
    r"|FUNCTION|PROCEDURE|COLLATION|AGGREGATE|OPERATOR|CAST|SERVER|PUBLICATION|SUBSCRIPTION|TABLESPACE|LANGUAGE)\b)"
)
# psql's own commands that run no statement and lead nowhere else.
_IDLE_COMMANDS = re.compile(
    r"\\(?:set|unset|echo|qecho|timing|pset|x|if|elif|else|endif|encoding|restrict|unrestrict|q)\b"
)
# Where a driver sets in a value: `%s`, `%(name)s`, `:name`, `$1`, `?`, `@name`.
_PLACES = re.compile(r"%\(\w+\)s|%[sd]|(?<![:\w]):[A-Za-z_]\w*|\$\d+|\?|(?<![\w@])@[A-Za-z_]\w*")
_FORMATTED = re.compile(r"\{[\w.]*\}")  # what `.format` and its like set in
_SET_IN = re.compile(r"[$#]\{[^{}\n]{0,500}\}")
_SYSTEM = re.compile(
    r"(?i)^(?:information_schema\.|sqlite_(?:master|schema|sequence)$|dual$|pg_catalog\.pg_|pg_|sys\."
    r"|system\.|svv_|st[lv]_)"
)
# What a database keeps there of passwords, and of the data itself.
_SECRET = re.compile(r"(?i)pg_(?:authid|shadow|user_mappings?|largeobject|stats?|stats_ext\w*|statistic\w*)$")
_RUN_COMMENT = re.compile(r"/\*M?!\d*")  # MySQL runs what stands in it
# Where dialects differ in what is a comment, and in where a text ends.
_AMBIGUOUS = re.compile(r"--[^\s-]|#|\\'|/\*M?!")

Dialects = tuple[Dialect, ...]
"""In which statements may be written, the likeliest first."""


_MOST_PARSED = 800_000  # characters of statements that differ in more than values: some five seconds
_TEMPORARY = re.compile(r"(?i)\btemp|#")
# Seeds are the same statement a thousand times: what stands in such values names no table.
_VALUE = re.compile(r"'([^'\n]{0,500})'|\b\d+(?:\.\d+)?\b")
_MAY_NAME = re.compile(r"(?i)\b(?:from|into|set|as|table|view|to)\b")
_CHANGES_MEANING = ("$", "\\", "/*", _COMPUTED_NAME)


class Parsed(Struct, frozen=True):
    """What a statement's words use, before anybody asks what is temporary; ``opaque`` as in ``Statement``."""

    accesses: tuple[Access, ...]
    opaque: bool
    is_temporary: bool = False


class Parsing:
    """What is parsed of one file: each statement once, whatever its values are, and no more than a bound."""

    def __init__(self) -> None:
        self.effort = Effort(_MOST_PARSED)
        self._known: dict[tuple[str, Dialects], Parsed] = {}

    def parsed(self, statement: Tokens, dialects: Dialects) -> Parsed:
        """Raises ``TooMuch`` beyond the bound."""
        text = statement.text
        if any(each in text for each in _CHANGES_MEANING):
            return _parsed(statement, dialects, self.effort)
        self.effort.spend(len(text) // 8 + 10)  # what is known already costs little, and not nothing
        key = _VALUE.sub(_without_value, text), dialects
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = _parsed(statement, dialects, self.effort)
        return found


def _without_value(found: re.Match[str]) -> str:
    if found[1] is None:
        return "0"
    return found[0] if _MAY_NAME.search(found[1]) else "''"


def read_text(text: Text, dialects: Dialects, parsing: Parsing | None = None) -> Iterator[Statement]:
    """The statements of a string in a program; none where it is no SQL. Raises ``TooMuch``."""
    kind = "statement" if text.executed else shape(text.text)
    if kind is None:
        return
    if kind == "maybe":
        yield Statement(line=text.line, end=text.end, code=text.text, opaque=True)
        return
    whole = _PLACES.sub(" NULL ", _FORMATTED.sub(COMPUTED, text.text)).replace(COMPUTED, _COMPUTED_NAME)
    for found in read_sql(whole, dialects, parsing=parsing):
        # What a program writes on one line or several has no line of its own: escapes and pieces blur it.
        yield Statement(line=text.line, end=text.end, code=found.code, accesses=found.accesses, opaque=found.opaque)


def read_sql(
    text: str, dialects: Dialects, touched: Touched = anywhere, parsing: Parsing | None = None
) -> list[Statement]:
    """Every statement that uses data or may do so, in the order of the text, where it is touched.

    Where dialects differ in what is a comment, what any of them finds is told. Raises ``TooMuch``.
    """
    parsing = parsing or Parsing()
    text = _without_templates(text)
    dialect = _likeliest(text, dialects)
    order = (dialect, *(each for each in dialects if each != dialect))
    found = list(_read(text, order, touched, parsing))
    if found and len(order) > 1 and _AMBIGUOUS.search(text):
        known = {access for each in found for access in each.accesses}
        for other in order[1:]:
            further = {
                access: None
                for each in _read(text, (other,), touched, parsing)
                for access in each.accesses
                if access not in known
            }
            known.update(further)
            found[-1] = replace(found[-1], accesses=(*found[-1].accesses, *further))
    return found


def _read(text: str, dialects: Dialects, touched: Touched, parsing: Parsing) -> Iterator[Statement]:
    own: set[str] = set()  # temporary tables, which hold what was read already
    for statement in statements(text, dialects[0]):
        end = max(statement.line, statement.tokens[-1].line)
        is_touched = touched(statement.line, end) is not None
        if not is_touched and not own and not _TEMPORARY.search(statement.text):
            continue
        found = _statement(statement, dialects, own, parsing)
        if found is not None and is_touched:
            accesses, opaque = found
            yield Statement(
                line=statement.line,
                end=end,
                code=" ".join(token.text for token in statement.tokens[:500]),
                accesses=accesses,
                opaque=opaque,
            )


def _without_templates(text: str) -> str:
    """With a name for each value that a template sets in, and without its blocks; lines stay where they are."""
    for opening, closing in (("{{", "}}"), ("<%=", "%>")):
        text = replaced(text, opening, closing, lambda found: _COMPUTED_NAME + "\n" * found.count("\n"))
    for opening, closing in (("{%", "%}"), ("{#", "#}"), ("<%", "%>")):
        text = replaced(text, opening, closing, lambda found: "\n" * found.count("\n"))
    return _SET_IN.sub(_COMPUTED_NAME, text)


def _likeliest(text: str, dialects: Dialects) -> Dialect:
    """By how names are quoted, which says where a text ends."""
    if "`" in text and dialects[0] not in {"mysql", "sqlite"}:
        return "mysql"
    return "tsql" if _BRACKETS.search(text) and dialects[0] not in {"tsql", "sqlite"} else dialects[0]


def _statement(
    statement: Tokens, dialects: Dialects, own: set[str], parsing: Parsing
) -> tuple[tuple[Access, ...], bool] | None:
    """What a statement uses, and whether that may not be all; None where it uses nothing."""
    if statement.tokens[0].kind == "meta":
        return _command(statement.text)
    verb = next((token.upper for token in statement.tokens if token.text != "("), "")
    if verb in _ENDS:
        own.clear()
    is_routine = _ROUTINES.match(statement.text) is not None
    if not is_routine and _is_idle(statement, verb):
        return None
    if is_routine or verb not in _USES:
        return tuple(_kept(by_words(statement), own)), True
    found = parsing.parsed(statement, dialects)
    kept = tuple(_kept(found.accesses, own))
    written = {each.table for each in found.accesses if each.use == "write"}
    if found.is_temporary:
        own |= written
        kept = tuple(each for each in kept if each.use == "read")
    elif statement.tokens[0].upper in {"DROP", "ALTER"}:
        own -= {name.rpartition(".")[2] for name in written}
    return kept, found.opaque


def _is_idle(statement: Tokens, verb: str) -> bool:
    words = {token.upper for token in statement.tokens[:500]}
    if verb == "BEGIN":
        return len(statement.tokens) <= _BLOCKS
    if verb == "SET":
        return "FROM" not in words and not words & _SEARCHED
    return verb in _IDLE or (verb in _USES and _NO_ROWS.match(statement.text) is not None) or not words - {""}


def _command(text: str) -> tuple[tuple[Access, ...], bool] | None:
    """What a command of psql uses; it may read another file, or run what another statement gives."""
    if _IDLE_COMMANDS.match(text):
        return None
    access = copied(text)
    return ((access,), False) if access else ((), True)


def _parsed(statement: Tokens, dialects: Dialects, effort: Effort) -> Parsed:
    from gaterunner.contract.boundaries import sql_tree

    text = statement.text
    if _RUN_COMMENT.search(text) and "mysql" in dialects:
        text = _RUN_COMMENT.sub(" ", text).replace("*/", " ")
    tree = sql_tree.parse(text, dialects, effort)
    if tree is None:
        return Parsed(tuple(by_words(statement)), opaque=True)
    found = list(sql_tree.accesses(tree))
    routine = sql_tree.calls_routine(tree)
    if routine:
        found += (each for each in by_words(statement) if each.table not in {one.table for one in found})
    # That piece may be anything, a further table as well.
    return Parsed(tuple(found), routine or _COMPUTED_NAME in text, sql_tree.is_temporary(tree))


def _kept(found: Iterable[Access], own: set[str]) -> Iterator[Access]:
    """Without what is computed, what the database tells of itself, and what the text itself made for a while."""
    for one in found:
        if _COMPUTED_NAME in one.table or one.table in own:
            continue
        if one.use == "write" or not _is_system(one.table):
            yield one


def _is_system(name: str) -> bool:
    """What the database tells of itself, but for what it keeps of the data."""
    return _SYSTEM.match(name) is not None and _SECRET.search(name) is None
