"""Evaluates the policies in a thread of its own, beside the gates."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from msgspec.structs import replace

from gaterunner.config.types import DeclaredPolicy
from gaterunner.errors import GaterunnerError
from gaterunner.model import Outcome, PolicyResult
from gaterunner.policies.context import PolicyContext
from gaterunner.reporters.observer import Observer

CANCELLED_GRACE_S = 5.0
"""How long a cancelled run waits for the policy being evaluated."""

_POLL_S = 0.05


class Evaluation:
    """The policies of one run; they start at once and are asked for with ``results``."""

    def __init__(
        self,
        policies: Sequence[DeclaredPolicy],
        context: PolicyContext,
        *,
        observer: Observer,
        cancelled: threading.Event,
    ) -> None:
        self._policies = policies
        self._context = context
        self._observer = observer
        self._cancelled = cancelled
        self._done: dict[str, PolicyResult] = {}
        # A daemon, so that a policy that hangs cannot keep a cancelled run from ending.
        self._thread = threading.Thread(target=self._evaluate_all, name="policies", daemon=True)
        self._thread.start()

    def results(self) -> tuple[PolicyResult, ...]:
        """One result per declared policy, in their order. Waits for all of them unless the run is cancelled; what was
        not evaluated by then is errored."""
        while self._thread.is_alive() and not self._cancelled.is_set():
            self._thread.join(_POLL_S)
        self._thread.join(CANCELLED_GRACE_S)
        return tuple(self._done.get(policy.name) or _not_evaluated(policy.name) for policy in self._policies)

    def _evaluate_all(self) -> None:
        for policy in self._policies:
            if self._cancelled.is_set():
                return
            clock = time.monotonic()
            result = evaluate(policy, self._context)
            result = replace(result, name=policy.name, duration_s=round(time.monotonic() - clock, 3))
            self._done[policy.name] = result
            self._observer.policy_finished(result)


def evaluate(policy: DeclaredPolicy, context: PolicyContext) -> PolicyResult:
    """The result of one policy; an error or a crash of it is an errored result, never an exception."""
    try:
        from gaterunner.policies import POLICIES  # only workflows with policies load them

        return POLICIES[policy.name].evaluate(context, policy.options)
    except GaterunnerError as error:
        return _errored(policy.name, error.message, error.help)
    except Exception as error:  # noqa: BLE001  a crash of one policy must neither end the run nor look like a pass
        from gaterunner.crash import describe_crash

        problem = describe_crash(error)
        return _errored(policy.name, problem.message, problem.help)


def _errored(name: str, message: str, help: str | None) -> PolicyResult:
    return PolicyResult(name=name, outcome=Outcome.ERRORED, reason=f"{message} ({help})" if help else message)


def _not_evaluated(name: str) -> PolicyResult:
    return PolicyResult(name=name, outcome=Outcome.ERRORED, reason="not evaluated: the run was interrupted")
