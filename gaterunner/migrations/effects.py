"""What a migration does to a schema and its rows, whatever language it is written in."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Kind(StrEnum):
    """What one statement does; everything that loses nothing and hides nothing is left out."""

    CREATE_TABLE = "create-table"
    CREATE_ALIAS = "create-alias"  # a model without a table of its own
    CREATE_SCHEMA = "create-schema"
    CREATE_TYPE = "create-type"
    ADD_COLUMN = "add-column"
    COPY_ROWS = "copy-rows"  # all rows of one table into another
    DROP_TABLE = "drop-table"
    DROP_COLUMN = "drop-column"
    DROP_SCHEMA = "drop-schema"
    DROP_TYPE = "drop-type"  # with all columns of the type
    RENAME_TABLE = "rename-table"
    RENAME_COLUMN = "rename-column"
    CHANGE_TYPE = "change-type"
    TRUNCATE = "truncate"
    DELETE = "delete"  # without a condition
    UPDATE = "update"  # without a condition
    OPAQUE = "opaque"  # what it does is only known when it runs


class Effect(Struct, frozen=True, kw_only=True):
    """One thing that a migration does.

    ``table`` and ``column`` are names without quotes, the table with its schema where one is said; None where they are
    computed. ``to`` is the new name of a rename, the new type of a change (``old_type`` where the migration says the
    old one) and the target of copied rows. ``columns`` are those that an update sets, a copy reads (``*`` for all) or a
    statement creates, then with their types as ``name type``. ``guarded``: a creation that does nothing where the thing
    exists. ``harmful``: something opaque in which a destructive keyword appears. ``says`` is the statement in short,
    without any value. ``via`` is the file that holds it, where that is another one than the migration.
    """

    kind: Kind
    line: int
    table: str | None = None
    column: str | None = None
    to: str | None = None
    old_type: str | None = None
    columns: tuple[str, ...] = ()
    guarded: bool = False
    harmful: bool = False
    says: str = ""
    via: str | None = None
