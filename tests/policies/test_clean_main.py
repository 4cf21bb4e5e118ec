"""``clean-main`` over real repositories."""

from __future__ import annotations

import os
from typing import Any, cast

import pytest
from msgspec.structs import replace

from gaterunner.change import ChangeOptions, determine_change
from gaterunner.errors import EvaluationError
from gaterunner.git.repository import Repository as Checkout
from gaterunner.model import Event, Finding, Outcome, PolicyResult, Severity, Skip
from gaterunner.policies import POLICIES
from gaterunner.policies.clean_main import Options, evaluate
from gaterunner.policies.context import PolicyContext, SecretScanner
from gaterunner.policies.forge import CommitChecks, Forge
from gaterunner.policies.listing import MAX_FINDINGS
from tests.gitrepo import Files, Repository
from tests.policies.judging import judge_policy

ADA = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@engine.example",
    "GIT_AUTHOR_DATE": "2026-01-01T10:00:00Z",
}


def clean_main(repo: Repository, **options: Any) -> PolicyResult:
    return judge_policy(repo, "clean-main", Options(**options))


def rules(result: PolicyResult) -> list[str]:
    """The findings that a run by hand has beside the notice that nobody was asked."""
    return [
        f"{finding.severity} {finding.rule.removeprefix('clean-main/')}"
        for finding in result.findings
        if finding.rule != "clean-main/target-unasked"
    ]


def only(result: PolicyResult, rule: str) -> Finding:
    (finding,) = (finding for finding in result.findings if finding.rule == f"clean-main/{rule}")
    return finding


def on_main(repo: Repository, message: str, files: Files, *, env: dict[str, str] | None = None) -> str:
    """A commit on main while a branch is checked out."""
    branch = repo.git("branch", "--show-current")
    repo.switch("main")
    sha = repo.commit(message, files, env=env)
    repo.switch(branch)
    return sha


@pytest.fixture
def work(repo: Repository) -> Repository:
    """A branch with one honest commit, and main with one that came later."""
    repo.commit("Settings", {"settings.py": "RETRIES = 3\n", "auth.py": "STRICT = True\n"})
    repo.switch("feat/x", create=True)
    repo.commit("Work", {"work.py": "WORK = 1\n"})
    on_main(repo, "Work of others", {"others.py": "OTHERS = 1\n"})
    return repo


def test_honest_work_passes_and_says_that_nobody_was_asked(work: Repository) -> None:
    result = clean_main(work)

    assert (result.outcome, result.reason) == (Outcome.PASSED, "clean, and merges into main")
    assert result.observed == "1 commit, 0 merges; main: not asked"
    assert [(finding.rule, finding.severity) for finding in result.findings] == [
        ("clean-main/target-unasked", Severity.NOTICE)
    ]


def test_an_empty_change_has_nothing_to_judge(repo: Repository) -> None:
    result = clean_main(repo)

    assert (result.outcome, result.skip) == (Outcome.SKIPPED, Skip.NOT_APPLICABLE)


# --- merging into the target -----------------------------------------------------------------------------------------


def test_a_conflict_with_the_target_fails_and_cannot_be_approved(work: Repository) -> None:
    work.commit("Retry less", {"settings.py": "RETRIES = 0\n"})
    tip = on_main(work, "Retry more", {"settings.py": "RETRIES = 5\n"})

    result = clean_main(work)

    assert result.outcome is Outcome.FAILED
    assert result.reason == f"settings.py: conflicts with main as it is now ({tip[:12]})"
    assert (only(result, "conflict").path, only(result, "conflict").approvable) == ("settings.py", False)


def test_work_that_is_not_committed_is_merged_too(work: Repository) -> None:
    on_main(work, "Retry more", {"settings.py": "RETRIES = 5\n"})
    work.write({"settings.py": "RETRIES = 0\n"})

    assert rules(clean_main(work)) == ["error conflict"]


# --- merges ----------------------------------------------------------------------------------------------------------


def test_a_merge_of_main_is_honest_work(work: Repository) -> None:
    work.merge("main")
    on_main(work, "More work of others", {"others.py": "OTHERS = 2\n"})
    work.merge("main")

    assert rules(clean_main(work)) == []


def test_content_that_only_a_merge_holds_fails(work: Repository) -> None:
    work.git("merge", "-q", "--no-ff", "--no-commit", "main")
    merge = work.commit("Merge main", {"auth.py": "STRICT = False\n"})

    result = clean_main(work)

    finding = only(result, "hidden-merge")
    assert result.outcome is Outcome.FAILED
    assert finding.message == f"changed in merge {merge[:12]} itself: merging its parents gives something else"
    assert (finding.path, finding.commit) == ("auth.py", merge)
    assert finding.content == work.git("rev-parse", "HEAD:auth.py")
    assert f"git show --remerge-diff {merge[:12]}" in (finding.help or "")


def test_a_merge_that_drops_what_main_brought_fails(work: Repository) -> None:
    work.git("merge", "-q", "-s", "ours", "-m", "Merge main", "main")

    assert only(clean_main(work), "hidden-merge").path == "others.py"
    assert only(clean_main(work), "hidden-merge").content == "0" * 40


def test_a_test_merge_that_somebody_else_made_fails(work: Repository) -> None:
    tip, head = work.git("rev-parse", "main"), work.head
    made = {
        tree: work.git("commit-tree", work.git("rev-parse", tree), "-p", tip, "-p", head, "-m", "Merge")
        for tree in (f"{tip}^{{tree}}", work.git("merge-tree", "--write-tree", tip, head))
    }
    forged, honest = made.values()
    options = Options(rules={"target-red": "off"})

    def judged(merge: str) -> PolicyResult:
        return evaluate_as(work, Event.PULL_REQUEST, options, merge=merge, judged=merge, base=tip)

    assert judged(honest).outcome is Outcome.PASSED
    assert judged(forged).reason.startswith(f"work.py: deleted in merge {forged[:12]} itself")


def test_a_settled_conflict_is_told_and_nothing_else(work: Repository) -> None:
    work.commit("Retry less", {"settings.py": "RETRIES = 0\n"})
    on_main(work, "Retry more", {"settings.py": "RETRIES = 5\n"})
    with pytest.raises(AssertionError):
        work.merge("main")
    work.commit("Merge main", {"settings.py": "RETRIES = 1\n"})

    result = clean_main(work)

    assert (result.outcome, rules(result)) == (Outcome.PASSED, ["notice merge-resolution"])
    assert "settles conflicts in settings.py" in only(result, "merge-resolution").message


def test_another_path_than_the_conflicted_one_fails(work: Repository) -> None:
    work.commit("Retry less", {"settings.py": "RETRIES = 0\n"})
    on_main(work, "Retry more", {"settings.py": "RETRIES = 5\n"})
    with pytest.raises(AssertionError):
        work.merge("main")
    work.commit("Merge main", {"settings.py": "RETRIES = 1\n", "auth.py": "STRICT = False\n"})

    result = clean_main(work)

    assert rules(result) == ["error hidden-merge", "notice merge-resolution"]
    assert only(result, "hidden-merge").path == "auth.py"


def test_a_file_that_git_could_not_place_may_be_moved_where_it_belongs(repo: Repository) -> None:
    repo.commit("Files", {"old/a": "a\n" * 9, "old/b": "b\n" * 9})
    repo.switch("feat/x", create=True)
    (repo.root / "new").mkdir()
    repo.git("mv", "old/a", "old/b", "new/")
    repo.commit("Move the folder")
    on_main(repo, "Add to the folder", {"old/c": "c\n" * 9})
    with pytest.raises(AssertionError):
        repo.merge("main")  # git suggests new/c
    repo.commit("Merge main", {"new/c": None, "old/c": "c\n" * 9})

    assert rules(clean_main(repo)) == ["notice merge-resolution"]


# --- copies ----------------------------------------------------------------------------------------------------------


def test_a_public_commit_that_was_rewritten_fails(work: Repository) -> None:
    public = on_main(work, "Check the signature", {"check.py": "check()\n"}, env=ADA)
    copy = work.commit("Check the signature", {"check.py": "pass\n"}, env=ADA)

    result = clean_main(work)

    finding = only(result, "rewritten-commit")
    assert result.outcome is Outcome.FAILED
    assert finding.message == (
        f"commit {copy[:12]} has author, date and subject of {public[:12]} on main, but other content"
    )
    assert (finding.commit, finding.approvable) == (copy, True)


def test_a_picked_commit_is_a_warning(work: Repository) -> None:
    public = on_main(work, "Fix", {"fix.py": "FIX = 1\n"}, env=ADA)
    work.git("cherry-pick", public)

    result = clean_main(work)

    assert result.outcome is Outcome.PASSED
    assert rules(result) == ["warning duplicate-commit", "notice other-committer"]
    assert f"repeats a patch that main already has as {public[:12]}" in only(result, "duplicate-commit").message


def test_a_commit_picked_to_a_place_that_looks_different_is_a_warning(work: Repository) -> None:
    public = on_main(work, "Fix", {"auth.py": "STRICT = True\nFIX = 1\n"}, env=ADA)
    work.commit("Before it", {"auth.py": "STRICT = False\n"})
    work.commit("Fix", {"auth.py": "STRICT = False\nFIX = 1\n"}, env=ADA)

    told = only(clean_main(work), "duplicate-commit").message

    assert told.endswith(f"repeats a patch that main already has as {public[:12]}")


def test_somebody_elses_patch_under_ones_own_name_is_told(work: Repository) -> None:
    on_main(work, "Fix", {"fix.py": "FIX = 1\n"}, env=ADA)
    work.commit("My own fix", {"fix.py": "FIX = 1\n"})

    assert rules(clean_main(work)) == ["warning duplicate-commit"]


def test_the_same_words_on_other_work_are_new_work(work: Repository) -> None:
    on_main(work, "Tidy up", {"one.py": "ONE = 1\n"})
    work.commit("Tidy up", {"two.py": "TWO = 2\n"})

    assert rules(clean_main(work)) == []


# --- people and dates ------------------------------------------------------------------------------------------------


def test_commits_of_nobody_fail(work: Repository) -> None:
    work.commit("Generated", {"a.py": "A = 1\n"}, env={"GIT_AUTHOR_NAME": "root", "GIT_AUTHOR_EMAIL": "root@box"})

    result = clean_main(work)

    assert rules(result) == ["error unattributable", "notice other-committer"]
    assert "the author `root <root@box>` of commit" in result.reason


def test_a_commit_from_the_future_fails(work: Repository) -> None:
    work.commit("Later", {"a.py": "A = 1\n"}, env={"GIT_COMMITTER_DATE": "2099-01-01T00:00:00Z"})

    assert rules(clean_main(work)) == ["error commit-date"]


def test_a_rule_can_warn_or_be_off(work: Repository) -> None:
    work.commit("Later", {"a.py": "A = 1\n"}, env={"GIT_COMMITTER_DATE": "2099-01-01T00:00:00Z"})

    warned = clean_main(work, rules={"commit-date": "warn"})

    assert (warned.outcome, rules(warned)) == (Outcome.PASSED, ["warning commit-date"])
    assert rules(clean_main(work, rules={"commit-date": "off"})) == []


def test_many_findings_are_counted(repo: Repository) -> None:
    repo.switch("feat/x", create=True)
    repo.commit("Work", {f"file{number:03}": "branch\n" for number in range(150)})
    on_main(repo, "The same files", {f"file{number:03}": "main\n" for number in range(150)})

    findings = clean_main(repo).findings

    assert len(findings) == MAX_FINDINGS
    assert findings[-1].message == "52 further findings of this policy are not listed"
    assert findings[-1].severity is Severity.ERROR


# --- the target ------------------------------------------------------------------------------------------------------


class Checks:
    """A forge that answers about checks, or does not."""

    def __init__(self, checks: CommitChecks | None) -> None:
        self.asked: list[str] = []
        self._checks = checks

    def checks_of(self, commit: str) -> CommitChecks:
        self.asked.append(commit)
        if self._checks is None:
            raise EvaluationError("GitHub gave no answer", help="look at its status page")
        return self._checks


def with_checks(repo: Repository, checks: CommitChecks | None, **options: Any) -> PolicyResult:
    forge = cast("Forge", Checks(checks))
    return judge_policy(repo, "clean-main", Options(**options), forge=forge)


def test_a_green_target_passes(work: Repository) -> None:
    result = with_checks(work, CommitChecks(succeeded=("unit", "lint")))

    assert (result.outcome, result.findings) == (Outcome.PASSED, ())
    assert result.observed.endswith(f"main at {work.git('rev-parse', 'main')[:12]}: 2 green, 0 red, 0 running")


def test_a_red_target_fails_and_can_be_approved(work: Repository) -> None:
    result = with_checks(work, CommitChecks(succeeded=("unit",), failed=("lint", "integration")))

    assert result.outcome is Outcome.FAILED
    assert result.reason.endswith("is red: integration, lint")
    assert only(result, "target-red").approvable


def test_a_running_check_of_the_target_is_a_warning_but_not_our_own(work: Repository) -> None:
    checks = CommitChecks(succeeded=("unit",), running=("gaterunner", "nightly"))

    assert only(with_checks(work, checks), "target-running").message.endswith("is not finished: nightly")
    assert rules(with_checks(work, checks, check="nightly", ignore_checks=("gate*",))) == []


def test_a_target_without_checks_is_a_warning(work: Repository) -> None:
    result = with_checks(work, CommitChecks())

    assert (result.outcome, rules(result)) == (Outcome.PASSED, ["warning target-unchecked"])


def test_checks_that_do_not_count_are_left_out(work: Repository) -> None:
    checks = CommitChecks(succeeded=("unit",), failed=("flaky / linux", "flaky / mac"))

    assert with_checks(work, checks, ignore_checks=("flaky / *",)).outcome is Outcome.PASSED


def test_no_answer_is_unproven(work: Repository) -> None:
    result = with_checks(work, None)

    assert result.outcome is Outcome.UNPROVEN
    assert result.reason == "whether main is green: GitHub gave no answer; look at its status page"


def test_on_github_nobody_to_ask_is_unproven_and_what_is_wrong_still_fails(work: Repository) -> None:
    def judged(**options: Any) -> PolicyResult:
        return evaluate_as(work, Event.PULL_REQUEST, Options(**options))

    assert judged().outcome is Outcome.UNPROVEN
    assert judged().reason == "nothing here can tell whether main is green: no token that may read checks"
    assert judged(rules={"target-red": "off"}).outcome is Outcome.PASSED
    work.commit("Later", {"a.py": "A = 1\n"}, env={"GIT_COMMITTER_DATE": "2099-01-01T00:00:00Z"})
    assert judged().outcome is Outcome.FAILED


def evaluate_as(repo: Repository, event: Event, options: Options, **change_is: Any) -> PolicyResult:
    """The judgement of the same change as if this event had started the run."""
    with Checkout.open(repo.root, env=dict(os.environ)) as checkout:
        change = replace(determine_change(checkout, ChangeOptions(base="main"), None), event=event, **change_is)
        context = PolicyContext(change=change, repository=checkout, secrets=cast("SecretScanner", None))
        return evaluate(context, options)


def test_a_rebased_branch_that_is_pushed_is_not_measured_by_what_it_replaced(work: Repository) -> None:
    work.commit("Retry less", {"settings.py": "RETRIES = 0\n"})
    on_main(work, "Retry more", {"settings.py": "RETRIES = 5\n"})
    options = Options(rules={"target-red": "off"})

    assert evaluate_as(work, Event.PUSH, options, target=None).outcome is Outcome.PASSED
    assert evaluate_as(work, Event.PUSH, options).outcome is Outcome.FAILED


def test_the_policy_is_in_the_table() -> None:
    assert POLICIES["clean-main"].reads == ("history",)
