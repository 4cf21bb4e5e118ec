"""From a migration's bytes to what it does: which reader is asked depends on the tool and the file's language."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import cast

from gaterunner.migrations.dialects import enough_for
from gaterunner.migrations.effects import Effect
from gaterunner.migrations.inventory import Claim
from gaterunner.migrations.kinds import UnreadableError
from gaterunner.migrations.source_sql import decode
from gaterunner.migrations.sql_tokens import Dialect

Sql = Callable[[str, int], Iterable[Effect]]
"""Judges a piece of SQL that a migration holds as a literal, which begins on the given line of the file."""

Reader = Callable[[Claim, bytes, Sql], Iterable[Effect]]

# Loaded when a migration of the tool changed.
_READERS = {
    "django": "django_effects",
    "alembic": "alembic_effects",
    "liquibase": "liquibase_effects",
}
_ANNOTATED = frozenset({"goose", "dbmate"})


def read(
    claim: Claim, data: bytes, dialects: tuple[Dialect, ...], include: Callable[[str], str | None] | None = None
) -> tuple[tuple[Effect, ...], ...]:
    """What the migration does, once per dialect; one reading where all are the same. Raises ``UnreadableError``."""
    text = decode(data) if claim.path.endswith(".sql") else data.decode(errors="replace")
    readings: list[tuple[Effect, ...]] = []
    for dialect in enough_for(text, dialects):
        sql = _Sql(dialect, include)
        try:
            found = tuple(_read(claim, data, sql))
        except RecursionError:
            raise UnreadableError("it is nested too deeply") from None
        if found not in readings:
            readings.append(found)
        if not sql.asked:
            break
    return tuple(readings)


class _Sql:
    """Judges pieces of SQL in one dialect; where none is ``asked`` about, every other dialect tells the same."""

    def __init__(self, dialect: Dialect, include: Callable[[str], str | None] | None) -> None:
        self._dialect, self._include = dialect, include
        self.asked = False

    def __call__(self, text: str, line: int) -> Iterable[Effect]:
        from gaterunner.migrations.sql_statements import SqlJudge

        self.asked = True
        return SqlJudge(self._dialect, include=self._include, first_line=line).effects(text)


def _read(claim: Claim, data: bytes, sql: Sql) -> Iterable[Effect]:
    module = _READERS.get(claim.tool.name)
    if module:
        return cast("Reader", import_module(f"gaterunner.migrations.{module}").effects)(claim, data, sql)
    if claim.path.endswith(".sql"):
        return sql(applied(claim, decode(data)), 1)
    return cast("Reader", import_module("gaterunner.migrations.code_effects").effects)(claim, data, sql)


def applied(claim: Claim, text: str) -> str:
    """A SQL migration without what only reverts it, on the lines where it stands."""
    if claim.tool.name not in _ANNOTATED:
        return text
    from gaterunner.migrations.source_sql import without_down
    from gaterunner.migrations.sql_files import MARKS

    marks = MARKS[claim.tool.name]
    return without_down(text, up=marks.up, down=marks.down)
