"""The nouns of the migration rules as frozen types: a tool, a file's place with it, and the parts of a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from functools import cached_property
from typing import Literal

from msgspec import Struct

ToolName = Literal[
    "django",
    "alembic",
    "flyway",
    "liquibase",
    "rails",
    "prisma",
    "knex",
    "golang-migrate",
    "goose",
    "dbmate",
    "sqlx",
    "supabase",
    "drizzle",
    "typeorm",
    "sequelize",
    "ef-core",
    "ecto",
    "laravel",
    "diesel",
]


RuleName = Literal[
    "migration-edited",
    "migration-edited-cosmetic",
    "migration-edited-down",
    "migration-deleted",
    "migration-renamed",
    "migration-moved",
    "migration-duplicate-version",
    "migration-out-of-order",
    "migration-multiple-heads",
    "migration-graph-broken",
    "migration-journal-inconsistent",
    "migration-unreadable",
    "migration-mode-changed",
    "migration-lookup-changed",
    "migration-drop-table",
    "migration-drop-column",
    "migration-drop-schema",
    "migration-rename",
    "migration-narrowing",
    "migration-widening",
    "migration-truncate",
    "migration-unqualified-delete",
    "migration-unqualified-update",
    "migration-opaque",
    "migration-exempt",
    "migration-lock",
    "migration-lint-ignored",
]
"""Every rule of this policy; each has a page under ``gaterunner/rules``."""


class Role(StrEnum):
    """What a file is to its tool."""

    UP = "up"  # a migration
    DOWN = "down"  # the way back of a migration, in a file of its own
    REPEATABLE = "repeatable"  # applied again whenever it changes
    BASELINE = "baseline"  # stands for everything up to a version, on new databases
    JOURNAL = "journal"  # the tool's own list of migrations
    CHANGELOG = "changelog"  # a file that holds many migrations
    COMPANION = "companion"  # generated, but without it the tool does not see its migration
    EXEMPT = "exempt"  # generated or configuration: expected to change


class Place(Struct, frozen=True, kw_only=True):
    """Where one file stands with its tool.

    ``sequence`` names the series in which versions are unique and ordered (mostly a directory). ``name`` is what the
    tool records as applied: a file that keeps it may move. ``version`` is what must be unique in the sequence and
    ``order`` sorts it; both are empty where contents decide (a graph, a changelog). ``certain`` is False where the
    path alone does not tell the tool and a look into a file of the sequence has to.
    """

    sequence: str
    name: str
    version: str = ""
    order: tuple[int | str, ...] = ()
    role: Role = Role.UP
    certain: bool = True


class Parts(Struct, frozen=True, kw_only=True):
    """A migration with everything cosmetic taken away: equal ``up`` means that applying it does the same."""

    up: str
    down: str = ""


class UnreadableError(Exception):
    """A file's content cannot be understood; the message says why, as the end of "cannot be read: ..."."""


class Layout:
    """Which files exist in any of the trees that are compared, and what the manifests among them say.

    A branch cannot hide a tool by deleting its configuration: the base's files are in here as well as the head's.
    """

    def __init__(self, paths: Iterable[str], read_all: Callable[[str], str]) -> None:
        """``read_all`` gives the text of one path in all trees, joined; empty where it is not a readable file."""
        self.paths = frozenset(paths)
        self._read_all = read_all
        self._texts: dict[str, str] = {}
        self._starting: dict[tuple[str, ...], bool] = {}

    @cached_property
    def file_names(self) -> frozenset[str]:
        """The last part of every path."""
        return frozenset(path.rpartition("/")[2] for path in self.paths)

    @cached_property
    def endings(self) -> frozenset[str]:
        """What follows the last dot of every path."""
        return frozenset(path.rpartition(".")[2] for path in self.paths)

    @cached_property
    def _siblings(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for path in self.paths:
            directory, _, name = path.rpartition("/")
            found.setdefault(directory, []).append(name)
        return found

    def names_in(self, directory: str) -> list[str]:
        """The names of the files directly in a directory."""
        return self._siblings.get(directory, [])

    def has_file_starting(self, *prefixes: str) -> bool:
        """True when any file's name starts with one of the prefixes."""
        if prefixes not in self._starting:  # asked for each of thousands of files
            self._starting[prefixes] = any(name.startswith(prefixes) for name in self.file_names)
        return self._starting[prefixes]

    def manifest_mentions(self, path: str, manifest: str, word: str) -> bool:
        """True when a manifest (``Cargo.toml``) at or above the path's directory holds the word."""
        directory = path.rpartition("/")[0]
        while True:
            candidate = f"{directory}/{manifest}" if directory else manifest
            if candidate in self.paths:
                if candidate not in self._texts:
                    self._texts[candidate] = self._read_all(candidate)
                if word in self._texts[candidate]:
                    return True
            if not directory:
                return False
            directory = directory.rpartition("/")[0]


class Tool(Struct, frozen=True, kw_only=True):
    """One row of the table of tools.

    ``place`` tells by path and layout whether a file is this tool's; where it is not certain, ``confirms`` looks at
    the text of the sequence's files. ``parts`` reduces a file's bytes to what applying and reverting it does, and
    raises ``UnreadableError``. ``linear``: the tool refuses or skips a file below the newest applied one, instead of
    applying whatever is pending. ``checksum``: the tool records a checksum, so that even a comment breaks a deploy.
    ``title_is_free``: only the version is recorded, the rest of the name may change. ``graph``: order comes from the
    files' contents, not from their names.
    """

    name: str
    title: str
    place: Callable[[str, Layout], Place | None]
    parts: Callable[[str, bytes], Parts]
    confirms: Callable[[str], bool] | None = None
    linear: bool = False
    checksum: bool = False
    title_is_free: bool = False
    graph: Literal["django", "alembic"] | None = None
