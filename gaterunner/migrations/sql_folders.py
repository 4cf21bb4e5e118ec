"""Prisma, Drizzle's newer form and Diesel: one folder per migration, ordered by the folder's name."""

from __future__ import annotations

import re

from gaterunner.migrations import names
from gaterunner.migrations.kinds import Layout, Parts, Place, Role, Tool
from gaterunner.migrations.source_sql import canonical, decode

_PRISMA = re.compile(r"(?:(?P<directory>.+)/)?(?P<name>(?P<version>\d+)_[^/]*)/migration\.sql")
_DIESEL = re.compile(
    r"(?P<directory>(?:.+/)?\w*migrations?(?:/[\w-]+)?)/(?P<name>(?P<version>[\d-]+)(?:_[^/]*)?)/(?P<side>up|down)\.sql"
)


def sql_parts(_path: str, data: bytes) -> Parts:
    """The parts of a file that only applies (or only reverts)."""
    whole = canonical(decode(data))
    return Parts(up=whole, down=whole)


def _is_drizzle(directory: str, folder: str, layout: Layout) -> bool:
    if "migration_lock.toml" in layout.names_in(directory):
        return False
    return "snapshot.json" in layout.names_in(folder) or (
        layout.has_file_starting("drizzle.config.") and "prisma" not in layout.endings
    )


def prisma_place(path: str, layout: Layout) -> Place | None:
    """A folder's ``migration.sql``; ``migration_lock.toml`` names the database and is no migration."""
    found = _PRISMA.fullmatch(path)
    if not found or _is_drizzle(found["directory"] or "", path.rpartition("/")[0], layout):
        return None
    # Prisma records and sorts whole folder names, as text.
    return Place(sequence=found["directory"] or "", name=found["name"], version=found["name"], order=(found["name"],))


def drizzle_folder_place(path: str, layout: Layout) -> Place | None:
    """The same shape written by newer releases of Drizzle, with a snapshot beside each migration."""
    found = _PRISMA.fullmatch(path)
    if not found or not _is_drizzle(found["directory"] or "", path.rpartition("/")[0], layout):
        return None
    order = (*names.number(found["version"]), found["name"])
    return Place(sequence=found["directory"] or "", name=found["name"], version=found["name"], order=order)


def _diesel_place(path: str, _layout: Layout) -> Place | None:
    found = _DIESEL.fullmatch(path)
    if not found:
        return None
    version = found["version"].replace("-", "")  # as Diesel records it; compared as text
    role = Role.UP if found["side"] == "up" else Role.DOWN
    return Place(sequence=found["directory"], name=found["name"], version=version, order=(version,), role=role)


PRISMA = Tool(name="prisma", title="Prisma", place=prisma_place, parts=sql_parts, checksum=True)
DIESEL = Tool(name="diesel", title="Diesel", place=_diesel_place, parts=sql_parts)
