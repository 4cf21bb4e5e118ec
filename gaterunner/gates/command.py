"""Judges a command by what was observed of it: how it ended, and the evidence it left. Pure: no IO."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from gaterunner.config.types import Gate
from gaterunner.evidence.telemetry import TelemetryEvidence
from gaterunner.evidence.types import BaselineEvidence, CoverageEvidence, TestEvidence
from gaterunner.executors.base import Execution
from gaterunner.gates.baseline import failed_before, judge_baseline, with_standing
from gaterunner.gates.coverage import judge_coverage
from gaterunner.gates.results import judge_failure, judge_minimum, judge_success
from gaterunner.gates.ruling import Ruling, together
from gaterunner.gates.telemetry import judge_telemetry, telemetry_findings
from gaterunner.gates.wording import duration
from gaterunner.model import Finding, GateResult, Outcome, Severity
from gaterunner.plan import PlannedGate

_NOT_FOUND, _NOT_EXECUTABLE = 127, 126  # what POSIX shells return for a command they could not run
_SIGNAL_HINTS = {
    "SIGKILL": "; if nobody killed it, the machine was out of memory",
    "SIGXCPU": "; it used up its CPU limit",
}


def judge(
    planned: PlannedGate,
    execution: Execution,
    evidence: TestEvidence | None,
    *,
    coverage: CoverageEvidence | None = None,
    telemetry: TelemetryEvidence | None = None,
    baseline: BaselineEvidence | None = None,
    log: str | None = None,
) -> GateResult:
    """The result of a gate that was executed. Evidence is None where the gate declares none of its kind.

    A gate that declares evidence and gets None for it is unproven; so is one with an explicit `baseline:`, unless it is
    a shard, which is only a part of what there is to compare: ``judge_whole`` does it for all shards together.
    """
    left = _Left(tests=evidence, coverage=coverage, telemetry=telemetry, baseline=baseline)
    ruling = _decide(planned, execution, left)
    return GateResult(
        name=planned.gate.name,
        kind=planned.gate.kind,
        outcome=ruling.outcome,
        reason=ruling.reason,
        command=planned.command,
        exit_code=execution.exit_code,
        signal=execution.signal,
        started=execution.started,
        duration_s=execution.duration_s,
        attempts=0 if execution.ended == "not-started" else 1,
        advisory=planned.gate.advisory,
        image=planned.image,
        image_digest=execution.image_digest,
        tests=evidence.counts if evidence is not None else None,
        cases=evidence.cases if evidence is not None else (),
        coverage=coverage.counts if coverage is not None else None,
        telemetry=telemetry.stats if telemetry is not None else None,
        log=log,
        log_tail=execution.tail,
        findings=(
            *(with_standing(evidence, baseline) if evidence is not None else ()),
            *ruling.findings,
            *telemetry_findings(telemetry),
            *_notices(execution),
        ),
    )


def judge_whole(gate: Gate, merged: GateResult, baseline: BaselineEvidence | None) -> GateResult:
    """The result of a gate whose shards were merged, held to what no shard could be held to: minimum and baseline.

    A result that is not a pass is returned as it is.
    """
    if merged.outcome is not Outcome.PASSED or not gate.tests or merged.tests is None:
        return merged
    short = judge_minimum(merged.tests, gate.test_rules)
    rulings = [
        Ruling(reason=merged.reason) if short is None else Ruling(outcome=short[0], reason=short[1]),
        judge_baseline(gate.test_rules, merged.cases, baseline),
    ]
    outcome, reason = together(rulings)
    return replace(merged, outcome=outcome, reason=reason, findings=(*merged.findings, *rulings[1].findings))


def needs_baseline(planned: PlannedGate, execution: Execution, evidence: TestEvidence | None) -> bool:
    """True when the base's tests are worth having: the tests passed, or which of the failures are new can be told.

    A shard's are compared once all shards are together.
    """
    if evidence is None or execution.ended != "exited" or planned.shard[1] > 1:
        return False
    if evidence.counts.failed:
        return True
    return execution.exit_code == 0 and evidence.counts.passed > 0 and not evidence.unreadable


class _Left(Struct, frozen=True, kw_only=True):
    """All evidence of one gate."""

    tests: TestEvidence | None
    coverage: CoverageEvidence | None
    telemetry: TelemetryEvidence | None
    baseline: BaselineEvidence | None


def _decide(planned: PlannedGate, execution: Execution, left: _Left) -> Ruling:
    if execution.ended != "exited" or execution.exit_code is None:
        outcome, reason = _decide_end(planned.gate, execution)
        return Ruling(outcome=outcome, reason=reason)
    if execution.exit_code != 0:
        outcome, reason = _decide_failure(execution.exit_code, execution.tail, left.tests)
        known = failed_before(left.tests.cases, left.baseline) if left.tests is not None else 0
        return Ruling(outcome=outcome, reason=reason + (f", {known} of them on the base already" if known else ""))
    rulings = [Ruling(reason="exit code 0"), *_decide_evidence(planned, left)]
    outcome, reason = together(rulings)
    return Ruling(
        outcome=outcome, reason=reason, findings=tuple(finding for each in rulings for finding in each.findings)
    )


def _decide_end(gate: Gate, execution: Execution) -> tuple[Outcome, str]:
    """For a command that did not end by itself."""
    if execution.ended == "signalled":
        name = execution.signal or "an unknown signal"
        return Outcome.FAILED, execution.error or f"ended by {name}{_SIGNAL_HINTS.get(name, '')}"
    if execution.ended == "timed-out":
        limit = duration(gate.timeout_s)
        return Outcome.FAILED, f"timed out after {limit}; if it needs longer, raise `timeout:` on this gate"
    if execution.ended == "out-of-memory":
        return Outcome.FAILED, "out of memory: it used all that `resources: memory` allows; raise it, or use less"
    told = {
        "not-started": execution.error or "the command could not be started",
        "lost": execution.error or "what the gate ran in went away before it ended",
        "interrupted": "interrupted before it ended",
    }
    return Outcome.ERRORED, told.get(execution.ended, "the command ended without an exit code")


def _decide_failure(code: int, tail: tuple[str, ...], evidence: TestEvidence | None) -> tuple[Outcome, str]:
    if evidence is None or not evidence.counts.failed:
        if code == _NOT_FOUND:
            hint = _quoted(tail, "not found", "No such file")
            return Outcome.ERRORED, f"exit code {code}: a command was not found{hint}"
        if code == _NOT_EXECUTABLE:
            hint = _quoted(tail, "ermission", "cannot")
            return Outcome.ERRORED, f"exit code {code}: a command could not be executed{hint}"
    return Outcome.FAILED, judge_failure(code, evidence)


def _decide_evidence(planned: PlannedGate, left: _Left) -> list[Ruling]:
    """One ruling per kind of evidence that the gate declares, for a command that succeeded."""
    gate, whole, evidence = planned.gate, planned.shard[1] == 1, left.tests
    rulings = []
    if evidence is not None:
        rulings.append(judge_success(evidence, gate.test_rules, whole=whole))
        # Tests that could not be read, or failed, would all be told a second time as gone.
        if whole and rulings[0].outcome is Outcome.PASSED:
            rulings.append(judge_baseline(gate.test_rules, evidence.cases, left.baseline))
    elif gate.tests:
        missing = "the result files named by `tests:` were not collected"
        rulings.append(Ruling(outcome=Outcome.UNPROVEN, reason=missing))
    if gate.coverage is not None:
        rulings.append(judge_coverage(gate.coverage, left.coverage, whole=whole))
    if gate.telemetry is not None:
        rulings.append(judge_telemetry(gate.telemetry, left.telemetry))
    return rulings


def _notices(execution: Execution) -> tuple[Finding, ...]:
    told = []
    if execution.left_behind:
        many = execution.left_behind != 1
        told.append(
            f"{execution.left_behind} process{'es' if many else ''} outlived the command and "
            f"{'were' if many else 'was'} ended; stop what the gate starts, or wait for it"
        )
    if execution.error and execution.ended in {"exited", "timed-out", "interrupted"}:
        told.append(execution.error)
    return (
        *(Finding(rule="process-left-behind", severity=Severity.NOTICE, message=message) for message in told),
        *(Finding(rule="execution-note", severity=Severity.NOTICE, message=note) for note in execution.notes),
    )


def _quoted(tail: tuple[str, ...], *phrases: str) -> str:
    line = next((line for line in reversed(tail) if any(phrase in line for phrase in phrases)), None)
    return f" ({line.strip()[:200]})" if line else "; install it where the gate runs, or correct `run:`"
