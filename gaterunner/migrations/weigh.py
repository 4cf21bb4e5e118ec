"""Weighs what the migrations of a change do: what blocks, what is exempt and why, what is only told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from msgspec import Struct

from gaterunner.migrations.column_types import compare
from gaterunner.migrations.destructive import Step
from gaterunner.migrations.effects import Effect, Kind
from gaterunner.model import Finding, Severity

Permits = Callable[[Step], "str | None"]
"""The name of the declared cutover that lets a step through; None when there is none."""


class History(Protocol):
    """What the migrations that exist already say of the schema."""

    def type_of(self, table: str, column: str) -> str | None:
        """The column's type before the change; None where it cannot be told."""
        ...

    def columns_of(self, table: str) -> frozenset[str] | None:
        """The table's columns before the change; None where they cannot be told."""
        ...

    def is_alias(self, table: str) -> bool:
        """Whether the name stands for no table of its own."""
        ...

    def mentions(self, table: str, column: str | None = None) -> bool:
        """Whether any existing migration names the table, and the column with it."""
        ...


class Migration(Struct, frozen=True, kw_only=True):
    """One new migration, or what is new in an edited one, with what it does in its order.

    What one creates is new to the others of its ``series`` only: another one may be about another database.
    """

    path: str
    title: str
    effects: tuple[Effect, ...]
    series: str = ""


class _Loss(Struct, frozen=True):
    """How a kind of loss is told: its rule, what it does to people, and what to do instead."""

    rule: str
    harm: str
    instead: str


_LONGEST_TYPE = 60  # an enum may list hundreds of values
_DECLARE = "declare a cutover for {what} in .gaterunner/cutovers.yml and take it to stop-old before"
_LOSSES: dict[Kind, _Loss] = {
    Kind.DROP_TABLE: _Loss("migration-drop-table", "its rows are gone for good", f"Keep the table, or {_DECLARE}."),
    Kind.DROP_COLUMN: _Loss(
        "migration-drop-column",
        "its values are gone for good, and code that still runs asks for it",
        f"Stop using the column first, and {_DECLARE}.",
    ),
    Kind.DROP_SCHEMA: _Loss(
        "migration-drop-schema", "everything in it is gone for good", "Drop what it holds table by table, by cutovers."
    ),
    Kind.DROP_TYPE: _Loss(
        "migration-drop-column",
        "CASCADE takes every column of it along",
        "Leave CASCADE out, and change or drop the columns by name before.",
    ),
    Kind.RENAME_TABLE: _Loss(
        "migration-rename",
        "code that still runs asks for the old name",
        f"Add the new table, write both, and {_DECLARE} dropping the old one.",
    ),
    Kind.RENAME_COLUMN: _Loss(
        "migration-rename",
        "code that still runs asks for the old name",
        f"Add the new column, write both, and {_DECLARE} dropping the old one.",
    ),
    Kind.TRUNCATE: _Loss("migration-truncate", "all its rows are gone for good", f"Keep the rows, or {_DECLARE}."),
    Kind.DELETE: _Loss(
        "migration-unqualified-delete", "all its rows are gone for good", "Say with WHERE which rows are meant."
    ),
    Kind.UPDATE: _Loss(
        "migration-unqualified-update",
        "the values of every row are overwritten",
        "Say with WHERE which rows are meant, or fill a new column instead.",
    ),
    Kind.CHANGE_TYPE: _Loss(
        "migration-narrowing",
        "values may be cut off, refused or read differently",
        f"Add a column of the new type, write both, and {_DECLARE} dropping the old one.",
    ),
}


class _Created(Struct):
    """What the migrations read so far have made themselves."""

    tables: set[str] = set()
    aliases: set[str] = set()
    columns: set[tuple[str, str]] = set()
    schemas: set[str] = set()
    types: set[str] = set()


def weigh(migrations: Sequence[Migration], history: Callable[[str], History], permits: Permits) -> Iterator[Finding]:
    """What is to be said about the migrations of a change, given in the order in which they are applied.

    ``history`` gives what the existing migrations of a series say.
    """
    series: dict[str, _Weighing] = {}
    for migration in migrations:
        if migration.series not in series:
            series[migration.series] = _Weighing(history(migration.series), permits)
        weighing = series[migration.series]
        yield from weighing.findings(migration)


class _Weighing:
    """One pass over the migrations of one series."""

    def __init__(self, history: History, permits: Permits) -> None:
        self._history = history
        self._permits = permits
        self._created = _Created()
        self._types: dict[tuple[str, str], str] = {}
        self._before: dict[tuple[str, str], tuple[str, str]] = {}  # what a renamed column was called

    def findings(self, migration: Migration) -> Iterator[Finding]:
        """What is to be said about the next one."""
        copies = {each.table: each for each in migration.effects if each.kind is Kind.COPY_ROWS}
        filled = {each.to: each for each in reversed(list(copies.values()))}
        done: set[int] = set()  # the copies so far: rows must have been copied before their table goes
        for at, effect in enumerate(migration.effects):
            copy = copies.get(effect.table) or filled.get(effect.table)
            mine = copies if copy is not None and id(copy) in done else {}
            # Only where it is asked for: a migration may drop a hundred thousand things.
            rest = migration.effects[at + 1 :] if mine and effect.kind is Kind.DROP_TABLE else ()
            yield from self._weigh(migration, effect, mine, rest)
            if effect.kind is Kind.COPY_ROWS:
                done.add(id(effect))

    def _weigh(
        self, migration: Migration, effect: Effect, copies: dict[str | None, Effect], rest: Sequence[Effect]
    ) -> Iterator[Finding]:
        if effect.kind is Kind.OPAQUE:
            yield _opaque(migration, effect)
        elif effect.kind in _CREATIONS:
            self._create(effect)
        elif effect.kind in _LOSSES:
            why = self._exempt(effect, copies, rest)
            if effect.kind is Kind.CHANGE_TYPE and why is None:
                yield from self._change(migration, effect)
            elif why is None:
                yield self._loss(migration, effect)
            elif why:
                yield _exempted(migration, effect, why)
            yield from self._lost_in_copy(migration, effect, copies, why)
            self._follow(effect)

    # --- what was made here ------------------------------------------------------------------------------------------

    def _create(self, effect: Effect) -> None:
        table, column = effect.table, effect.column
        if table is None:
            return
        if effect.guarded and self._history.mentions(table, column):
            return  # it does nothing where the thing exists, so it may not have been made here
        if effect.kind is Kind.CREATE_TABLE:
            self._created.tables.add(table)
        elif effect.kind is Kind.CREATE_ALIAS:
            self._created.aliases.add(table)
        elif effect.kind is Kind.CREATE_SCHEMA:
            self._created.schemas.add(table)
        elif effect.kind is Kind.CREATE_TYPE:
            self._created.types.add(table)
        elif effect.kind is Kind.ADD_COLUMN and column:
            self._created.columns.add((table, column))

    def _is_new(self, table: str | None, column: str | None = None) -> bool:
        if table is None:
            return False
        schema = table.rpartition(".")[0]
        own = table in self._created.tables or (bool(schema) and schema in self._created.schemas)
        return own or (column is not None and (table, column) in self._created.columns)

    def _exempt(self, effect: Effect, copies: dict[str | None, Effect], rest: Sequence[Effect]) -> str | None:  # noqa: PLR0911 - one for each kind
        """Why a loss is none, as the end of a sentence; empty where it needs no words; None where it is one."""
        kind, table = effect.kind, effect.table
        if table is not None and kind in {Kind.DROP_TABLE, Kind.RENAME_TABLE} and self._has_no_rows(table):
            return ""
        if kind is Kind.DROP_SCHEMA:
            return "the schema is created in this change" if table in self._created.schemas else None
        if kind is Kind.DROP_TYPE:
            return "the type is created in this change" if table in self._created.types else None
        if kind is Kind.UPDATE and table is not None and effect.columns:
            if all(self._is_new(table, column) for column in effect.columns):
                return "it fills what this change adds"
            return None
        if self._is_new(table, effect.column):
            if kind is Kind.RENAME_TABLE and self._completes(effect, copies):
                return ""  # the end of a rebuild, told where the old table is dropped
            what = "column" if effect.column and not self._is_new(table) else "table"
            return f"the {what} is created in this change"
        if kind is Kind.DROP_TABLE and self._is_rebuilt(effect, copies, rest):
            return "its rows are copied into the table that takes its place"
        return None

    def _has_no_rows(self, table: str) -> bool:
        """An alias; and a sequence, which PostgreSQL lets ALTER TABLE rename."""
        return table in self._created.aliases or table.endswith("_id_seq") or self._history.is_alias(table)

    def _completes(self, effect: Effect, copies: dict[str | None, Effect]) -> bool:
        return any(copy.to == effect.table and copy.table == effect.to for copy in copies.values())

    def _is_rebuilt(self, effect: Effect, copies: dict[str | None, Effect], rest: Sequence[Effect]) -> bool:
        copy = copies.get(effect.table)
        if copy is None or not self._is_new(copy.to):
            return False
        return any(
            each.kind is Kind.RENAME_TABLE and each.table == copy.to and each.to == effect.table for each in rest
        )

    def _lost_in_copy(
        self, migration: Migration, effect: Effect, copies: dict[str | None, Effect], why: str | None
    ) -> Iterator[Finding]:
        """A rebuild that copies fewer columns than there were drops the others."""
        copy = copies.get(effect.table) if effect.kind is Kind.DROP_TABLE and why else None
        if copy is None or effect.table is None or "*" in copy.columns or self._is_new(effect.table):
            return
        for column in sorted((self._history.columns_of(effect.table) or frozenset()) - set(copy.columns)):
            says = f"the rebuild of {effect.table} leaves out {column}"
            lost = Effect(kind=Kind.DROP_COLUMN, line=copy.line, table=effect.table, column=column, says=says)
            yield self._loss(migration, lost)

    def _follow(self, effect: Effect) -> None:
        """What was made here keeps being so under a new name, and is no longer there once it is dropped."""
        table, tables, columns = effect.table, self._created.tables, self._created.columns
        if table is None:
            return
        if effect.kind is Kind.RENAME_COLUMN and effect.column and effect.to:
            self._before[table, effect.to] = self._before.get((table, effect.column), (table, effect.column))
        if effect.kind is Kind.DROP_TABLE:
            tables.discard(table)
            self._created.columns = {each for each in columns if each[0] != table}
        elif effect.kind is Kind.RENAME_TABLE and effect.to:
            if table in tables:
                tables.discard(table)
                tables.add(effect.to)
            self._created.columns = {(effect.to, c) if t == table else (t, c) for t, c in columns}
        elif effect.kind is Kind.RENAME_COLUMN and effect.column and effect.to and (table, effect.column) in columns:
            columns.discard((table, effect.column))
            columns.add((table, effect.to))
        elif effect.kind is Kind.DROP_COLUMN and effect.column:
            columns.discard((table, effect.column))

    # --- findings ----------------------------------------------------------------------------------------------------

    def _change(self, migration: Migration, effect: Effect) -> Iterator[Finding]:
        table, column = effect.table, effect.column
        if table and column and effect.to:
            old = self._types.get((table, column)) or effect.old_type
            old = old or self._history.type_of(*self._before.get((table, column), (table, column)))
            self._types[table, column] = effect.to
        else:
            old = effect.old_type
        verdict = compare(old, effect.to) if old and effect.to else "unknown"
        if verdict == "same":
            return
        if verdict == "widening":
            types = f"{_short(old or '')} to {_short(effect.to or '')}"
            message = f"{migration.title}: {table}.{column} widens from {types}; every value fits."
            help = "Nothing needs to be done; mind the lock that rewriting a large table takes."
            yield _finding("migration-widening", Severity.NOTICE, migration, effect, message, help)
            return
        if old and effect.to and _is_relinked(old, effect.to):
            message = (
                f"{migration.title}: {effect.says}: whether its rows still link to what they did is only known then."
            )
            help = "Let somebody read it who knows the data: the same ids may be those of other rows now."
            yield _finding("migration-opaque", Severity.WARNING, migration, effect, message, help)
            return
        told = f"the type before, {_short(old or '')}, does not fit into it" if verdict == "narrowing" else (
            f"whether every {_short(old)} fits cannot be told" if old else "the type before is not known"
        )  # fmt: skip
        yield self._loss(migration, effect, told)

    def _loss(self, migration: Migration, effect: Effect, told: str = "") -> Finding:
        loss = _LOSSES[effect.kind]
        step = Step(rule=loss.rule, table=effect.table, column=effect.column, path=migration.path, line=effect.line)
        cutover = self._permits(step)
        if cutover:
            return _exempted(migration, effect, f"the cutover {cutover} permits it")
        message = f"{migration.title}: {effect.says}{_via(effect)}: {told + '; ' if told else ''}{loss.harm}."
        what = _target(step) or "it, under a name that is written out,"
        return _finding(loss.rule, Severity.ERROR, migration, effect, message, loss.instead.format(what=what))


_CREATIONS = frozenset({Kind.CREATE_TABLE, Kind.CREATE_ALIAS, Kind.CREATE_SCHEMA, Kind.CREATE_TYPE, Kind.ADD_COLUMN})


def _is_relinked(old: str, new: str) -> bool:
    """A join table of Django's with another model at its end, and a key to a model whose name is computed."""
    if old.startswith("ManyToManyField[") and new.startswith("ManyToManyField["):
        return True
    return old.startswith("ForeignKey[") and new.startswith("ForeignKey[") and ("(" in old or "(" in new)


def _short(type_: str) -> str:
    return type_ if len(type_) <= _LONGEST_TYPE else type_[:_LONGEST_TYPE] + "…"


def _target(step: Step) -> str:
    if step.table is None:
        return ""
    return f"`{step.table}.{step.column}`" if step.column else f"`{step.table}`"


def _via(effect: Effect) -> str:
    return f" (in {effect.via}, which it includes)" if effect.via else ""


def _exempted(migration: Migration, effect: Effect, why: str) -> Finding:
    message = f"{migration.title}: {effect.says} is exempt: {why}."
    return _finding("migration-exempt", Severity.NOTICE, migration, effect, message, "Nothing needs to be done.")


def _opaque(migration: Migration, effect: Effect) -> Finding:
    message = f"{migration.title}: what {effect.says}{_via(effect)} does is only known when it runs."
    if effect.harmful:
        message = f"{migration.title}: {effect.says}{_via(effect)}: what it destroys is only known when it runs."
        help = "Write the statement out, with the names of what it is about, so that it can be judged."
        return _finding("migration-opaque", Severity.ERROR, migration, effect, message, help)
    help = "Let somebody read it who knows the data; where plain statements do the same, prefer them."
    return _finding("migration-opaque", Severity.WARNING, migration, effect, message, help)


def _finding(  # noqa: PLR0917 - the parts of a finding
    rule: str, severity: Severity, migration: Migration, effect: Effect, message: str, help: str
) -> Finding:
    return Finding(rule=rule, severity=severity, path=migration.path, line=effect.line, message=message, help=help)
