"""From a review on GitHub, or an entry on the base, to the verdict: what a pull request's author cannot let through."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fake_github import FakeGitHub, Pull, Reviewed, Trouble
from tests.runner_step import PULL, REPOSITORY, PullRequest, Step, check_of
from tests.secrets.credentials import fill

WORKFLOW = "workflow: {gates: [{unit: touch executed}, {lint: 'true'}]}\n"
WEAKER = "workflow: {gates: [{unit: touch executed}]}\n"


@pytest.fixture
def pull(tmp_path: Path) -> PullRequest:
    """A branch that removes a gate from the workflow file."""
    return PullRequest.open(tmp_path, WORKFLOW, {".gaterunner.yml": WEAKER})


def reviewed(fake: FakeGitHub, pull: PullRequest, *reviews: Reviewed, event: str = "pull_request_review") -> Step:
    """The job that a review starts, where hopper may write and octocat opened the pull request."""
    step = pull.step(fake, event=event)
    repository = fake.repository(REPOSITORY)
    repository.permissions |= {"hopper": "write", "octocat": "write", "visitor": "read"}
    repository.pulls[PULL].reviews += reviews
    return step


def words(told: str) -> str:
    """What the terminal says, wherever it broke the lines."""
    return " ".join(told.split())


def test_a_branch_that_changes_its_guardrails_needs_somebody_elses_word(
    fake_github: FakeGitHub, pull: PullRequest
) -> None:
    ran = reviewed(fake_github, pull, event="pull_request").run()

    assert ran.code == 1, ran
    assert check_of(fake_github).conclusion == "failure"
    assert "guardrails failed" in str(check_of(fake_github).title)


def test_an_approval_of_the_head_lets_it_through(fake_github: FakeGitHub, pull: PullRequest) -> None:
    ran = reviewed(fake_github, pull, Reviewed("hopper", commit=pull.head)).run()

    assert ran.code == 0, ran
    check = check_of(fake_github)
    assert (check.head_sha, check.conclusion) == (pull.head, "success")
    assert "approved exactly this head" in ran.told


@pytest.mark.parametrize(
    ("review", "why"),
    [
        (Reviewed("hopper", commit="c" * 40), "hopper approved cccccccccccc, and the judged head is"),
        (Reviewed("octocat"), "octocat opened, wrote or committed to the branch"),
        (Reviewed("visitor"), "visitor may not write to the repository"),
        (Reviewed("reviewer[bot]", kind="Bot"), "reviewer[bot] is no person"),
    ],
)
def test_any_other_approval_does_not(fake_github: FakeGitHub, pull: PullRequest, review: Reviewed, why: str) -> None:
    ran = reviewed(fake_github, pull, review).run()

    assert ran.code == 1, ran
    assert why in words(ran.out)


def test_a_dismissed_approval_is_none(fake_github: FakeGitHub, pull: PullRequest) -> None:
    ran = reviewed(fake_github, pull, Reviewed("hopper", state="DISMISSED", commit=pull.head)).run()
    assert ran.code == 1, ran


def test_commits_of_no_account_let_nobody_approve(fake_github: FakeGitHub, pull: PullRequest) -> None:
    step = reviewed(fake_github, pull, Reviewed("hopper", commit=pull.head))
    fake_github.repository(REPOSITORY).pulls[PULL].wrote[pull.head] = ("octocat", None)

    ran = step.run()

    assert ran.code == 1, ran
    assert f"the committer of commit {pull.head[:12]} belongs to no known account" in words(ran.out)


class TestWhatAnApprovalDoesNotLetThroughByItself:
    LINE = "Fine by me.\n\nwaive secret/private-key settings.txt: made for the tests"

    @pytest.fixture
    def leak(self, tmp_path: Path) -> PullRequest:
        workflow = "workflow: {gates: [{unit: 'true'}], policies: [no-secret-changes]}\n"
        return PullRequest.open(tmp_path, workflow, {"settings.txt": fill("{rsa_key}\n")})

    def test_a_plain_approval(self, fake_github: FakeGitHub, leak: PullRequest) -> None:
        ran = reviewed(fake_github, leak, Reviewed("hopper", commit=leak.head, body="Fine by me.")).run()

        assert ran.code == 1, ran
        assert "no-secret-changes failed" in str(check_of(fake_github).title)

    def test_a_line_that_names_rule_and_file_does(self, fake_github: FakeGitHub, leak: PullRequest) -> None:
        ran = reviewed(fake_github, leak, Reviewed("hopper", commit=leak.head, body=self.LINE)).run()

        assert ran.code == 0, ran
        assert "made for the tests" in words(ran.out)

    def test_unless_somebody_else_edited_the_review(self, fake_github: FakeGitHub, leak: PullRequest) -> None:
        edited = Reviewed("hopper", commit=leak.head, body=self.LINE, editors=("octocat",))
        ran = reviewed(fake_github, leak, edited).run()

        assert ran.code == 1, ran
        assert "hopper's review may have been edited by somebody else" in words(ran.out)


def test_a_token_that_may_not_read_reviews_is_told(fake_github: FakeGitHub, pull: PullRequest) -> None:
    step = reviewed(fake_github, pull, Reviewed("hopper", commit=pull.head))
    step.inputs["token"] = fake_github.token(reads_pulls=False)
    fake_github.misbehave(Trouble.refusal("GET", "/reviews$", 403, "Resource not accessible by integration"))

    ran = step.run()

    assert ran.code == 1, ran
    assert "who approved cannot be told" in words(ran.out)


def test_in_a_merge_queue_the_approval_of_the_pull_request_counts(fake_github: FakeGitHub, pull: PullRequest) -> None:
    repository = fake_github.repository(REPOSITORY)
    repository.permissions["hopper"] = "write"
    repository.push(pull.merge)
    repository.open_pull(Pull(PULL, pull.head, base=pull.base, reviews=[Reviewed("hopper", commit=pull.head)]))

    ran = pull.queued().on(fake_github).run()

    assert ran.code == 0, ran
    assert "approved exactly this head" in ran.told
