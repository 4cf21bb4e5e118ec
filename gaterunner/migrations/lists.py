"""Files that hold or list many migrations: Liquibase's changelogs and Drizzle's journals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gaterunner.migrations.drizzle import Entry
from gaterunner.migrations.findings import Rules, error, warning, with_severity
from gaterunner.migrations.inventory import Claim
from gaterunner.migrations.liquibase import ChangeSet, duplicates
from gaterunner.model import Finding

_TOLD = 10
_APPEND = "Leave it as it is on the base and append a new changeset at the end of the changelog."


def changelog(claim: Claim, old: Sequence[ChangeSet], new: Sequence[ChangeSet], rules: Rules) -> list[Finding]:
    """Judges two versions of one changelog."""
    before, after = _by_id(old), _by_id(new)
    findings = [
        error(
            "migration-duplicate-version",
            claim.path,
            f"Liquibase: the changeset {part.id} is in the file twice.",
            "Give the new changeset an id of its own.",
            part.line,
        )
        for part in duplicates(new)
        if part.id not in {each.id for each in duplicates(old)}
    ]
    findings += _bounded(claim, [each for id, part in before.items() for each in _against(claim, part, after.get(id))])
    findings += _order(claim, list(before), new, rules)
    if not findings and not after.keys() - before.keys() and _same(before, after):
        findings.append(
            warning(
                "migration-edited-cosmetic",
                claim.path,
                "Liquibase: the changelog was edited in form only; its changesets are the same.",
                "Nothing needs to be done unless the edit was not meant.",
            )
        )
    return findings


def _bounded(claim: Claim, findings: list[Finding]) -> list[Finding]:
    """A changelog that is written anew has thousands of edited changesets; a few of a kind say it as well."""
    kept: list[Finding] = []
    for rule in dict.fromkeys(each.rule for each in findings):
        same = [each for each in findings if each.rule == rule]
        kept += same[:_TOLD]
        if len(same) > _TOLD:
            message = f"Liquibase: {len(same) - _TOLD} more changesets of this file, in the same way."
            kept.append(with_severity(same[0].severity, rule, claim.path, message, _APPEND, line=None))
    return kept


def _same(before: Mapping[str, ChangeSet], after: Mapping[str, ChangeSet]) -> bool:
    return all(after[id].up == part.up and after[id].down == part.down for id, part in before.items())


def _by_id(parts: Sequence[ChangeSet]) -> dict[str, ChangeSet]:
    found: dict[str, ChangeSet] = {}
    for part in parts:
        found.setdefault(part.id, part)
    return found


def _against(claim: Claim, old: ChangeSet, new: ChangeSet | None) -> Iterator[Finding]:
    kind = "changeset" if old.is_changeset else "entry"
    if new is None:
        message = f"Liquibase: the existing {kind} {old.id} was deleted."
        yield error("migration-deleted", claim.path, message, _APPEND)
    elif new.up != old.up and not (old.editable and new.editable):
        message = f"Liquibase: the existing {kind} {old.id} was edited; its checksum no longer matches."
        yield error("migration-edited", claim.path, message, _APPEND, new.line)
    elif new.down != old.down:
        message = f"Liquibase: the rollback of the existing {kind} {old.id} was edited."
        yield warning("migration-edited-down", claim.path, message, _APPEND, new.line)


def _order(claim: Claim, old: list[str], new: Sequence[ChangeSet], rules: Rules) -> Iterator[Finding]:
    known = set(old)
    kept = [part.id for part in new if part.id in known]
    remaining = [id for id in old if id in set(kept)]
    if list(dict.fromkeys(kept)) != remaining:
        message = "Liquibase: existing changesets stand in another order than on the base."
        yield error("migration-out-of-order", claim.path, message, "Restore their order.")
        return
    last = max((index for index, part in enumerate(new) if part.id in known), default=-1)
    for part in new[: last + 1]:
        if part.id in known or not (part.is_changeset or part.id.startswith("include")):
            continue
        message = f"Liquibase: {part.id} was inserted before {new[last].id}, which exists already."
        help = "Move it to the end of the changelog."
        yield with_severity(
            rules.order_severity(claim), "migration-out-of-order", claim.path, message, help, line=part.line
        )


def journal(
    claim: Claim, *, old: Sequence[Entry], tip: Sequence[Entry], new: Sequence[Entry], files: frozenset[str]
) -> list[Finding]:
    """Judges a Drizzle journal: ``files`` are the names (without ``.sql``) of the migrations in its directory."""
    findings: list[Finding] = []

    def add(rule: str, message: str, help: str) -> None:
        findings.append(error(rule, claim.path, f"Drizzle: {message}", help))

    if list(new[: len(old)]) != list(old):
        changed = next((entry.tag for entry, other in zip(old, new, strict=False) if entry != other), "an entry")
        if len(new) < len(old) and changed == "an entry":
            changed = old[len(new)].tag
        add(
            "migration-edited",
            f"the journal's existing entry {changed} was changed or removed.",
            "Only append entries.",
        )
    newest = max((entry.when for entry in (*old, *tip)), default=None)
    for entry in [entry for entry in new if entry not in old]:
        if newest is not None and entry.when <= newest and entry not in tip:
            help = f"Generate it again, or set its time to {newest + 1} or later."
            add(
                "migration-out-of-order",
                f"{entry.tag} has a time that is not after the newest, so it is skipped.",
                help,
            )
        if entry.tag not in files:
            add("migration-journal-inconsistent", f"the journal lists {entry.tag}, which has no file.", "Add the file.")
    listed = {entry.tag for entry in new}
    for name in sorted(files - listed - {entry.tag for entry in tip}):
        add(
            "migration-journal-inconsistent",
            f"{name}.sql is not in the journal, so it is never applied.",
            "Add it with drizzle-kit generate.",
        )
    return findings
