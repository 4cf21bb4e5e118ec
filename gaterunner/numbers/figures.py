"""The figures that the results of one run give by themselves, the same of this run and of the base's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from gaterunner.gates.telemetry import signals
from gaterunner.model import Figure, GateResult, Outcome, PolicyResult, Report, TelemetryStats

WHOLE_RUN = "whole run"


def figures_of(report: Report) -> tuple[Figure, ...]:
    """How long it took, its tests, coverage, telemetry and exceptions; what was not measured says why."""
    gates = report.gates
    return (
        Figure(group="run", name=WHOLE_RUN, unit="s", value=report.duration_s),
        *(_duration(gate) for gate in gates),
        *_tests(gates),
        *_coverage(gates),
        *_telemetry(gates),
        Figure(group="governance", name="decisions", unit="items", value=len(report.decisions)),
        Figure(group="governance", name="waived", unit="items", value=_waived(report)),
    )


def _duration(gate: GateResult) -> Figure:
    if gate.cached:
        return Figure(group="run", name=gate.name, unit="s", reason="its result is that of an earlier run")
    if gate.started is None:
        return Figure(group="run", name=gate.name, unit="s", reason=f"it did not run: {gate.reason}")
    return Figure(group="run", name=gate.name, unit="s", value=gate.duration_s)


def _tests(gates: Sequence[GateResult]) -> Iterator[Figure]:
    counts = [gate.tests for gate in gates if gate.tests is not None]
    numbers = {
        "executed": sum(each.passed + each.failed for each in counts),
        "failed": sum(each.failed for each in counts),
        "skipped": sum(each.skipped for each in counts),
        "flaky": sum(each.flaky for each in counts),
    }
    for name, number in numbers.items():
        if counts:
            yield Figure(group="tests", name=name, unit="tests", value=number)
        else:
            yield Figure(group="tests", name=name, unit="tests", reason="no gate with `tests:` left result files")


def _coverage(gates: Sequence[GateResult]) -> Iterator[Figure]:
    measured = [(gate.name, gate.coverage) for gate in gates if gate.coverage is not None]
    if not measured:
        reason = "no gate with `coverage:` left a coverage file"
        yield Figure(group="coverage", name="lines", unit="%", reason=reason)
        yield Figure(group="coverage", name="changed lines", unit="%", reason=reason)
    for name, counts in measured:
        yield _share(f"lines ({name})", counts.covered, counts.lines, "its coverage files name no lines")
        reason = "the change touches no line that can be executed and is measured"
        yield _share(f"changed lines ({name})", counts.changed_covered, counts.changed_lines, reason)


def _share(name: str, part: int, whole: int, reason: str) -> Figure:
    if not whole:
        return Figure(group="coverage", name=name, unit="%", reason=reason)
    return Figure(group="coverage", name=name, unit="%", value=round(100 * part / whole, 2))


_SIGNALS: dict[str, Callable[[TelemetryStats], int]] = {
    "traces": lambda stats: stats.traces,
    "transactions": lambda stats: signals(stats).transactions,
    "spans": lambda stats: signals(stats).spans,
    "logs": lambda stats: signals(stats).logs,
    "error events": lambda stats: signals(stats).errors,
}


def _telemetry(gates: Sequence[GateResult]) -> Iterator[Figure]:
    stats = [gate.telemetry for gate in gates if gate.telemetry is not None]
    lost = any(each.lost for each in stats)
    for name, number_of in _SIGNALS.items():
        if stats and not lost:
            yield Figure(group="telemetry", name=name, unit="items", value=sum(map(number_of, stats)))
            continue
        reason = "some of it could not be counted" if lost else "no gate with `telemetry:` ran"
        yield Figure(group="telemetry", name=name, unit="items", reason=reason)


def _waived(report: Report) -> int:
    """Findings that a waiver or an approval lets through, and results that are waived without any."""
    results: list[GateResult | PolicyResult] = [*report.gates, *report.policies]
    findings = sum(finding.waived_by is not None for result in results for finding in result.findings)
    return findings or sum(result.outcome is Outcome.WAIVED for result in results)
