"""A step of a migration that loses something, in a form that a declared cutover can permit."""

from __future__ import annotations

from msgspec import Struct


class Step(Struct, frozen=True, kw_only=True):
    """What one statement takes away.

    ``rule`` is the finding's (``migration-drop-column``). ``table`` and ``column`` are names without quotes, the
    table with its schema where the migration says one (``users``, ``billing.users``), folded to lower case unless they
    were quoted; None where the migration computes them, which no cutover can permit. A step on a whole table has no
    column. ``path`` is the migration, ``line`` counts from 1.
    """

    rule: str
    table: str | None
    column: str | None
    path: str
    line: int
