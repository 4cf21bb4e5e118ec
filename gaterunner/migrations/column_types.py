"""Whether every value of one column type fits into another: widening, narrowing, or nobody can tell."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

Verdict = Literal["same", "widening", "narrowing", "unknown"]


class _Type(NamedTuple):
    family: str
    size: float  # rank in its family, or length; infinite where there is no bound
    scale: float = 0


_UNBOUNDED = float("inf")
_TYPE = re.compile(r"(?P<name>[a-z_][\w .]*?)(?:\s*\((?P<arguments>.*?)\)\s*(?P<rest>[^()]*))?")
_INTEGERS = {
    "tinyint": 1, "smallint": 2, "int2": 2, "smallserial": 2, "serial2": 2, "year": 2, "mediumint": 3,
    "int": 4, "integer": 4, "int4": 4, "serial": 4, "serial4": 4, "bigint": 8, "int8": 8, "bigserial": 8, "serial8": 8,
}  # fmt: skip
_DIGITS = {1: 3, 2: 5, 3: 8, 4: 10, 8: 19}  # that the largest value of so many bytes has
_FLOATS = {"real": 4, "float4": 4, "float": 4, "double": 8, "double precision": 8, "float8": 8}
_TEXTS = {"tinytext": 255, "text": _UNBOUNDED, "mediumtext": _UNBOUNDED, "longtext": _UNBOUNDED, "clob": _UNBOUNDED,
          "character large object": _UNBOUNDED, "string": _UNBOUNDED, "ntext": _UNBOUNDED}  # fmt: skip
_MYSQL_TEXTS = {"tinytext": 1, "text": 2, "mediumtext": 3, "longtext": 4, "tinyblob": 1, "blob": 2, "mediumblob": 3,
                "longblob": 4}  # fmt: skip
_VARIABLE = frozenset(
    {"varchar", "character varying", "nvarchar", "varchar2", "nvarchar2", "char varying", "national varchar"}
)
_FIXED = frozenset({"char", "character", "nchar", "bpchar", "national character"})
_BINARIES = frozenset({"varbinary", "binary varying", "raw"})
_EXACT = frozenset({"numeric", "decimal", "dec", "number"})
_ALIASES = {"bool": "boolean", "timestamp without time zone": "timestamp", "timestamp with time zone": "timestamptz",
            "time without time zone": "time", "time with time zone": "timetz", "bit varying": "varbit"}  # fmt: skip
_TIMED = frozenset(
    {"timestamp", "timestamptz", "time", "timetz", "datetime", "datetime2", "interval", "datetimeoffset"}
)


def compare(old: str, new: str) -> Verdict:  # noqa: PLR0911 - one for each kind
    """What a change from one type to the other does to values that are stored; both as SQL writes them."""
    before, after = _squeezed(old), _squeezed(new)
    if not before or not after:
        return "unknown"
    if before == after:
        return "same"
    enums = _values(old), _values(new)
    if enums[0] and enums[1]:  # stored values are found again by their names, whatever their places
        return "widening" if set(enums[0]) <= set(enums[1]) else "narrowing"
    one, other = _read(before), _read(after)
    if one is None or other is None:
        return "unknown"
    if one == other:
        return "same"
    if one.family == other.family:
        return "widening" if one.size <= other.size and one.scale <= other.scale else "narrowing"
    return _between(one, other)


def _squeezed(text: str) -> str:
    text = re.sub(r"\s+", " ", text.strip().lower())
    text = re.sub(r"\s*([(,])\s*|\s+(?=\))", r"\1", text)
    return re.sub(r" (?:character set|charset) \w+| signed\b| zerofill\b", "", text)


def _values(text: str) -> list[str]:
    return re.findall(r"'((?:[^']|'')*)'", text) if re.match(r"(?i)\s*(?:enum|set)\s*\(", text) else []


def _read(text: str) -> _Type | None:
    found = _TYPE.fullmatch(text)
    if found is None or "[" in text:
        return None
    rest = (found["rest"] or "").strip()
    name = found["name"].removesuffix(" unsigned").strip()
    unsigned = found["name"] != name or rest == "unsigned"
    name = _ALIASES.get(f"{name} {rest}".strip(), _ALIASES.get(name, name)) if rest != "unsigned" else name
    if rest and rest != "unsigned" and f"{found['name']} {rest}" not in _ALIASES:
        return None
    numbers = _numbers(found["arguments"])
    if numbers is None:
        return None
    return _numeric(name, numbers, unsigned=unsigned) or _other(name, numbers)


def _numbers(arguments: str | None) -> list[float] | None:
    if not arguments:
        return []
    parts = arguments.removesuffix(" char").removesuffix(" byte").split(",")
    if not all(part.isdigit() or part == "max" for part in parts):
        return None
    return [_UNBOUNDED if part == "max" else float(part) for part in parts]


def _numeric(name: str, numbers: list[float], *, unsigned: bool) -> _Type | None:
    if name in _INTEGERS:  # a number in parentheses is only a display width
        return _Type("unsigned" if unsigned else "integer", _INTEGERS[name])
    if name in _FLOATS:
        return _Type("float", _FLOATS[name])
    if name in _EXACT:
        if not numbers:
            return _Type("exact", _UNBOUNDED, _UNBOUNDED)
        scale = numbers[1] if len(numbers) > 1 else 0
        return _Type("exact", numbers[0] - scale, scale)  # digits before and behind the point
    return None


def _other(name: str, numbers: list[float]) -> _Type | None:  # noqa: PLR0911 - one for each kind
    if name in _VARIABLE:
        return _Type("text", numbers[0] if numbers else _UNBOUNDED)
    if name in _FIXED:
        return _Type("fixed", numbers[0] if numbers else 1)
    if name in _MYSQL_TEXTS and name.endswith("blob"):
        return _Type("blob", _MYSQL_TEXTS[name])
    if name in _TEXTS:
        return _Type("text", _TEXTS[name], _MYSQL_TEXTS.get(name, 0))
    if name in _BINARIES:
        return _Type("binary", numbers[0] if numbers else _UNBOUNDED)
    if name in _TIMED:
        return _Type(name, numbers[0] if numbers else 6)
    if name in {
        "boolean",
        "date",
        "uuid",
        "json",
        "jsonb",
        "bytea",
        "inet",
        "cidr",
        "xml",
        "money",
        "citext",
        "hstore",
    }:
        return _Type(name, 0)
    return None


def _between(old: _Type, new: _Type) -> Verdict:
    pair = (old.family, new.family)
    if pair == ("unsigned", "integer"):
        fits = new.size > old.size
    elif pair in {("integer", "exact"), ("unsigned", "exact")}:
        fits = new.size >= _DIGITS[int(old.size)] + (old.family == "unsigned" and int(old.size) == 8)  # noqa: PLR2004 - 20 digits
    elif pair == ("integer", "float"):
        fits = old.size < new.size
    elif pair == ("fixed", "text"):
        fits = old.size <= new.size
    elif pair in {
        ("date", "timestamp"),
        ("date", "timestamptz"),
        ("citext", "text"),
        ("cidr", "inet"),
        ("datetime", "datetime2"),
    }:
        fits = True
    else:
        return "unknown"
    return "widening" if fits else "narrowing"
