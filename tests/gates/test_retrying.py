"""What several attempts of one gate come to."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gaterunner.gates.retrying import MAX_FINDINGS, combine, should_retry
from gaterunner.model import Finding, GateResult, Outcome, Severity, TestCounts
from tests.gates.evidence import cases


def attempt(**changes: object) -> GateResult:
    passed = GateResult(
        name="unit",
        kind="command",
        outcome=Outcome.PASSED,
        reason="exit code 0, 3 tests passed",
        exit_code=0,
        attempts=1,
        started="2025-01-01T00:00:00.000Z",
        duration_s=1.5,
        log="/logs/unit.log",
        tests=TestCounts(total=3, passed=3),
        cases=cases(a="passed", b="passed", c="passed"),
    )
    return replace(passed, **changes)


def failed(*tests: str, **changes: object) -> GateResult:
    told = dict.fromkeys("abc", "passed") | dict.fromkeys(tests, "failed")
    return attempt(
        outcome=Outcome.FAILED,
        reason=f"exit code 1: {len(tests)} of 3 tests failed",
        exit_code=1,
        tests=TestCounts(total=3, passed=3 - len(tests), failed=len(tests)),
        cases=cases(**told),
        findings=tuple(
            Finding(rule="test-failed", severity=Severity.ERROR, message=f"{test}: no", path="t.py", line=7)
            for test in tests
        ),
        **changes,
    )


PLAIN = attempt(tests=None, cases=(), reason="exit code 0")


def test_a_single_attempt_is_its_own_result() -> None:
    assert combine([attempt()], allowed=3) == attempt()
    with pytest.raises(ValueError, match="without an attempt"):
        combine([])


def test_a_pass_after_a_failure_is_flaky_with_every_attempt() -> None:
    first = failed("a", log="/logs/unit.1.log")
    result = combine([first, attempt(started="2025-01-01T00:00:02.000Z")], allowed=3)

    assert (result.outcome, result.flaky, result.attempts) == (Outcome.PASSED, True, 2)
    assert result.reason == "passed on attempt 2 of 3; flaky: a failed before"
    assert [(one.number, one.outcome, one.reason, one.log) for one in result.tries] == [
        (1, "failed", "exit code 1: 1 of 3 tests failed", "/logs/unit.1.log"),
        (2, "passed", "exit code 0, 3 tests passed", "/logs/unit.log"),
    ]
    assert result.tests == TestCounts(total=3, passed=3, flaky=1)
    assert (result.started, result.duration_s) == ("2025-01-01T00:00:00.000Z", 3.0)
    [finding] = result.findings
    assert (finding.rule, finding.severity) == ("flaky", Severity.WARNING)
    assert finding.message == "a: failed, then passed on the same code"
    assert (finding.path, finding.line) == ("t.py", 7)


def test_only_failing_tests_are_named_each_once() -> None:
    result = combine([failed("a", "b"), failed("b"), attempt()])
    assert result.reason == "passed on attempt 3 of 3; flaky: a, b failed before"
    assert [finding.rule for finding in result.findings] == ["flaky", "flaky"]


def test_without_tests_the_failure_itself_is_told() -> None:
    before = replace(PLAIN, outcome=Outcome.FAILED, reason="exit code 1", exit_code=1)
    result = combine([before, before, PLAIN], allowed=3)
    assert result.reason == "passed on attempt 3 of 3; flaky: 2 attempts before it failed (exit code 1)"
    assert result.flaky


@pytest.mark.parametrize(
    ("last", "told"),
    [
        (cases(b="passed", c="passed"), "a: failed, and was not there in the attempt that passed"),
        (cases(a="skipped", b="passed"), "a: failed, and was skipped in the attempt that passed"),
    ],
)
def test_a_test_that_failed_must_pass_to_have_passed(last: object, told: str) -> None:
    result = combine([failed("a"), attempt(cases=last)], allowed=2)
    assert result.outcome is Outcome.UNPROVEN
    assert result.reason == "1 test failed and was not executed by attempt 2 of 2: a"
    assert not result.flaky
    [finding] = result.findings
    assert (finding.rule, finding.severity, finding.message) == ("test-gone", Severity.ERROR, told)


def test_failing_to_the_end_is_the_last_failure() -> None:
    result = combine([failed("a"), failed("b")], allowed=2)
    assert (result.outcome, result.flaky) == (Outcome.FAILED, False)
    assert result.reason == "exit code 1: 1 of 3 tests failed (attempt 2 of 2)"
    assert [finding.message for finding in result.findings] == ["b: no"]
    assert len(result.tries) == 2


def test_many_flaky_tests_are_bounded() -> None:
    names = [f"t{number}" for number in range(MAX_FINDINGS + 5)]
    result = combine([failed(*names), attempt(cases=cases(**dict.fromkeys(names, "passed")))])
    assert len(result.findings) == MAX_FINDINGS + 1
    assert result.findings[-1].message == "5 more flaky tests of 55 in all"
    assert result.reason == "passed on attempt 2 of 2; flaky: t0, t1, t2 and 52 more failed before"


@pytest.mark.parametrize(
    ("result", "again"),
    [
        (failed("a"), True),
        (replace(PLAIN, outcome=Outcome.FAILED, exit_code=None, signal="SIGSEGV"), True),
        (replace(failed("a"), exit_code=0), True),
        (attempt(), False),
        (attempt(outcome=Outcome.FAILED, reason="79% of lines covered, expected at least 80%"), False),
        (attempt(outcome=Outcome.UNPROVEN), False),
        (attempt(outcome=Outcome.ERRORED, exit_code=127), False),
        (attempt(outcome=Outcome.ERRORED, exit_code=None, reason="interrupted before it ended"), False),
    ],
    ids=["tests", "signal", "told by files", "passed", "coverage", "unproven", "not found", "interrupted"],
)
def test_only_what_may_turn_out_differently_is_tried_again(result: GateResult, again: bool) -> None:
    assert should_retry(result) is again
