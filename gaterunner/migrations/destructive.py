"""A step of a migration that takes something away which a running program may still use."""

from __future__ import annotations

from msgspec import Struct


class Step(Struct, frozen=True, kw_only=True):
    """What a destructive finding is about, for the cutover that may permit it.

    ``table`` and ``column`` are as the statement writes them, without quotes; a table outside of the default schema is
    written with its schema (``billing.orders``). ``table`` is None where the migration does not tell, ``column`` where
    the whole table is meant.
    """

    rule: str
    table: str | None
    column: str | None
    path: str
    line: int | None
