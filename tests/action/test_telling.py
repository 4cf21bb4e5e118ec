"""What the action tells besides the check: the comment, the files, the chart, and the outputs, on every event."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fake_github import FakeGitHub, Trouble
from tests.fake_github.stage_shapes import BOT
from tests.fake_github.stage_state import IssueComment
from tests.runner_step import HURRIED, PULL, REPOSITORY, PullRequest, Step, check_of

WORKFLOW = """\
workflow:
  gates: [{build: sleep 1.1}, {unit: 'true'}]
  policies: [guardrails]
"""
FAILING = "workflow: {gates: [{unit: exit 1}]}\n"


@pytest.fixture
def pull(tmp_path: Path) -> PullRequest:
    return PullRequest.open(tmp_path, WORKFLOW)


def commented(step: Step) -> Step:
    step.inputs["comment"] = "true"
    return step


def test_a_comment_is_written_where_asked_for(fake_github: FakeGitHub, pull: PullRequest) -> None:
    ran = commented(pull.step(fake_github)).run()

    assert ran.code == 0, ran
    (comment,) = fake_github.repository(REPOSITORY).comments
    assert (comment.author, comment.issue) == (BOT, PULL)
    assert f"](https://github.com/octo/example/runs/{check_of(fake_github).id})" in comment.body
    assert ran.outputs["comment-url"].endswith(f"/pull/7#issuecomment-{comment.id}")
    assert ran.outputs["check-url"].endswith(f"/runs/{check_of(fake_github).id}")


def test_the_next_run_edits_it_whoever_else_has_copied_its_marker(fake_github: FakeGitHub, pull: PullRequest) -> None:
    step = commented(pull.step(fake_github))
    step.run()
    repository = fake_github.repository(REPOSITORY)
    (ours,) = repository.comments
    copied = IssueComment(999, PULL, "mallory", ours.body)
    repository.comments.insert(0, copied)
    first, ours.body = ours.body, f"{ours.body.splitlines()[0]}\nold"

    ran = step.run()

    assert ran.code == 0, ran
    assert repository.comments == [copied, ours]
    assert (ours.body.startswith(first.splitlines()[0]), "old" in ours.body.splitlines()) == (True, False)


def test_without_being_asked_nobody_is_bothered(fake_github: FakeGitHub, pull: PullRequest) -> None:
    pull.step(fake_github).run()

    assert fake_github.count("GET", "/issues/") == fake_github.count("POST", "/issues/") == 0


def test_a_comment_that_github_refuses_changes_no_verdict(fake_github: FakeGitHub, pull: PullRequest) -> None:
    fake_github.misbehave(
        Trouble.refusal("POST", "/issues/7/comments", 403, "Resource not accessible by integration"),
    )

    ran = commented(pull.step(fake_github)).run()

    assert ran.code == 0, ran
    assert check_of(fake_github).conclusion == "success"
    (warning,) = ran.commands
    assert warning.startswith("::warning title=gaterunner::No comment was written: POST /repos/octo/example/issues/7/")
    assert "Give the job the permission pull-requests: write" in warning
    assert ran.outputs["comment-url"] == ""


def test_a_newer_push_keeps_its_comment(fake_github: FakeGitHub, pull: PullRequest) -> None:
    step = commented(pull.step(fake_github))
    newer = "f" * 40
    fake_github.repository(REPOSITORY).push(newer)
    fake_github.repository(REPOSITORY).pulls[PULL].head = newer

    ran = step.run()

    assert ran.code == 0, ran
    assert fake_github.repository(REPOSITORY).comments == []
    assert any("No comment was written: the pull request is at" in line for line in ran.commands)


def test_a_lost_answer_does_not_make_a_second_comment(fake_github: FakeGitHub, pull: PullRequest) -> None:
    fake_github.misbehave(Trouble.bad_gateway("POST", "/issues/7/comments", written=True))

    assert commented(pull.step(fake_github)).run(HURRIED).code == 0
    assert len(fake_github.repository(REPOSITORY).comments) == 1


Make = Callable[[PullRequest], Step]


def _dispatched(pull: PullRequest) -> Step:
    step = pull.pushed(pull.head, before=pull.base, branch="feat/x")
    step.env["GITHUB_EVENT_NAME"] = "workflow_dispatch"
    step.event = {"inputs": None, "repository": {"full_name": REPOSITORY, "default_branch": "main"}}
    return step


def _scheduled(pull: PullRequest) -> Step:
    step = pull.pushed(pull.merge, before=pull.base)
    step.env["GITHUB_EVENT_NAME"] = "schedule"
    step.event = {"schedule": "0 4 * * *"}  # there is no repository in it
    return step


@pytest.mark.parametrize(
    ("event", "make", "judged"),
    [
        ("merge_group", lambda pull: pull.queued(), "merge"),
        ("push", lambda pull: pull.pushed(pull.head, before=pull.base, branch="feat/x"), "head"),
        ("workflow_dispatch", _dispatched, "head"),
        ("schedule", _scheduled, "merge"),
    ],
)
def test_what_is_no_pull_request_gets_its_check_and_no_comment(
    fake_github: FakeGitHub, pull: PullRequest, event: str, make: Make, judged: str
) -> None:
    commit = getattr(pull, judged)
    fake_github.repository(REPOSITORY).push(commit)
    step = commented(make(pull).on(fake_github))
    assert step.env["GITHUB_EVENT_NAME"] == event

    ran = step.run()

    assert (check_of(fake_github).head_sha, check_of(fake_github).status) == (commit, "completed")
    assert check_of(fake_github).conclusion == ran.outputs["verdict"].replace("pass", "success").replace(
        "fail", "failure"
    )
    assert "No comment was written: this run is about no pull request" in ran.out
    assert fake_github.repository(REPOSITORY).comments == []


def test_the_summary_draws_when_gates_ran(fake_github: FakeGitHub, pull: PullRequest) -> None:
    summary = pull.step(fake_github).run().summary

    chart = summary.partition("### When gates ran\n\n```mermaid\n")[2]
    assert "section · build" in chart
    assert "· waited :done," in chart
    assert chart.count(":active,") == 2


def test_every_form_is_written_where_asked_for(fake_github: FakeGitHub, tmp_path: Path) -> None:
    step = PullRequest.open(tmp_path, FAILING).step(fake_github)
    wanted = {"html": "r.html", "sarif": "r.sarif", "junit": "r.xml", "markdown": "r.md", "predicate": "p.json"}
    wanted["report"] = "r.json"
    step.inputs |= wanted

    ran = step.run()

    assert ran.code == 1, ran
    assert {name: ran.outputs[name] for name in wanted} == wanted
    assert all((step.checkout.root / file).stat().st_size for file in wanted.values())


def test_a_file_that_can_never_be_written_is_wrong_use_before_anything_runs(
    fake_github: FakeGitHub, tmp_path: Path
) -> None:
    step = PullRequest.open(tmp_path, "workflow: {gates: [{unit: touch executed}]}\n").step(fake_github)
    step.inputs |= {"report": "same", "html": "same"}

    ran = step.run()

    assert ran.code == 2, ran
    assert "same is wanted for two forms of the report" in ran.told
    assert not (step.checkout.root / "executed").exists()
    assert check_of(fake_github).conclusion == "failure"


@pytest.mark.parametrize("attempt", ["1", "3"])
def test_the_report_names_the_attempt_that_made_it(fake_github: FakeGitHub, pull: PullRequest, attempt: str) -> None:
    step = pull.step(fake_github)
    step.env["GITHUB_RUN_ATTEMPT"] = attempt

    step.run()

    run = "https://github.invalid/octo/example/actions/runs/42"
    assert check_of(fake_github).details_url == (run if attempt == "1" else f"{run}/attempts/3")


def test_a_commit_status_is_told_where_asked_for(fake_github: FakeGitHub, pull: PullRequest) -> None:
    step = pull.step(fake_github)
    step.inputs["publish"] = "status"

    ran = step.run()

    assert ran.code == 0, ran
    assert fake_github.repository(REPOSITORY).check_runs == {}
    status = fake_github.repository(REPOSITORY).statuses[pull.head][-1]
    assert (status.context, status.state) == ("gaterunner", "success")
    assert ran.outputs["check-url"] == ""
