"""What git tells the hook, line by line, and whether a red branch is only waiting for somebody to look."""

from __future__ import annotations

import pytest

from gaterunner.errors import EvaluationError
from gaterunner.hook.letting import awaits_only_an_approval
from gaterunner.hook.pushed import PushedRef, read_pushed
from gaterunner.hook.script import owner_of, script
from gaterunner.model import Finding, Outcome, PolicyResult, Severity, Verdict
from tests.github.samples import gate, report

ONE, NONE = "1" * 40, "0" * 40


def read(line: str) -> PushedRef:
    (found,) = read_pushed([line + "\n"])
    return found


class TestLines:
    def test_a_branch(self) -> None:
        found = read(f"refs/heads/feat/x {ONE} refs/heads/feat/y {NONE}")
        assert (found.local, found.id, found.branch) == ("refs/heads/feat/x", ONE, "feat/y")
        assert (found.creates, found.deletes) == (True, False)

    def test_what_the_user_named_may_hold_blanks(self) -> None:
        assert read(f"HEAD@{{1 day ago}} {ONE} refs/heads/x {ONE}").local == "HEAD@{1 day ago}"

    def test_a_deletion_and_a_tag(self) -> None:
        assert read(f"(delete) {NONE} refs/heads/x {ONE}").deletes
        assert read(f"refs/tags/v1 {ONE} refs/tags/v1 {NONE}").branch is None

    def test_ids_of_sha_256(self) -> None:
        assert not read(f"refs/heads/x {'2' * 64} refs/heads/x {'0' * 64}").deletes

    def test_nothing_at_all(self) -> None:
        assert read_pushed(["", "\n"]) == ()

    @pytest.mark.parametrize(
        "line", ["hello", f"{ONE} {ONE}", f"a {ONE} b c", "a b refs/heads/x d", f"a {ONE[:39]} b {ONE}"]
    )
    def test_what_git_would_not_say(self, line: str) -> None:
        with pytest.raises(EvaluationError, match="is not what git tells a pre-push hook"):
            read(line)


def judged(*findings: Finding, outcome: Outcome = Outcome.FAILED) -> PolicyResult:
    return PolicyResult(name="guardrails", outcome=outcome, reason="changed", findings=findings)


def wrong(*, approvable: bool, severity: Severity = Severity.ERROR, waived_by: str | None = None) -> Finding:
    return Finding(rule="r", severity=severity, message="m", approvable=approvable, waived_by=waived_by)


class TestWaitingForAnApproval:
    def test_is_what_only_somebody_elses_look_would_mend(self) -> None:
        found = report(Verdict.FAIL, gate("unit"), policies=(judged(wrong(approvable=True)),))
        assert awaits_only_an_approval(found) == ("guardrails",)

    @pytest.mark.parametrize(
        "policy",
        [
            judged(wrong(approvable=True), wrong(approvable=False)),
            judged(wrong(approvable=True, severity=Severity.WARNING)),
            judged(wrong(approvable=True, waived_by="hopper")),
            judged(),
            judged(wrong(approvable=True), outcome=Outcome.UNPROVEN),
            judged(wrong(approvable=True), outcome=Outcome.ERRORED),
        ],
    )
    def test_is_nothing_that_anything_else_is_wrong_with(self, policy: PolicyResult) -> None:
        assert awaits_only_an_approval(report(Verdict.FAIL, gate("unit"), policies=(policy,))) == ()

    @pytest.mark.parametrize("other", [Outcome.FAILED, Outcome.UNPROVEN, Outcome.ERRORED, Outcome.PENDING])
    def test_is_no_branch_whose_gates_are_red(self, other: Outcome) -> None:
        policies = (judged(wrong(approvable=True)),)
        assert awaits_only_an_approval(report(Verdict.FAIL, gate("unit"), gate("lint", other), policies=policies)) == ()

    def test_is_no_branch_none_of_whose_gates_ran(self) -> None:
        policies = (judged(wrong(approvable=True)),)
        assert awaits_only_an_approval(report(Verdict.FAIL, policies=policies)) == ()
        assert awaits_only_an_approval(report(Verdict.FAIL, policies=policies, scope="policies")) == ("guardrails",)

    @pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.ERROR, Verdict.PENDING])
    def test_is_said_of_red_branches_alone(self, verdict: Verdict) -> None:
        assert awaits_only_an_approval(report(verdict, gate("unit"), policies=(judged(wrong(approvable=True)),))) == ()


class TestWhoseHookItIs:
    @pytest.mark.parametrize("policies_only", [True, False])
    def test_ours(self, policies_only: bool) -> None:
        assert owner_of(script(policies_only=policies_only)) == "gaterunner"
        assert owner_of(script(policies_only=policies_only) + "more\n") == "gaterunner, edited"

    def test_of_another_version_of_ours(self) -> None:
        assert owner_of("#!/bin/sh\n# gaterunner-hook 99: newer\n") == "gaterunner"

    def test_somebodys(self) -> None:
        assert owner_of("#!/bin/sh\nmake test\n") == "somebody"
