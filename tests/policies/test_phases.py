"""A phase starts once those before it have landed, and no branch speaks for a phase that is not its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from gaterunner.config.grammar import parse_workflow
from gaterunner.config.types import Workflow
from gaterunner.errors import EvaluationError
from gaterunner.model import Outcome, PolicyResult, Severity, Skip
from gaterunner.policies.phases import Options
from tests.gitrepo import Repository
from tests.policies.judging import judge_policy

WORKFLOW = parse_workflow(
    b"workflow: {phases: [hardening, protection, permissions], gates: [build]}", ".gaterunner.yml"
)


def judge(
    repo: Repository, workflow: Workflow = WORKFLOW, options: Options | None = None, *, base: str = "main"
) -> PolicyResult:
    return judge_policy(repo, "phases", options, base=base, workflow=workflow)


def start(repo: Repository, branch: str, message: str = "Work") -> str:
    repo.switch(branch, create=True, at="main")
    return repo.commit(message, {f"{branch.replace('/', '-')}.py": "done = True\n"})


def land(repo: Repository, branch: str) -> str:
    start(repo, branch)
    repo.switch("main")
    return repo.merge(branch, f"Merge pull request #1 from octocat/{branch}")


def test_the_first_phase_waits_for_none(repo: Repository) -> None:
    start(repo, "feat/hardening")

    result = judge(repo)

    assert (result.outcome, result.reason) == (Outcome.PASSED, "`hardening` comes first")
    assert result.observed == "phase hardening; landed: none"
    assert result.expected == "the phases before this one have landed, and its commits speak for no other"


def test_a_later_phase_starts_once_those_before_it_have_landed(repo: Repository) -> None:
    first, second = land(repo, "feat/hardening"), land(repo, "feat/protection")
    start(repo, "feat/permissions")

    result = judge(repo)

    assert result.outcome is Outcome.PASSED
    assert result.reason == (
        f"`permissions` may start: done are `hardening` by {first[:12]} and `protection` by {second[:12]}"
    )
    assert result.observed == "phase permissions; landed: hardening, protection"


def test_out_of_order_is_told_with_everything_that_is_missing(repo: Repository) -> None:
    start(repo, "feat/permissions")

    result = judge(repo)

    assert (result.outcome, result.reason) == (Outcome.FAILED, "2 problems")
    assert [finding.rule for finding in result.findings] == ["phases/out-of-order"] * 2
    first = result.findings[0]
    assert first.message == (
        "phase `permissions` comes after `hardening`, which has not landed: no commit in the first-parent history of "
        "`main` shows it"
    )
    assert first.help == (
        "merge `feat/hardening` first, with the trailer `Gaterunner-Phase: hardening` where it is squashed or rebased; "
        "if it has landed without either, the workflow file may say so: `done-at: <commit>`"
    )


def test_a_phase_that_was_reverted_is_not_done(repo: Repository) -> None:
    merged = land(repo, "feat/hardening")
    repo.git("revert", "--no-edit", "-m", "1", merged)
    by = repo.head
    start(repo, "feat/protection")

    result = judge(repo)

    assert result.reason == (
        f"phase `protection` comes after `hardening`, which landed with {merged[:12]} and was reverted by {by[:12]}"
    )


def test_a_commit_of_the_law_that_is_not_in_the_history_completes_nothing(repo: Repository) -> None:
    start(repo, "feat/hardening")
    beside = repo.head
    start(repo, "feat/protection")
    hardening, *others = WORKFLOW.phases
    workflow = replace(WORKFLOW, phases=(replace(hardening, done_at=beside), *others))

    result = judge(repo, workflow)

    assert result.reason == (
        f"phase `protection` comes after `hardening`, which has not landed: its `done-at` {beside[:12]} is not in the "
        "history of `main`"
    )


def test_the_law_may_let_a_phase_start_at_once(repo: Repository) -> None:
    start(repo, "feat/protection")
    workflow = parse_workflow(
        b"workflow: {phases: [hardening, protection: {after: []}], gates: [build]}", ".gaterunner.yml"
    )

    assert judge(repo, workflow).outcome is Outcome.PASSED


def test_what_comes_before_an_earlier_phase_comes_before_this_one_too(repo: Repository) -> None:
    land(repo, "feat/protection")
    start(repo, "feat/permissions")

    assert judge(repo).reason.startswith("phase `permissions` comes after `hardening`, which has not landed")


def test_a_trailer_of_another_phase_would_be_false_evidence(repo: Repository) -> None:
    commit = start(repo, "feat/hardening", "Work\n\nGaterunner-Phase: protection")

    result = judge(repo)

    (finding,) = result.findings
    assert (result.outcome, finding.rule, finding.commit) == (Outcome.FAILED, "phases/foreign-trailer", commit)
    assert finding.message == (
        f"commit {commit[:12]} bears `Gaterunner-Phase: protection`, but the branch is of phase `hardening`: once it "
        "has landed, `protection` would count as done"
    )


def test_the_phases_own_trailer_is_as_it_should_be(repo: Repository) -> None:
    start(repo, "feat/hardening", "Work\n\nGaterunner-Phase: hardening\nGaterunner-Phase: unheard-of")

    assert judge(repo).findings == ()


def test_a_branch_of_no_phase_may_not_speak_for_one_either(repo: Repository) -> None:
    start(repo, "fix/typo", "Fix\n\nGaterunner-Phase: protection")

    (finding,) = judge(repo).findings

    assert finding.rule == "phases/foreign-trailer"
    assert "but the branch is of no phase" in finding.message


def test_a_branch_of_no_phase_is_otherwise_left_alone(repo: Repository) -> None:
    start(repo, "fix/typo")

    result = judge(repo)

    assert (result.outcome, result.skip) == (Outcome.SKIPPED, Skip.NOT_APPLICABLE)
    assert result.reason == "`fix/typo` is the branch of no phase"


def test_bitbuckets_squashed_commits_are_no_way_around(repo: Repository) -> None:
    commit = start(repo, "feat/hardening", "Merged in feat/protection (pull request #2)")

    (finding,) = judge(repo).findings

    assert finding.message == f"commit {commit[:12]} merges the branch of phase `protection`, which has not landed"


def test_the_trailer_of_a_merge_within_the_branch_is_told_as_it_may_be_squashed(repo: Repository) -> None:
    start(repo, "fix/typo")
    repo.switch("beside", create=True, at="main")
    repo.commit("Beside", {"beside.py": "b = 1\n"})
    repo.switch("fix/typo")
    repo.merge("beside", "Merge branch 'beside'\n\nGaterunner-Phase: protection")

    (finding,) = judge(repo).findings

    assert finding.rule == "phases/foreign-trailer"


def test_a_branch_that_merges_another_phase_brings_it_in_early(repo: Repository) -> None:
    start(repo, "feat/protection")
    start(repo, "feat/hardening")
    repo.merge("feat/protection", "Merge branch 'feat/protection' into feat/hardening")

    (finding,) = judge(repo).findings

    assert (finding.rule, finding.severity) == ("phases/foreign-merge", Severity.ERROR)
    assert finding.help == "let `protection` land first, and merge the target branch instead"


def test_a_done_phase_taken_up_again_is_worth_a_warning(repo: Repository) -> None:
    merged = land(repo, "feat/hardening")
    repo.switch("feat/hardening")
    repo.commit("More", {"more.py": "more = 1\n"})

    result = judge(repo)

    (finding,) = result.findings
    assert (result.outcome, finding.rule, finding.severity) == (Outcome.PASSED, "phases/reopened", Severity.WARNING)
    assert finding.message.startswith(f"phase `hardening` is done ({merged[:12]} merges `feat/hardening`: ")


def test_a_branch_that_left_before_an_earlier_phase_landed_is_told_to_catch_up(repo: Repository) -> None:
    start(repo, "feat/protection")
    repo.switch("main")
    merged = land(repo, "feat/hardening")
    repo.switch("feat/protection")

    result = judge(repo)

    (finding,) = result.findings
    assert (result.outcome, finding.rule) == (Outcome.PASSED, "phases/behind")
    assert finding.message == (
        f"`hardening` landed with {merged[:12]}, after this branch left the target: what is judged here was made "
        "without it"
    )


def test_a_rule_can_be_given_another_weight(repo: Repository) -> None:
    start(repo, "feat/permissions")

    result = judge(repo, options=Options(rules={"out-of-order": "warn"}))

    assert (result.outcome, len(result.findings)) == (Outcome.PASSED, 2)


def test_a_shallow_clone_is_an_error_and_no_answer(repo: Repository, tmp_path: Path) -> None:
    land(repo, "feat/hardening")
    repo.commit("Later", {"later.py": "later = 1\n"})
    repo.commit("Later still", {"later.py": "later = 2\n"})
    start(repo, "feat/protection")
    clone = Repository.clone(repo, tmp_path / "clone", "--depth", "2", "--no-single-branch", "--branch", "main")
    clone.git("remote", "set-url", "origin", "file:///nowhere")
    clone.switch("feat/protection", create=True)
    clone.commit("Work", {"a.py": "a = 1\n"})

    with pytest.raises(EvaluationError) as raised:
        judge(clone, base="main")

    assert "fetch-depth: 0" in (raised.value.help or "") or "fetched" in raised.value.message


def test_an_empty_change_has_no_place_in_an_order(repo: Repository) -> None:
    assert judge(repo).reason == "the change is empty"


@pytest.mark.parametrize(
    "message",
    [
        "Work\nGaterunner-Phase: protection",
        "Work\n\n* Part\n\n* gaterunner-phase: protection\n  because",
        "A\n\n> B\n\n\tGaterunner-Phase : protection\n\nC",
    ],
)
def test_a_line_that_a_squash_may_make_a_trailer_is_one(repo: Repository, message: str) -> None:
    start(repo, "feat/hardening", message)

    (finding,) = judge(repo).findings

    assert finding.rule == "phases/foreign-trailer"


def test_a_trailer_within_a_sentence_is_none(repo: Repository) -> None:
    start(
        repo, "feat/hardening", "Explain\n\nWrite Gaterunner-Phase: protection there.\n`Gaterunner-Phase: protection`"
    )

    assert judge(repo).findings == ()


def test_what_reverted_another_phase_is_taken_back_on_that_phases_branch(repo: Repository) -> None:
    merged = land(repo, "feat/hardening")
    repo.git("revert", "--no-edit", "-m", "1", merged)
    by = repo.head
    commit = start(repo, "fix/typo", f"Tidy\n\nThis reverts commit {by}.")

    (finding,) = judge(repo).findings

    assert finding.rule == "phases/foreign-trailer"
    assert finding.message == (
        f"commit {commit[:12]} says that it takes back what reverted phase `hardening`, but the branch is of no phase: "
        "once it has landed, `hardening` would count as done"
    )


def test_a_phase_may_take_back_what_reverted_it(repo: Repository) -> None:
    merged = land(repo, "feat/hardening")
    repo.git("revert", "--no-edit", "-m", "1", merged)
    by = repo.head
    repo.switch("feat/hardening")
    repo.git("reset", "-q", "--hard", "main")
    repo.git("revert", "--no-edit", by)

    assert judge(repo).findings == ()


def test_a_phase_does_not_land_with_nothing_but_what_judges_it(repo: Repository) -> None:
    repo.switch("feat/hardening", create=True)
    repo.commit("Record", {".gaterunner/decisions.jsonl": "\n"})

    (finding,) = judge(repo).findings

    assert (finding.rule, finding.approvable) == ("phases/no-work", True)
    assert finding.message == (
        "the branch of phase `hardening` touches nothing but what runs are judged by: once it has landed, `hardening` "
        "would count as done"
    )
    assert finding.help == "bring this on a branch of another name, or together with the work of the phase"


def test_a_phase_that_is_done_may_have_its_spec_amended(repo: Repository) -> None:
    land(repo, "feat/hardening")
    repo.switch("feat/hardening")
    repo.git("reset", "-q", "--hard", "main")
    repo.commit("Amend", {"specs/hardening.md": "\n"})

    assert [finding.rule for finding in judge(repo).findings] == ["phases/reopened"]
