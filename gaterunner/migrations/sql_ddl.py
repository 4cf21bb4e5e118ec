"""What a statement on a schema takes away: CREATE, ALTER, DROP, RENAME, TRUNCATE, read by their tokens.

The verbs are few and the same in all databases, while a parser knows only one of them at a time: sqlglot reads some
ALTERs as a ``Command``, and takes ``RENAME a TO b`` for a rename of the table. So it is asked only where the rules
here meet an action that they do not know (``sql_parser.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from gaterunner.migrations.effects import Effect, Kind
from gaterunner.migrations.sql_cursor import Cursor, short, split_commas
from gaterunner.migrations.sql_tokens import Token
from gaterunner.migrations.words import words

# What may stand between CREATE and TABLE.
_MODIFIERS = frozenset(
    {"GLOBAL", "LOCAL", "TEMP", "TEMPORARY", "UNLOGGED", "FOREIGN", "EXTERNAL", "COLUMN", "TRANSIENT"}
)
# What begins a part of a table's definition that is no column.
_NO_COLUMN = words(
    """CONSTRAINT PRIMARY UNIQUE FOREIGN CHECK EXCLUDE KEY INDEX LIKE FULLTEXT SPATIAL PERIOD PARTITION"""
)
# What ends a column's type.
_AFTER_TYPE = words(
    """NOT NULL DEFAULT PRIMARY UNIQUE REFERENCES CHECK COLLATE GENERATED AUTO_INCREMENT AUTOINCREMENT IDENTITY
    COMMENT CONSTRAINT ON CHARSET FIRST AFTER USING STORED VIRTUAL AS INVISIBLE VISIBLE ENCODE COMPRESSION
    STORAGE RESTRICT CASCADE KEY ROWGUIDCOL SPARSE"""
)
# What an action of ALTER TABLE may drop, rename or alter besides columns.
_PARTS = words("""CONSTRAINT PRIMARY FOREIGN INDEX KEY CHECK UNIQUE DEFAULT PERIOD TRIGGER POLICY RULE""")
_ACTIONS = words(
    """ADD DROP RENAME ALTER MODIFY CHANGE SET TRUNCATE DISCARD IMPORT CONVERT ENABLE DISABLE OWNER RESET CLUSTER
    INHERIT NO REPLICA VALIDATE ENGINE AUTO_INCREMENT COMMENT FORCE ROW_FORMAT ORDER ATTACH DETACH WITH
    WITHOUT OF NOT ALGORITHM LOCK DEFAULT CHARACTER CHARSET COLLATE REORGANIZE REBUILD ANALYZE CHECK OPTIMIZE
    REPAIR COALESCE EXCHANGE REMOVE PARTITION SWITCH CLEAR DELETE UPDATE UNUSED NOCHECK COLUMN ROW
    KEY_BLOCK_SIZE"""
)
_GONE_WITH = {"SCHEMA", "DATABASE", "OWNED", "KEYSPACE", "TABLESPACE", "CATALOG"}
_OF_COLUMNS = {"TYPE", "DOMAIN", "EXTENSION", "COLLATION"}
_ALL_OF_UNICODE = {"UTF8MB4", "UTF16", "UTF16LE", "UTF32", "GB18030", "DEFAULT"}
_HAS_ROWS = {"TABLE", "VIEW"}

Unknown = Callable[[Sequence[Token]], Iterator[Effect]]


def create(cursor: Cursor) -> Iterator[Effect]:
    """A table with its columns, a schema, a type; the cursor stands behind CREATE."""
    replaces = cursor.take("OR", "REPLACE")
    temporary = False
    while cursor.word in _MODIFIERS:
        temporary |= cursor.word in {"TEMP", "TEMPORARY"}
        cursor.at += 1
    line = cursor.line
    kind = cursor.take_any("TABLE", "SCHEMA", "DATABASE", "TYPE", "DOMAIN", "EXTENSION")
    if not kind:
        return
    guarded = cursor.skip_existence()
    name = cursor.qualified()
    if kind in _OF_COLUMNS:
        yield Effect(kind=Kind.CREATE_TYPE, line=line, table=name, guarded=guarded)
    elif kind != "TABLE":
        yield Effect(kind=Kind.CREATE_SCHEMA, line=line, table=name, guarded=guarded)
    else:
        if replaces:
            yield Effect(kind=Kind.DROP_TABLE, line=line, table=name, says=f"CREATE OR REPLACE TABLE {name}")
        columns = tuple(_columns(cursor.group(), cursor))
        yield Effect(kind=Kind.CREATE_TABLE, line=line, table=name, columns=columns, guarded=guarded and not temporary)


def _columns(tokens: Sequence[Token], cursor: Cursor) -> Iterator[str]:
    for part in split_commas(tokens):
        inner = Cursor(part, cursor.dialect)
        if inner.word in _NO_COLUMN and inner.ahead().kind != "":
            continue
        name = inner.identifier()
        if name:
            yield f"{name} {column_type(inner)}".strip()


def column_type(cursor: Cursor) -> str:
    """The type that stands here, as one text in lower case: ``varchar(20)``, ``double precision``, ``role[]``."""
    out: list[str] = []
    depth = 0
    while cursor.token.kind:
        token = cursor.token
        if depth == 0 and (token.upper in _AFTER_TYPE or token.text in {",", ";", "="}):
            break
        depth += (token.text == "(") - (token.text == ")") if token.kind == "mark" else 0
        if depth < 0:
            break
        text = (
            f"'{token.text}'" if token.kind == "string" else token.text if token.kind == "name" else token.text.lower()
        )
        glue = out and (token.kind == "mark" or out[-1][-1:] in "([.,")
        out.append(text if glue or not out else f" {text}")
        cursor.at += 1
    return "".join(out).strip()


def drop(cursor: Cursor) -> Iterator[Effect]:
    """What DROP takes with it; the cursor stands behind it."""
    line, start = cursor.line, cursor.at
    temporary = bool(cursor.take_any("TEMPORARY", "TEMP"))
    cursor.take("FOREIGN")
    kind = cursor.take_any("TABLE", *_GONE_WITH, *_OF_COLUMNS)
    if not kind and cursor.token.text in {"$", ":", "{", "%"} and cursor.token.kind == "mark":  # `DROP ${what} users`
        says = f"DROP {short(cursor.tokens[start:])}, filled in,"
        yield Effect(kind=Kind.OPAQUE, line=line, harmful=True, says=says)
    if not kind or temporary:
        return
    cursor.take("BY")
    cursor.skip_existence()
    parts = split_commas(cursor.rest())
    names = [Cursor(part, cursor.dialect, cursor.schema).qualified() for part in parts]
    says = f"DROP {short(cursor.tokens[start:])}"
    cascades = any(token.upper == "CASCADE" for token in cursor.tokens[start:])
    effect = {"TABLE": Kind.DROP_TABLE}.get(kind, Kind.DROP_TYPE if kind in _OF_COLUMNS else Kind.DROP_SCHEMA)
    if effect is Kind.DROP_TYPE and not cascades:
        return  # the database refuses it while a column has the type
    for name in names or [None]:
        yield Effect(kind=effect, line=line, table=name, says=says)


def truncate(cursor: Cursor) -> Iterator[Effect]:
    """TRUNCATE of one or more tables; the cursor stands behind it."""
    line, start = cursor.line, cursor.at
    if cursor.take("TABLE"):
        cursor.skip_existence()
    says = f"TRUNCATE {short(cursor.tokens[start:])}"
    for part in split_commas(cursor.rest()) or [[]]:
        inner = Cursor(part, cursor.dialect, cursor.schema)
        inner.take("ONLY")
        yield Effect(kind=Kind.TRUNCATE, line=line, table=inner.qualified(), says=says)


def rename(cursor: Cursor) -> Iterator[Effect]:
    """RENAME TABLE a TO b, c TO d; RENAME COLUMN t.a TO b; the cursor stands behind RENAME."""
    line = cursor.line
    kind = cursor.take_any("TABLE", "TABLES", "COLUMN", "INDEX", "SEQUENCE", "USER")
    if kind in {"INDEX", "SEQUENCE", "USER"}:
        return
    cursor.skip_existence()
    for part in split_commas(cursor.rest()):
        inner = Cursor(part, cursor.dialect, cursor.schema)
        old = inner.qualified()
        inner.take("TO")
        new = inner.qualified()
        if kind == "COLUMN":
            table, _, column = (old or "").rpartition(".")
            yield _renamed_column(line, table or None, column, new)
        else:
            yield _renamed_table(line, old, new)


def _renamed_table(line: int, old: str | None, new: str | None) -> Effect:
    return Effect(kind=Kind.RENAME_TABLE, line=line, table=old, to=new, says=f"rename of the table {old} to {new}")


def _renamed_column(line: int, table: str | None, old: str | None, new: str | None) -> Effect:
    says = f"rename of the column {table}.{old} to {new}"
    return Effect(kind=Kind.RENAME_COLUMN, line=line, table=table, column=old, to=new, says=says)


class Alter:
    """One ALTER TABLE; ``unknown`` is asked about an action that the rules here do not know."""

    def __init__(self, cursor: Cursor, table: str | None, unknown: Unknown) -> None:
        self._dialect = cursor.dialect
        self._schema = cursor.schema
        self._table = table
        self._tokens = cursor.rest()
        self._unknown = unknown
        self._before = ""  # the verb of the action before: SQL Server says it once for many columns

    def effects(self) -> Iterator[Effect]:
        for part in split_commas(self._tokens):
            yield from self._action(Cursor(part, self._dialect, self._schema))

    def _action(self, cursor: Cursor) -> Iterator[Effect]:
        verb = cursor.word
        if self._before in {"ADD", "DROP COLUMN"} and verb not in _ACTIONS:
            yield from self._again(cursor)
            return
        known = {
            "ADD": self._add,
            "DROP": self._drop,
            "RENAME": self._rename,
            "ALTER": self._alter,
            "MODIFY": self._modify,
            "CHANGE": self._change,
            "SET": self._set,
            "CONVERT": self._convert,
        }.get(verb)
        self._before = verb
        if known:
            cursor.at += 1
            yield from known(cursor)
        elif verb in {"TRUNCATE", "DISCARD", "EXCHANGE", "SWITCH"} or _is_black_hole(cursor.tokens):
            yield Effect(kind=Kind.TRUNCATE, line=cursor.line, table=self._table, says=self._says(cursor.tokens))
        elif verb == "COLUMN" and self._before:  # SQL Server: DROP CONSTRAINT a, COLUMN b
            cursor.at += 1
            yield self._dropped(cursor)
        elif verb == "CLEAR":
            cursor.at += 1
            cursor.take("COLUMN")
            yield self._dropped(cursor)
        elif verb not in _ACTIONS:
            yield from self._unknown(cursor.tokens)

    def _again(self, cursor: Cursor) -> Iterator[Effect]:
        if self._before == "DROP COLUMN":
            yield self._dropped(cursor)
        elif cursor.word not in _NO_COLUMN:
            yield self._added(cursor, guarded=False)

    def _says(self, tokens: Sequence[Token]) -> str:
        return f"ALTER TABLE {self._table} {short(tokens)}"

    def _add(self, cursor: Cursor) -> Iterator[Effect]:
        named = cursor.take("COLUMN")
        guarded = cursor.skip_existence()
        if not named and cursor.word in _NO_COLUMN | {"VALUE", "SYSTEM"}:
            self._before = "ADD PART"
            return
        if cursor.token.text == "(" and cursor.token.kind == "mark":
            for part in split_commas(cursor.group()):
                inner = Cursor(part, self._dialect, self._schema)
                if inner.word not in _NO_COLUMN:
                    yield self._added(inner, guarded=guarded)
            return
        yield self._added(cursor, guarded=guarded)

    def _added(self, cursor: Cursor, *, guarded: bool) -> Effect:
        line, name = cursor.line, cursor.identifier()
        return Effect(
            kind=Kind.ADD_COLUMN, line=line, table=self._table, column=name, to=column_type(cursor), guarded=guarded
        )

    def _drop(self, cursor: Cursor) -> Iterator[Effect]:
        if cursor.take("COLUMN"):
            self._before = "DROP COLUMN"
            cursor.skip_existence()
        elif cursor.word in {"PARTITION", "SUBPARTITION", "SYSTEM"} and cursor.ahead().kind:
            yield Effect(kind=Kind.TRUNCATE, line=cursor.line, table=self._table, says=self._says(cursor.tokens))
            return
        elif self._is_part(cursor):
            self._before = "DROP PART"
            return
        else:
            self._before = "DROP COLUMN"
            cursor.skip_existence()
        if cursor.token.text == "(" and cursor.token.kind == "mark":
            for part in split_commas(cursor.group()):
                yield self._dropped(Cursor(part, self._dialect))
            return
        yield self._dropped(cursor)

    def _is_part(self, cursor: Cursor) -> bool:
        """``DROP key`` may be a column of that name; a part has a name of its own behind it, or is a primary key."""
        follows = cursor.ahead()
        named = follows.kind in {"word", "name"} and follows.upper not in {"CASCADE", "RESTRICT"}
        return cursor.word in _PARTS and named

    def _dropped(self, cursor: Cursor) -> Effect:
        line, name = cursor.line, cursor.identifier()
        says = f"ALTER TABLE {self._table} DROP COLUMN {name}"
        return Effect(kind=Kind.DROP_COLUMN, line=line, table=self._table, column=name, says=says)

    def _rename(self, cursor: Cursor) -> Iterator[Effect]:
        line = cursor.line
        if cursor.take_any("TO", "AS"):
            yield _renamed_table(line, self._table, self._beside(cursor.qualified()))
            return
        if cursor.word in {"CONSTRAINT", "INDEX", "KEY", "PARTITION"} and cursor.ahead().upper != "TO":
            return
        cursor.take("COLUMN")
        cursor.skip_existence()
        old = cursor.identifier()
        if cursor.take("TO"):
            yield _renamed_column(line, self._table, old, cursor.identifier())
        else:  # MySQL: ALTER TABLE a RENAME b
            yield _renamed_table(line, self._table, self._beside(old))

    def _beside(self, name: str | None) -> str | None:
        """A table's new name stays in its schema."""
        schema, dot, _ = (self._table or "").rpartition(".")
        return f"{schema}.{name}" if dot and name and "." not in name else name

    def _alter(self, cursor: Cursor) -> Iterator[Effect]:
        if cursor.word in _PARTS and cursor.ahead().upper not in {"TYPE", "SET"}:
            return
        cursor.take("COLUMN")
        cursor.skip_existence()
        line, name = cursor.line, cursor.identifier()
        cursor.take("SET", "DATA")
        if cursor.take("TYPE") or (cursor.token.kind and cursor.word not in {"SET", "DROP", "ADD", "RESTART", "RESET"}):
            yield self._changed(line, name, cursor)

    def _modify(self, cursor: Cursor) -> Iterator[Effect]:
        cursor.take("COLUMN")
        cursor.skip_existence()
        if cursor.token.text == "(" and cursor.token.kind == "mark":
            for part in split_commas(cursor.group()):
                inner = Cursor(part, self._dialect)
                yield self._changed(inner.line, inner.identifier(), inner)
            return
        line, name = cursor.line, cursor.identifier()
        if cursor.token.kind and cursor.word not in _AFTER_TYPE:
            yield self._changed(line, name, cursor)

    def _change(self, cursor: Cursor) -> Iterator[Effect]:
        cursor.take("COLUMN")
        cursor.skip_existence()
        line, old, new = cursor.line, cursor.identifier(), cursor.identifier()
        yield self._changed(line, old, cursor)
        if old != new:
            yield _renamed_column(line, self._table, old, new)

    def _changed(self, line: int, name: str | None, cursor: Cursor) -> Effect:
        new = column_type(cursor)
        says = f"ALTER TABLE {self._table} ALTER COLUMN {name} TYPE {new[:60]}"
        return Effect(kind=Kind.CHANGE_TYPE, line=line, table=self._table, column=name, to=new, says=says)

    def _convert(self, cursor: Cursor) -> Iterator[Effect]:
        """MySQL: every text of the table in other characters. Those that hold all of Unicode lose nothing."""
        cursor.take("TO")
        if not (cursor.take("CHARACTER", "SET") or cursor.take("CHARSET")) or cursor.word in _ALL_OF_UNICODE:
            return
        line, name = cursor.line, cursor.token.text.lower()
        says = f"ALTER TABLE {self._table} CONVERT TO CHARACTER SET {name}"
        yield Effect(kind=Kind.CHANGE_TYPE, line=line, table=self._table, to=f"texts in {name}", says=says)

    def _set(self, cursor: Cursor) -> Iterator[Effect]:
        line = cursor.line
        if cursor.take("SCHEMA"):
            name = (self._table or "").rpartition(".")[2]
            yield _renamed_table(line, self._table, f"{cursor.identifier()}.{name}")
        elif cursor.take("UNUSED"):
            cursor.take("COLUMN")
            for part in split_commas(cursor.group() or cursor.rest()):
                yield self._dropped(Cursor(part, self._dialect))


def _is_black_hole(tokens: Sequence[Token]) -> bool:
    """MySQL's engine that keeps no row."""
    return tokens[0].upper == "ENGINE" and any(token.text.upper() == "BLACKHOLE" for token in tokens)


def alter(cursor: Cursor, unknown: Unknown) -> Iterator[Effect]:
    """ALTER of a table, view, type or schema; the cursor stands behind ALTER."""
    line, start = cursor.line, cursor.at
    cursor.take_any("FOREIGN", "MATERIALIZED", "ONLINE", "OFFLINE", "IGNORE", "EXTERNAL")
    kind = cursor.take_any("TABLE", "VIEW", "SCHEMA", "DATABASE", "TYPE")
    if not kind:
        return
    cursor.skip_existence()
    cursor.take("ONLY")
    name = cursor.qualified()
    cursor.mark("*")
    if cursor.take("ON", "CLUSTER"):  # ClickHouse
        cursor.identifier()
    says = f"ALTER {short(cursor.tokens[start:])}"
    if kind in _HAS_ROWS:
        yield from Alter(cursor, name, unknown).effects()
    elif kind in {"SCHEMA", "DATABASE"}:
        if cursor.take("RENAME"):
            yield Effect(kind=Kind.RENAME_TABLE, line=line, table=None, says=says)
    elif cursor.take("DROP", "ATTRIBUTE"):
        cursor.skip_existence()
        yield Effect(kind=Kind.DROP_COLUMN, line=line, table=name, column=cursor.identifier(), says=says)
    elif cursor.take("RENAME", "VALUE") or cursor.take("RENAME", "ATTRIBUTE"):
        yield Effect(kind=Kind.RENAME_COLUMN, line=line, table=name, says=says)
    elif cursor.take("ALTER", "ATTRIBUTE"):
        yield Effect(kind=Kind.CHANGE_TYPE, line=line, table=name, column=cursor.identifier(), says=says)
