"""The policies of one run with everything around them: what they may see, when they are evaluated, who waives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Event
from typing import TYPE_CHECKING

from msgspec import Struct

from gaterunner.config.types import DeclaredPolicy, Workflow
from gaterunner.evaluation import Evaluation
from gaterunner.git import Repository
from gaterunner.model import Change, GateResult, PolicyResult
from gaterunner.plan import PlannedGate
from gaterunner.policies import POLICIES
from gaterunner.policies.context import PolicyContext, SecretScanner
from gaterunner.policies.forge import Forge
from gaterunner.reporters.observer import Observer

if TYPE_CHECKING:
    from gaterunner.config.law import Law
    from gaterunner.policies.context import RepositoryReader


class Sources(Struct, frozen=True, kw_only=True):
    """Where policies get what no git object tells. ``pull_request`` is its number, where the run is about one."""

    secrets: SecretScanner
    environment: Mapping[str, str]
    forge: Forge | None = None
    pull_request: int | None = None


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
        policies = in_force(law.workflow)
        if part:
            policies = tuple(policy for policy in policies if POLICIES[policy.name].stage == "before")
        context = PolicyContext(
            change=change,
            repository=_hold(repository, change, policies),
            secrets=sources.secrets,
            forge=sources.forge,
            workflow=law.workflow,
            law=law.info,
            plan=tuple(plan),
            environment=sources.environment,
            pull_request=sources.pull_request,
        )
        self._evaluation = Evaluation(policies, context, observer=observer, cancelled=cancelled)

    def before(self) -> str | None:
        """Evaluates what must hold before a gate may start; says why none may, None when they may."""
        broken = self._evaluation.before()
        if not broken:
            return None
        return f"not started: {', '.join(f'{result.name} {result.outcome.value}' for result in broken)}"

    def start(self) -> None:
        """Starts what is evaluated while the gates run."""
        self._evaluation.start()

    def results(self, gates: tuple[GateResult, ...]) -> tuple[PolicyResult, ...]:
        """All results, once the gates have ended."""
        return self._evaluation.results(gates)


def in_force(workflow: Workflow) -> tuple[DeclaredPolicy, ...]:
    """The declared policies, after those that are always on and need not be declared."""
    declared = {policy.name for policy in workflow.policies}
    always = (
        DeclaredPolicy(name=name, options=kind.options(), position=workflow.gates[0].position)
        for name, kind in POLICIES.items()
        if kind.always and name not in declared
    )
    return (*always, *workflow.policies)


def _hold(repository: Repository, change: Change, policies: Sequence[DeclaredPolicy]) -> RepositoryReader:
    """What policies read of commits and trees, before the first gate starts."""
    reads = {read for policy in policies for read in POLICIES[policy.name].reads}
    if not reads:
        return repository
    from gaterunner.git.held import HeldReader

    over = [(change.base, change.judged)]
    return HeldReader(
        repository,
        records=over if "records" in reads else (),
        trees=(change.base, change.base_tip, change.law, change.judged) if "trees" in reads else (),
        hunks=over if "hunks" in reads else (),
    )
