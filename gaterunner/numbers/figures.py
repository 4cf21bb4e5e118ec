"""The figures that the results of one run give by themselves, the same of this run and of the base's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec import Struct

from gaterunner.gates.telemetry import signals
from gaterunner.gates.wording import some
from gaterunner.model import (
    CoverageCounts,
    Figure,
    GateResult,
    Outcome,
    PolicyResult,
    Report,
    TelemetryStats,
    TestCounts,
)

WHOLE_RUN = "whole run"
CHANGED_LINES = "changed lines"
_NO_TESTS = "no gate with `tests:` left result files"
_NO_COVERAGE = "no gate with `coverage:` left a coverage file"
_IMPOSSIBLE = "what is told of it is impossible"
_LONGEST = 10_000_000.0  # seconds; more than that nobody has waited


class Promised(Struct, frozen=True, kw_only=True):
    """What the plan says that results should tell, by names of gates, so that silence is no zero.

    ``shards`` are gates that ran in parts on several machines. ``untimed`` says of gates, and of ``WHOLE_RUN``, why
    their time is not known.
    """

    tests: frozenset[str] = frozenset()
    coverage: frozenset[str] = frozenset()
    shards: frozenset[str] = frozenset()
    untimed: Mapping[str, str] = {}


NOTHING = Promised()


def figures_of(report: Report, promised: Promised = NOTHING) -> tuple[Figure, ...]:
    """How long it took, its tests, coverage, telemetry and exceptions; what was not measured says why."""
    gates = report.gates
    return (
        _whole_run(report, promised),
        *(_duration(gate, promised) for gate in gates),
        *sums_of_tests(gates, promised),
        *_coverage(gates, promised),
        *sums_of_telemetry(gates),
        _decisions(report),
        Figure(group="governance", name="waived", unit="items", value=_waived(report)),
    )


# --- run time --------------------------------------------------------------------------------------------------------


def _whole_run(report: Report, promised: Promised) -> Figure:
    reason = promised.untimed.get(WHOLE_RUN)
    if reason is None and report.taken_over is not None:
        reason = "it goes on with an earlier run"
    return _seconds(WHOLE_RUN, report.duration_s, reason)


def _duration(gate: GateResult, promised: Promised) -> Figure:
    reason = promised.untimed.get(gate.name)
    if gate.cached:
        reason = "its result is that of an earlier run"
    elif not _ran(gate):
        reason = f"it did not run: {gate.reason}"
    return _seconds(gate.name, gate.duration_s, reason)


def _ran(gate: GateResult) -> bool:
    """False also for a command that could not be started."""
    return gate.started is not None and (gate.attempts > 0 or gate.kind != "command")


def _seconds(name: str, value: float, reason: str | None) -> Figure:
    if reason is None and not 0 <= value <= _LONGEST:
        reason = _IMPOSSIBLE
    return Figure(group="run", name=name, unit="s", value=value if reason is None else None, reason=reason)


# --- tests -----------------------------------------------------------------------------------------------------------

_COUNTS: dict[str, Callable[[TestCounts], int]] = {
    "executed": lambda counts: counts.passed + counts.failed,
    "failed": lambda counts: counts.failed,
    "skipped": lambda counts: counts.skipped,
    "flaky": lambda counts: counts.flaky,
}


def tells_tests(gate: GateResult) -> bool:
    """False where no result file told of any test: a suite that crashed before it wrote one did not execute none."""
    return gate.tests is not None and gate.tests.total > 0


def sums_of_tests(gates: Sequence[GateResult], promised: Promised = NOTHING) -> Iterator[Figure]:
    """Sums over all gates that tell of tests; none of them is known where one that should have told is silent."""
    counts = [gate.tests for gate in gates if gate.tests is not None and tells_tests(gate)]
    mute = [
        gate.name
        for gate in gates
        if not tells_tests(gate) and _ran(gate) and (gate.tests is not None or gate.name in promised.tests)
    ]
    reason = None if counts else _NO_TESTS
    if mute:
        reason = f"no result file of {some(mute)} tells of a test"
    elif any(min(each.passed, each.failed, each.skipped, each.flaky) < 0 for each in counts):
        reason = _IMPOSSIBLE
    for name, number_of in _COUNTS.items():
        value = sum(map(number_of, counts)) if reason is None else None
        yield Figure(group="tests", name=name, unit="tests", value=value, reason=reason)


# --- coverage --------------------------------------------------------------------------------------------------------


def _coverage(gates: Sequence[GateResult], promised: Promised) -> Iterator[Figure]:
    told = [gate for gate in gates if gate.coverage is not None or gate.name in promised.coverage]
    if not told:
        yield _share("lines", 0, 0, _NO_COVERAGE)
        yield _share(CHANGED_LINES, 0, 0, _NO_COVERAGE)
    for gate in told:
        counts = gate.coverage or CoverageCounts()
        silent = _why_no_coverage(gate, promised)
        without = "the change touches no line that can be executed and is measured" if counts.lines else silent
        yield _share(f"lines ({gate.name})", counts.covered, counts.lines, silent)
        yield _share(f"{CHANGED_LINES} ({gate.name})", counts.changed_covered, counts.changed_lines, without)


def _why_no_coverage(gate: GateResult, promised: Promised) -> str:
    if gate.coverage is None and gate.name in promised.shards:
        return "it ran in shards, and lines that several of them execute cannot be told apart"
    if not gate.cached and not _ran(gate):
        return f"it did not run: {gate.reason}"
    return "it left no coverage of a file in the repository"


def _share(name: str, part: int, whole: int, reason: str) -> Figure:
    if whole and not 0 <= part <= whole:
        whole, reason = 0, _IMPOSSIBLE
    # Rounded down, as where it is judged: 99.996 % is not all of it.
    value = part * 10_000 // whole / 100 if whole else None
    return Figure(group="coverage", name=name, unit="%", value=value, reason=None if whole else reason)


# --- telemetry -------------------------------------------------------------------------------------------------------

_SIGNALS: dict[str, Callable[[TelemetryStats], int]] = {
    "traces": lambda stats: stats.traces,
    "transactions": lambda stats: signals(stats).transactions,
    "spans": lambda stats: signals(stats).spans,
    "logs": lambda stats: signals(stats).logs,
    "error events": lambda stats: signals(stats).errors,
}


def tells_telemetry(gate: GateResult) -> bool:
    """Whether something listened while it ran; it may have heard nothing."""
    return gate.telemetry is not None and (gate.cached or _ran(gate))


def sums_of_telemetry(gates: Sequence[GateResult]) -> Iterator[Figure]:
    """Sums over all gates with `telemetry:`; none of them is known where some of what was sent could not be counted."""
    stats = [gate.telemetry for gate in gates if gate.telemetry is not None and tells_telemetry(gate)]
    reason = None if stats else "no gate with `telemetry:` ran"
    if any(each.lost for each in stats):
        reason = "some of it could not be counted"
    for name, number_of in _SIGNALS.items():
        value = sum(map(number_of, stats)) if reason is None else None
        yield Figure(group="telemetry", name=name, unit="items", value=value, reason=reason)


# --- decisions and waivers -------------------------------------------------------------------------------------------


def _decisions(report: Report) -> Figure:
    if report.decision_log is None:
        return Figure(group="governance", name="decisions", unit="items", reason="no policy read a decision log")
    return Figure(group="governance", name="decisions", unit="items", value=len(report.decisions))


def _waived(report: Report) -> int:
    """Findings that a waiver or an approval lets through, and results that are waived without any."""
    results: list[GateResult | PolicyResult] = [*report.gates, *report.policies]
    return sum(
        sum(finding.waived_by is not None for finding in result.findings) or result.outcome is Outcome.WAIVED
        for result in results
    )
