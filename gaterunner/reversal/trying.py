"""Runs gates for a rehearsal of going back: on old code, or on what is left after something was taken back.

Results are kept nowhere: no cache, no logs in the git directory. Folders that gates work in are gone afterwards.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Event

from msgspec import Struct
from msgspec.structs import replace

from gaterunner.baseline import Worktrees
from gaterunner.cache_home import cache_home
from gaterunner.config.types import Gate, GateKind, Position, TestRules, Workflow
from gaterunner.executors.identity import owner_of
from gaterunner.git import Repository
from gaterunner.git.worktree import overlaid
from gaterunner.model import Change, GateResult
from gaterunner.model import Event as Made
from gaterunner.plan import PlannedGate, make_plan
from gaterunner.redaction import Redactor
from gaterunner.reporters.observer import Observer
from gaterunner.reversal.types import Undone
from gaterunner.runner.elsewhere import pointed_at
from gaterunner.runner.installed import imported_from
from gaterunner.runner.stage import GateStage, Settings
from gaterunner.store.store import Store, forget
from gaterunner.temporary import TemporaryFolder

REHEARSAL: GateKind = "rollback-rehearsal"


class Trying(Struct, frozen=True, kw_only=True):
    """What gates are run with; ``observer`` and ``note`` tell how it goes on."""

    environment: Mapping[str, str]
    redactor: Redactor
    observer: Observer
    note: Callable[[str], None]
    cancelled: Event
    jobs: int | None = None


@contextmanager
def nothing_kept(repository: Repository, environment: Mapping[str, str]) -> Iterator[None]:
    """Whatever gates write among the kept results of earlier runs meanwhile is removed: no later run may rest on it."""
    rights = owner_of(repository.root)
    home = cache_home(environment)
    if home is None or not os.path.lexists(home):
        try:
            yield
        finally:
            forget(repository.layout, environment=environment, rights=rights)
        return
    with Store.open(repository.layout, environment=environment) as store:
        try:
            yield
        finally:
            store.settle(clear=True)


def try_change(repository: Repository, change: Change, workflow: Workflow, trying: Trying) -> tuple[GateResult, ...]:
    """The old code with the branch's migrations kept: the workflow's own rehearsals, or one without options.

    They were asked for, so each counts and nothing keeps it from running. Raises ``GaterunnerError`` when a command of
    a gate cannot be told.
    """
    gates = workflow.gates
    if all(gate.kind != REHEARSAL for gate in gates):
        gates = (*gates, Gate(name=REHEARSAL, position=Position(1, 1), kind=REHEARSAL))
    asked = [gate.name for gate in gates if gate.kind == REHEARSAL]
    plainly = {"advisory": False, "paths": (), "needs": ()}
    whole = replace(workflow, gates=tuple(replace(g, **plainly) if g.kind == REHEARSAL else g for g in gates))
    trees = repository.tree_view(change.law), repository.tree_view(change.judged)
    plan = make_plan(whole, change, *trees, selected=asked)
    return _run(repository, change, whole, tuple(_one_by_one(plan, asked)), trying)


def try_result(
    repository: Repository, undone: Undone, workflow: Workflow, *, onto: str, result: str, trying: Trying
) -> tuple[GateResult, ...]:
    """The workflow's commands on the commit ``result``, in which files of migrations stay as ``onto`` has them.

    Raises ``GaterunnerError`` when a command of a gate cannot be told, or the tree cannot be checked out.
    """
    kept = frozenset(undone.migrations)
    commit = (overlaid(repository, result, onto, kept.__contains__) or result) if kept else result
    counting = [gate for gate in workflow.gates if gate.kind == "command" and not gate.advisory]
    gates = tuple(_plain(gate, {each.name for each in counting}) for gate in counting)
    whole = replace(workflow, gates=gates, policies=())
    contained = workflow.executor == "docker" or any(gate.image is not None for gate in gates)
    worktrees = Worktrees(
        repository, identity=owner_of(repository.root), parent=repository.git_dir if contained else None
    )
    with (
        worktrees.of(commit, contained=contained) as folder,
        Repository.open(folder, env=trying.environment) as there,
    ):
        change = _nothing_between(commit)
        plan = make_plan(whole, change, there.tree_view(commit), None)
        environment = pointed_at(
            trying.environment, checkout=repository.root, instead=there.root, tracked=_tracked(repository)
        )
        trying.note(f"gates run on what is left without {undone.name}")
        return _run(there, change, whole, plan, replace(trying, environment=environment))


def imported_instead(repository: Repository, result: str, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Files that gates may have imported from the checkout instead of the commit ``result``, where they differ."""
    head = repository.head_commit()
    changed = repository.diff_files(result, head) if head is not None else ()
    return imported_from(repository.root, (file.path for file in changed), environment, _tracked(repository))


def _tracked(repository: Repository) -> frozenset[str]:
    head = repository.head_commit()
    return frozenset(entry.path for entry in repository.tree(head)) if head is not None else frozenset()


def _run(
    repository: Repository, change: Change, workflow: Workflow, plan: tuple[PlannedGate, ...], trying: Trying
) -> tuple[GateResult, ...]:
    """The results of the gates of the plan that it does not leave out; of those alone is told how they go on."""
    logs = TemporaryFolder()
    stage = GateStage(
        repository,
        change,
        workflow,
        plan,
        settings=Settings(jobs=trying.jobs, keep_going=True, fresh=True, cache=None, image_digest=None),
        environment=trying.environment,
        redactor=trying.redactor,
        logs=logs.path,
        run_name=f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}",
    )
    try:
        running = frozenset(planned.gate.name for planned in plan if planned.skip is None)
        results = stage.run(_Watching(trying.observer, running), trying.cancelled)
        return tuple(_without_logs(result) for result in results if result.name in running)
    finally:
        logs.remove()


def _without_logs(result: GateResult) -> GateResult:
    """What is left of a result when the folder of its logs is gone: their last lines."""
    return replace(
        result,
        log=None,
        tries=tuple(replace(attempt, log=None) for attempt in result.tries),
        services=tuple(replace(use, log=None) for use in result.services),
    )


def _one_by_one(plan: tuple[PlannedGate, ...], asked: Sequence[str]) -> Iterator[PlannedGate]:
    """The plan with all that was asked for in it, one after the other: they apply migrations in the same tree."""
    before: tuple[str, ...] = ()
    for planned in plan:
        if planned.declared in asked:
            yield replace(planned, after=before, skip=None, skip_reason="")
            before = (planned.gate.name,)
        else:
            yield planned


class _Watching:
    """An ``Observer`` that is told of some gates only."""

    def __init__(self, observer: Observer, names: Container[str]) -> None:
        self._observer = observer
        self._names = names
        self.started = observer.started
        self.gate_started = observer.gate_started
        self.gate_output = observer.gate_output
        self.policy_finished = observer.policy_finished
        self.finished = observer.finished

    def gate_finished(self, result: GateResult) -> None:
        if result.name in self._names:
            self._observer.gate_finished(result)


def _plain(gate: Gate, others: Container[str]) -> Gate:
    """The gate without what is compared with a base, and on every change; of its needs what is run at all."""
    return replace(
        gate,
        paths=(),
        inputs=(),
        test_rules=TestRules(minimum=gate.test_rules.minimum),
        coverage=None,
        telemetry=None,
        needs=None if gate.needs is None else tuple(name for name in gate.needs if name in others),
    )


def _nothing_between(commit: str) -> Change:
    return Change(
        event=Made.LOCAL,
        base=commit,
        base_tip=commit,
        law=commit,
        head=commit,
        judged=commit,
        merge=None,
        branch=None,
        target=None,
        dirty=False,
        commits=(),
        files=(),
    )
