"""DELETE, UPDATE, MERGE and copies, by sqlglot; by their tokens where it cannot read a statement whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gaterunner.migrations.effects import Effect, Kind
from gaterunner.migrations.sql_cursor import Cursor, split_commas
from gaterunner.migrations.sql_tokens import Dialect, Statement, Token
from gaterunner.migrations.sql_upserts import overwritten
from gaterunner.migrations.words import words

# Before DELETE or UPDATE these words make it no verb: ON DELETE CASCADE, FOR UPDATE, DO UPDATE, GRANT … DELETE.
_NO_VERB_AFTER = words("""ON FOR BEFORE AFTER OF OR DO KEY GRANT REVOKE INSTEAD AND EXCLUDED""")
_KINDS = {"DELETE": Kind.DELETE, "UPDATE": Kind.UPDATE}
_CATALOGS = (
    "pg_catalog", "information_schema", "sqlite_master", "sqlite_schema", "mysql", "sys", "pg_class", "pg_attr",
    "pg_type", "pg_proc", "pg_constraint", "pg_index", "pg_namespace", "pg_depend", "pg_shdepend", "pg_database",
    "pg_auth",
    "pg_largeobject", "pg_rewrite", "pg_trigger", "pg_inherits", "pg_enum",
)  # fmt: skip


def verbs(tokens: Sequence[Token]) -> list[int]:
    """Where a DELETE or UPDATE of rows begins, in a statement that is run now."""
    found: list[int] = []
    for at, token in enumerate(tokens):
        if token.upper not in _KINDS:
            continue
        before = tokens[at - 1].upper if at else ""
        merges = before == "THEN"
        if before in _NO_VERB_AFTER or (at and tokens[at - 1].text in {",", "."}):
            continue
        follows = tokens[at + 1] if at + 1 < len(tokens) else None
        if merges or follows is None or follows.kind not in {"word", "name", "string"}:
            continue
        found.append(at)
    return found


def changes(statement: Statement, dialect: Dialect, schema: str | None) -> Iterator[Effect]:
    """What a statement does to rows without a condition, and copies of whole tables."""
    yield from overwritten(statement, dialect, schema)
    at = verbs(statement.tokens)
    first = statement.tokens[0].upper
    merge = any(token.upper == "MERGE" for token in statement.tokens[:40]) and "DELETE" in statement.text.upper()
    copies = first in {"INSERT", "REPLACE", "WITH"} and any(token.upper == "SELECT" for token in statement.tokens)
    if not (at or merge or copies) or (at == [0] and _is_plain(statement.tokens)):
        return
    from gaterunner.migrations import sql_parser

    tree = sql_parser.parse(statement.text, dialect)
    copied = sql_parser.copied_rows(tree, dialect) if tree is not None else None
    if copied:
        yield Effect(
            kind=Kind.COPY_ROWS,
            line=statement.line,
            table=_in_schema(copied.source, schema),
            to=_in_schema(copied.target, schema),
            columns=copied.columns,
        )
    if not at and not merge:
        return
    if merge and tree is None:
        yield Effect(kind=Kind.OPAQUE, line=statement.line, harmful=True, says="MERGE that deletes")
    found = list(sql_parser.row_changes(tree, dialect)) if tree is not None else []
    if len(found) < len(at):  # it left something out: a hint, an executable comment, a clause it does not know
        yield from _by_tokens(statement, at, dialect, schema)
        return
    for change in found:
        if change.table and change.table.lower().startswith(_CATALOGS):
            yield _catalog(statement.line, change.table)
        elif not change.conditional:
            line = _line_of(statement, at, change.verb)
            yield _effect(change.verb, line, _in_schema(change.table, schema), change.columns)


def _is_plain(tokens: Sequence[Token]) -> bool:
    """Ends with ``WHERE column = literal`` and nothing else: a seed has thousands of these, and no parser is needed."""
    words = [token.upper for token in tokens]
    if (
        any(token.text.lower().startswith(_CATALOGS) for token in tokens)
        or words.count("WHERE") != 1
        or words.index("WHERE") != len(words) - 4
    ):
        return False
    column, equals, value = tokens[-3:]
    return column.kind in {"word", "name"} and equals.text == "=" and value.kind in {"string", "number"}


def _line_of(statement: Statement, at: list[int], verb: str) -> int:
    return next((statement.tokens[each].line for each in at if statement.tokens[each].upper == verb), statement.line)


def _in_schema(table: str | None, schema: str | None) -> str | None:
    return f"{schema}.{table}" if table and schema and "." not in table else table


def _effect(verb: str, line: int, table: str | None, columns: tuple[str, ...]) -> Effect:
    says = f"DELETE FROM {table}" if verb == "DELETE" else f"UPDATE {table} SET {', '.join(columns)}"  # noqa: S608 - told to people
    return Effect(kind=_KINDS[verb], line=line, table=table, columns=columns, says=f"{says} without a condition")


def _catalog(line: int, table: str) -> Effect:
    return Effect(kind=Kind.OPAQUE, line=line, harmful=True, says=f"a change to the database's own catalog {table}")


def _by_tokens(statement: Statement, at: list[int], dialect: Dialect, schema: str | None) -> Iterator[Effect]:
    for start in at:
        own = list(_same_level(statement.tokens, start))
        verb = own[0].upper
        cursor = Cursor(own, dialect, schema)
        cursor.at = 1
        while cursor.take_any("FROM", "ONLY", "IGNORE", "LOW_PRIORITY", "QUICK", "OR", "REPLACE", "ROLLBACK", "ABORT"):
            pass
        line, table = cursor.line, cursor.qualified()
        if table and table.lower().startswith(_CATALOGS):
            yield _catalog(line, table)
        elif not _has_condition(own):
            yield _effect(verb, line, table, _set_columns(own, dialect) if verb == "UPDATE" else ())


def _has_condition(tokens: Sequence[Token]) -> bool:
    """A WHERE of the statement itself, with something in it that could differ from row to row."""
    depth = 0
    for at, token in enumerate(tokens):
        depth += (token.text == "(") - (token.text == ")") if token.kind == "mark" else 0
        if token.upper == "WHERE" and depth == 0:
            rest = tokens[at + 1 :]
            names = [each for each in rest if each.kind in {"word", "name"} and each.upper not in {"TRUE", "OR", "AND"}]
            return bool(names) and not any(each.upper == "OR" for each in rest)
    return False


def _set_columns(tokens: Sequence[Token], dialect: Dialect) -> tuple[str, ...]:
    words = [token.upper for token in tokens]
    if "SET" not in words:
        return ()
    columns: list[str] = []
    for part in split_commas(tokens[words.index("SET") + 1 :]):
        cursor = Cursor(part, dialect)
        name = cursor.identifier()
        if cursor.mark("."):
            name = cursor.identifier()
        columns.append(name if name and cursor.token.text == "=" else "?")
    return tuple(columns)


def _same_level(tokens: Sequence[Token], start: int) -> Iterator[Token]:
    """The tokens from a verb to the end of its own statement: where a parenthesis closes that opened before it."""
    depth = 0
    for token in tokens[start:]:
        if token.kind == "mark":
            depth += (token.text == "(") - (token.text == ")")
            if depth < 0:
                return
        yield token
