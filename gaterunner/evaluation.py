"""Evaluates the policies: before the gates, in threads of their own beside them, and after them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from msgspec.structs import replace

from gaterunner.config.types import DeclaredPolicy
from gaterunner.errors import GaterunnerError
from gaterunner.model import GateResult, Outcome, PolicyResult, Skip
from gaterunner.reporters.observer import Observer

if TYPE_CHECKING:  # a fan-out's part evaluates none of them
    from gaterunner.policies.context import PolicyContext

CANCELLED_GRACE_S = 5.0
"""How long a cancelled run waits for the policy being evaluated."""

_POLL_S = 0.05
_HOLDS = (Outcome.PASSED, Outcome.WAIVED, Outcome.SKIPPED)

Stage = Literal["before", "beside", "after"]
Waive = Callable[[PolicyResult], PolicyResult]


class Evaluation:
    """The policies of one run: ``before``, then ``start``, and ``results`` when the gates have ended.

    ``waive`` sees every result before anybody is told of it. ``left_out`` says of policies why they do not apply.
    """

    def __init__(
        self,
        policies: Sequence[DeclaredPolicy],
        context: PolicyContext,
        *,
        observer: Observer,
        cancelled: threading.Event,
        waive: Waive = lambda result: result,
        left_out: Mapping[str, str] | None = None,
    ) -> None:
        self._policies = policies
        self._context = context
        self._observer = observer
        self._cancelled = cancelled
        self._waive = waive
        self._left_out = left_out or {}
        self._done: dict[str, PolicyResult] = {}
        self._beside: list[threading.Thread] = []

    def before(self) -> tuple[PolicyResult, ...]:
        """Evaluates what has to hold before a gate may start; returns the results that do not."""
        self._beside.append(self._start("beside", self._context, searches=True))
        self._await(self._start("before", self._context))
        return tuple(result for result in self._of_stage("before") if result.outcome not in _HOLDS)

    def start(self) -> None:
        """Starts what is evaluated while the gates run."""
        self._beside.append(self._start("beside", self._context))

    def results(self, gates: tuple[GateResult, ...] = ()) -> tuple[PolicyResult, ...]:
        """One result per policy, in their order. Waits for all of them unless the run is cancelled; what was not
        evaluated by then is errored."""
        for thread in self._beside:
            self._await(thread)
        self._await(self._start("after", replace(self._context, gates=gates)))
        return tuple(self._done.get(policy.name) or _not_evaluated(policy.name) for policy in self._policies)

    def _of_stage(self, stage: Stage) -> list[PolicyResult]:
        return [
            self._done.get(policy.name) or _not_evaluated(policy.name)
            for policy in self._policies
            if _stage_of(policy) == stage
        ]

    def _start(self, stage: Stage, context: PolicyContext, *, searches: bool = False) -> threading.Thread:
        from gaterunner.policies import POLICIES

        kinds = ((policy, POLICIES[policy.name]) for policy in self._policies)
        policies = [policy for policy, kind in kinds if kind.stage == stage and kind.searches == searches]
        # A daemon, so that a policy that hangs cannot keep a cancelled run from ending.
        thread = threading.Thread(target=self._evaluate, args=(policies, context), name="policies", daemon=True)
        thread.start()
        return thread

    def _await(self, thread: threading.Thread) -> None:
        while thread.is_alive() and not self._cancelled.is_set():
            thread.join(_POLL_S)
        thread.join(CANCELLED_GRACE_S)

    def _evaluate(self, policies: Sequence[DeclaredPolicy], context: PolicyContext) -> None:
        for policy in policies:
            if self._cancelled.is_set():
                return
            clock = time.monotonic()
            why = self._left_out.get(policy.name)
            result = evaluate(policy, context, self._waive) if why is None else _not_applicable(policy.name, why)
            result = replace(result, name=policy.name, duration_s=round(time.monotonic() - clock, 3))
            self._done[policy.name] = result
            self._observer.policy_finished(result)


def evaluate(policy: DeclaredPolicy, context: PolicyContext, waive: Waive) -> PolicyResult:
    """The result of one policy; an error or a crash of it is an errored result, never an exception."""
    try:
        from gaterunner.policies import POLICIES  # only workflows with policies load them

        return waive(POLICIES[policy.name].evaluate(context, policy.options))
    except GaterunnerError as error:
        return _errored(policy.name, error.message, error.help)
    except Exception as error:  # noqa: BLE001  a crash of one policy must neither end the run nor look like a pass
        from gaterunner.crash import describe_crash

        problem = describe_crash(error)
        return _errored(policy.name, problem.message, problem.help)


def _stage_of(policy: DeclaredPolicy) -> Stage:
    from gaterunner.policies import POLICIES

    return POLICIES[policy.name].stage


def _not_applicable(name: str, why: str) -> PolicyResult:
    return PolicyResult(name=name, outcome=Outcome.SKIPPED, skip=Skip.NOT_APPLICABLE, reason=why)


def _errored(name: str, message: str, help: str | None) -> PolicyResult:
    return PolicyResult(name=name, outcome=Outcome.ERRORED, reason=f"{message} ({help})" if help else message)


def _not_evaluated(name: str) -> PolicyResult:
    return PolicyResult(name=name, outcome=Outcome.ERRORED, reason="not evaluated: the run was interrupted")
