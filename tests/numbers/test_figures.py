"""The figures of one run, and what stands where one was not measured."""

from __future__ import annotations

from typing import Any

import pytest

from gaterunner.model import (
    CoverageCounts,
    DecisionLog,
    Figure,
    GateResult,
    Outcome,
    SignalCounts,
    Skip,
    TakenOver,
    TelemetryStats,
)
from gaterunner.model import TestCounts as Counts
from gaterunner.numbers.figures import WHOLE_RUN, Promised, figures_of
from tests.reporters.reports import finding, policy, report
from tests.reporters.reports import gate as not_started


def gate(name: str = "unit", outcome: Outcome = Outcome.PASSED, **fields: Any) -> GateResult:
    ran = {} if outcome is Outcome.SKIPPED else {"started": "2026-01-15T12:00:00Z", "attempts": 1}
    return not_started(name, outcome, **{**ran, **fields})


def figures(*gates: Any, promised: Promised = Promised(), **fields: Any) -> dict[tuple[str, str], Figure]:  # noqa: B008 (frozen)
    found = figures_of(report(gates=gates, **fields), promised)
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


def test_a_waived_result_without_findings_counts_beside_findings() -> None:
    one = policy("guardrails", Outcome.WAIVED, findings=(finding(waived_by="the reviewer: fine"),))
    other = policy("change-budget", Outcome.WAIVED)

    assert figures(gate(), policies=(one, other))["governance", "waived"].value == 2


def test_decisions_that_nobody_looked_for_are_not_zero() -> None:
    log = DecisionLog(path=".gaterunner/decisions.jsonl", entries=0, head="f" * 64)

    assert figures(gate())["governance", "decisions"].reason == "no policy read a decision log"
    assert figures(gate(), decision_log=log)["governance", "decisions"].value == 0


def test_a_suite_that_crashed_before_it_wrote_results_did_not_execute_zero_tests() -> None:
    found = figures(gate("unit", Outcome.FAILED, tests=Counts()), gate("smoke", tests=Counts(total=3, passed=3)))

    assert found["tests", "executed"].value is None
    assert found["tests", "failed"].reason == "no result file of unit tells of a test"


def test_a_gate_that_should_have_told_of_tests_is_missed() -> None:
    found = figures(
        gate("unit"), gate("smoke", tests=Counts(total=3, passed=3)), promised=Promised(tests=frozenset({"unit"}))
    )

    assert found["tests", "executed"].reason == "no result file of unit tells of a test"


def test_a_gate_that_was_not_reached_executed_no_test() -> None:
    unreached = gate("unit", Outcome.SKIPPED, skip=Skip.NOT_REACHED, reason="build failed")
    promised = Promised(tests=frozenset({"unit", "smoke"}))

    found = figures(unreached, gate("smoke", tests=Counts(total=3, passed=3)), promised=promised)

    assert found["tests", "executed"].value == 3


def test_a_command_that_could_not_be_started_took_no_time() -> None:
    found = figures(gate("unit", Outcome.ERRORED, reason="no such folder", attempts=0))["run", "unit"]

    assert (found.value, found.reason) == (None, "it did not run: no such folder")


@pytest.mark.parametrize("seconds", [-1.0, 1e300])
def test_a_time_that_is_none_is_not_told(seconds: float) -> None:
    assert figures(gate(duration_s=seconds))["run", "unit"].reason == "what is told of it is impossible"


def test_counts_that_cannot_be_are_not_told() -> None:
    found = figures(gate(tests=Counts(total=3, passed=4, failed=-1), coverage=CoverageCounts(lines=1, covered=9)))

    assert found["tests", "failed"].reason == "what is told of it is impossible"
    assert found["coverage", "lines (unit)"].reason == "what is told of it is impossible"


@pytest.mark.parametrize(("covered", "share"), [(99_996, 99.99), (1, 0.0), (100_000, 100.0), (29_000, 29.0)])
def test_shares_are_rounded_down(covered: int, share: float) -> None:
    found = figures(gate(coverage=CoverageCounts(lines=100_000, covered=covered)))

    assert found["coverage", "lines (unit)"].value == share


@pytest.mark.parametrize(
    ("result", "shards", "reason"),
    [
        (
            gate(),
            {"unit"},
            "it ran in shards, and lines that several of them execute cannot be told apart",
        ),
        (gate(), set(), "it left no coverage of a file in the repository"),
        (gate(coverage=CoverageCounts()), set(), "it left no coverage of a file in the repository"),
        (
            gate("unit", Outcome.SKIPPED, skip=Skip.NOT_REACHED, reason="build failed"),
            set(),
            "it did not run: build failed",
        ),
    ],
)
def test_a_gate_without_coverage_says_why(result: Any, shards: set[str], reason: str) -> None:
    found = figures(result, promised=Promised(coverage=frozenset({"unit"}), shards=frozenset(shards)))

    assert found["coverage", "lines (unit)"].reason == reason
    assert found["coverage", "changed lines (unit)"].reason == reason


def test_a_run_that_goes_on_with_another_did_not_take_its_own_time_alone() -> None:
    taken = TakenOver(report="f" * 64, started="2026-01-15T12:00:00Z", evaluated=("unit",))

    assert figures(gate(), taken_over=taken)["run", WHOLE_RUN].reason == "it goes on with an earlier run"


def test_what_is_not_known_of_the_time_is_told() -> None:
    assert figures(gate(), promised=Promised(untimed={"unit": "elsewhere"}))["run", "unit"].reason == "elsewhere"
