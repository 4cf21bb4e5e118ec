"""Which results may stand for a later run, and what they look like there. Pure: no IO."""

from __future__ import annotations

from msgspec.structs import replace

from gaterunner import __version__
from gaterunner.model import Finding, GateResult, Outcome, Proof, Report, ServiceUse, Severity
from gaterunner.plan import PlannedGate

_SHOWN = 8
# These tell how an execution went, which a result without one has nothing of; the proof's report keeps them.
_OF_THE_EXECUTION = frozenset({"process-left-behind", "execution-note", "log-not-kept", "not-cached"})
_BASE_UNKNOWN = "base-unknown"  # a later run may know the base, and find something


def is_sound(result: GateResult) -> bool:
    """True for a gate that was executed, once, and passed without any doubt.

    Not for one that was taken from the cache: its proof stays the run that executed it.
    """
    return (
        result.outcome is Outcome.PASSED
        and not result.cached
        and result.attempts == 1
        and result.exit_code == 0
        and not result.flaky
        and (result.tests is None or (result.tests.failed, result.tests.flaky) == (0, 0))
        and not any(each.severity is Severity.ERROR or each.rule == _BASE_UNKNOWN for each in result.findings)
    )


def proves(report: Report, result: GateResult, planned: PlannedGate) -> bool:
    """True when a result in a kept report may stand for this gate, apart from its key."""
    return (
        is_sound(result)
        and result.name == planned.gate.name
        and result.kind == planned.gate.kind
        and result.duration_s <= planned.gate.timeout_s
        and report.tool.version == __version__
        and report.change is not None
        and not report.change.dirty
        and not report.problems
    )


def restored(
    report: Report, result: GateResult, planned: PlannedGate, *, sha256: str, key: str, still: bool
) -> GateResult:
    """The result as it is told where the gate did not run. ``sha256`` is the report's.

    ``still`` says that nothing of what counts is changed since the base: then what an earlier run told by comparing
    with another base is left out.
    """
    commit = report.change.head if report.change is not None else ""
    proof = Proof(report=sha256, commit=commit, started=result.started or report.started, key=key)
    findings = tuple(each for each in result.findings if each.rule not in _OF_THE_EXECUTION)
    coverage = result.coverage
    if still and coverage is not None:
        coverage = replace(coverage, changed_lines=0, changed_covered=0)
    return replace(
        result,
        reason=f"cached: passed on {commit[:_SHOWN]} at {_minute(proof.started)} UTC, report {sha256[:_SHOWN]}",
        command=planned.command,
        advisory=planned.gate.advisory,
        cached=True,
        proof=proof,
        started=None,
        duration_s=0.0,
        attempts=0,
        log=None,
        log_tail=(),
        services=tuple(_not_started(each) for each in result.services),
        coverage=coverage,
        findings=() if still and (coverage is not None or result.tests is not None) else findings,
    )


def not_cached(reason: str) -> Finding:
    """The notice on a gate that passed and whose result is not kept."""
    return Finding(
        rule="not-cached", severity=Severity.NOTICE, message=f"not kept for later runs: {reason}", help=_HELP
    )


_HELP = "docs/caching.md says what is kept and when"


def _minute(started: str) -> str:
    return started[:16].replace("T", " ")


def _not_started(service: ServiceUse) -> ServiceUse:
    return replace(service, ready_s=None, log=None)
