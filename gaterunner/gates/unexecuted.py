"""The result of a gate whose command was not executed here, or of which we cannot tell what became of it."""

from __future__ import annotations

from gaterunner.model import GateResult, Outcome, Skip
from gaterunner.plan import PlannedGate


def skipped(planned: PlannedGate, skip: Skip, reason: str) -> GateResult:
    """A gate that did not have to run, or was not reached."""
    return _result(planned, Outcome.SKIPPED, reason, skip)


def errored(planned: PlannedGate, reason: str) -> GateResult:
    """A gate that could not be evaluated."""
    return _result(planned, Outcome.ERRORED, reason)


def _result(planned: PlannedGate, outcome: Outcome, reason: str, skip: Skip | None = None) -> GateResult:
    return GateResult(
        name=planned.gate.name,
        kind=planned.gate.kind,
        outcome=outcome,
        reason=reason,
        skip=skip,
        command=planned.command or None,
        advisory=planned.gate.advisory,
    )
