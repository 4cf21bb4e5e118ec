"""What a SQLAlchemy type is in the database, as far as two of them have to be compared."""

from __future__ import annotations

import ast

from gaterunner.migrations.python_code import Scope, name_of

_TYPES = {
    "Integer": "integer", "INTEGER": "integer", "INT": "integer", "BigInteger": "bigint", "BIGINT": "bigint",
    "SmallInteger": "smallint", "SMALLINT": "smallint", "Text": "text", "TEXT": "text", "UnicodeText": "text",
    "Boolean": "boolean", "BOOLEAN": "boolean", "Date": "date", "DATE": "date", "Float": "double precision",
    "FLOAT": "double precision", "REAL": "real", "Double": "double precision", "DOUBLE_PRECISION": "double precision",
    "UUID": "uuid", "Uuid": "uuid", "JSON": "json", "JSONB": "jsonb", "LargeBinary": "bytea", "BYTEA": "bytea",
    "Interval": "interval", "INTERVAL": "interval", "Time": "time", "TIME": "time", "CITEXT": "citext", "INET": "inet",
    "CIDR": "cidr", "HSTORE": "hstore", "MEDIUMTEXT": "mediumtext", "LONGTEXT": "longtext", "TINYTEXT": "tinytext",
    "TINYINT": "tinyint", "XML": "xml", "MONEY": "money", "DATETIME": "datetime",
}  # fmt: skip
_TIMES = frozenset({"DateTime", "TIMESTAMP"})
_TEXTS = {"String": "varchar", "VARCHAR": "varchar", "Unicode": "varchar", "NVARCHAR": "varchar", "CHAR": "char"}
_EXACT = frozenset({"Numeric", "NUMERIC", "DECIMAL"})


def column_type(node: ast.expr | None, scope: Scope) -> str:  # noqa: PLR0911 - one for each kind
    """The type as SQL writes it; the source's own text for one that is not known, so that equal ones are the same."""
    resolved = scope.resolved(node)
    if resolved is None or isinstance(resolved, ast.Constant):
        return ""
    call = resolved if isinstance(resolved, ast.Call) else None
    name = name_of(call.func if call else resolved)
    arguments = [scope.resolved(each) for each in call.args] if call else []
    named = {each.arg: scope.resolved(each.value) for each in call.keywords} if call else {}
    if name in _TEXTS:
        length = _number(named.get("length") or (arguments[0] if arguments else None))
        return f"{_TEXTS[name]}({length})" if length is not None else _TEXTS[name]
    if name in _EXACT:
        digits = [named.get("precision"), named.get("scale")]
        for place, argument in enumerate(arguments[:2]):
            digits[place] = argument
        numbers = [str(each) for each in map(_number, digits) if each is not None]
        return f"numeric({','.join(numbers)})" if numbers else "numeric"
    if name in _TIMES:
        zone = named.get("timezone") or (arguments[0] if arguments else None)
        return "timestamptz" if isinstance(zone, ast.Constant) and zone.value is True else "timestamp"
    if name in _TYPES:
        return _TYPES[name]
    if name in {"Enum", "ENUM"}:
        values = [scope.text(each) for each in arguments]
        if values and all(each is not None for each in values):
            return "enum({})".format(",".join(f"'{each}'" for each in values))
    return ast.unparse(resolved)


def _number(node: ast.expr | None) -> int | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, int) else None
