"""A column's type as a migration in another language than SQL says it, in the words of SQL."""

from __future__ import annotations

import re

from gaterunner.migrations.code_text import Call

_TYPES = {
    "string": "varchar", "text": "text", "integer": "integer", "bigint": "bigint", "float": "double precision",
    "decimal": "numeric", "numeric": "numeric", "boolean": "boolean", "date": "date", "datetime": "timestamp",
    "timestamp": "timestamp", "timestamptz": "timestamptz", "binary": "bytea", "json": "json", "jsonb": "jsonb",
    "uuid": "uuid", "inet": "inet", "citext": "citext", "hstore": "hstore", "naive_datetime": "timestamp",
    "utc_datetime": "timestamp", "binary_id": "uuid", "time": "time", "smallint": "smallint",
}  # fmt: skip
_RAILS_INTEGERS = {"1": "smallint", "2": "smallint", "3": "integer", "4": "integer", "8": "bigint"}


def column_type(language: str, text: str | None, call: Call, *, old: bool = False) -> str:  # noqa: PLR0911 - one for each kind
    """The type in SQL's words; empty where it is not spelled out."""
    if not text:
        return ""
    if language == "csharp":
        return text.lower()
    name = _TYPES.get(text.strip(":").lower())
    if name is None or (old and language != "elixir"):
        return ""
    limit = _number(call, "limit") or _number(call, "size")
    if name == "integer" and limit and language == "ruby":
        return _RAILS_INTEGERS.get(limit, "")
    if name == "numeric":
        precision, scale = _number(call, "precision"), _number(call, "scale")
        return f"numeric({precision},{scale or 0})" if precision else "numeric"
    if name == "varchar" and language == "elixir":
        return f"varchar({limit or 255})"
    return f"{name}({limit})" if limit and name == "varchar" else name


def _number(call: Call, name: str) -> str | None:
    value = call.named.get(name)
    found = re.fullmatch(r"\d+", value) if isinstance(value, str) else None
    return found[0] if found else None
