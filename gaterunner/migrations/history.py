"""What the migrations of the target say of the schema, read only as far as a question needs it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from gaterunner.migrations.contents import Contents
from gaterunner.migrations.effects import Effect, Kind
from gaterunner.migrations.inventory import Claim
from gaterunner.migrations.kinds import Role, UnreadableError
from gaterunner.policies.context import TreeEntry

MOST_FILES = 2000
"""How many existing migrations are read for one question; where more name a table, its past is not known."""

_ALIAS = "\0"  # stands as a column in what is only another name

Read = Callable[[Claim, bytes], Iterable[Effect]]


class PastMigrations:
    """The existing migrations in their order. ``read`` gives what one of them does."""

    def __init__(self, claims: Iterable[Claim], tree: Mapping[str, TreeEntry], contents: Contents, read: Read) -> None:
        roles = (Role.UP, Role.BASELINE, Role.REPEATABLE, Role.CHANGELOG)
        kept = [claim for claim in claims if claim.place.role in roles and tree[claim.path].mode != "120000"]
        self._claims = sorted(kept, key=lambda claim: (claim.place.sequence, claim.place.order, claim.path))
        self._tree = tree
        self._contents = contents
        self._read = read
        self._loaded = False
        self._effects: dict[str, tuple[Effect, ...]] = {}
        self._known: dict[tuple[str, str], dict[str, dict[str, str]]] = {}

    def type_of(self, table: str, column: str) -> str | None:
        """The type that the last migration gave the column."""
        return self._tables(table, column).get(table, {}).get(column)

    def columns_of(self, table: str) -> frozenset[str] | None:
        """The columns that the table has after all existing migrations."""
        return frozenset(self._tables(table, "").get(table, {})) or None

    def is_alias(self, table: str) -> bool:
        """Whether the model was last created as one without a table of its own."""
        return self._tables(table, "").get(table, {}).get(_ALIAS) is not None

    def mentions(self, table: str, column: str | None = None) -> bool:
        """Whether any migration holds the table's name, and the column's, as words."""
        return any(True for _ in self._naming(table, column or ""))

    def _tables(self, table: str, column: str) -> dict[str, dict[str, str]]:
        known = self._known.get((table, column))
        if known is not None:
            return known
        tables = self._known[table, column] = {}
        naming = list(self._naming(table, column))
        if len(naming) > MOST_FILES:
            return {}
        for claim, data in naming:
            for effect in self._effects_of(claim, data):
                _apply(effect, tables)
        return tables

    def _effects_of(self, claim: Claim, data: bytes) -> tuple[Effect, ...]:
        if claim.path not in self._effects:
            try:
                self._effects[claim.path] = tuple(self._read(claim, data))
            except UnreadableError:
                self._effects[claim.path] = ()
        return self._effects[claim.path]

    def _naming(self, table: str, column: str) -> Iterator[tuple[Claim, bytes]]:
        if not self._loaded:
            self._contents.load(self._tree[claim.path].blob for claim in self._claims)
            self._loaded = True
        patterns = [_word(table.rpartition(".")[2])] + ([_word(column)] if column else [])
        for claim in self._claims:
            try:
                data = self._contents.bytes_of(self._tree[claim.path].blob)
            except UnreadableError:
                continue
            # Django's app_model stands in the files as the model alone
            text = data + b" " + claim.place.name.partition(".")[0].encode(errors="replace")
            if all(pattern.search(text) for pattern in patterns):
                yield claim, data


def _word(name: str) -> re.Pattern[bytes]:
    """The name as a word; a Django table (``shop_item``, ``big_shop_item``) also where only its model is named."""
    models = {name.partition("_")[2], name.rpartition("_")[2]} - {""}
    either = "|".join(map(re.escape, (name, *sorted(models))))
    return re.compile(rf"(?<![^\W_])(?:{either})(?![^\W_])".encode(errors="replace"), re.IGNORECASE)


def _apply(effect: Effect, tables: dict[str, dict[str, str]]) -> None:
    """Takes one effect into account."""
    table, column = effect.table, effect.column
    if table is None:
        return
    if effect.kind is Kind.CREATE_ALIAS:
        tables[table] = {_ALIAS: ""}
    elif effect.kind is Kind.CREATE_TABLE:
        tables.setdefault(table, {}).update(_typed(each) for each in effect.columns)
    elif effect.kind is Kind.DROP_TABLE:
        tables.pop(table, None)
    elif effect.kind is Kind.RENAME_TABLE and effect.to:
        tables[effect.to] = tables.pop(table, {})
    elif column is None:
        return
    elif effect.kind in {Kind.ADD_COLUMN, Kind.CHANGE_TYPE}:
        tables.setdefault(table, {})[column] = effect.to or ""
    elif effect.kind is Kind.DROP_COLUMN:
        tables.get(table, {}).pop(column, None)
    elif effect.kind is Kind.RENAME_COLUMN and effect.to:
        columns = tables.setdefault(table, {})
        columns[effect.to] = columns.pop(column, "")


def _typed(column: str) -> tuple[str, str]:
    name, _, type_ = column.partition(" ")
    return name, type_
