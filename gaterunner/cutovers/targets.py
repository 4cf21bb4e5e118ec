"""Which tables and columns are the same one."""

from __future__ import annotations

# What PostgreSQL and SQL Server put before the name of a table that is written without a schema.
_DEFAULT_SCHEMAS = ("public.", "dbo.")


def normalised(name: str) -> str:
    """A table or ``table.column`` as it is compared: in lower case and without the default schema."""
    lower = name.strip().lower()
    for schema in _DEFAULT_SCHEMAS:
        if lower.startswith(schema):
            return lower[len(schema) :]
    return lower


def covers(target: str, table: str, column: str | None) -> bool:
    """Whether what a cutover drops (normalised) is this column or this whole table, or the table with this column."""
    of = normalised(table)
    if column is None:
        return target == of
    return target in {of, f"{of}.{column.strip().lower()}"}
