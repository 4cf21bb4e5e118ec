"""The policies of one run with everything around them: what they may see, when they are evaluated, who waives."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from gaterunner.config.types import WAIVERS_PATH, DeclaredPolicy, Workflow
from gaterunner.contract.phases import left_out_policies
from gaterunner.evaluation import Evaluation
from gaterunner.git import Repository
from gaterunner.model import Change, GateResult, Outcome, PolicyResult
from gaterunner.plan import PlannedGate
from gaterunner.policies import POLICIES, names_in_force
from gaterunner.policies.context import DatabaseProbe, LockLint, LockRemark, PolicyContext, SecretScanner
from gaterunner.policies.forge import Forge
from gaterunner.reporters.observer import Observer

if TYPE_CHECKING:
    from gaterunner.config.law import Law
    from gaterunner.policies.context import FilesBeside, RepositoryReader
    from gaterunner.waivers.file import Waiver
    from gaterunner.waivers.ledger import Ledger


_OBJECTS_BETWEEN_COLLECTIONS = 50_000
"""How many objects may be made before Python looks for cycles, instead of 700. Policies make syntax trees of hundreds
of thousands that are in none: looking at them over and over was a sixth of the time of 2,000 commits."""


class Sources(Struct, frozen=True, kw_only=True):
    """Where policies get what no git object tells. ``pull_request`` is its number, where the run is about one."""

    secrets: SecretScanner
    environment: Mapping[str, str]
    forge: Forge | None = None
    databases: DatabaseProbe | None = None
    pull_request: int | None = None


def _lock_lint(environment: Mapping[str, str]) -> LockLint:
    """squawk, looked for only once a policy asks it."""

    def lint(texts: Sequence[str], without: Sequence[str]) -> tuple[LockRemark, ...]:
        from gaterunner.migrations import squawk

        return squawk.lint(texts, without, environment=environment)

    return lint


def _beside(root: Path) -> FilesBeside:
    """Looked for only once a policy asks."""

    def files(tracked: Collection[str], is_wanted: Callable[[str], bool]) -> Mapping[str, bytes | None]:
        from gaterunner.databases.beside import settings_beside

        return settings_beside(root, tracked, is_wanted)

    return files


class PolicyStage:
    """Made when the plan is known: ``before`` the gates, ``start`` beside them, ``results`` once they have ended.

    ``part`` says that gates of a fan-out run here: all other policies are then evaluated where the parts are collected.
    """

    def __init__(
        self,
        repository: Repository,
        change: Change,
        law: Law,
        plan: Sequence[PlannedGate],
        *,
        sources: Sources,
        observer: Observer,
        cancelled: Event,
        part: bool = False,
    ) -> None:
        left_out = left_out_policies(law.workflow, change.branch)
        workflow = without(law.workflow, left_out)
        gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
        policies = in_force(law.workflow)
        if part:
            policies = tuple(policy for policy in policies if POLICIES[policy.name].stage == "before")
        # Gates of the same user must not find the process that searches before it has closed itself to them.
        self._starting = threading.Thread(target=sources.secrets.start, name="secrets", daemon=True)
        if not change.is_empty and any(POLICIES[policy.name].searches for policy in policies):
            self._starting.start()
        context = PolicyContext(
            change=change,
            repository=_hold(
                repository, change, law.workflow, [each for each in policies if each.name not in left_out]
            ),
            secrets=sources.secrets,
            forge=sources.forge,
            workflow=workflow,
            law=law.info,
            plan=tuple(plan),
            environment=sources.environment,
            databases=sources.databases,
            beside=_beside(repository.root),
            lock_lint=_lock_lint(sources.environment),
            pull_request=sources.pull_request,
        )
        self._waiving = _Waiving(context)
        self._evaluation = Evaluation(
            policies, context, observer=observer, cancelled=cancelled, waive=self._waiving.waive, left_out=left_out
        )
        self._observer = observer
        self._part = part

    def before(self) -> str | None:
        """Evaluates what must hold before a gate may start; says why none may, None when they may."""
        broken = self._evaluation.before()
        if self._starting.is_alive():
            self._starting.join()
        if not broken:
            return None
        return f"not started: {', '.join(f'{result.name} {result.outcome.value}' for result in broken)}"

    def start(self) -> None:
        """Starts what is evaluated while the gates run."""
        self._evaluation.start()

    def results(self, gates: tuple[GateResult, ...]) -> tuple[PolicyResult, ...]:
        """All results, once the gates have ended; the last one tells of waivers, where there is something to tell."""
        results = self._evaluation.results(gates)
        told = None if self._part else self._waiving.result()
        if told is None:
            return results
        self._observer.policy_finished(told)
        return (*results, told)


class _Waiving:
    """The waivers of the law's commit and the approvals of the judged head, read once a result has need of them.

    A waivers file that cannot be understood waives nothing and is an error of the run: what it says may matter.
    """

    def __init__(self, context: PolicyContext) -> None:
        self._context = context
        self._lock = threading.Lock()
        self._ledger: Ledger | None = None
        self._waivers = _waivers(context)

    def waive(self, result: PolicyResult) -> PolicyResult:
        """The result with what is waived in it."""
        return self._opened().waive(result) if result.findings else result

    def result(self) -> PolicyResult | None:
        """What became of waivers and approvals; None where there are none."""
        if not self._waivers and self._ledger is None:
            return None
        told = self._opened().result()
        return told if self._waivers or told.findings or told.outcome is Outcome.WAIVED else None

    def _opened(self) -> Ledger:
        with self._lock:
            if self._ledger is None:
                from gaterunner.waivers.approval import find_approval
                from gaterunner.waivers.ledger import Ledger

                here = self._context
                approval = find_approval(here.forge, here.pull_request, here.change)
                self._ledger = Ledger(self._waivers, here.change, approval, datetime.now(UTC).date())
            return self._ledger


def _waivers(context: PolicyContext) -> tuple[Waiver, ...]:
    """Those of the law's commit. Raises ``WorkflowFileError`` when the file has errors, or is no plain file."""
    if context.change.is_empty:
        return ()
    path = WAIVERS_PATH
    entry = next((entry for entry in context.repository.tree(context.change.law) if entry.path == path), None)
    if entry is None:
        return ()
    from gaterunner.waivers.file import read_waivers

    (blob,) = context.repository.blobs([entry.blob])
    return read_waivers(blob.data or b"", path)


def in_force(workflow: Workflow) -> tuple[DeclaredPolicy, ...]:
    """The declared policies, after those that are always on and need not be declared."""
    declared = {policy.name: policy for policy in workflow.policies}
    return tuple(
        declared.get(name)
        or DeclaredPolicy(name=name, options=POLICIES[name].options(), position=workflow.gates[0].position)
        for name in names_in_force(tuple(declared))
    )


def without(workflow: Workflow, left_out: Collection[str]) -> Workflow:
    """The workflow as policies see it: one that is left out permits nothing either, as `cutovers` would."""
    if not left_out:
        return workflow
    return replace(workflow, policies=tuple(each for each in workflow.policies if each.name not in left_out))


def _hold(
    repository: Repository, change: Change, workflow: Workflow, policies: Sequence[DeclaredPolicy]
) -> RepositoryReader:
    """What policies read of commits and trees, before the first gate starts."""
    reads = {read for policy in policies for read in POLICIES[policy.name].reads}
    if not reads or change.is_empty:
        return repository
    from gaterunner.git.held import HeldReader
    from gaterunner.policies.history import history_of

    over = [(change.base, change.judged)]
    named = tuple(phase.done_at for phase in workflow.phases if phase.done_at is not None)
    phases = "phases" in reads
    return HeldReader(
        repository,
        records=over if "records" in reads else (),
        trees=(change.base, change.base_tip, change.law, change.judged) if "trees" in reads else (),
        hunks=over[0] if "hunks" in reads else None,
        files=change.files,
        merges=[commit for commit in change.commits if len(commit.parents) > 1] if "merges" in reads else (),
        history=history_of(change) if "history" in reads else None,
        mainlines=[(change.law, named)] if phases else (),
        messages=[(change.base, commit) for commit in (change.head, change.law)] if phases else (),
        roots=(change.base,) if "root" in reads else (),
    )
