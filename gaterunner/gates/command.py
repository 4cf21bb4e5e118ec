"""Judges a command by what was observed of it: how it ended, and the test results it left. Pure: no IO."""

from __future__ import annotations

from gaterunner.config.types import Gate
from gaterunner.evidence.types import TestEvidence
from gaterunner.executors.base import Execution
from gaterunner.model import Finding, GateResult, Outcome, Severity, TestCounts
from gaterunner.plan import PlannedGate

_NOT_FOUND, _NOT_EXECUTABLE = 127, 126  # what POSIX shells return for a command they could not run
_SIGNAL_HINTS = {
    "SIGKILL": "; if nobody killed it, the machine was out of memory",
    "SIGXCPU": "; it used up its CPU limit",
}
_NAMED = 3


def judge(
    planned: PlannedGate, execution: Execution, evidence: TestEvidence | None, *, log: str | None = None
) -> GateResult:
    """The result of a gate that was executed. ``evidence`` is None when the gate declares no `tests:`."""
    outcome, reason = _decide(planned.gate, execution, evidence)
    return GateResult(
        name=planned.gate.name,
        kind=planned.gate.kind,
        outcome=outcome,
        reason=reason,
        command=planned.command,
        exit_code=execution.exit_code,
        signal=execution.signal,
        started=execution.started,
        duration_s=execution.duration_s,
        attempts=0 if execution.ended == "not-started" else 1,
        advisory=planned.gate.advisory,
        tests=evidence.counts if evidence is not None else None,
        log=log,
        log_tail=execution.tail,
        findings=(*(evidence.failures if evidence is not None else ()), *_notices(execution)),
    )


def _decide(gate: Gate, execution: Execution, evidence: TestEvidence | None) -> tuple[Outcome, str]:
    match execution.ended:
        case "not-started":
            return Outcome.ERRORED, execution.error or "the command could not be started"
        case "lost":
            return Outcome.ERRORED, execution.error or "what the gate ran in went away before it ended"
        case "out-of-memory":
            return Outcome.FAILED, "out of memory: it used all that `resources: memory` allows; raise it, or use less"
        case "interrupted":
            return Outcome.ERRORED, "interrupted before it ended"
        case "timed-out":
            limit = duration(gate.timeout_s)
            return Outcome.FAILED, f"timed out after {limit}; if it needs longer, raise `timeout:` on this gate"
        case "signalled":
            name = execution.signal or "an unknown signal"
            return Outcome.FAILED, execution.error or f"ended by {name}{_SIGNAL_HINTS.get(name, '')}"
        case "exited":
            return _decide_exit(gate, execution.exit_code, execution.tail, evidence)


def _decide_exit(
    gate: Gate, code: int | None, tail: tuple[str, ...], evidence: TestEvidence | None
) -> tuple[Outcome, str]:
    if code is None:
        return Outcome.ERRORED, "the command ended without an exit code"
    if code != 0:
        return _decide_failure(code, tail, evidence)
    if evidence is not None:
        return _decide_tests(evidence)
    if gate.tests:
        return Outcome.UNPROVEN, "the result files named by `tests:` were not collected"
    return Outcome.PASSED, "exit code 0"


def _decide_failure(code: int, tail: tuple[str, ...], evidence: TestEvidence | None) -> tuple[Outcome, str]:
    counts = evidence.counts if evidence is not None else TestCounts()
    if counts.failed:
        return Outcome.FAILED, f"exit code {code}: {counts.failed} of {_tests(counts.total)} failed"
    if code == _NOT_FOUND:
        return Outcome.ERRORED, f"exit code {code}: a command was not found{_quoted(tail, 'not found', 'No such file')}"
    if code == _NOT_EXECUTABLE:
        return (
            Outcome.ERRORED,
            f"exit code {code}: a command could not be executed{_quoted(tail, 'ermission', 'cannot')}",
        )
    if counts.total:
        return Outcome.FAILED, f"exit code {code}, although none of {_tests(counts.total)} failed"
    if evidence is not None and not evidence.unreadable:
        missing = "test was executed" if evidence.files else "test result was written"
        return Outcome.FAILED, f"exit code {code}, and no {missing}"
    return Outcome.FAILED, f"exit code {code}"


def _decide_tests(evidence: TestEvidence) -> tuple[Outcome, str]:
    counts = evidence.counts
    if counts.failed:
        told = f"{counts.failed} of {_tests(counts.total)} failed by the result files, although the exit code is 0"
        return Outcome.FAILED, told
    if evidence.unreadable:
        return Outcome.UNPROVEN, f"a result file could not be read: {_some(evidence.unreadable, '; ')}"
    if not evidence.files:
        return Outcome.UNPROVEN, _no_fresh_file(evidence)
    if counts.total == 0:
        return Outcome.UNPROVEN, f"no test was executed: {_some(evidence.files, ', ')} holds none"
    if counts.total == counts.skipped:
        return Outcome.UNPROVEN, f"no test was executed: all {counts.total} were skipped"
    extras = [f"{number} {word}" for number, word in ((counts.skipped, "skipped"), (counts.flaky, "flaky")) if number]
    return Outcome.PASSED, f"exit code 0, {_tests(counts.passed)} passed" + (
        f" ({', '.join(extras)})" if extras else ""
    )


def _no_fresh_file(evidence: TestEvidence) -> str:
    patterns = " ".join(evidence.patterns)
    if evidence.stale:
        return f"no result file was written by this run; not counted, since older: {_some(evidence.stale, ', ')}"
    return f"no result file was written: nothing matches `tests: {patterns}`; correct it, or make the command write one"


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
    return tuple(Finding(rule="process-left-behind", severity=Severity.NOTICE, message=message) for message in told)


def _quoted(tail: tuple[str, ...], *phrases: str) -> str:
    line = next((line for line in reversed(tail) if any(phrase in line for phrase in phrases)), None)
    return f" ({line.strip()[:200]})" if line else "; install it where the gate runs, or correct `run:`"


def _some(names: tuple[str, ...], separator: str) -> str:
    more = len(names) - _NAMED
    return separator.join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _tests(count: int) -> str:
    return f"{count} test{'' if count == 1 else 's'}"


def duration(seconds: float) -> str:
    """A duration as the workflow file writes it: ``90s``, ``30m``, ``2h``."""
    whole = int(seconds)
    if whole != seconds:
        return f"{seconds:g}s"
    for size, unit in ((3600, "h"), (60, "m")):
        if whole and whole % size == 0:
            return f"{whole // size}{unit}"
    return f"{whole}s"
