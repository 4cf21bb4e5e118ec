"""Figures of a run beside those of the base's last run: sums over the same gates, nothing where one side is mute."""

from __future__ import annotations

from typing import Any

from gaterunner.model import (
    CoverageCounts,
    Figure,
    GateResult,
    Numbers,
    Outcome,
    Report,
    SignalCounts,
    Skip,
    TelemetryStats,
)
from gaterunner.model import TestCase as Case
from gaterunner.model import TestCounts as Counts
from gaterunner.numbers.comparing import compared, compared_ids
from gaterunner.numbers.figures import figures_of
from gaterunner.numbers.last_run import LastRun
from tests.reporters.reports import gate, report


def ran(name: str, *tests: str, **fields: Any) -> GateResult:
    return gate(
        name,
        started="2026-01-15T12:00:00Z",
        attempts=1,
        tests=Counts(total=len(tests), passed=len(tests)) if tests else None,
        cases=tuple(Case(id=test, state="passed") for test in tests),
        **fields,
    )


def unreached(name: str) -> GateResult:
    return gate(name, Outcome.SKIPPED, skip=Skip.NOT_REACHED, reason="build failed")


def last(*gates: GateResult, **fields: Any) -> LastRun:
    return LastRun(report=report(gates=gates, **fields), sha256="e" * 64, commit="a" * 40)


def beside(own: Report, base: LastRun) -> dict[str, Figure]:
    ids = compared_ids(own, base, without="no tests")
    return {figure.name: figure for figure in (*compared(figures_of(own), own, base), *ids)}


def test_a_gate_that_the_base_did_not_reach_makes_the_base_s_sum_unknown() -> None:
    own = report(gates=(ran("unit", "a"), ran("smoke", "s", "t")))

    found = beside(own, last(ran("unit", "a"), unreached("smoke")))

    assert (found["executed"].value, found["executed"].base) == (3, None)
    assert found["executed"].base_reason == "smoke told nothing of it in that run"


def test_its_tests_are_neither_new_nor_gone() -> None:
    own = report(gates=(ran("unit", "a", "b"), ran("smoke", "s")))

    found = beside(own, last(ran("unit", "a"), unreached("smoke")))

    assert (found["new in the results"].value, found["gone from the results"].value) == (1, 0)


def test_a_gate_that_was_not_reached_here_is_left_out_of_the_base_s_sum() -> None:
    own = report(gates=(ran("unit", "a"), unreached("smoke")))

    found = beside(own, last(ran("unit", "a"), ran("smoke", "s")))

    assert (found["executed"].value, found["executed"].base) == (1, 1)
    assert found["gone from the results"].value == 0


def test_a_gate_that_told_nothing_in_either_run_changes_nothing() -> None:
    crashed = gate("smoke", Outcome.FAILED, started="2026-01-15T12:00:00Z", attempts=1, tests=Counts())
    own = report(gates=(ran("unit", "a"), unreached("smoke")))

    found = beside(own, last(ran("unit", "a"), crashed))

    assert (found["executed"].value, found["executed"].base) == (1, 1)
    assert found["new in the results"].value == 0


def test_tests_of_a_gate_that_is_no_more_are_gone() -> None:
    found = beside(report(gates=(ran("unit", "a"),)), last(ran("unit", "a"), ran("smoke", "s", "t")))

    assert (found["executed"].value, found["executed"].base) == (1, 3)
    assert found["gone from the results"].value == 2


def test_tests_of_a_new_gate_are_new() -> None:
    found = beside(report(gates=(ran("unit", "a"), ran("smoke", "s"))), last(ran("unit", "a")))

    assert (found["executed"].value, found["executed"].base) == (2, 1)
    assert found["new in the results"].value == 1


def test_no_gate_in_common_compares_nothing() -> None:
    found = beside(report(gates=(ran("unit", "a"),)), last(unreached("unit")))

    assert found["new in the results"].reason == "the base's last run names no tests of these gates"


def test_telemetry_is_compared_over_the_same_gates() -> None:
    stats = TelemetryStats(sentry=SignalCounts(spans=3))
    own = report(gates=(ran("unit", telemetry=stats), unreached("smoke")))

    found = beside(own, last(ran("unit", telemetry=stats), ran("smoke", telemetry=stats)))

    assert (found["spans"].value, found["spans"].base) == (3, 3)


def test_the_time_of_some_gates_is_not_compared_with_that_of_all() -> None:
    own = report(gates=(ran("unit", "a"),), partial=True)

    found = beside(own, last(ran("unit", "a")))

    assert (found["whole run"].base, found["whole run"].base_reason) == (None, "this run is one of some gates only")
    assert found["unit"].base == 1.0


def test_what_the_base_s_run_could_not_tell_of_itself_stays_unknown() -> None:
    whole = Figure(group="run", name="whole run", unit="s", reason="its gates ran on other machines, at the same time")

    found = beside(report(gates=(ran("unit", "a"),)), last(ran("unit", "a"), numbers=Numbers(figures=(whole,))))

    assert (found["whole run"].base, found["whole run"].base_reason) == (None, whole.reason)


def test_what_this_run_did_not_measure_stands_beside_all_that_the_base_s_did() -> None:
    crashed = gate("unit", Outcome.FAILED, started="2026-01-15T12:00:00Z", attempts=1, tests=Counts())

    found = beside(report(gates=(crashed,)), last(ran("unit", "a", "b")))

    assert (found["executed"].value, found["executed"].base) == (None, 2)
    assert found["new in the results"].reason == "no tests"


def test_the_lines_of_this_change_are_compared_with_nothing() -> None:
    own = report(gates=(ran("unit", coverage=CoverageCounts(lines=9, covered=9, changed_lines=2, changed_covered=2)),))

    for base in (last(*own.gates), LastRun(reason="none is kept")):
        found = beside(own, base)["changed lines (unit)"]
        assert (found.value, found.base, found.base_reason) == (100.0, None, None)
