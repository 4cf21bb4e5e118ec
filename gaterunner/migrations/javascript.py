"""Knex, Sequelize and TypeORM: one JavaScript or TypeScript file per migration, in directories with the same name.

Which of them owns a directory is told by its configuration file (Knex, Sequelize) or by what the files say.
"""

from __future__ import annotations

import re

from gaterunner.migrations import names, source_code
from gaterunner.migrations.kinds import Layout, Parts, Place, Tool
from gaterunner.migrations.source_sql import decode

_FILE = re.compile(
    r"(?P<directory>(?:.+/)?\w*[mM]igrations?(?:/[\w/.-]+)?)/(?P<name>(?P<version>\d+)[-_.]?[\w.-]*)\.[cm]?[jt]s"
)
_TYPEORM_NAME = re.compile(r"\d{10,}-\w+")


def _place(path: str, *, certain: bool) -> Place | None:
    found = _FILE.fullmatch(path)
    if not found or found["name"].endswith((".d", ".test", ".spec")):
        return None
    name = found["name"]
    return Place(sequence=found["directory"], name=name, version=name, order=(name,), certain=certain)


def _knex_place(path: str, layout: Layout) -> Place | None:
    has_knexfile = layout.has_file_starting("knexfile.")
    return _place(path, certain=has_knexfile and ".sequelizerc" not in layout.file_names)


def _sequelize_place(path: str, layout: Layout) -> Place | None:
    has_settings = ".sequelizerc" in layout.file_names
    return _place(path, certain=has_settings and not layout.has_file_starting("knexfile."))


def _typeorm_place(path: str, _layout: Layout) -> Place | None:
    place = _place(path, certain=False)
    if place is None or not _TYPEORM_NAME.fullmatch(place.name):
        return None
    version = place.name.partition("-")[0]
    return Place(sequence=place.sequence, name=place.name, version=version, order=names.number(version), certain=False)


def _parts(_path: str, data: bytes) -> Parts:
    return source_code.parts(decode(data), source_code.JAVASCRIPT)


# Knex compares the list of applied names with the directory's and refuses to go on when one is missing, but a file
# that sorts before the newest applied one is applied all the same; so is Sequelize's and TypeORM's.
KNEX = Tool(
    name="knex",
    title="Knex",
    place=_knex_place,
    parts=_parts,
    confirms=lambda text: re.search(r"\bknex\b|\bKnex\b", text) is not None and "up" in text,
)
SEQUELIZE = Tool(
    name="sequelize",
    title="Sequelize",
    place=_sequelize_place,
    parts=_parts,
    confirms=lambda text: re.search(r"\bqueryInterface\b|\bQueryInterface\b|\bsequelize\b", text) is not None,
)
TYPEORM = Tool(
    name="typeorm",
    title="TypeORM",
    place=_typeorm_place,
    parts=_parts,
    confirms=lambda text: re.search(r"\bMigrationInterface\b|from ['\"]typeorm['\"]", text) is not None,
)
