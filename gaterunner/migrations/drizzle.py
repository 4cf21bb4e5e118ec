"""Drizzle: ``NNNN_title.sql`` listed in ``meta/_journal.json``, or one folder per migration in newer releases.

The journal decides: a file that it does not list is never applied, and an entry whose time is not later than the
newest applied one is skipped in silence.
"""

from __future__ import annotations

import re

import msgspec

from gaterunner.migrations import names
from gaterunner.migrations.kinds import Layout, Parts, Place, Role, Tool, UnreadableError
from gaterunner.migrations.source_sql import canonical, decode
from gaterunner.migrations.sql_folders import drizzle_folder_place

_FILE = re.compile(r"(?:(?P<directory>.+)/)?(?P<name>(?P<version>\d{4,})_[^/]+)\.sql")
_META = re.compile(r"(?:(?P<directory>.+)/)?meta/(?P<name>_journal|\d{4,}_snapshot)\.json")


class Entry(msgspec.Struct, frozen=True):
    """One row of the journal: ``tag`` is the file's name without ``.sql``, ``when`` a time in milliseconds."""

    idx: int
    tag: str
    when: int
    version: str = ""
    breakpoints: bool = True


class _Journal(msgspec.Struct, frozen=True):
    entries: tuple[Entry, ...]


def _place(path: str, layout: Layout) -> Place | None:
    folder = drizzle_folder_place(path, layout)
    if folder:
        return folder
    meta = _META.fullmatch(path)
    if meta and f"{meta['directory'] or '.'}/meta/_journal.json".removeprefix("./") in layout.paths:
        role = Role.JOURNAL if meta["name"] == "_journal" else Role.EXEMPT
        return Place(sequence=meta["directory"] or "", name=meta["name"], role=role)
    found = _FILE.fullmatch(path)
    if not found or f"{found['directory'] or '.'}/meta/_journal.json".removeprefix("./") not in layout.paths:
        return None
    version = found["version"]
    return Place(
        sequence=found["directory"] or "",
        name=found["name"],
        version=version.lstrip("0"),
        order=names.number(version),
    )


def entries(data: bytes) -> tuple[Entry, ...]:
    """The rows of a journal in their order; raises ``UnreadableError`` when it is not one."""
    try:
        return msgspec.json.decode(data, type=_Journal).entries
    except (msgspec.MsgspecError, RecursionError):
        raise UnreadableError("it is not a journal of Drizzle") from None


def _parts(path: str, data: bytes) -> Parts:
    if path.endswith(".json"):
        rows = "\n".join(repr(entry) for entry in entries(data))
        return Parts(up=rows, down=rows)
    whole = canonical(decode(data))
    return Parts(up=whole, down=whole)


DRIZZLE = Tool(name="drizzle", title="Drizzle", place=_place, parts=_parts, linear=True)
