"""Which database a migration's SQL is for, as far as the repository tells; where it does not, it is read as several.

What counts is what the base holds: a branch cannot choose the reading that hides a statement.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from gaterunner.migrations.contents import Contents
from gaterunner.migrations.inventory import Claim
from gaterunner.migrations.kinds import UnreadableError
from gaterunner.migrations.sql_tokens import Dialect
from gaterunner.policies.context import TreeEntry

SEVERAL: tuple[Dialect, ...] = ("postgres", "mysql", "sqlite", "tsql")
"""Read under all of these where nothing tells the database; what any of them finds is told."""

_IN_PATH: tuple[tuple[Dialect, str], ...] = (
    ("postgres", r"postgres\w*|pg|psql|cockroach\w*|h2|timescale\w*"),
    ("mysql", r"mysql|mariadb|clickhouse"),
    ("sqlite", r"sqlite3?"),
    ("tsql", r"mssql|sqlserver|sql-server|azuresql"),
    ("oracle", r"oracle"),
)
_NAMED: tuple[tuple[Dialect, re.Pattern[str]], ...] = (
    ("postgres", re.compile(r"(?i)postgres|psycopg|asyncpg|\bpgx\b|lib/pq|[\"']pg[\"']|cockroach|npgsql")),
    ("mysql", re.compile(r"(?i)mysql|mariadb")),
    ("sqlite", re.compile(r"(?i)sqlite")),
    ("tsql", re.compile(r"(?i)sqlserver|mssql|SqlServer")),
    ("oracle", re.compile(r"(?i)oracle")),
)
# Read from the root only: these say what the project runs on.
_MANIFESTS = re.compile(
    r"(?:[^/]+/){0,3}(?:database\.yml|alembic\.ini|settings[\w/]*\.py|base\.py|flyway\.(?:conf|toml)|drizzle\.config\.\w+|"
    r"knexfile\.\w+|schema\.prisma|appsettings\.json|diesel\.toml)|(?:requirements[\w.-]*|Gemfile|package\.json|go\.mod|"
    r"Cargo\.toml|composer\.json|mix\.exs|pyproject\.toml|pom\.xml|build\.gradle(?:\.kts)?|docker-compose[\w.-]*)"
)
_MOST_MANIFESTS = 40
_IN_SQL: tuple[tuple[Dialect, re.Pattern[str]], ...] = (
    ("postgres", re.compile(r"(?i)\$\$|::\w|\b(?:(?:BIG)?SERIAL|TIMESTAMPTZ|JSONB|CONCURRENTLY|plpgsql)\b")),
    ("mysql", re.compile(r"(?i)`\w+`|\bENGINE\s*=|\bAUTO_INCREMENT\b|^DELIMITER\b", re.MULTILINE)),
    ("sqlite", re.compile(r"(?i)\bAUTOINCREMENT\b|\bPRAGMA\b|\bWITHOUT ROWID\b")),
    ("tsql", re.compile(r"(?i)\bNVARCHAR\b|\[dbo\]|^GO\s*$|\bIDENTITY\s*\(", re.MULTILINE)),
)  # fmt: skip
_SAMPLE = 12
# Without any of these a text has the same statements in every dialect.
_TELLING = re.compile(r"[\\$#`\[@\"]|/\*|--[^\s-]|(?i:\bDELIMITER\b|^\s*GO\s*$|\bq')|^\s*/\s*$", re.MULTILINE)
_UNSEPARATED = re.compile(r"(?i)[^;\s]\s*\n\s*(?:DROP|TRUNCATE|DELETE|ALTER|EXEC\w*|UPDATE)\s")


class Dialects:
    """Answers for one change; ``tree`` is the base's, ``existing`` the migrations of one sequence."""

    def __init__(self, tree: Mapping[str, TreeEntry], contents: Contents) -> None:
        self._tree = tree
        self._contents = contents
        self._of_sequence: dict[tuple[str, str], tuple[Dialect, ...]] = {}
        self._of_project: tuple[Dialect, ...] | None = None

    def of(self, claim: Claim, existing: Sequence[Claim]) -> tuple[Dialect, ...]:
        """The one dialect that is told, or all that are possible, the likeliest first."""
        if claim.tool.name == "supabase":
            return ("postgres",)
        key = (claim.tool.name, claim.place.sequence)
        if key not in self._of_sequence:
            self._of_sequence[key] = self._find(claim, existing)
        return self._of_sequence[key]

    def _find(self, claim: Claim, existing: Sequence[Claim]) -> tuple[Dialect, ...]:
        directory = claim.path.rpartition("/")[0].lower()
        for dialect, words in _IN_PATH:
            if re.search(rf"(?:^|[/_.-])(?:{words})(?:[/_.-]|$)", directory):
                return (dialect,)
        beside = [path for path in self._beside(claim.place.sequence) if path in self._tree]
        for texts in (self._texts(beside), self._sample(existing)):
            rules = _NAMED if texts and texts[0] in self._texts(beside) else _IN_SQL
            named = [dialect for dialect, pattern in rules if any(pattern.search(text) for text in texts)]
            if len(named) == 1:
                return (named[0],)
        return self.of_project()

    def _beside(self, directory: str) -> Iterable[str]:
        prefix = f"{directory}/" if directory else ""
        yield f"{prefix}migration_lock.toml"  # Prisma
        yield f"{prefix}meta/_journal.json"  # Drizzle

    def _sample(self, existing: Sequence[Claim]) -> list[str]:
        files = [each.path for each in existing if each.path.endswith(".sql") and each.path in self._tree]
        return self._texts(files[-_SAMPLE:])

    def of_project(self) -> tuple[Dialect, ...]:
        """What the project's manifests name; all that are possible where they do not, the likeliest first."""
        if self._of_project is None:
            manifests = [path for path in self._tree if _MANIFESTS.fullmatch(path)][:_MOST_MANIFESTS]
            texts = self._texts(manifests)
            named = [dialect for dialect, pattern in _NAMED if any(pattern.search(text) for text in texts)]
            if len(named) > 1 and "sqlite" in named:
                named.remove("sqlite")  # tests and development often use it beside the real one
            likely = tuple(named)
            self._of_project = likely if len(likely) == 1 else (*likely, *(d for d in SEVERAL if d not in likely))
        return self._of_project

    def _texts(self, paths: Sequence[str]) -> list[str]:
        blobs = [self._tree[path].blob for path in paths if self._tree[path].mode.startswith("100")]
        self._contents.load(blobs)
        texts: list[str] = []
        for blob in blobs:
            try:
                texts.append(self._contents.bytes_of(blob).decode(errors="replace")[:200_000])
            except UnreadableError:
                continue
        return texts


def enough_for(text: str, dialects: tuple[Dialect, ...]) -> tuple[Dialect, ...]:
    """Those of the dialects under which the text could mean different things."""
    if len(dialects) == 1 or _TELLING.search(text) or ("tsql" in dialects and _UNSEPARATED.search(text)):
        return dialects
    return dialects[:1]
