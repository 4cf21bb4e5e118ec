"""The action on every event that it knows, and on those that it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fake_github import FakeGitHub, Pull
from tests.runner_step import PULL, REPOSITORY, PullRequest, check_of

GUARDED = "workflow: {gates: [{unit: touch executed}], policies: [no-merge-to-main]}\n"
POLICY = "no-merge-to-main"


@pytest.fixture
def pull(tmp_path: Path) -> PullRequest:
    return PullRequest.open(tmp_path, GUARDED)


def test_a_push_to_main_by_a_merged_pull_request_passes(fake_github: FakeGitHub, pull: PullRequest) -> None:
    merged = Pull(number=PULL, head=pull.head, merged=True, merge_commit=pull.merge)
    fake_github.repository(REPOSITORY).open_pull(merged)
    fake_github.repository(REPOSITORY).push(pull.merge)
    step = pull.pushed(pull.merge, before=pull.base).on(fake_github)

    ran = step.run()

    assert ran.code == 0, ran
    assert (check_of(fake_github).head_sha, check_of(fake_github).conclusion) == (pull.merge, "success")
    assert fake_github.count("GET", f"/commits/{pull.merge}/pulls") == 1


@pytest.mark.parametrize("shallow", [False, True])
def test_a_push_to_main_without_one_fails(fake_github: FakeGitHub, pull: PullRequest, *, shallow: bool) -> None:
    pushed = pull.remote.commit("By hand", {"app.py": "print(3)\n"})
    fake_github.repository(REPOSITORY).push(pushed)

    ran = pull.pushed(pushed, before=pull.base, shallow=shallow).on(fake_github).run()

    assert ran.code == 1, ran
    check = check_of(fake_github)
    assert (check.head_sha, check.conclusion, check.title) == (pushed, "failure", f"{POLICY} failed.")
    assert f"commit {pushed[:12]} was pushed to main without a merged pull request" in str(check.summary)


def test_a_push_to_main_is_unproven_without_a_token(pull: PullRequest) -> None:
    ran = pull.pushed(pull.merge, before=pull.base).run()

    assert ran.code == 1, ran
    assert (ran.outputs["passed"], ran.outputs["failed"]) == ("2", "1")
    assert "no token that may read pull requests" in ran.summary
    assert "::error title=gaterunner%3A fail::no-merge-to-main unproven." in ran.commands


def test_a_push_to_main_is_asked_about_although_no_check_is_published(
    fake_github: FakeGitHub, pull: PullRequest
) -> None:
    fake_github.repository(REPOSITORY).push(pull.merge)
    step = pull.pushed(pull.merge, before=pull.base).on(fake_github)
    step.inputs["publish"] = "none"

    ran = step.run()

    assert ran.code == 1, ran
    assert "was pushed to main without a merged pull request" in ran.summary
    assert fake_github.count("POST") == 0


def test_a_merge_queue_gets_its_check_on_the_commit_that_waits(fake_github: FakeGitHub, pull: PullRequest) -> None:
    fake_github.repository(REPOSITORY).push(pull.merge)

    ran = pull.queued().on(fake_github).run()

    assert ran.code == 0, ran
    assert (check_of(fake_github).head_sha, check_of(fake_github).conclusion) == (pull.merge, "success")


def test_a_run_that_a_person_starts_judges_the_branch(fake_github: FakeGitHub, pull: PullRequest) -> None:
    step = pull.pushed(pull.head, before=pull.base, branch="feat/x").on(fake_github)
    fake_github.repository(REPOSITORY).push(pull.head)
    step.env["GITHUB_EVENT_NAME"] = "workflow_dispatch"
    step.event = {"inputs": None, "repository": {"full_name": REPOSITORY, "default_branch": "main"}}

    ran = step.run()

    assert ran.code == 0, ran
    assert "feat/x against main" in ran.out
    assert (check_of(fake_github).head_sha, check_of(fake_github).conclusion) == (pull.head, "success")


def test_no_gate_runs_on_pull_request_target(fake_github: FakeGitHub, pull: PullRequest) -> None:
    step = pull.step(fake_github, event="pull_request_target")

    ran = step.run()

    assert ran.code == 2, ran
    assert not (step.checkout.root / "executed").exists()
    check = check_of(fake_github)
    assert (check.head_sha, check.conclusion) == (pull.head, "failure")
    assert str(check.title).startswith("Wrong usage: on pull_request_target no code of the branch may be executed")
    assert "use the command `check` there" in ran.out


def test_policies_run_on_pull_request_target(fake_github: FakeGitHub, pull: PullRequest) -> None:
    step = pull.step(fake_github, event="pull_request_target")
    step.env["GITHUB_SHA"] = pull.base
    step.inputs["command"] = "check"

    ran = step.run()

    assert ran.code == 0, ran
    assert not (step.checkout.root / "executed").exists()
    assert (check_of(fake_github).head_sha, check_of(fake_github).conclusion) == (pull.head, "success")


def test_an_event_without_a_change_is_refused(fake_github: FakeGitHub, pull: PullRequest) -> None:
    step = pull.step(fake_github)
    step.env["GITHUB_EVENT_NAME"] = "release"

    ran = step.run()

    assert ran.code == 2, ran
    assert fake_github.requests == []
    assert ran.outputs["verdict"] == "error"
    assert {ran.outputs[name] for name in ("report", "check-url", "comment-url")} == {""}
    assert "the event release holds no change that could be judged" in ran.summary
    reason, verdict = ran.commands
    assert reason.startswith("::notice title=gaterunner::No check was published: ")
    assert "How to fix: start the workflow on one of: pull_request" in verdict


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (b"", "is not what GitHub documents"),
        (b"{", "is not what GitHub documents"),
        (b'{"pull_request": 7}', "is not what GitHub documents"),
        (b"\xff\xfe", "is not what GitHub documents"),
        (None, "cannot be read"),
    ],
)
def test_a_payload_that_cannot_be_used_is_an_error(pull: PullRequest, payload: bytes | None, said: str) -> None:
    step = pull.step()
    if payload is None:
        step.env["GITHUB_EVENT_PATH"] += ".missing"
    else:
        step.event = payload

    ran = step.run()

    assert ran.code == 3, ran
    assert f"the payload of the pull_request event {said}" in ran.commands[-1]
    assert ran.outputs["verdict"] == "error"
    assert "Traceback" not in ran.told


@pytest.mark.parametrize("missing", ["GITHUB_EVENT_NAME", "GITHUB_SHA", "GITHUB_REPOSITORY", "GITHUB_EVENT_PATH"])
def test_outside_of_a_workflow_the_missing_variable_is_named(pull: PullRequest, missing: str) -> None:
    step = pull.step()
    del step.env[missing]

    ran = step.run()

    assert ran.code == 2, ran
    assert f"{missing} is not set" in ran.commands[-1]


def test_without_the_runners_files_the_verdict_is_the_exit_code(fake_github: FakeGitHub, pull: PullRequest) -> None:
    step = pull.step(fake_github)
    for name in step.files:
        del step.env[name]

    ran = step.run()

    assert ran.code == 0, ran
    assert check_of(fake_github).conclusion == "success"
