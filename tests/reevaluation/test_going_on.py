"""One check run is gone on with, and no other: what stands there by then is not overwritten, nor said twice."""

from __future__ import annotations

from msgspec.structs import replace

from gaterunner.github.checks import CheckTarget
from gaterunner.github.client import GitHubClient
from gaterunner.model import (
    ChangeSummary,
    Event,
    Finding,
    GateResult,
    Outcome,
    Report,
    Severity,
    ToolInfo,
    Verdict,
    WorkflowInfo,
)
from gaterunner.reporters.check_run import mark_of, marked_report
from gaterunner.reporters.check_run_observer import CheckRunObserver, NotPublished, Publication
from tests.fake_github import FakeGitHub
from tests.fake_github.state import Run
from tests.runner_step import REPOSITORY

HEAD = "b" * 40
FINDING = Finding(rule="x", severity=Severity.WARNING, message="look here", path="app.py", line=1)
REPORT = Report(
    verdict=Verdict.PENDING,
    sentence="Pending: staging still waits.",
    started="2026-01-15T12:00:00Z",
    duration_s=1.0,
    tool=ToolInfo(version="1.0.0"),
    change=ChangeSummary(
        event=Event.PULL_REQUEST,
        base="a" * 40,
        head=HEAD,
        merge=None,
        branch="feat/x",
        target="main",
        phase=None,
        dirty=False,
        commits=1,
        files=1,
        insertions=1,
        deletions=0,
    ),
    workflow=WorkflowInfo(path=".gaterunner.yml", sha256="c" * 64, source="base", changed_by_branch=False),
    gates=(GateResult(name="staging", kind="sentry-clean", outcome=Outcome.PENDING, reason="", findings=(FINDING,)),),
)
DONE = replace(REPORT, verdict=Verdict.PASS, sentence="1 gate passed.")


def in_progress(fake: FakeGitHub) -> Run:
    repository = fake.repository(REPOSITORY)
    repository.push(HEAD)
    return repository.report(HEAD, "gaterunner", None)


def gone_on(fake: FakeGitHub, check: Run, report: Report) -> Publication:
    target = CheckTarget(
        name="gaterunner", head_sha=HEAD, external_id="x", started_at="2026-01-15T12:00:00Z", going_on=check.id
    )
    client = GitHubClient.connect(token=fake.token(), repository=REPOSITORY, api_url=fake.url)
    return CheckRunObserver(client, target).finish(report)


def test_it_ends_where_it_waited(fake_github: FakeGitHub) -> None:
    check = in_progress(fake_github)
    assert not isinstance(gone_on(fake_github, check, DONE), NotPublished)
    assert (check.status, check.conclusion, check.title) == ("completed", "success", "1 gate passed.")
    assert fake_github.count("POST") == 0


def test_what_was_ended_meanwhile_stays_as_it_ended(fake_github: FakeGitHub) -> None:
    check = in_progress(fake_github)
    check.apply({"conclusion": "failure"})
    published = gone_on(fake_github, check, DONE)
    assert isinstance(published, NotPublished)
    assert published.reason == f"the check run {check.id} has ended meanwhile, with failure"
    assert (check.conclusion, fake_github.count("POST"), fake_github.count("PATCH")) == ("failure", 0, 0)


def test_no_remark_stands_there_twice(fake_github: FakeGitHub) -> None:
    check = in_progress(fake_github)
    for report in (REPORT, REPORT, DONE):
        assert not isinstance(gone_on(fake_github, check, report), NotPublished)
    assert [each["message"] for each in check.annotations] == ["look here"]


def test_only_a_check_that_waits_names_a_report(fake_github: FakeGitHub) -> None:
    check = in_progress(fake_github)
    gone_on(fake_github, check, REPORT)
    assert marked_report(str(check.summary)) == mark_of(REPORT).split(" ")[3]
    gone_on(fake_github, check, DONE)
    assert marked_report(str(check.summary)) is None


def test_a_token_that_may_not_write_it_leaves_no_status_beside_it(fake_github: FakeGitHub) -> None:
    check = in_progress(fake_github)
    target = CheckTarget(name="gaterunner", head_sha=HEAD, external_id="x", started_at="x", going_on=check.id)
    token = fake_github.token(writes_checks=False)
    client = GitHubClient.connect(token=token, repository=REPOSITORY, api_url=fake_github.url)
    published = CheckRunObserver(client, target).finish(DONE)
    assert isinstance(published, NotPublished)
    assert (check.status, fake_github.repository(REPOSITORY).statuses) == ("in_progress", {})
