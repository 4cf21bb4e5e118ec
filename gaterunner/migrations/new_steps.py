"""What the new migrations of a change do, and the edited ones that they did not do before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from msgspec import Struct
from msgspec.structs import replace

from gaterunner.migrations import alembic, django
from gaterunner.migrations.contents import Contents
from gaterunner.migrations.dialects import Dialects
from gaterunner.migrations.effects import Effect
from gaterunner.migrations.graph import Node
from gaterunner.migrations.history import PastMigrations
from gaterunner.migrations.inventory import Claim, Inventory, Trees
from gaterunner.migrations.kinds import Place, Role, UnreadableError
from gaterunner.migrations.reading import applied, read
from gaterunner.migrations.source_sql import decode
from gaterunner.migrations.sql_tokens import Dialect
from gaterunner.migrations.tools import TOOLS
from gaterunner.migrations.weigh import Migration, Permits, weigh
from gaterunner.model import FileChange, Finding, Severity

_JUDGED = frozenset({Role.UP, Role.REPEATABLE, Role.CHANGELOG})
_LINKS = frozenset({"120000", "160000"})


class _Read(Struct, frozen=True, kw_only=True):
    """One changed migration and what is new in it, once per dialect."""

    claim: Claim
    readings: tuple[tuple[Effect, ...], ...]


class PostgresFile(Struct, frozen=True, kw_only=True):
    """A new migration in PostgreSQL's SQL: its path, and its text without the part for reverting."""

    path: str
    text: str


class NewSteps:
    """One judgement over the steps of one change's migrations."""

    def __init__(self, trees: Trees, contents: Contents, inventory: Inventory, permits: Permits) -> None:
        self._trees = trees
        self._contents = contents
        self._inventory = inventory
        self._permits = permits
        self._dialects = Dialects(trees.base, contents)
        self.postgres: list[PostgresFile] = []
        self._told: list[Finding] = []
        self._histories: dict[str, PastMigrations] = {}

    def findings(self, files: Iterable[FileChange], left_out: frozenset[str]) -> list[Finding]:
        """What is to be said about the steps; ``left_out`` are paths that only moved."""
        read_ones = [each for file in files if file.path not in left_out for each in self._read(file)]
        ordered = self._ordered(read_ones)
        variants = max((len(each.readings) for each in ordered), default=0)
        found: dict[tuple[str, str | None, int | None, str], Finding] = {}
        for variant in range(variants):
            migrations = [_migration(each, variant) for each in ordered]
            for finding in weigh(migrations, self._history, self._permits):
                if variant == 0 or finding.severity is Severity.ERROR:
                    found.setdefault((finding.rule, finding.path, finding.line, finding.message), finding)
        return [*self._told, *found.values()]

    def _read(self, file: FileChange) -> Iterator[_Read]:
        claim = self._inventory.changed.get(file.path)
        if claim is None or claim.place.role not in _JUDGED or file.status == "D" or file.new_mode in _LINKS:
            return
        if file.old_blob == file.new_blob:
            return
        try:
            readings = self._readings(claim, file.new_blob)
        except UnreadableError:
            return  # told as `migration-unreadable` already
        self._keep_postgres(claim, file)
        if claim.tool.graph == "django" and self._stands_for_others(claim, file):
            self._told.append(_squashed(claim))
            return
        before: tuple[tuple[Effect, ...], ...] = ((),)
        if file.status != "A" and file.old_mode not in _LINKS:
            with suppress(UnreadableError):  # then all of it counts as new
                before = self._readings(claim, file.old_blob)
        new = (_without(each, before[min(place, len(before) - 1)]) for place, each in enumerate(readings))
        yield _Read(claim=claim, readings=tuple(new))

    def _stands_for_others(self, claim: Claim, file: FileChange) -> bool:
        """A squashed migration is not run where those that it replaces were, and the base has all of them."""
        data = self._contents.bytes_of(file.new_blob)
        nodes, _ = django.nodes([(claim.path, data)], changed=frozenset())
        replaced = nodes[0].replaces if nodes else ()
        there = {each.path.rpartition("/")[2].removesuffix(".py") for each in self._existing(claim)}
        return bool(replaced) and set(replaced) <= there

    def _keep_postgres(self, claim: Claim, file: FileChange) -> None:
        if file.status == "A" and claim.path.endswith(".sql") and "postgres" in self._dialects_of(claim):
            text = applied(claim, decode(self._contents.bytes_of(file.new_blob)))
            self.postgres.append(PostgresFile(path=claim.path, text=text))

    def _dialects_of(self, claim: Claim) -> tuple[Dialect, ...]:
        return self._dialects.of(claim, self._existing(claim))

    def _readings(self, claim: Claim, blob: str) -> tuple[tuple[Effect, ...], ...]:
        self._contents.load([blob])
        dialects = self._dialects_of(claim)
        return read(claim, self._contents.bytes_of(blob), dialects, lambda name: self._included(claim, name))

    def _existing(self, claim: Claim) -> tuple[Claim, ...]:
        return self._inventory.existing.get((claim.tool.name, claim.place.sequence), ())

    def _included(self, claim: Claim, name: str) -> str | None:
        """The text of a file that a migration includes, beside it or from the root, as the judged tree has it."""
        directory = claim.path.rpartition("/")[0]
        for path in (f"{directory}/{name}", name):
            entry = self._trees.judged.get(_normal(path))
            if entry is not None and entry.mode not in _LINKS:
                self._contents.load([entry.blob])
                try:
                    return decode(self._contents.bytes_of(entry.blob))
                except UnreadableError:
                    return None
        return None

    def _history(self, series: str) -> PastMigrations:
        """The existing migrations of one series: another folder may be about another database."""
        if series not in self._histories:
            self._histories[series] = self._read_history(series)
        return self._histories[series]

    def _read_history(self, series: str) -> PastMigrations:
        claims = [
            claim
            for (tool, sequence), existing in self._inventory.existing.items()
            if sequence == series or tool == "liquibase"
            for claim in existing
        ]
        claims += self._schemas(series) if claims and claims[0].tool.name == "rails" else ()

        def past(claim: Claim, data: bytes) -> Sequence[Effect]:
            dialects = self._dialects_of(claim)
            return read(claim, data, dialects[:1], lambda name: self._included(claim, name))[0]

        return PastMigrations(claims, self._trees.tip, self._contents, past)

    def _schemas(self, directory: str) -> Iterator[Claim]:
        """Rails keeps what all migrations come to in a file beside them."""
        for name in ("schema.rb", "structure.sql"):
            path = f"{directory.rpartition('/')[0]}/{name}".removeprefix("/")
            if path in self._trees.tip:
                place = Place(sequence=f"{directory}~", name=name)  # it sorts behind them
                yield Claim(path=path, tool=TOOLS["rails"], place=place)

    def _ordered(self, found: list[_Read]) -> list[_Read]:
        """In the order in which they are applied: by name, in a graph by what they build on."""
        by_sequence: dict[tuple[str, str], list[_Read]] = {}
        for each in found:
            by_sequence.setdefault((each.claim.tool.name, each.claim.place.sequence), []).append(each)
        ordered: list[_Read] = []
        for _, members in sorted(by_sequence.items()):
            members.sort(key=lambda each: (each.claim.place.order, each.claim.path))
            ordered += self._by_graph(members) if members[0].claim.tool.graph else members
        return ordered

    def _by_graph(self, members: list[_Read]) -> list[_Read]:
        by_path = {each.claim.path: each for each in members}
        files = [(path, self._contents.bytes_of(self._trees.judged[path].blob)) for path in by_path]
        reads = django.nodes if members[0].claim.tool.graph == "django" else alembic.nodes
        nodes, _ = reads(sorted(files), changed=frozenset())
        placed = [by_path.pop(node.path) for node in _topological(nodes)]
        return [*placed, *by_path.values()]


def _squashed(claim: Claim) -> Finding:
    message = f"{claim.tool.title}: exempt: it stands for migrations that the target has, and is not run beside them."
    return Finding(
        rule="migration-exempt",
        severity=Severity.NOTICE,
        path=claim.path,
        message=message,
        help="Keep the migrations that it replaces until every database has applied them.",
    )


def _topological(nodes: Sequence[Node]) -> list[Node]:
    """Each after those of the others that it builds on; what cannot be placed comes last, in its order."""
    waiting = {node.id: node for node in nodes}
    done: list[Node] = []
    while waiting:
        ready = [node for node in waiting.values() if not any(parent in waiting for parent in node.parents)]
        for node in ready or list(waiting.values()):
            done.append(node)
            del waiting[node.id]
    return done


def _without(new: tuple[Effect, ...], old: tuple[Effect, ...]) -> tuple[Effect, ...]:
    """The effects that were not there before, wherever they stand; one that is there once more is new once."""
    known = Counter(replace(effect, line=0) for effect in old)
    kept: list[Effect] = []
    for effect in new:
        key = replace(effect, line=0)
        if known[key]:
            known[key] -= 1
        else:
            kept.append(effect)
    return tuple(kept)


def _migration(each: _Read, variant: int) -> Migration:
    reading = each.readings[variant] if variant < len(each.readings) else each.readings[0]
    sequence = each.claim.place.sequence
    # A changelog's sequence is its path: those of one folder belong together.
    series = sequence.rpartition("/")[0] if each.claim.place.role is Role.CHANGELOG else sequence
    return Migration(path=each.claim.path, title=each.claim.tool.title, effects=reading, series=series)


def _normal(path: str) -> str:
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)
