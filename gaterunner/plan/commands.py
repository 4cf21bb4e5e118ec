"""What each gate's name means: its command and where that comes from."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from gaterunner.config.types import Gate, SentryRules, Workflow
from gaterunner.gates.wording import duration
from gaterunner.model import Change, Problem
from gaterunner.plan.problems import workflow_problem
from gaterunner.plan.types import GATE_KINDS

if TYPE_CHECKING:
    from gaterunner.config.conventions import Conventions, Resolution, Tree, Unresolved

# How many unresolved names get the whole list of places; comparing thousands of names would take seconds.
_MAX_TOLD = 50
_MAX_FOUND = 12


class _Law:
    """What names mean at the base, and where the base is silent, on the branch itself; one reading per directory."""

    def __init__(self, base_tree: Tree, head_tree: Tree | None, change: Change | None) -> None:
        self._base = base_tree
        self._head = head_tree
        self._changed = frozenset(file.path for file in change.files) if change else frozenset()
        self._read: dict[tuple[bool, str], Conventions] = {}

    def resolve(self, gate: Gate) -> Resolution | Unresolved:
        from gaterunner.config.conventions import Resolution, Unresolved

        directory = posixpath.normpath(gate.cwd)
        at_base = _resolved(gate, self._conventions(self._base, directory, base=True))
        if isinstance(at_base, Resolution):
            path = at_base.path and posixpath.normpath(posixpath.join(directory, at_base.path))
            note = f"; the branch changes {path}" if path in self._changed else ""
            return self._told(at_base, directory, after=note)
        if self._head is None:
            return at_base
        at_head = _resolved(gate, self._conventions(self._head, directory, base=False))
        if isinstance(at_head, Unresolved):
            return at_base if at_base.faulty and not at_head.faulty else at_head
        note = f"; the base's {at_base.faulty} cannot be read" if at_base.faulty else "; the base declares none"
        return self._told(at_head, directory, before="declared by the branch itself: ", after=note)

    def _conventions(self, tree: Tree, directory: str, *, base: bool) -> Conventions:
        from gaterunner.config.conventions import Conventions, Subtree

        key = (base, directory)
        if key not in self._read:
            self._read[key] = Conventions(tree if directory == "." else Subtree(tree, directory))
        return self._read[key]

    def _told(self, found: Resolution, directory: str, *, before: str = "", after: str = "") -> Resolution:
        where = "" if directory == "." else f"in {directory}: "
        return replace(found, why=f"{before}{where}{found.why}{after}")


def _resolved(gate: Gate, conventions: Conventions) -> Resolution | Unresolved:
    """What a gate executes: a rehearsal goes by the tool that keeps the migrations, everything else by its name."""
    if gate.kind in ("migration-rehearsal", "rollback-rehearsal"):
        return conventions.migrations(gate.name)
    return conventions.resolve(gate.name)


def commands_of(
    workflow: Workflow, change: Change | None, base_tree: Tree, head_tree: Tree | None, problems: list[Problem]
) -> dict[str, tuple[str, str]]:
    """Command and reason by gate name; a name that resolves to nothing becomes a problem instead."""
    law = _Law(base_tree, head_tree, change)
    commands: dict[str, tuple[str, str]] = {}
    unresolved = 0
    for gate in workflow.gates:
        if gate.sentry is not None:
            commands[gate.name] = ("", _asking(gate.sentry))
            continue
        if gate.kind == "rollback-rehearsal":
            commands[gate.name] = _going_back(gate, workflow, law)
            continue
        if gate.run is not None:
            commands[gate.name] = (gate.run, f"declared in {workflow.path}:{gate.position.line}")
            continue
        if unresolved >= _MAX_TOLD:
            problems.append(
                workflow_problem(workflow, gate.position, f"gate `{gate.name}` was not looked for", _TOO_MANY)
            )
            continue
        from gaterunner.config.conventions import Resolution  # here and above: a workflow without bare names needs none

        found = law.resolve(gate)
        if isinstance(found, Resolution):
            commands[gate.name] = (found.command, found.why)
            continue
        unresolved += 1
        problems.append(workflow_problem(workflow, gate.position, found.message, _kinds_told(gate.name) + found.help))
    return commands


def _going_back(gate: Gate, workflow: Workflow, law: _Law) -> tuple[str, str]:
    """What applies migrations for a rehearsal of the way back, empty where nothing does, and what is done with it."""
    from gaterunner.config.conventions import Resolution

    told = f"runs {', '.join(gate.gates) or 'other gates'} on the base's code"
    if workflow.database is None or workflow.database.service is None:
        return "", f"{told}; there is no develop database to migrate"
    # The same migrations as are rehearsed forwards, by the same command.
    forwards = next((other for other in workflow.gates if other.kind == "migration-rehearsal"), gate)
    by = gate if gate.run is not None else forwards
    if by.run is not None:
        return by.run, f"{told}, migrated before as declared in {workflow.path}:{by.position.line}"
    found = law.resolve(by)
    if isinstance(found, Resolution):
        return found.command, f"{told}, migrated before by {found.why}"
    return "", f"{told}; no tool that applies migrations is recognised"


def found_for_others(workflow: Workflow, commands: dict[str, tuple[str, str]]) -> str:
    """What the other bare names became: who has to repair one wants to know that the rest is as it should be."""
    found = [f"`{gate.name}` is `{commands[gate.name][0]}`" for gate in workflow.gates if _is_looked_up(gate, commands)]
    more = f" and {len(found) - _MAX_FOUND} more" if len(found) > _MAX_FOUND else ""
    return f" Found for the others: {', '.join(found[:_MAX_FOUND])}{more}." if found else ""


def _is_looked_up(gate: Gate, commands: dict[str, tuple[str, str]]) -> bool:
    return gate.run is None and gate.kind not in _NOT_LOOKED_UP and gate.name in commands


def _asking(rules: SentryRules) -> str:
    """What a gate does that executes nothing."""
    return (
        f"asks Sentry whether the release {rules.release} was clean in {rules.environment} for "
        f"{duration(rules.window_s)} after its deploy, by {rules.traffic}"
    )


_NOT_LOOKED_UP = ("sentry-clean", "rollback-rehearsal")


def _kinds_told(name: str) -> str:
    """For a name with parameters in it, as built-in kinds have them: the kinds that this version has."""
    if not _LIKE_A_KIND.search(name):
        return ""
    kinds = ", ".join(GATE_KINDS)
    return f"It looks like a built-in gate kind; this version has: {kinds} (as `staging-sentry-24h-clean`). "


# A window (`24h`) or a service's name inside a gate's name, as in `staging-sentry-24h-clean`.
_LIKE_A_KIND = re.compile(r"(?:^|-)(?:\d+(?:s|m|h|d|w)|sentry)(?:-|$)")

_TOO_MANY = f"{_MAX_TOLD} names above it resolve to nothing; repair those first."
