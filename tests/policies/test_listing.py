"""What policies tell in the same way, and what a waiver can make of it."""

from __future__ import annotations

from gaterunner.model import Finding, Outcome, PolicyResult, Severity
from gaterunner.policies.listing import MAX_FINDINGS, bounded, errors_of, settled, summed
from gaterunner.waivers.approval import Approval, Approver, WaiveLine
from gaterunner.waivers.ledger import Ledger
from tests.waivers.samples import HEAD, TODAY, change


def found(rule: str, number: int = 0, *, severity: Severity = Severity.ERROR, approvable: bool = False) -> Finding:
    return Finding(rule=rule, severity=severity, message=f"{rule} {number}", path=f"{number}.py", approvable=approvable)


def many(rule: str, number: int, *, approvable: bool = False) -> list[Finding]:
    return [found(rule, each, approvable=approvable) for each in range(number)]


class TestTooManyFindings:
    def test_end_with_how_many_more_there_are(self) -> None:
        told = bounded([*many("rollout/no-flag", MAX_FINDINGS), found("rollout/no-flag")])

        assert (len(told), told[-1].rule, told[-1].message) == (
            MAX_FINDINGS,
            "rollout/no-flag",
            "2 further findings of this policy are not listed",
        )

    def test_of_several_rules_are_of_none_that_can_be_named(self) -> None:
        told = bounded([*many("rollout/no-flag", MAX_FINDINGS), found("rollout/flag-on")])

        assert told[-1].rule == "rollout/more"

    def test_hide_none_of_another_rule_behind_a_waiver(self) -> None:
        findings = bounded([*many("rollout/no-flag", MAX_FINDINGS), found("rollout/flag-on")])
        result = PolicyResult(name="reversible-rollout", outcome=Outcome.FAILED, reason="", findings=findings)
        line = WaiveLine("rollout/no-flag", None, "It is all the same")
        approver = Approver(login="hopper", url="https://example.invalid/1", lines=(line,))

        waived = Ledger((), change(), Approval(heads=(HEAD,), approvers=(approver,)), TODAY).waive(result)

        assert waived.outcome is Outcome.FAILED
        assert [finding.rule for finding in waived.findings if finding.waived_by is None] == ["rollout/more"]

    def test_are_let_through_by_a_review_where_each_of_them_is(self) -> None:
        more = [*many("a/x", MAX_FINDINGS, approvable=True), found("a/y", approvable=True)]

        assert bounded(more)[-1].approvable
        assert not bounded([*more, found("a/z")])[-1].approvable

    def test_of_which_the_heaviest_come_first(self) -> None:
        noticed = found("a/n", severity=Severity.NOTICE)

        assert bounded([noticed, found("a/x")]) == (found("a/x"), noticed)


class TestAnOutcome:
    def test_is_failed_by_whatever_is_wrong_and_keeps_what_is_not_shown(self) -> None:
        told = settled(wrong="it is on", unshown="nothing ran", passed="fine")

        assert (told.outcome, told.reason, told.unshown) == (Outcome.FAILED, "it is on", "nothing ran")

    def test_is_failed_even_where_nobody_says_why(self) -> None:
        silent = Finding(rule="a/b", severity=Severity.ERROR, message="")

        assert settled(wrong=summed([silent]), unshown="", passed="fine").outcome is Outcome.FAILED

    def test_is_unproven_by_what_is_not_shown(self) -> None:
        told = settled(wrong=None, unshown="nothing ran", passed="fine")

        assert (told.outcome, told.reason, told.unshown) == (Outcome.UNPROVEN, "nothing ran", "")

    def test_is_passed_else(self) -> None:
        assert settled(wrong=None, unshown="", passed="fine").outcome is Outcome.PASSED


def test_one_problem_is_told_and_several_are_counted() -> None:
    warned = found("a/w", severity=Severity.WARNING)

    assert [summed(errors_of(each)) for each in ([warned], [found("a/x"), warned], many("a/x", 2))] == [
        None,
        "a/x 0",
        "2 problems",
    ]
