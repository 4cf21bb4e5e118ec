"""The graph rules: one head, nothing missing, no cycle, no revision twice, nothing slipped in ahead."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from gaterunner.migrations import alembic, django, graph, names
from gaterunner.migrations.findings import error, unreadable, warning
from gaterunner.migrations.graph import Node
from gaterunner.migrations.inventory import Claim
from gaterunner.model import Finding


class Versions(Struct, frozen=True, kw_only=True):
    """One graph's files: the target's, and the same with the change applied. ``changed`` are paths of the latter."""

    before: Mapping[str, bytes]
    after: Mapping[str, bytes]
    changed: frozenset[str]


def check(claim: Claim, versions: Versions) -> list[Finding]:
    """Judges one graph; ``claim`` is any changed file of it, for the tool and for findings about the whole."""
    read = django.nodes if claim.tool.graph == "django" else alembic.nodes
    before, _ = read(sorted(versions.before.items()), changed=frozenset())
    after, broken = read(sorted(versions.after.items()), changed=versions.changed)
    findings = [unreadable(_claim_at(claim, path), why) for path, why in broken.items()]
    if broken:  # what the rest of the graph then lacks is only a consequence
        return findings
    changed = [node for node in after if node.path in versions.changed]
    findings += _duplicates(claim, changed, after)
    findings += _missing(claim, before, after, versions.changed)
    findings += _slipped_in(claim, changed, {node.id for node in before})
    if not findings:  # heads of a broken graph say nothing
        findings += _heads(claim, before, after, versions.changed)
    return findings


def _claim_at(claim: Claim, path: str) -> Claim:
    return Claim(path=path, tool=claim.tool, place=claim.place)


def _duplicates(claim: Claim, changed: list[Node], after: list[Node]) -> list[Finding]:
    findings: list[Finding] = []
    for node in changed:
        twin = next((other for other in after if other.id == node.id and other.path != node.path), None)
        if twin:
            message = f"{claim.tool.title}: the revision {node.id} is already that of {twin.path}."
            help = "Give the new migration a revision of its own."
            findings.append(error("migration-duplicate-version", node.path, message, help))
    return findings


def _missing(claim: Claim, before: list[Node], after: list[Node], changed: frozenset[str]) -> list[Finding]:
    known = {(node.path, id) for node, id in graph.missing(before)}
    findings: list[Finding] = []
    for node, id in graph.missing(after):
        if (node.path, id) not in known:
            path = node.path if node.path in changed else claim.path
            message = f"{claim.tool.title}: {node.path} builds on {id}, which is in no file."
            help = "Name an existing migration, or restore the missing one."
            findings.append(error("migration-graph-broken", path, message, help))
    cycle = graph.cycle(after)
    if cycle and not graph.cycle(before):
        message = f"{claim.tool.title}: these migrations build on each other: {', '.join(cycle[:5])}."
        findings.append(error("migration-graph-broken", claim.path, message, "Let each build on an older one."))
    return findings


def _slipped_in(claim: Claim, changed: list[Node], existing: set[str]) -> list[Finding]:
    findings: list[Finding] = []
    for node in changed:
        ahead = [id for id in node.before if id in existing]
        if ahead:
            message = f"{claim.tool.title}: run_before puts the new migration ahead of the existing {ahead[0]}."
            help = "Drop run_before and depend on the newest migration."
            findings.append(error("migration-out-of-order", node.path, message, help))
        elif node.before_others:
            message = f"{claim.tool.title}: run_before puts the new migration ahead of {node.before_others[0]}."
            help = "Make sure that no database has applied that one yet."
            findings.append(warning("migration-out-of-order", node.path, message, help))
    return findings


def _heads(claim: Claim, before: list[Node], after: list[Node], changed: frozenset[str]) -> list[Finding]:
    old, new = graph.heads(before), graph.heads(after)
    if len(new) <= max(1, len(old)):
        return []
    mine = [node for node in new if node.path in changed]
    others = [node for node in new if node.path not in changed] or mine[:1]
    last = max(others, key=lambda node: (node.number, node.path))
    findings: list[Finding] = []
    for node in [node for node in mine if node is not last] or mine:
        if graph.branch_of(node, after) - graph.branch_of(last, after) and any(each.labels for each in before):
            message = f"{claim.tool.title}: the new migration starts or extends a labelled branch of its own."
            help = f"Build on {last.id} unless a separate branch is meant."
            findings.append(warning("migration-multiple-heads", node.path, message, help))
            continue
        message = (
            f"{claim.tool.title}: the change leaves {len(new)} heads: {', '.join(head.id for head in new[:5])}; "
            "the tool does not know which one comes last."
        )
        findings.append(error("migration-multiple-heads", node.path, message, _fix(claim, node, last)))
    return findings


def _fix(claim: Claim, node: Node, last: Node) -> str:
    if claim.tool.graph == "alembic":
        return f"Set down_revision of {node.id} to {last.id!r}, the target's newest revision."
    path = names.renumbered(node.path, last.path) if node.number and last.number else node.path
    rename = f"Rename it to {path} and" if path != node.path else "Let it"
    return f"{rename} depend on {last.id!r}, the target's newest migration of this app."
