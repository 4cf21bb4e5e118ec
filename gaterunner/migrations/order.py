"""Versions and order: of migrations by their names, by their graph, by Drizzle's journal, by a changelog."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gaterunner.migrations.findings import Rules, error, newest, with_severity
from gaterunner.migrations.inventory import Claim
from gaterunner.migrations.kinds import Role
from gaterunner.migrations.names import renumbered
from gaterunner.model import Finding


def by_name(added: Sequence[Claim], existing: tuple[Claim, ...], rules: Rules) -> list[Finding]:
    """Judges the new migrations of one sequence against the target's. Names in the fixes follow each other."""
    findings: list[Finding] = []
    taken = {_version(claim): claim for claim in existing if _counts(claim)}
    last = newest(existing)
    steps = 0
    for claim in sorted(added, key=lambda claim: claim.place.order):
        if not _counts(claim):
            continue
        twin = taken.get(_version(claim))
        below = last is not None and claim.place.role is Role.UP and claim.place.order < last.place.order
        if twin is not None or below:
            steps += 1
        if twin is not None:
            findings.append(_duplicate(claim, twin, last or twin, steps))
        elif below and last is not None:
            findings.append(_below(claim, last, steps, rules))
        taken.setdefault(_version(claim), claim)
    return findings


def _counts(claim: Claim) -> bool:
    return bool(claim.place.order) and claim.place.role in (Role.UP, Role.BASELINE)


def _version(claim: Claim) -> tuple[Role, str]:
    return (claim.place.role, claim.place.version)


def _duplicate(claim: Claim, twin: Claim, last: Claim, steps: int) -> Finding:
    if twin.path == claim.path:
        message = f"{claim.tool.title}: the target branch has another migration of this name by now."
    else:
        message = f"{claim.tool.title}: the version of this migration is already taken by {twin.path}."
    newer = max(last, twin, key=lambda each: each.place.order)
    help = f"Rename it to {renumbered(claim.path, newer.path, steps)}."
    return error("migration-duplicate-version", claim.path, message, help)


def _below(claim: Claim, last: Claim, steps: int, rules: Rules) -> Finding:
    effect = (
        "databases that are up to date skip or refuse it"
        if claim.tool.linear
        else "new databases apply it earlier than existing ones"
    )
    message = f"{claim.tool.title}: the new migration sorts below {last.path}, the newest on the target; {effect}."
    help = f"Rename it to {renumbered(claim.path, last.path, steps)}."
    return with_severity(rules.order_severity(claim), "migration-out-of-order", claim.path, message, help, line=None)


def count_by_tool(claims: Iterable[Claim]) -> dict[str, int]:
    """How many of the claims are migrations of their own, by the tool's title."""
    counts: dict[str, int] = {}
    for claim in claims:
        if claim.place.role is not Role.DOWN:
            counts[claim.tool.title] = counts.get(claim.tool.title, 0) + 1
    return counts
