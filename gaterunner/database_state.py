"""What a gate's database holds, as its own tools tell it, and how two such states differ. Pure: no IO."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from gaterunner.config.types import BOOKKEEPING_SCHEMA

# Above every object `pg_dump` writes what it is; the owner is left out with `--no-owner`.
_HEADER = re.compile(r"^-- Name: (?P<name>.*); Type: (?P<type>[A-Z ]+); Schema: (?P<schema>.*); Owner: .*$")
_NO_SCHEMA = "-"
# What says nothing about the schema: versions, and since 2025 a random key around every dump (CVE-2025-8714).
_NOISE = re.compile(
    r"^(?:--|\\(?:un)?restrict \w+|-- (?:PostgreSQL database dump.*|Dumped .*|TOC entry .*|Dependencies: .*))$"
)
_PREAMBLE = re.compile(r"^(?:SET [a-z_]+ = .*;|SELECT pg_catalog\.set_config\('search_path', '', false\);)$")
# Kinds that no template of a database brings with it, as it may bring schemas and extensions.
_MADE = ("TABLE ", "VIEW ", "MATERIALIZED VIEW ", "TYPE ", "FUNCTION ", "PROCEDURE ", "SEQUENCE ", "DOMAIN ")
_LARGEST = 5_000  # lines of one object that are compared line by line; more would take minutes


class TableRows(Struct, frozen=True, kw_only=True):
    """One table's rows as a count and a digest that does not depend on their order."""

    table: str
    count: int
    digest: str


class Snapshot(Struct, frozen=True, kw_only=True):
    """The state of a database: its objects (kind and name) with their definitions, and the rows of its tables."""

    objects: Mapping[str, str]
    rows: tuple[TableRows, ...]

    @property
    def is_empty(self) -> bool:
        """True when there is nothing in it that somebody made."""
        own = f"{BOOKKEEPING_SCHEMA}."
        return not any(not each.table.startswith(own) for each in self.rows) and not any(
            name.startswith(_MADE) for name in self.objects
        )


class ObjectChange(Struct, frozen=True, kw_only=True):
    """One object that differs: ``lines`` are those of a unified diff, without its head."""

    name: str
    kind: str
    lines: tuple[str, ...]


def read_dump(dump: str) -> dict[str, str]:
    """The objects of a `pg_dump --schema-only` by kind and name, in its order.

    What two objects share a name for (grants and comments have the object's own) is one entry.
    """
    objects: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in dump.splitlines():
        header = _HEADER.match(line)
        if header is not None:
            current = objects.setdefault(_name(header), [])
        elif current is not None and not _NOISE.match(line) and not _PREAMBLE.match(line):
            current.append(line.rstrip())
    return {name: "\n".join(lines).strip("\n") for name, lines in objects.items()}


def _name(header: re.Match[str]) -> str:
    schema = "" if header["schema"] == _NO_SCHEMA else f"{header['schema']}."
    return f"{header['type']} {schema}{header['name']}"


def changed_objects(before: Snapshot, after: Snapshot) -> tuple[ObjectChange, ...]:
    """The objects that are new, gone or different, in the order of the second state, the gone ones last."""
    return tuple(_changed(before.objects, after.objects))


def _changed(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[ObjectChange]:
    for name, definition in after.items():
        old = before.get(name)
        if old is None:
            yield ObjectChange(name=name, kind="new", lines=_marked("+", definition))
        elif old != definition:
            yield ObjectChange(name=name, kind="changed", lines=_differences(old, definition))
    for name, definition in before.items():
        if name not in after:
            yield ObjectChange(name=name, kind="gone", lines=_marked("-", definition))


def _marked(mark: str, definition: str) -> tuple[str, ...]:
    return tuple(f"{mark}{line}" for line in definition.splitlines())


def _differences(old: str, new: str) -> tuple[str, ...]:
    before, after = old.splitlines(), new.splitlines()
    if len(before) + len(after) > _LARGEST:
        return (*_marked("-", old), *_marked("+", new))
    # A column that is added at the end puts a comma behind the one before, which says nothing.
    bare = _unified([line.rstrip(",") for line in before], [line.rstrip(",") for line in after])
    return bare or _unified(before, after)


def _unified(before: list[str], after: list[str]) -> tuple[str, ...]:
    import difflib

    lines = list(difflib.unified_diff(before, after, lineterm="", n=1))
    return tuple(line for line in lines[2:] if not line.startswith("@@"))


def changed_tables(before: Snapshot, after: Snapshot) -> tuple[str, ...]:
    """The tables that both have and whose rows differ."""
    rows = {each.table: each for each in before.rows}
    return tuple(each.table for each in after.rows if each.table in rows and rows[each.table] != each)


def schema_diff(changes: tuple[ObjectChange, ...]) -> str:
    """All changes as one text, as it is kept beside the log."""
    return "".join(
        f"{_KINDS[each.kind]} {each.name}\n" + "".join(f"{line}\n" for line in each.lines) + "\n" for each in changes
    )


_KINDS = {"new": "+++", "changed": "~~~", "gone": "---"}
