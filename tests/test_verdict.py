"""The verdict over every combination of outcomes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from gaterunner.model import (
    GateResult,
    Outcome,
    PolicyResult,
    Problem,
    Report,
    Skip,
    ToolInfo,
    Trouble,
    Verdict,
    Waiting,
)
from gaterunner.verdict import decide, describe, exit_code


def gate(outcome: Outcome, *, name: str = "unit", skip: Skip | None = None, advisory: bool = False) -> GateResult:
    return GateResult(name=name, kind="command", outcome=outcome, reason="", skip=skip, advisory=advisory)


def policy(outcome: Outcome, *, name: str = "rule", skip: Skip | None = None) -> PolicyResult:
    return PolicyResult(name=name, outcome=outcome, reason="", skip=skip)


PASSED, FAILED, UNPROVEN = Outcome.PASSED, Outcome.FAILED, Outcome.UNPROVEN
ERRORED, PENDING, SKIPPED, WAIVED = Outcome.ERRORED, Outcome.PENDING, Outcome.SKIPPED, Outcome.WAIVED


@pytest.mark.parametrize(
    ("gates", "policies", "expected"),
    [
        ([gate(PASSED)], [], Verdict.PASS),
        ([gate(PASSED)], [policy(WAIVED)], Verdict.PASS),
        ([gate(PASSED), gate(SKIPPED, skip=Skip.NOT_APPLICABLE)], [policy(PASSED)], Verdict.PASS),
        ([gate(PASSED), gate(FAILED, advisory=True)], [], Verdict.PASS),
        ([gate(PASSED)], [policy(FAILED)], Verdict.FAIL),
        ([gate(PASSED)], [policy(UNPROVEN)], Verdict.FAIL),
        ([gate(FAILED)], [policy(ERRORED)], Verdict.FAIL),
        ([gate(PASSED)], [policy(ERRORED)], Verdict.ERROR),
        ([gate(ERRORED), gate(PENDING)], [], Verdict.ERROR),
        ([gate(PASSED), gate(PENDING)], [], Verdict.PENDING),
        ([gate(PASSED), gate(SKIPPED, skip=Skip.NOT_REACHED)], [], Verdict.ERROR),
        ([gate(PASSED), gate(SKIPPED)], [], Verdict.ERROR),
        ([gate(PENDING), gate(SKIPPED, skip=Skip.NOT_REACHED)], [], Verdict.PENDING),
        ([gate(PENDING), gate(SKIPPED)], [], Verdict.ERROR),
        ([gate(FAILED), gate(PENDING), gate(SKIPPED, skip=Skip.NOT_REACHED)], [], Verdict.FAIL),
    ],
)
def test_the_verdict_follows_the_outcomes(
    gates: list[GateResult], policies: list[PolicyResult], expected: Verdict
) -> None:
    assert decide(gates, policies, scope="gates+policies") is expected


@pytest.mark.parametrize("outcome", [gate(SKIPPED, skip=Skip.NOT_APPLICABLE), gate(PASSED, advisory=True)])
def test_a_run_in_which_nothing_that_counts_has_passed_has_proven_nothing(outcome: GateResult) -> None:
    verdict = decide([outcome], [policy(PASSED)], scope="gates+policies")

    assert verdict is Verdict.FAIL
    assert describe(verdict, [outcome], [policy(PASSED)], scope="gates+policies") == (
        "Nothing was proven: no gate ran and passed."
    )


def test_policies_alone_need_a_policy_that_passed() -> None:
    assert decide([], [policy(PASSED)], scope="policies") is Verdict.PASS
    assert decide([], [policy(SKIPPED, skip=Skip.NOT_APPLICABLE)], scope="policies") is Verdict.FAIL
    assert decide([], [], scope="policies") is Verdict.FAIL


@given(st.lists(st.tuples(st.sampled_from(Outcome), st.sampled_from([None, *Skip])), max_size=6))
def test_a_pass_never_stands_beside_anything_that_was_not_shown_to_be_right(
    outcomes: list[tuple[Outcome, Skip | None]],
) -> None:
    gates = [gate(outcome, skip=skip) for outcome, skip in outcomes]

    if decide(gates, [], scope="gates+policies") is Verdict.PASS:
        assert any(result.outcome is PASSED for result in gates)
        assert all(
            result.outcome in (PASSED, WAIVED)
            or (result.outcome is SKIPPED and result.skip in (Skip.NOT_APPLICABLE, Skip.NOT_SELECTED))
            for result in gates
        )


def test_a_pass_says_how_many_gates_were_not_simply_run() -> None:
    gates = [
        gate(PASSED),
        structs.replace(gate(PASSED), cached=True),
        structs.replace(gate(PASSED), flaky=True),
        gate(SKIPPED, skip=Skip.NOT_APPLICABLE),
    ]

    assert describe(Verdict.PASS, gates, [policy(PASSED)], scope="gates+policies") == (
        "3 gates and 1 policy passed (1 skipped, 1 cached, 1 flaky)."
    )


def test_a_pass_names_what_is_waived_and_does_not_count_it_as_passed() -> None:
    policies = [policy(PASSED), structs.replace(policy(WAIVED), name="no-secret-changes")]
    policies += [structs.replace(policy(WAIVED), name="waivers")]

    assert describe(Verdict.PASS, [gate(PASSED)], policies, scope="gates+policies") == (
        "1 gate and 1 policy passed; no-secret-changes waived."
    )


def problem(trouble: Trouble) -> Problem:
    return Problem(trouble=trouble, message="m")


@pytest.mark.parametrize(
    ("verdict", "problems", "code"),
    [
        (Verdict.PASS, [], 0),
        (Verdict.FAIL, [], 1),
        (Verdict.ERROR, [problem(Trouble.WORKFLOW_FILE)], 2),
        (Verdict.ERROR, [problem(Trouble.USAGE)], 2),
        (Verdict.ERROR, [], 3),
        (Verdict.ERROR, [problem(Trouble.EVALUATION)], 3),
        (Verdict.PENDING, [], 4),
        (Verdict.ERROR, [problem(Trouble.INTERRUPTED)], 130),
    ],
)
def test_each_verdict_has_its_exit_code(verdict: Verdict, problems: list[Problem], code: int) -> None:
    report = Report(
        verdict=verdict,
        sentence="",
        started="2026-01-01T00:00:00Z",
        duration_s=0,
        tool=ToolInfo(version="0"),
        change=None,
        workflow=None,
        problems=tuple(problems),
    )

    assert exit_code(report) == code


def test_the_sentence_names_what_decided() -> None:
    gates = [gate(PASSED), gate(FAILED, name="lint"), gate(SKIPPED, name="smoke", skip=Skip.NOT_REACHED)]
    policies = [policy(UNPROVEN, name="no-merge-to-main")]

    verdict = decide(gates, policies, scope="gates+policies")

    assert describe(verdict, gates, policies, scope="gates+policies") == "lint failed; no-merge-to-main unproven."


def test_the_sentence_of_a_pass_counts_what_it_rests_on() -> None:
    gates = [gate(PASSED), gate(PASSED), gate(SKIPPED, skip=Skip.NOT_APPLICABLE)]

    assert describe(Verdict.PASS, gates, [policy(PASSED)], scope="gates+policies") == (
        "2 gates and 1 policy passed (1 skipped)."
    )


def test_what_waits_tells_when_it_is_looked_at_again() -> None:
    soak = structs.replace(gate(PENDING, name="soak"), waiting=Waiting(next_evaluation="2025-06-17T09:10:00Z"))
    slow = structs.replace(gate(PENDING, name="slow"), waiting=Waiting(next_evaluation="2025-06-18T00:00:00Z"))
    told = describe(Verdict.PENDING, [gate(PASSED), slow, soak], [], scope="gates+policies")
    assert told == "Pending: slow, soak still waits; next evaluation 2025-06-17T09:10:00Z."
