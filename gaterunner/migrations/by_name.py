"""Ecto, Laravel and EF Core: one file of the project's language per migration, ordered by the time in its name."""

from __future__ import annotations

import re

from gaterunner.migrations import names, source_code
from gaterunner.migrations.kinds import Layout, Parts, Place, Role, Tool
from gaterunner.migrations.source_sql import decode

_ECTO = re.compile(r"(?P<directory>(?:.+/)?priv/(?:.+/)?migrations(?:/.+)?)/(?P<name>(?P<version>\d+)_\w+)\.exs")
_LARAVEL = re.compile(
    r"(?P<directory>(?:.+/)?[dD]atabase/[mM]igrations(?:/.+)?)/(?P<name>(?P<version>\d{4}_\d\d_\d\d_\d+)_\w+)\.php"
)
_EF_CORE = re.compile(r"(?P<directory>(?:.+/)?\w*Migrations?(?:/.+)?)/(?P<name>(?P<version>\d{14})_\w+)\.cs")
_EF_GENERATED = re.compile(
    r"(?P<directory>(?:.+/)?\w*Migrations?(?:/.+)?)/(?:\w+ModelSnapshot|\d{14}_\w+\.Designer)\.cs"
)


def _ecto_place(path: str, _layout: Layout) -> Place | None:
    found = _ECTO.fullmatch(path)
    if not found:
        return None
    version = found["version"]
    return Place(
        sequence=found["directory"], name=found["name"], version=version.lstrip("0"), order=names.number(version)
    )


def _laravel_place(path: str, _layout: Layout) -> Place | None:
    found = _LARAVEL.fullmatch(path)
    if not found:
        return None
    # Laravel records and sorts whole names: two migrations of one second are common and fine.
    return Place(sequence=found["directory"], name=found["name"], version=found["name"], order=(found["name"],))


def _ef_core_place(path: str, layout: Layout) -> Place | None:
    generated = _EF_GENERATED.fullmatch(path)
    if generated:
        name = path.rpartition("/")[2]
        role = Role.COMPANION if name.endswith(".Designer.cs") else Role.EXEMPT
        return Place(sequence=generated["directory"], name=name, role=role)
    found = _EF_CORE.fullmatch(path)
    if not found:
        return None
    siblings = layout.names_in(path.rpartition("/")[0])
    certain = any(name.endswith(("ModelSnapshot.cs", ".Designer.cs")) for name in siblings)
    return Place(
        sequence=found["directory"],
        name=found["name"],
        version=found["name"],
        order=(found["version"], found["name"]),
        certain=certain,
    )


ECTO = Tool(
    name="ecto",
    title="Ecto",
    place=_ecto_place,
    parts=lambda _path, data: source_code.parts(decode(data), source_code.ELIXIR),
)
LARAVEL = Tool(
    name="laravel",
    title="Laravel",
    place=_laravel_place,
    parts=lambda _path, data: source_code.parts(decode(data), source_code.PHP),
)


def _ef_core_parts(_path: str, data: bytes) -> Parts:
    return source_code.parts(decode(data), source_code.CSHARP, down_name="Down")


EF_CORE = Tool(
    name="ef-core",
    title="EF Core",
    place=_ef_core_place,
    parts=_ef_core_parts,
    confirms=lambda text: re.search(r":\s*Migration\b", text) is not None,
)
