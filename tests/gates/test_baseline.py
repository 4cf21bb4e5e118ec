"""What is made of the tests that the base executed."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gaterunner.config.types import Gate, Position, TestRules
from gaterunner.evidence.types import BaselineEvidence, TestEvidence
from gaterunner.executors.base import Execution
from gaterunner.gates.baseline import MAX_FINDINGS, judge_baseline, with_standing
from gaterunner.gates.command import judge, judge_whole, needs_baseline
from gaterunner.gates.ruling import Ruling
from gaterunner.model import Finding, GateResult, Outcome, Severity, TestCounts
from gaterunner.plan import PlannedGate
from tests.gates.evidence import Cases, case, cases

RUN = TestRules(baseline="run")
COMMIT = "0123456789abcdef0123456789abcdef01234567"
EXITED = Execution(ended="exited", exit_code=0, started="2025-01-01T00:00:00.000Z", duration_s=1.5)
BASE = cases(a="passed", b="failed", c="skipped", d="passed")


def base(tests: Cases = BASE, **changes: object) -> BaselineEvidence:
    return replace(BaselineEvidence(commit=COMMIT, source="run", cases=tests), **changes)


def told(ruling: Ruling) -> list[tuple[str, str, str]]:
    return [(finding.rule, finding.severity.value, finding.message) for finding in ruling.findings]


def test_the_same_tests_have_nothing_to_tell() -> None:
    assert judge_baseline(RUN, cases(d="passed", a="passed", b="passed", new="passed"), base()) == Ruling()


def test_tests_that_are_gone_leave_the_gate_unproven() -> None:
    ruling = judge_baseline(RUN, cases(d="passed"), base())
    assert ruling.outcome is Outcome.UNPROVEN
    assert ruling.reason == "2 tests of the base are gone: a, b"
    assert told(ruling) == [
        ("test-gone", "error", "a: was executed on the base (0123456789), and is not there any more"),
        ("test-gone", "error", "b: was executed on the base (0123456789), and is not there any more"),
    ]


def test_what_the_base_skipped_may_go() -> None:
    assert judge_baseline(RUN, cases(a="passed", b="passed", d="passed"), base()) == Ruling()


def test_a_module_that_only_the_base_could_not_load_is_no_test_that_is_gone() -> None:
    before = cases(tests__test_a="failed", tests__test_b="passed")
    assert judge_baseline(RUN, cases(tests__test_a__test_x="passed", tests__test_b="passed"), base(before)) == Ruling()
    assert (
        judge_baseline(RUN, cases(tests__test_b="passed"), base(before)).reason
        == "1 test of the base is gone: tests.test_a"
    )


def test_tests_that_are_newly_skipped_leave_the_gate_unproven() -> None:
    ruling = judge_baseline(RUN, cases(a="skipped", b="passed", c="skipped", d="passed"), base())
    assert (ruling.outcome, ruling.reason) == (Outcome.UNPROVEN, "1 test of the base is newly skipped: a")
    assert told(ruling) == [
        ("test-newly-skipped", "error", "a: was executed on the base (0123456789), and is skipped now")
    ]


def test_the_base_s_version_of_a_test_must_still_pass() -> None:
    on_head = cases(a="failed", b="failed", d="passed")
    ruling = judge_baseline(RUN, cases(a="passed", b="passed", d="passed"), base(on_head=on_head))
    assert ruling.outcome is Outcome.FAILED
    assert ruling.reason == "1 test of the base does not pass on this code in the base's version: a"
    assert told(ruling) == [
        ("test-weakened", "error", "a: passed on the base (0123456789), fails on this code in the base's version")
    ]


def test_the_base_s_version_must_be_executed_to_have_passed() -> None:
    ruling = judge_baseline(RUN, cases(a="passed", b="passed", d="passed"), base(on_head=cases(d="skipped")))
    assert ruling.reason == "2 tests of the base do not pass on this code in the base's version: a, d"
    assert told(ruling)[0][2] == (
        "a: passed on the base (0123456789), cannot be executed on this code in the base's version"
    )


def test_a_test_that_is_gone_is_not_told_a_second_time_as_not_executed() -> None:
    ruling = judge_baseline(RUN, cases(b="passed", d="passed"), base(on_head=cases(d="passed")))
    assert (ruling.outcome, ruling.reason) == (Outcome.UNPROVEN, "1 test of the base is gone: a")


def test_everything_that_is_wrong_is_in_the_reason() -> None:
    ruling = judge_baseline(RUN, cases(b="skipped", d="passed"), base(on_head=cases(a="passed", d="failed")))
    assert ruling.outcome is Outcome.FAILED
    assert ruling.reason == (
        "1 test of the base does not pass on this code in the base's version: d; "
        "1 test of the base is gone: a; 1 test of the base is newly skipped: b"
    )


@pytest.mark.parametrize("rules", [TestRules(), TestRules(baseline="report", missing="warn")])
def test_without_an_explicit_baseline_or_with_warn_nothing_blocks(rules: TestRules) -> None:
    ruling = judge_baseline(rules, cases(d="skipped"), base(on_head=cases(a="failed"), fault="no bash"))
    assert (ruling.outcome, ruling.reason) == (Outcome.PASSED, "")
    assert {finding.severity for finding in ruling.findings} == {Severity.WARNING}
    assert [finding.rule for finding in ruling.findings] == [
        *("test-weakened", "test-gone", "test-gone", "test-newly-skipped", "base-unknown")
    ]


def test_a_base_that_could_not_be_had_leaves_the_gate_unproven() -> None:
    ruling = judge_baseline(RUN, cases(a="passed"), base((), fault="its command timed out after 30m"))
    assert ruling.outcome is Outcome.UNPROVEN
    assert ruling.reason == "the base's tests could not be had: its command timed out after 30m"


def test_a_baseline_that_was_never_asked_for_is_missing_only_where_it_is_declared() -> None:
    assert judge_baseline(TestRules(), cases(a="passed"), None) == Ruling()
    ruling = judge_baseline(RUN, cases(a="passed"), None)
    assert (ruling.outcome, ruling.reason) == (Outcome.UNPROVEN, "its tests were not compared with the base's")


def test_findings_are_bounded() -> None:
    many = cases(**{f"t{number}": "passed" for number in range(MAX_FINDINGS + 3)})
    ruling = judge_baseline(RUN, cases(a="passed"), base(many))
    assert len(ruling.findings) == MAX_FINDINGS + 1
    assert ruling.findings[-1].message == "3 more of 53 in all"
    assert ruling.reason == "53 tests of the base are gone: t0, t1, t2 and 50 more"


# --- moved ---


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("tests.test_a.test_x", "tests.unit.test_a.test_x"),
        ("tests.test_a.TestA.test_x[1.5-a.b]", "tests.test_b.TestA.test_x[1.5-a.b]"),
        ("com.acme.ATest.reads(String)[1]", "com.acme.io.ATest.reads(String)[1]"),
        ("github.com/acme/a.TestX/v1.2", "github.com/acme/b.TestX/v1.2"),
    ],
)
def test_a_test_of_the_very_same_name_elsewhere_has_moved(old: str, new: str) -> None:
    before, after = case(old, "passed"), case(new, "passed")
    ruling = judge_baseline(RUN, (after,), base((before,)))
    assert ruling.outcome is Outcome.PASSED
    assert told(ruling) == [("test-moved", "notice", f"{old} is told as {new} now")]


@pytest.mark.parametrize(
    "head",
    [
        cases(q__test_y="passed"),
        cases(q__test_x="passed"),  # one arrival for two departures
        cases(known__test_x="passed"),  # was there before
    ],
)
def test_any_other_test_is_no_stand_in(head: Cases) -> None:
    before = cases(p__test_x="passed", r__test_x="passed", known__test_x="passed")
    assert judge_baseline(RUN, head, base(before)).outcome is Outcome.UNPROVEN


def test_moving_a_test_does_not_hide_that_it_is_skipped() -> None:
    ruling = judge_baseline(RUN, cases(q__test_x="skipped"), base(cases(p__test_x="passed")))
    assert ruling.reason == "1 test of the base is newly skipped: p.test_x"


def test_moving_a_test_does_not_hide_that_its_old_version_fails() -> None:
    before = base(cases(p__test_x="passed"), on_head=cases(p__test_x="failed"))
    ruling = judge_baseline(RUN, cases(q__test_x="passed"), before)
    assert ruling.outcome is Outcome.FAILED
    assert [finding.rule for finding in ruling.findings] == ["test-weakened", "test-moved"]


# --- as part of a gate ---


def planned(rules: TestRules = RUN, shard: tuple[int, int] = (1, 1)) -> PlannedGate:
    gate = Gate(name="unit", position=Position(1, 1), tests=("r.xml",), test_rules=rules)
    return PlannedGate(gate=gate, command="make unit", why="", shard=shard)


def evidence(tests: Cases) -> TestEvidence:
    failed = sum(case.state == "failed" for case in tests)
    counts = TestCounts(total=len(tests), passed=len(tests) - failed, failed=failed)
    return TestEvidence(patterns=("r.xml",), files=("r.xml",), counts=counts, cases=tests)


def test_a_gate_is_held_to_its_baseline() -> None:
    result = judge(planned(), EXITED, evidence(cases(d="passed")), baseline=base())
    assert (result.outcome, result.reason) == (Outcome.UNPROVEN, "2 tests of the base are gone: a, b")
    assert result.cases == cases(d="passed")
    assert [finding.rule for finding in result.findings] == ["test-gone", "test-gone"]


def test_failures_that_the_base_had_already_are_told_apart() -> None:
    failing = replace(EXITED, exit_code=1)
    result = judge(planned(), failing, evidence(cases(a="failed", b="failed")), baseline=base())
    assert result.reason == "exit code 1: 2 of 2 tests failed, 1 of them on the base already"


def test_the_bases_tests_are_had_for_what_passed_and_to_tell_which_failures_are_new() -> None:
    good, bad = evidence(cases(a="passed")), evidence(cases(a="failed"))
    assert needs_baseline(planned(), EXITED, good)
    assert needs_baseline(planned(), EXITED, bad)
    assert not needs_baseline(planned(), EXITED, None)
    assert not needs_baseline(planned(), replace(EXITED, exit_code=1), good)
    assert not needs_baseline(planned(shard=(1, 2)), EXITED, good)
    assert needs_baseline(planned(TestRules()), replace(EXITED, exit_code=1), bad)


def test_a_failure_is_known_when_the_same_test_failed_on_the_base() -> None:
    head = evidence(cases(old="failed", new="failed", ok="passed"))
    failures = tuple(
        Finding(rule="test-failed", severity=Severity.ERROR, message=f"{name}: no") for name in ("old", "new")
    )
    head = replace(head, failures=failures, failing=("old", "new"))

    found = with_standing(head, base(cases(old="failed", ok="passed")))
    assert [(each.message, each.standing) for each in found] == [("old: no", "known"), ("new: no", "new")]

    assert with_standing(head, None) == failures
    assert with_standing(head, base((), fault="no report is kept of it")) == failures


def test_shards_are_held_to_minimum_and_baseline_once_they_are_together() -> None:
    rules = TestRules(minimum=2, baseline="run")
    shard = judge(planned(rules, (1, 2)), EXITED, evidence(cases(a="passed")))
    assert shard.outcome is Outcome.PASSED

    def whole(tests: Cases) -> GateResult:
        counts = TestCounts(total=len(tests), passed=len(tests))
        merged = replace(shard, cases=tests, tests=counts, reason="2 shards passed")
        return judge_whole(planned(rules).gate, merged, base())

    result = whole(cases(a="passed", b="passed", d="passed"))
    assert (result.outcome, result.reason) == (Outcome.PASSED, "2 shards passed")
    assert whole(cases(a="passed", b="passed")).reason == "1 test of the base is gone: d"
    assert whole(cases(d="passed")).reason == (
        "1 test executed, expected at least 2 (`tests: minimum`); 2 tests of the base are gone: a, b"
    )
