"""What rehearsing the way back needs of the repository: the base's code with the branch's migrations laid over it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from gaterunner.baseline import Worktrees
from gaterunner.config.types import TestRules, Workflow
from gaterunner.contract.phases import left_out_gates, phase_of
from gaterunner.errors import EvaluationError
from gaterunner.git.repository import Repository
from gaterunner.git.worktree import overlaid
from gaterunner.migrations.inventory import Inventory
from gaterunner.migrations.kinds import Role
from gaterunner.model import Change
from gaterunner.plan import PlannedGate, whole_name
from gaterunner.runner.rehearsals import holds_none, inventory_of, kept_of, migrations_of

if TYPE_CHECKING:
    from gaterunner.contract.held import Held

_NOT_APPLIED = (Role.DOWN, Role.JOURNAL, Role.COMPANION, Role.EXEMPT)


class Rollbacks:
    """Made before the first gate starts, as what commits hold is looked up then. Used from several threads.

    ``kept`` are the changed files of migrations that a rollback of the code leaves where they are. ``moved`` are the
    migrations that come or go, so that a database must tell, and ``due`` also those that are applied anew when they are
    edited. ``code`` are all other changed files. ``is_first`` says that the base holds no migration at all: there is
    nothing of it to apply then. ``has_server`` says whether there is a develop database. ``base`` is its commit,
    ``old`` one with its code and what is kept.
    """

    def __init__(
        self,
        repository: Repository,
        change: Change,
        workflow: Workflow,
        worktrees: Worktrees,
        plan: Sequence[PlannedGate],
    ) -> None:
        """Raises ``EvaluationError`` when git cannot tell what the trees hold."""
        trees = {commit: repository.tree(commit) for commit in (change.base, change.judged)}
        found = inventory_of(repository, change.files, workflow, trees[change.base], trees[change.judged])
        status = {file.path: file.status for file in change.files}
        touched = migrations_of(found, change.files)
        self.code = tuple(sorted(status.keys() - set(touched)))
        self.kept = kept_of(touched)
        self.moved = tuple(path for path in touched if status[path] in {"A", "D"} and _is_applied(found, path))
        edited = (path for path in touched if status[path] in {"M", "T"} and _is_applied_again(found, path))
        self.due = (*self.moved, *edited)
        self.is_first = any(status[path] == "A" for path in self.moved) and holds_none(found, trees[change.base])
        self.has_server = workflow.database is not None and workflow.database.service is not None
        self.base = change.base
        laid = overlaid(
            repository, change.base, change.judged, frozenset(self.kept).__contains__, entries_of=trees.__getitem__
        )
        self.old = laid or change.base
        self._held = {
            commit: {entry.path: entry.blob for entry in trees.get(commit) or repository.tree(commit)}
            for commit in (self.base, self.old)
        }
        self._worktrees = worktrees
        self._left_out = left_out_gates(workflow, change.branch)
        self._plan = plan
        self._spec = _spec_of(repository, workflow, change)

    def gates(self, planned: PlannedGate) -> tuple[PlannedGate, ...]:
        """The gates to run on the old code, each whole and asked for nothing but whether it passes.

        Those that the spec names, else those that the gate names, else all commands that apply to the phase and count.
        Raises ``EvaluationError`` when the spec cannot be read, or names one that cannot be run.
        """
        named = self._named_by_spec() or planned.gate.gates
        commands = [each for each in self._plan if each.gate.kind == "command"]
        for name in named:
            if all(each.declared != name for each in commands):
                raise EvaluationError(
                    f"the spec names the gate `{name}` for the way back, and the workflow has no such command",
                    help="correct `rollback: gates:` of the spec on the target branch",
                )
        chosen = [each for each in commands if (each.declared in named if named else self._counts(each))]
        return tuple({whole.gate.name: whole for whole in map(_plain, chosen)}.values())

    def _named_by_spec(self) -> tuple[str, ...]:
        held = self._spec
        if held is None or (held.spec is None and not held.is_broken):
            return ()
        if held.spec is None:
            raise EvaluationError(
                f"the spec {held.path} cannot be read, so that what it asks for on the way back is not known",
                help="`gaterunner validate` names what is wrong with it",
            )
        return held.spec.rollback.gates if held.spec.rollback is not None else ()

    def committed(self, commit: str) -> dict[str, str]:
        """The blobs of ``base`` or ``old`` by path, so that what is checked out does not count as written."""
        return self._held[commit]

    def checkout(self, commit: str, *, contained: bool) -> AbstractContextManager[Path]:
        """A folder with a commit checked out, ``contained`` for a gate in a container. Raises ``EvaluationError``."""
        return self._worktrees.of(commit, contained=contained)

    def _counts(self, planned: PlannedGate) -> bool:
        return planned.declared not in self._left_out and not planned.gate.advisory


def _is_applied(found: Inventory, path: str) -> bool:
    claim = found.changed.get(path)
    return claim is None or claim.place.role not in _NOT_APPLIED


def _is_applied_again(found: Inventory, path: str) -> bool:
    claim = found.changed.get(path)
    return claim is not None and claim.place.role in (Role.REPEATABLE, Role.CHANGELOG)


def _plain(planned: PlannedGate) -> PlannedGate:
    """The gate without what is compared with the base, or is asked of the change."""
    gate = replace(
        planned.gate,
        name=whole_name(planned.gate.name, planned.shard),
        test_rules=TestRules(),
        coverage=None,
        telemetry=None,
        advisory=False,
    )
    return replace(planned, gate=gate, shard=(1, 1), needs=(), after=(), skip=None, skip_reason="")


def _spec_of(repository: Repository, workflow: Workflow, change: Change) -> Held | None:
    """The spec of the branch's phase: the law's, and only where the law has none (its first adoption) the branch's."""
    phase = phase_of(workflow, change.branch)
    if phase is None:
        return None
    from gaterunner.contract.held import spec_at, spec_path

    path = spec_path(workflow, phase.name)
    law = spec_at(repository, change.law, path, phase.name)
    return law if law.spec is not None or law.is_broken else spec_at(repository, change.judged, path, phase.name)
