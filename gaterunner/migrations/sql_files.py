"""golang-migrate, goose, dbmate, sqlx and Supabase: numbered SQL files in one directory.

Their names look alike; annotations inside the files, pairs of files and the manifests around them tell them apart.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from gaterunner.migrations import names, source_code
from gaterunner.migrations.kinds import Layout, Parts, Place, Role, Tool
from gaterunner.migrations.source_sql import canonical, decode, split_at
from gaterunner.migrations.sql_folders import sql_parts

_NUMBERED = re.compile(r"(?:(?P<directory>.+)/)?(?P<name>(?P<version>\d+)[_-]?(?P<title>[^/]*))\.(?P<kind>sql|go)")
_SUPABASE = re.compile(r"(?:.+/)?supabase/migrations/[^/]+\.sql")
_GOOSE_REGISTERED = re.compile(r"AddMigration\w*\(\s*(?:\w+\s*,\s*)?(?P<up>\w+)\s*,\s*(?P<down>\w+)\s*,?\s*\)")


class _Marks(NamedTuple):
    up: re.Pattern[str]
    down: re.Pattern[str]


_GOOSE = _Marks(re.compile(r"(?i)--\s*\+goose\s+Up\b"), re.compile(r"(?i)--\s*\+goose\s+Down\b"))
_DBMATE = _Marks(re.compile(r"--\s*migrate:up\b"), re.compile(r"--\s*migrate:down\b"))
MARKS = {"goose": _GOOSE, "dbmate": _DBMATE}
"""The annotation lines that switch between applying and reverting, by tool."""


def _numbered(path: str, *, certain: bool) -> Place | None:
    found = _NUMBERED.fullmatch(path)
    if not found:
        return None
    name, version = found["name"], found["version"]
    role = Role.DOWN if name.endswith(".down") else Role.UP
    return Place(
        sequence=found["directory"] or "",
        name=name.removesuffix(".up").removesuffix(".down"),
        version=version.lstrip("0"),
        order=names.number(version),
        role=role,
        certain=certain,
    )


def _is_pair(path: str) -> bool:
    return path.endswith((".up.sql", ".down.sql"))


def _is_sql(path: str) -> bool:
    return path.endswith(".sql") and not _is_pair(path)


def _is_rust(path: str, layout: Layout) -> bool:
    return layout.manifest_mentions(path, "Cargo.toml", "sqlx")


def _golang_migrate_place(path: str, layout: Layout) -> Place | None:
    return _numbered(path, certain=True) if _is_pair(path) and not _is_rust(path, layout) else None


def _sqlx_place(path: str, layout: Layout) -> Place | None:
    in_migrations = re.search(r"(?:^|/)\w*migrations?/[^/]+\.sql$", path) is not None
    return _numbered(path, certain=True) if in_migrations and _is_rust(path, layout) else None


def _goose_place(path: str, _layout: Layout) -> Place | None:
    return _numbered(path, certain=False) if _is_sql(path) or _is_go(path) else None


def _is_go(path: str) -> bool:
    return path.endswith(".go") and not path.endswith("_test.go")


def _dbmate_place(path: str, _layout: Layout) -> Place | None:
    return _numbered(path, certain=False) if _is_sql(path) else None


def _supabase_place(path: str, _layout: Layout) -> Place | None:
    return _numbered(path, certain=True) if _SUPABASE.fullmatch(path) else None


def _annotated(data: bytes, marks: _Marks) -> Parts:
    text = decode(data)
    applies, reverts = split_at(text, up=marks.up, down=marks.down)
    return Parts(up=canonical(applies), down=canonical(reverts))


def _goose_parts(path: str, data: bytes) -> Parts:
    if path.endswith(".sql"):
        return _annotated(data, _GOOSE)
    text = decode(data)
    registered = _GOOSE_REGISTERED.findall(text)
    down = registered[0][1] if len(registered) == 1 else ""
    whole = source_code.canonical(text, source_code.GO)
    # The name stands where it is registered and where it is defined; a third place could be the way forward.
    if not down or len(re.findall(rf"\b{down}\b", text)) != 2:  # noqa: PLR2004 - said above
        return Parts(up=whole, down=whole)
    renamed = re.sub(rf"(AddMigration[^)]*)\b{down}\b", r"\1_", text)
    return source_code.parts(renamed, source_code.GO, down_name=down)


GOLANG_MIGRATE = Tool(
    name="golang-migrate", title="golang-migrate", place=_golang_migrate_place, parts=sql_parts, linear=True
)
GOOSE = Tool(
    name="goose",
    title="goose",
    place=_goose_place,
    parts=_goose_parts,
    confirms=lambda text: re.search(r"(?m)^--\s*\+goose\s|\bgoose\.AddMigration", text) is not None,
    linear=True,
)
DBMATE = Tool(
    name="dbmate",
    title="dbmate",
    place=_dbmate_place,
    parts=lambda _path, data: _annotated(data, _DBMATE),
    confirms=lambda text: re.search(r"(?m)^--\s*migrate:(?:up|down)\b", text) is not None,
    title_is_free=True,
)
SQLX = Tool(name="sqlx", title="sqlx", place=_sqlx_place, parts=sql_parts, checksum=True)
SUPABASE = Tool(name="supabase", title="Supabase", place=_supabase_place, parts=sql_parts, linear=True)
