"""`gaterunner publish`: a report published by a person, with GitHub's word for it or with their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from gaterunner.model import Event
from gaterunner.reporters.json import encode_report
from tests.command_line import Ran, gaterunner
from tests.fake_github import FakeGitHub, Pull
from tests.fake_github.stage_state import WorkflowRun
from tests.github.samples import HEAD, OTHER
from tests.reporters.reports import failing_report, report, summary

REPOSITORY = "octo/example"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "report.json"
    path.write_bytes(encode_report(report(change=summary(head=HEAD, event=Event.PULL_REQUEST))))
    return path


def publish(fake: FakeGitHub, file: Path, *arguments: str, personal: bool = False, writes: bool = True) -> Ran:
    repository = fake.repository(REPOSITORY)
    repository.push(HEAD)
    repository.pulls.setdefault(7, Pull(7, head=HEAD))
    env = {"GH_TOKEN": fake.token(personal=personal, writes=writes), "GITHUB_API_URL": fake.url}
    return gaterunner(file.parent, "publish", str(file), "--repository", REPOSITORY, *arguments, env=env)


def test_a_person_vouches_for_a_report_of_a_commit(fake_github: FakeGitHub, file: Path) -> None:
    ran = publish(fake_github, file, "--sha", HEAD)

    assert ran.code == 0, ran
    (check,) = fake_github.repository(REPOSITORY).check_runs.values()
    assert (check.name, check.head_sha, check.conclusion) == ("gaterunner", HEAD, "success")
    assert ran.out == f"pass: 1 gate passed.\nhttps://github.com/octo/example/runs/{check.id}\n"


def test_a_report_of_another_commit_is_refused(fake_github: FakeGitHub, file: Path) -> None:
    ran = publish(fake_github, file, "--sha", OTHER)

    assert ran.code == 3, ran
    assert f"it is about commit {HEAD}, and the run was for {OTHER}" in ran.err
    assert fake_github.count("POST") == 0


def test_publishing_a_failure_is_no_failure(fake_github: FakeGitHub, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    failing = failing_report()
    file.write_bytes(encode_report(failing))
    assert failing.change is not None
    head = failing.change.head
    fake_github.repository(REPOSITORY).push(head)

    assert publish(fake_github, file, "--sha", head, "--check-name", "by hand").code == 0
    (check,) = fake_github.repository(REPOSITORY).check_runs.values()
    assert (check.name, check.conclusion) == ("by hand", "failure")


def test_a_personal_token_writes_a_commit_status(fake_github: FakeGitHub, file: Path) -> None:
    ran = publish(fake_github, file, "--sha", HEAD, "--as", "status", personal=True)

    assert ran.code == 0, ran
    assert fake_github.repository(REPOSITORY).statuses[HEAD][-1].state == "success"
    assert "job summary" not in ran.err  # there is none of a person's


def test_the_comment_is_the_accounts_own(fake_github: FakeGitHub, file: Path) -> None:
    asked = ("--sha", HEAD, "--as", "status", "--comment", "--pull-request", "7")
    for _ in range(2):
        ran = publish(fake_github, file, *asked, personal=True)
        assert ran.code == 0, ran

    (comment,) = fake_github.repository(REPOSITORY).comments
    assert comment.author == "octocat"
    assert ran.out.splitlines()[-1].endswith(f"/pull/7#issuecomment-{comment.id}")


def test_with_a_run_github_is_asked(fake_github: FakeGitHub, file: Path) -> None:
    fake_github.repository(REPOSITORY).workflow_runs[5] = WorkflowRun(5, HEAD, conclusion="failure")

    ran = publish(fake_github, file, "--run", "5", "--sha", HEAD)

    assert ran.code == 0, ran
    assert "note: not confirmed: the run ended with failure" in ran.err
    (check,) = fake_github.repository(REPOSITORY).check_runs.values()
    assert check.conclusion == "failure"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), 2, "nobody said what the report has to be about"),
        (("--sha", "HEAD"), 2, "--sha 'HEAD' is no full id of a commit"),
        (("--run", "5", "--sha", OTHER), 2, f"run 5 was for commit {HEAD}, not for {OTHER}"),
        (("--run", "6"), 3, "GET /repos/octo/example/actions/runs/6: GitHub answered 404"),
        (("--run", "6"), 3, "look at the number, and whether the token may read the repository's runs"),
        (("--sha", HEAD, "--repository", "../other"), 2, "'../other' is not a repository"),
    ],
)
def test_what_cannot_be_published_is_said_and_leaves_nothing(
    fake_github: FakeGitHub, file: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    fake_github.repository(REPOSITORY).workflow_runs[5] = WorkflowRun(5, HEAD)

    ran = publish(fake_github, file, *arguments)

    assert ran.code == code, ran
    assert said in ran.err
    assert fake_github.repository(REPOSITORY).check_runs == {}


def test_a_file_that_is_not_there_is_nobodys_verdict(fake_github: FakeGitHub, file: Path) -> None:
    file.unlink()

    ran = publish(fake_github, file, "--sha", HEAD)

    assert ran.code == 3, ran
    assert "cannot read the report: No such file or directory" in ran.err
    assert fake_github.requests == []


def test_a_token_that_may_not_write_is_told_so(fake_github: FakeGitHub, file: Path) -> None:
    ran = publish(fake_github, file, "--sha", HEAD, writes=False)

    assert ran.code == 3, ran
    assert "the verdict was not published: " in ran.err
    assert "only a GitHub App may write checks" in ran.err


def test_without_a_token_nothing_is_asked(file: Path) -> None:
    ran = gaterunner(file.parent, "publish", str(file), "--repository", REPOSITORY, "--sha", HEAD)

    assert ran.code == 2, ran
    assert "there is no token to publish with" in ran.err
