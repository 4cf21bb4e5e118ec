"""Whether the gate that compares old and new allows readers to go over to the new. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from gaterunner.cutovers.findings import about
from gaterunner.cutovers.types import Cutover, Cutovers
from gaterunner.model import Finding, GateResult, Outcome, Severity

if TYPE_CHECKING:
    from gaterunner.policies.context import PolicyContext


class Parity(Struct, frozen=True, kw_only=True):
    """``findings``, and in ``unseen`` a sentence for each parity gate that was not executed, so that nobody knows."""

    findings: tuple[Finding, ...] = ()
    unseen: tuple[str, ...] = ()


def judge_parity(cutovers: Cutovers, context: PolicyContext) -> Parity:
    """What the parity gates of this run say about the cutovers that the change moves to `read-new`."""
    known = {gate.name for gate in context.workflow.gates}
    base = {cutover.name: cutover for cutover in cutovers.base}
    findings: list[Finding] = []
    unseen: list[str] = []
    for cutover in cutovers.judged:
        before = base.get(cutover.name)
        moves = cutover.phase == "read-new" and (before is None or before.step < cutover.step)
        # Another gate than the base's would be one that the branch chose: `parity-changed` tells of it.
        gate = cutover.parity if before is None else before.parity
        if gate not in known:
            findings += _unknown(cutover, gate, moves=moves)
        elif moves:
            findings += _faults(cutover, gate, results := _results(gate, context.gates or ()))
            if any(result.outcome is Outcome.SKIPPED for result in results) or not results:
                unseen.append(f"cutover `{cutover.name}` goes to `read-new`, and its gate `{gate}` was not executed")
    return Parity(findings=tuple(findings), unseen=tuple(unseen))


def _unknown(cutover: Cutover, gate: str, *, moves: bool) -> Iterator[Finding]:
    if moves or cutover.phase in {"dual-write", "backfill"}:
        yield about(
            "parity-unknown",
            cutover,
            f"the workflow file in force has no gate `{gate}`",
            f"Add a gate `{gate}` that compares old and new; it counts once it is on the target branch.",
            severity=Severity.ERROR if moves else Severity.WARNING,
        )


def _results(gate: str, results: Sequence[GateResult]) -> list[GateResult]:
    """The gate's results: its own, or those of its states of flags. A name never holds a blank, so no other fits."""
    return [result for result in results if result.name == gate or result.name.startswith(f"{gate} (")]


def _faults(cutover: Cutover, gate: str, results: Sequence[GateResult]) -> Iterator[Finding]:
    fault = next((fault for result in results if (fault := _fault(result))), None)
    if fault is not None:
        yield about(
            "parity-not-passed",
            cutover,
            f"it goes to `read-new`, but its gate `{gate}` {fault[0]}",
            fault[1],
        )


def _fault(result: GateResult) -> tuple[str, str] | None:
    """What is wrong with a result as a proof of parity, and what to do about it."""
    if result.outcome is Outcome.SKIPPED:
        return None
    if result.outcome is not Outcome.PASSED:
        return f"{_ENDED.get(result.outcome, result.outcome.value)}: {result.reason}", "See why old and new differ."
    if result.advisory:
        return "is advisory, so that nothing depends on it", "Take `advisory` from the gate on the target branch first."
    if result.cached:
        return (
            "was not executed: an earlier pass was taken over",
            "Run with --fresh; take `inputs` from the gate on the target branch, since data is no file.",
        )
    if result.flaky or result.attempts > 1:
        return "passed only when it was tried again", "Find out why old and new differed the first time."
    return None


_ENDED = {Outcome.FAILED: "failed", Outcome.ERRORED: "could not be evaluated", Outcome.UNPROVEN: "proved nothing"}
