"""``no-merge-to-main``: a protected branch is reached only through a pull request."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace

from gaterunner.change import ChangeOptions, determine_change
from gaterunner.errors import EvaluationError
from gaterunner.git import Repository as Git
from gaterunner.model import Event, Outcome, PolicyResult, Severity, Skip
from gaterunner.policies.context import PolicyContext
from gaterunner.policies.forge import Forge, PullRequest
from gaterunner.policies.levels import Level
from gaterunner.policies.no_merge_to_main import MAX_ASKED, Options, evaluate
from gaterunner.secrets.engine import Engine
from tests.gitrepo import Repository
from tests.waivers.samples import Reviewed


class Pulls(Reviewed):
    """A forge that knows the pull requests of some commits, and may be out of order."""

    def __init__(self, of: Mapping[str, PullRequest], *, is_down: bool = False) -> None:
        super().__init__(is_down=is_down)
        self.of = of

    def pull_requests_of(self, commit: str) -> tuple[PullRequest, ...]:
        if self.is_down:
            raise EvaluationError("GitHub did not answer", help="try again")
        return (self.of[commit],) if commit in self.of else ()


def merged(commit: str, *, target: str = "main", merged: bool = True) -> PullRequest:
    return PullRequest(number=7, merged=merged, target=target, merge_commit=commit, head=commit)


@pytest.fixture
def clone(repo: Repository, tmp_path: Path) -> Repository:
    """A fresh clone: ``main`` stands where ``origin/main`` stands."""
    return Repository.clone(repo, tmp_path / "clone")


def judge(
    repo: Repository,
    options: Options = Options(),  # noqa: B008  frozen, so it can be shared
    *,
    base: str | None = None,
    event: Event = Event.LOCAL,
    target: str | None = None,
    before: str | None = None,
    forge: Forge | None = None,
) -> PolicyResult:
    with Git.open(repo.root, env=os.environ) as git:
        found = determine_change(git, ChangeOptions(base=base), None)
        change = replace(found, event=event, target=target or found.target, base_tip=before or found.base_tip)
        return evaluate(PolicyContext(change=change, repository=git, secrets=Engine(), forge=forge), options)


def rules(result: PolicyResult) -> list[str]:
    """The rules that were broken, without what is only told."""
    return [finding.rule for finding in result.findings if finding.severity is Severity.ERROR]


class TestOnOnesOwnMachine:
    def test_work_on_a_branch_of_its_own_passes(self, clone: Repository) -> None:
        clone.switch("feat/x", create=True)
        clone.commit("Work", {"a": "1"})
        result = judge(clone)
        assert (result.outcome, result.observed) == (Outcome.PASSED, "local branch feat/x")
        assert result.reason == "the change reaches no protected branch by itself"

    def test_main_itself_is_no_place_to_be_judged(self, clone: Repository) -> None:
        assert rules(judge(clone)) == ["on-protected-branch"]

    def test_a_branch_without_a_change_reaches_nothing(self, clone: Repository) -> None:
        clone.switch("feat/x", create=True)
        result = judge(clone)
        assert (result.outcome, result.skip, result.reason) == (
            Outcome.SKIPPED,
            Skip.NOT_APPLICABLE,
            "the change is empty",
        )

    def test_edits_on_main_belong_on_a_branch(self, clone: Repository) -> None:
        clone.write({"a": "1"})
        result = judge(clone)
        assert (result.outcome, rules(result)) == (Outcome.FAILED, ["on-protected-branch"])
        assert result.reason == "the judged branch is main, which is protected"
        assert result.findings[0].help is not None
        assert "git switch -c feat/my-change" in result.findings[0].help

    def test_a_commit_on_main_is_told_with_the_way_back(self, clone: Repository) -> None:
        clone.commit("By hand", {"a": "1"})
        result = judge(clone)
        assert rules(result) == ["on-protected-branch", "protected-branch-ahead"]
        assert result.findings[1].message == "local main holds 1 commit that origin/main does not"
        assert result.findings[1].help is not None
        assert "git branch -f main origin/main" in result.findings[1].help

    @pytest.mark.parametrize(
        ("level", "outcome", "told"),
        [("fail", Outcome.FAILED, 1), ("warn", Outcome.PASSED, 1), ("off", Outcome.SKIPPED, 0)],
    )
    def test_how_much_a_rule_weighs_can_be_said(
        self, *, clone: Repository, level: Level, outcome: Outcome, told: int
    ) -> None:
        result = judge(clone, Options(rules={"on-protected-branch": level}))
        assert (result.outcome, len(result.findings)) == (outcome, told)

    def test_main_without_a_remote_is_no_place_to_work(self, repo: Repository) -> None:
        repo.commit("By hand", {"a": "1"})
        # Compared with itself the change is empty, and that tells nothing about what was done to it.
        assert rules(judge(repo)) == ["on-protected-branch"]

    def test_a_merge_into_local_main_is_seen_from_another_branch(self, clone: Repository) -> None:
        clone.switch("feat/x", create=True)
        clone.commit("Work", {"a": "1"})
        clone.switch("main")
        clone.merge("feat/x")
        clone.switch("feat/x")
        assert rules(judge(clone)) == ["protected-branch-ahead"]

    def test_main_that_follows_another_branch_is_still_compared_with_its_own(self, clone: Repository) -> None:
        clone.switch("feat/x", create=True)
        clone.commit("Work", {"a": "1"})
        clone.git("branch", "-f", "main", "feat/x")
        clone.git("branch", "--set-upstream-to", "feat/x", "main")
        assert rules(judge(clone)) == ["protected-branch-ahead"]

    def test_bringing_main_into_the_branch_is_honest_work(self, repo: Repository, clone: Repository) -> None:
        clone.switch("feat/x", create=True)
        clone.commit("Work", {"a": "1"})
        repo.commit("Meanwhile", {"b": "1"})
        clone.git("fetch", "-q", "origin")
        clone.merge("origin/main")
        assert judge(clone).outcome is Outcome.PASSED

    def test_protected_names_are_globs(self, clone: Repository) -> None:
        clone.switch("stable/2", create=True)
        clone.commit("By hand", {"a": "1"})
        assert judge(clone).outcome is Outcome.PASSED
        assert rules(judge(clone, Options(protected=("stable/*",)))) == ["on-protected-branch"]


class TestOnAPullRequest:
    @pytest.mark.parametrize("event", [Event.PULL_REQUEST, Event.MERGE_GROUP])
    def test_the_target_has_to_be_an_allowed_one(self, clone: Repository, event: Event) -> None:
        clone.switch("feat/x", create=True)
        clone.commit("Work", {"a": "1"})
        allowed = Options(targets=("develop", "release/*"))
        assert judge(clone, allowed, event=event, target="develop").outcome is Outcome.PASSED
        refused = judge(clone, allowed, event=event, target="main")
        assert rules(refused) == ["target-not-allowed"]
        assert refused.reason == "the pull request's target is main"

    def test_any_target_is_allowed_when_none_is_named(self, clone: Repository) -> None:
        clone.switch("feat/x", create=True)
        clone.commit("Work", {"a": "1"})
        assert judge(clone, event=Event.PULL_REQUEST, target="main").outcome is Outcome.PASSED


class TestOnAPushToMain:
    def test_a_push_that_nothing_can_trace_is_unproven(self, clone: Repository) -> None:
        clone.commit("Pushed", {"a": "1"})
        result = judge(clone, event=Event.PUSH)
        assert result.outcome is Outcome.UNPROVEN
        assert result.reason == "nothing here can tell how main was moved: no token that may read pull requests"

    def test_a_merged_pull_request_passes(self, clone: Repository) -> None:
        commit = clone.commit("Squashed", {"a": "1"})
        assert judge(clone, event=Event.PUSH, forge=Pulls({commit: merged(commit)})).outcome is Outcome.PASSED

    def test_what_a_merge_brought_in_needs_no_pull_request_of_its_own(self, clone: Repository) -> None:
        clone.switch("feat/x", create=True)
        clone.commit("Work", {"a": "1"})
        clone.switch("main")
        commit = clone.merge("feat/x")
        assert judge(clone, event=Event.PUSH, forge=Pulls({commit: merged(commit)})).outcome is Outcome.PASSED

    @pytest.mark.parametrize(
        "known", [{}, {"merged": False}, {"target": "develop"}], ids=["none", "open", "merged elsewhere"]
    )
    def test_a_commit_without_one_fails(self, clone: Repository, known: dict[str, str | bool]) -> None:
        commit = clone.commit("By hand", {"a": "1"})
        pulls = {
            commit: merged(commit, target=str(known.get("target", "main")), merged=bool(known.get("merged", True)))
        }
        result = judge(clone, event=Event.PUSH, forge=Pulls(pulls if known else {}))
        assert (result.outcome, rules(result)) == (Outcome.FAILED, ["pushed-without-pull-request"])
        assert result.findings[0].commit == commit

    def test_an_answer_that_does_not_come_is_an_error(self, clone: Repository) -> None:
        clone.commit("Pushed", {"a": "1"})
        result = judge(clone, event=Event.PUSH, forge=Pulls({}, is_down=True))
        assert (result.outcome, result.reason) == (Outcome.ERRORED, "GitHub did not answer")

    def test_a_push_of_more_commits_than_are_asked_about_is_unproven(self, clone: Repository) -> None:
        for number in range(MAX_ASKED + 1):
            clone.commit(f"{number}", {"a": f"{number}"})
        result = judge(clone, event=Event.PUSH, forge=Pulls({}))
        assert result.outcome is Outcome.UNPROVEN
        assert "at most 50 are looked up" in result.reason

    def test_a_push_that_sets_main_back_is_unproven(self, clone: Repository) -> None:
        before = clone.commit("Gone", {"a": "1"})
        clone.git("reset", "-q", "--hard", "HEAD^")
        result = judge(clone, event=Event.PUSH, before=before, forge=Pulls({}))
        assert result.outcome is Outcome.UNPROVEN
        assert "without adding a commit" in result.reason

    def test_a_scheduled_run_moves_nothing(self, clone: Repository) -> None:
        result = judge(clone, event=Event.PUSH, forge=Pulls({}))
        assert (result.outcome, result.skip) == (Outcome.SKIPPED, Skip.NOT_APPLICABLE)
