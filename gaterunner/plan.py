"""From a workflow and a change to what runs, what is skipped, and why. Pure: it reads through ``Tree`` only."""

from __future__ import annotations

import heapq
import posixpath
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from gaterunner.config.nearest import nearest
from gaterunner.config.types import Gate, Position, Workflow
from gaterunner.errors import UsageError, WorkflowFileError
from gaterunner.model import Change, Problem, Skip, Trouble

if TYPE_CHECKING:
    from gaterunner.config.conventions import Conventions, Resolution, Tree, Unresolved

GATE_KINDS = ("command",)
"""The kinds of gates that this version can run."""


class PlannedGate(Struct, frozen=True, kw_only=True):
    """A gate with its command resolved, in the order of execution.

    ``command`` is what the shell gets; ``why`` says where it comes from ("Makefile target `unit`", "declared in
    .gaterunner.yml:4"). ``needs`` are the gates that it waits for, given or implied by its place in the list. When
    ``skip`` is set the gate does not run and ``skip_reason`` says why. ``image`` is the one that the gate runs in, None
    where it runs on this machine. ``shard`` is which part of the gate this is: number (from 1) and total. ``declared``
    is the name in the workflow file, which differs from ``gate.name`` for one of several states of flags, and ``env``
    what the state of the flags adds to the gate's own.
    """

    gate: Gate
    command: str
    why: str
    declared: str = ""
    image: str | None = None
    shard: tuple[int, int] = (1, 1)
    env: tuple[tuple[str, str], ...] = ()
    needs: tuple[str, ...] = ()
    skip: Skip | None = None
    skip_reason: str = ""


def make_plan(
    workflow: Workflow,
    change: Change | None,
    base_tree: Tree,
    head_tree: Tree | None,
    *,
    selected: Sequence[str] = (),
) -> tuple[PlannedGate, ...]:
    """Every gate of the workflow in the order of execution, with its command, its reason and whether it is skipped.

    The base's tree says what a bare name means; the head's is asked only for names that the base does not declare, and
    the reason then says so. ``selected`` (from ``--gate``) runs only what it names: what a named gate needs is not
    run with it, and the named gate's reason says so.

    Raises ``UsageError`` for an unknown selected name, and ``WorkflowFileError`` with every name that resolves to
    nothing and every broken glob, each at its gate's position. The grammar has
    already seen to it that needs are known and free of cycles.
    """
    _check_selected(workflow, selected)
    problems: list[Problem] = []
    needs = effective_needs(workflow.gates)
    order = _ordered(workflow.gates, needs)
    commands = _commands(workflow, change, base_tree, head_tree, problems)
    globs = _Globs(workflow, problems)
    planned: list[PlannedGate] = []
    for gate in order:
        skip, reason = _skip(gate, change, selected, globs)
        command, why = commands.get(gate.name, ("", ""))
        left_out = [name for name in needs[gate.name] if selected and name not in selected]
        if skip is None and left_out:
            why = f"{why}; without {', '.join(left_out)}, which it needs and --gate left out"
        planned.append(
            PlannedGate(gate=gate, command=command, why=why, needs=needs[gate.name], skip=skip, skip_reason=reason)
        )
    if problems:
        told = sorted(problems, key=lambda problem: (problem.line or 0, problem.column or 0))
        last = replace(told[-1], help=f"{told[-1].help or ''}{_found(workflow, commands)}")
        raise WorkflowFileError((*told[:-1], last))
    return tuple(planned)


# --- selection -------------------------------------------------------------------------------------------------------


def _check_selected(workflow: Workflow, selected: Sequence[str]) -> None:
    known = [gate.name for gate in workflow.gates]
    unknown = [name for name in dict.fromkeys(selected) if name not in set(known)]
    if not unknown:
        return
    named = ", ".join(f"`{name}`" for name in unknown)
    close = [f"`{found}`" for name in unknown if (found := nearest(name, known))]
    hint = f"Did you mean {', '.join(dict.fromkeys(close))}? " if close else ""
    raise UsageError(
        f"--gate names {named}, but {workflow.path} declares no such gate",
        help=f"{hint}Its gates are: {', '.join(known)}.",
    )


def _skip(gate: Gate, change: Change | None, selected: Sequence[str], globs: _Globs) -> tuple[Skip | None, str]:
    if selected and gate.name not in selected:
        return Skip.NOT_SELECTED, f"--gate named only {', '.join(dict.fromkeys(selected))}"
    # A change without files is run: it may be one whose files are not known, and running too much is never wrong.
    if not gate.paths or change is None or not change.files:
        return None, ""
    if globs.touched(gate, change):
        return None, ""
    count = len(change.files)
    return (
        Skip.NOT_APPLICABLE,
        f"none of the {count} changed file{'s' if count != 1 else ''} matches `paths`: {', '.join(gate.paths)}",
    )


class _Globs:
    """The compiled ``paths`` of a workflow; each distinct list is compiled and matched once."""

    def __init__(self, workflow: Workflow, problems: list[Problem]) -> None:
        self._matchers: dict[tuple[str, ...], Callable[[str], bool]] = {}
        self._touched: dict[tuple[str, ...], bool] = {}
        for gate in workflow.gates:
            if gate.paths and gate.paths not in self._matchers:
                self._compile(gate, workflow, problems)

    def _compile(self, gate: Gate, workflow: Workflow, problems: list[Problem]) -> None:
        from wcmatch import glob  # loaded only when a workflow has `paths`

        flags = glob.GLOBSTAR | glob.DOTGLOB | glob.BRACE | glob.NEGATE | glob.NEGATEALL | glob.CASE | glob.FORCEUNIX
        patterns = [each for pattern in gate.paths for each in _with_contents(pattern)]
        try:
            self._matchers[gate.paths] = glob.compile(patterns, flags=flags).match
        except Exception as error:  # noqa: BLE001 -- wcmatch and `re` raise several unrelated types for a bad pattern
            message = f"gate `{gate.name}`: `paths` holds a glob that cannot be used: {error}"
            problems.append(_problem(workflow, gate.position, message, "Write a simpler glob, such as `src/**/*.py`."))

    def touched(self, gate: Gate, change: Change) -> bool:
        """True when a changed file matches, on either side of a move, or when that cannot be told."""
        if gate.paths not in self._touched:
            matches = self._matchers.get(gate.paths)
            self._touched[gate.paths] = matches is None or any(matches(file.path) for file in change.files)
        return self._touched[gate.paths]


def _with_contents(pattern: str) -> tuple[str, ...]:
    """A pattern also covers everything below a directory of that name: ``src`` and ``src/`` mean ``src/**`` too."""
    sign = "!" if pattern.startswith("!") else ""
    plain = pattern.removeprefix("!").removeprefix("./").strip("/")
    return (sign + plain, f"{sign}{plain}/**") if plain and plain != "." else (f"{sign}**",)


# --- order -----------------------------------------------------------------------------------------------------------


def effective_needs(gates: Sequence[Gate]) -> dict[str, tuple[str, ...]]:
    """What each gate waits for: what its ``needs`` says, or without one the gate above it in the list."""
    needs: dict[str, tuple[str, ...]] = {}
    above: tuple[str, ...] = ()
    for gate in gates:
        needs[gate.name] = above if gate.needs is None else tuple(dict.fromkeys(gate.needs))
        above = (gate.name,)
    return needs


def _ordered(gates: Sequence[Gate], needs: dict[str, tuple[str, ...]]) -> tuple[Gate, ...]:
    """The gates so that each comes after what it needs, otherwise as they are listed."""
    index = {gate.name: number for number, gate in enumerate(gates)}
    waiting = {gate.name: set(needs[gate.name]) for gate in gates}
    followers: dict[str, list[str]] = {name: [] for name in index}
    for gate in gates:
        for name in needs[gate.name]:
            followers[name].append(gate.name)
    ready = [index[name] for name, needed in waiting.items() if not needed]
    heapq.heapify(ready)
    ordered: list[Gate] = []
    while ready:
        gate = gates[heapq.heappop(ready)]
        ordered.append(gate)
        for name in followers[gate.name]:
            waiting[name].discard(gate.name)
            if not waiting[name]:
                heapq.heappush(ready, index[name])
    if len(ordered) < len(gates):
        raise ValueError("gates wait for each other; the grammar lets no such workflow through")
    return tuple(ordered)


# --- commands --------------------------------------------------------------------------------------------------------

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
        at_base = self._conventions(self._base, directory, base=True).resolve(gate.name)
        if isinstance(at_base, Resolution):
            path = at_base.path and posixpath.normpath(posixpath.join(directory, at_base.path))
            note = f"; the branch changes {path}" if path in self._changed else ""
            return self._told(at_base, directory, after=note)
        if self._head is None:
            return at_base
        at_head = self._conventions(self._head, directory, base=False).resolve(gate.name)
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


def _commands(
    workflow: Workflow, change: Change | None, base_tree: Tree, head_tree: Tree | None, problems: list[Problem]
) -> dict[str, tuple[str, str]]:
    """Command and reason by gate name; a name that resolves to nothing becomes a problem instead."""
    law = _Law(base_tree, head_tree, change)
    commands: dict[str, tuple[str, str]] = {}
    unresolved = 0
    for gate in workflow.gates:
        if gate.run is not None:
            commands[gate.name] = (gate.run, f"declared in {workflow.path}:{gate.position.line}")
            continue
        if unresolved >= _MAX_TOLD:
            problems.append(_problem(workflow, gate.position, f"gate `{gate.name}` was not looked for", _TOO_MANY))
            continue
        from gaterunner.config.conventions import Resolution  # here and above: a workflow without bare names needs none

        found = law.resolve(gate)
        if isinstance(found, Resolution):
            commands[gate.name] = (found.command, found.why)
            continue
        unresolved += 1
        problems.append(_problem(workflow, gate.position, found.message, _kinds_told(gate.name) + found.help))
    return commands


def _found(workflow: Workflow, commands: dict[str, tuple[str, str]]) -> str:
    """What the other bare names became: who has to repair one wants to know that the rest is as it should be."""
    found = [f"`{gate.name}` is `{commands[gate.name][0]}`" for gate in workflow.gates if _is_looked_up(gate, commands)]
    more = f" and {len(found) - _MAX_FOUND} more" if len(found) > _MAX_FOUND else ""
    return f" Found for the others: {', '.join(found[:_MAX_FOUND])}{more}." if found else ""


def _is_looked_up(gate: Gate, commands: dict[str, tuple[str, str]]) -> bool:
    return gate.run is None and gate.name in commands


def _kinds_told(name: str) -> str:
    """For a name with parameters in it, as built-in kinds have them: the kinds that this version has."""
    if not _LIKE_A_KIND.search(name):
        return ""
    return f"It looks like a built-in gate kind; this version has: {', '.join(GATE_KINDS)}. "


# A window (`24h`) or a service's name inside a gate's name, as in `staging-sentry-24h-clean`.
_LIKE_A_KIND = re.compile(r"(?:^|-)(?:\d+(?:s|m|h|d|w)|sentry)(?:-|$)")

_TOO_MANY = f"{_MAX_TOLD} names above it resolve to nothing; repair those first."


def _problem(workflow: Workflow, position: Position, message: str, help: str) -> Problem:
    return Problem(
        trouble=Trouble.WORKFLOW_FILE,
        message=message,
        path=workflow.path,
        line=position.line,
        column=position.column,
        help=help,
    )
