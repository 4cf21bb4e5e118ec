"""The whole judgement over the migrations of one change: recognise, review, order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from gaterunner.migrations import drizzle, heads, inventory, liquibase, lists, lookup, order
from gaterunner.migrations.contents import Contents
from gaterunner.migrations.findings import Rules, newest, unreadable
from gaterunner.migrations.inventory import Claim, Inventory, Trees
from gaterunner.migrations.kinds import Role, UnreadableError
from gaterunner.migrations.new_steps import NewSteps, PostgresFile
from gaterunner.migrations.review import Review, Reviewed
from gaterunner.migrations.weigh import Permits
from gaterunner.model import FileChange, Finding
from gaterunner.policies.context import PolicyContext, TreeEntry

_LINK_MODES = frozenset({"120000", "160000"})


class Judgement(Struct, frozen=True, kw_only=True):
    """What was seen.

    ``counts`` has the number of migrations on the base by the tool's title, ``added`` those that the change brings,
    ``edited`` and ``removed`` how many existing files it touches. ``newest`` names what new ones must come after, by
    sequence. ``touched``: the change holds migrations at all. ``unclaimed`` are changed files that look like
    migrations of no tool known. ``new`` are the new migrations in PostgreSQL's SQL.
    """

    findings: tuple[Finding, ...]
    counts: Mapping[str, int]
    added: Mapping[str, int]
    edited: int
    removed: int
    newest: tuple[str, ...]
    touched: bool
    new: tuple[PostgresFile, ...]
    unclaimed: tuple[str, ...]


class _Judge:
    def __init__(self, trees: Trees, contents: Contents, found: Inventory, rules: Rules) -> None:
        self._trees = trees
        self._contents = contents
        self._found = found
        self._rules = rules

    def sequences(self, files: Iterable[FileChange]) -> dict[tuple[str, str], list[tuple[FileChange, Claim]]]:
        """The changed migrations by tool and sequence."""
        grouped: dict[tuple[str, str], list[tuple[FileChange, Claim]]] = {}
        for file in files:
            claim = self._found.changed.get(file.path)
            if claim:
                grouped.setdefault((claim.tool.name, claim.place.sequence), []).append((file, claim))
        return grouped

    def order(self, files: list[FileChange], reviewed: Reviewed) -> list[Finding]:
        """Everything about versions, order and lists."""
        added = {each.claim.path: each.claim for each in reviewed.added}
        findings: list[Finding] = []
        for key, members in self.sequences(files).items():
            claim = members[0][1]
            existing = self._found.existing.get(key, ())
            if claim.place.role is Role.CHANGELOG:
                findings += self._changelog(members)
            elif claim.tool.graph:
                findings += self._graph(claim, members, existing)
            else:
                findings += order.by_name(
                    [added[each.path] for _, each in members if each.path in added], existing, self._rules
                )
            if claim.tool is drizzle.DRIZZLE:
                findings += self._journal(claim)
        return findings

    def _changelog(self, members: list[tuple[FileChange, Claim]]) -> list[Finding]:
        findings: list[Finding] = []
        for file, claim in members:
            if file.new_mode in _LINK_MODES:
                continue
            try:
                old = self._changesets(claim, file.old_blob)
                new = self._changesets(claim, file.new_blob)
            except UnreadableError as why:
                findings.append(unreadable(claim, str(why)))
                continue
            findings += lists.changelog(claim, old, new, self._rules)
        return findings

    def _changesets(self, claim: Claim, blob: str) -> tuple[liquibase.ChangeSet, ...]:
        if not blob.strip("0"):
            return ()
        return liquibase.changesets(claim.path, self._contents.bytes_of(blob))

    def _graph(
        self, claim: Claim, members: list[tuple[FileChange, Claim]], existing: tuple[Claim, ...]
    ) -> list[Finding]:
        before = {each.path: self._trees.tip[each.path] for each in existing}
        after = dict(before)
        for file, each in members:
            entry = self._trees.judged.get(each.path)
            if entry is None:
                after.pop(each.path, None)
            elif file.status != "D":
                after[each.path] = entry
        self._contents.load(entry.blob for entry in (*before.values(), *after.values()))
        changed = frozenset(each.path for file, each in members if file.status != "D")
        return heads.check(
            claim,
            heads.Versions(before=self._read(before, frozenset()), after=self._read(after, changed), changed=changed),
        )

    def _read(self, entries: Mapping[str, TreeEntry], must: frozenset[str]) -> dict[str, bytes]:
        """The files' contents; one that cannot be had counts as broken where it was changed, else it is left out."""
        found: dict[str, bytes] = {}
        for path, entry in entries.items():
            if entry.mode in _LINK_MODES:
                continue
            try:
                found[path] = self._contents.bytes_of(entry.blob)
            except UnreadableError:
                if path in must:
                    found[path] = b"\0"
        return found

    def _journal(self, claim: Claim) -> list[Finding]:
        directory = claim.place.sequence
        path = f"{directory}/meta/_journal.json" if directory else "meta/_journal.json"
        versions = [tree.get(path) for tree in (self._trees.base, self._trees.tip, self._trees.judged)]
        if not any(versions):
            return []  # the newer form keeps no journal
        at = Claim(path=path, tool=claim.tool, place=claim.place)
        self._contents.load(entry.blob for entry in versions if entry)
        try:
            old, tip, new = (
                drizzle.entries(self._contents.bytes_of(entry.blob)) if entry else () for entry in versions
            )
        except UnreadableError as why:
            return [unreadable(at, str(why))]
        prefix = f"{directory}/" if directory else ""
        names = (each.removeprefix(prefix) for each in self._trees.judged if each.startswith(prefix))
        files = frozenset(name.removesuffix(".sql") for name in names if name.endswith(".sql") and "/" not in name)
        return lists.journal(at, old=old, tip=tip, new=new, files=files)

    def newest(self, files: list[FileChange]) -> tuple[str, ...]:
        """What new migrations must come after, for each sequence the change touches."""
        last = (newest(self._found.existing.get(key, ())) for key in self.sequences(files))
        return tuple(sorted(claim.place.name for claim in last if claim))


def _not_yet_on_target(files: Iterable[FileChange], trees: Trees) -> list[FileChange]:
    """Without what the target has already in the same form: cherry-picked, or merged in the meantime."""
    if trees.tip is trees.base:
        return list(files)
    kept: list[FileChange] = []
    for file in files:
        entry = trees.tip.get(file.path)
        same = (
            entry is None
            if file.status == "D"
            else (entry is not None and (entry.blob, entry.mode) == (file.new_blob, file.new_mode))
        )
        if not same:
            kept.append(file)
    return kept


def judge(
    context: PolicyContext,
    *,
    rules: Rules,
    tools: tuple[str, ...] = (),
    paths: tuple[str, ...] = (),
    ignore: tuple[str, ...] = (),
    permits: Permits = lambda _step: None,
) -> Judgement:
    """Judges the net change from base to the judged tree; order and heads against the target's newest commit.

    ``tools`` limits and pins the tools, ``paths`` are globs of numbered files of no known tool, ``ignore`` globs of
    files that are no migrations. ``permits`` names the
    cutover that lets a destructive step through. Raises ``EvaluationError`` when an object cannot be had.
    """
    trees = inventory.trees_of(context)
    contents = Contents(context.repository)
    files = _not_yet_on_target(context.change.files, trees)
    found = inventory.take(files, trees, contents, tools=tools, paths=paths, ignore=ignore)
    judging = _Judge(trees, contents, found, rules)
    reviewed = Review(found, contents, rules).run(files)
    in_lists = judging.order(files, reviewed)
    moved = frozenset(found.changed) - {each.claim.path for each in reviewed.added} - reviewed.modified
    steps = NewSteps(trees, contents, found, permits)
    findings = [*reviewed.findings, *in_lists, *steps.findings(files, moved), *lookup.changed(files, found, contents)]
    return Judgement(
        findings=tuple(sorted(_distinct(findings), key=lambda each: (each.path or "", each.line or 0, each.rule))),
        counts=found.counts,
        added=order.count_by_tool(each.claim for each in reviewed.added),
        edited=reviewed.edited + sum(each.rule.startswith("migration-edited") for each in in_lists),
        removed=reviewed.removed + sum(each.rule == "migration-deleted" for each in in_lists),
        newest=judging.newest(files),
        touched=bool(found.changed),
        new=tuple(steps.postgres),
        unclaimed=found.unclaimed,
    )


def _distinct(findings: Iterable[Finding]) -> list[Finding]:
    """One finding per rule, path and message: two rules may both stumble over one unreadable file."""
    return list({(each.rule, each.path, each.message): each for each in findings}.values())
