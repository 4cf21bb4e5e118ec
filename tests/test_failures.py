"""The index of failures: what is in it, in which order, and within which bounds."""

from __future__ import annotations

from msgspec.structs import replace

from gaterunner.failures import MOST_SHOWN, failures_of, index_of, law_option, signature_of
from gaterunner.model import Failure, Finding, Outcome, Report, Severity, WorkflowInfo
from tests.reporters.reports import gate, policy, report


def finding(message: str, *, rule: str = "test-failed", **fields: object) -> Finding:
    return replace(Finding(rule=rule, severity=Severity.ERROR, message=message, fingerprint=message), **fields)


def failing(*findings: Finding, name: str = "unit", **fields: object) -> Report:
    return report(gates=(gate(name, Outcome.FAILED, findings=findings, **fields),))


def test_a_passing_run_has_none() -> None:
    assert failures_of(report(gates=(gate("unit", Outcome.PASSED),))) == ()


def test_a_failure_says_where_what_and_how_to_see_it_again() -> None:
    told = failing(finding("test_add: assert 3 == 4", path="tests/test_a.py", line=3, help="mend it", standing="new"))
    assert failures_of(told) == (
        Failure(
            source="unit",
            rule="test-failed",
            message="test_add: assert 3 == 4",
            path="tests/test_a.py",
            line=3,
            reproduce="gaterunner run --gate unit",
            help="mend it",
            fingerprint="test_add: assert 3 == 4",
            standing="new",
        ),
    )


def test_what_has_no_finding_is_told_by_its_reason() -> None:
    told = report(gates=(gate("odd name", Outcome.UNPROVEN, reason="no test was collected"),))
    (only,) = failures_of(told)
    assert (only.rule, only.message) == ("unproven", "no test was collected")
    assert only.reproduce == "gaterunner run --gate 'odd name'"


def test_a_policy_is_looked_at_again_without_running_anything() -> None:
    told = report(policies=(policy("clean-main", Outcome.FAILED, findings=(finding("conflict"),)),))
    assert failures_of(told)[0].reproduce == "gaterunner check"


def test_a_policy_over_what_gates_showed_is_looked_at_again_by_running_them() -> None:
    told = report(policies=(policy("spec", Outcome.UNPROVEN, findings=(finding("objective not proven"),)),))
    assert failures_of(told)[0].reproduce == "gaterunner run"


def test_only_what_decides_the_verdict_is_in_it() -> None:
    warning = finding("only a warning", severity=Severity.WARNING)
    waived = finding("let through", waived_by="somebody")
    told = report(
        gates=(
            gate("advisory", Outcome.FAILED, advisory=True),
            gate("unit", Outcome.FAILED, findings=(warning, waived, finding("blocks"))),
            gate("later", Outcome.SKIPPED),
        )
    )
    assert [failure.message for failure in failures_of(told)] == ["blocks"]


def test_new_failures_come_before_known_ones_and_failed_before_errored() -> None:
    known, new = finding("old", standing="known"), finding("fresh", standing="new")
    told = report(
        gates=(gate("broken", Outcome.ERRORED, reason="no tool"), gate("unit", Outcome.FAILED, findings=(known, new)))
    )
    assert [failure.message for failure in failures_of(told)] == ["fresh", "old", "no tool"]


def test_it_is_bounded_and_leaves_no_source_out() -> None:
    many = failures_of(failing(*(finding(f"test {number}") for number in range(200))))
    index = index_of((*many, Failure(source="lint", rule="failed", message="exit code 1")))
    assert (len(index.shown), index.left_out) == (MOST_SHOWN, 151)
    assert index.shown[-1].source == "lint"


def test_a_message_is_one_bounded_line() -> None:
    (only,) = failures_of(failing(finding("a\nb\t" + "x" * 1_000)))
    assert only.message.startswith("a b xxx")
    assert len(only.message) == 300


def test_an_operators_own_law_is_named_in_the_command() -> None:
    info = WorkflowInfo(path="/etc/my gates.yml", sha256="0" * 64, source="file", changed_by_branch=False)
    assert law_option(replace(failing(), workflow=info)) == " --config '/etc/my gates.yml'"


def test_the_same_failures_have_one_signature_wherever_they_moved() -> None:
    one = failures_of(failing(finding("a", line=3), finding("b")))
    moved = failures_of(failing(finding("b"), finding("a", line=9)))
    assert signature_of(one) == signature_of(moved)
    assert signature_of(one) != signature_of(one[:1])

    slow, slower = (report(gates=(gate("unit", Outcome.FAILED, reason=f"exit code 1 after {n} s"),)) for n in (3, 14))
    assert signature_of(failures_of(slow)) == signature_of(failures_of(slower))
