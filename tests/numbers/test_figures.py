"""The figures of one run, and what stands where one was not measured."""

from __future__ import annotations

from typing import Any

from gaterunner.model import CoverageCounts, Figure, Outcome, SignalCounts, Skip, TelemetryStats
from gaterunner.model import TestCounts as Counts
from gaterunner.numbers.figures import figures_of
from tests.reporters.reports import finding, gate, policy, report


def figures(*gates: Any, **fields: Any) -> dict[tuple[str, str], Figure]:
    found = figures_of(report(gates=gates, **fields))
    return {(figure.group, figure.name): figure for figure in found}


def test_every_figure_has_a_value_or_a_reason() -> None:
    for figure in figures(gate(), gate("lint", Outcome.SKIPPED, skip=Skip.NOT_APPLICABLE, reason="no path")).values():
        assert (figure.value is None) != (figure.reason is None), figure


def test_a_run_is_as_long_as_the_report_says() -> None:
    assert figures(gate(), duration_s=14.5)["run", "whole run"].value == 14.5


def test_a_gate_that_did_not_run_has_no_time() -> None:
    skipped = gate("smoke", Outcome.SKIPPED, skip=Skip.NOT_APPLICABLE, reason="no path was touched")

    found = figures(skipped)["run", "smoke"]

    assert (found.value, found.reason) == (None, "it did not run: no path was touched")


def test_the_time_of_a_cached_gate_is_not_that_of_this_run() -> None:
    found = figures(gate(started="2026-01-15T12:00:00Z", cached=True))["run", "unit"]

    assert (found.value, found.reason) == (None, "its result is that of an earlier run")


def test_tests_are_summed_over_gates() -> None:
    found = figures(
        gate("unit", tests=Counts(total=10, passed=8, failed=1, skipped=1)),
        gate("smoke", tests=Counts(total=3, passed=3, flaky=1)),
    )

    assert {name: found["tests", name].value for name in ("executed", "failed", "skipped", "flaky")} == {
        "executed": 12,
        "failed": 1,
        "skipped": 1,
        "flaky": 1,
    }


def test_no_tests_are_not_zero_tests() -> None:
    found = figures(gate())["tests", "executed"]

    assert (found.value, found.reason) == (None, "no gate with `tests:` left result files")


def test_coverage_is_told_by_gate_since_lines_of_several_overlap() -> None:
    found = figures(
        gate("unit", coverage=CoverageCounts(lines=200, covered=150, changed_lines=8, changed_covered=8)),
        gate("integration", coverage=CoverageCounts(lines=200, covered=100)),
    )

    assert found["coverage", "lines (unit)"].value == 75.0
    assert found["coverage", "changed lines (unit)"].value == 100.0
    assert found["coverage", "lines (integration)"].value == 50.0
    assert found["coverage", "changed lines (integration)"].reason == (
        "the change touches no line that can be executed and is measured"
    )


def test_telemetry_is_summed_by_kind() -> None:
    stats = TelemetryStats(sentry=SignalCounts(transactions=2, spans=3), otlp=SignalCounts(logs=4), traces=5)

    found = figures(gate(telemetry=stats), gate("smoke", telemetry=stats))

    assert (found["telemetry", "spans"].value, found["telemetry", "traces"].value) == (6, 10)


def test_telemetry_of_which_some_was_lost_is_no_number() -> None:
    stats = TelemetryStats(sentry=SignalCounts(spans=3), lost=("a payload was too large",))

    assert figures(gate(telemetry=stats))["telemetry", "spans"].reason == "some of it could not be counted"


def test_waived_findings_are_counted() -> None:
    waived = policy("guardrails", Outcome.WAIVED, findings=(finding(waived_by="the reviewer: fine"), finding("other")))

    assert figures(gate(), policies=(waived,))["governance", "waived"].value == 1
