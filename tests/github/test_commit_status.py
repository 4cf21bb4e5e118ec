"""Where a token may not write checks, the verdict is a commit status, and the reason is said."""

from __future__ import annotations

import io

import pytest

from gaterunner.github.client import GitHubClient
from gaterunner.github.publisher import StepFiles, publish
from gaterunner.github.statuses import CommitStatus
from gaterunner.model import Mode, Outcome, Problem, Verdict
from gaterunner.model import Trouble as RunTrouble
from gaterunner.reporters.check_run_observer import CheckRunObserver, NotPublished, Published
from gaterunner.reporters.commit_status import ONE_LINE
from tests.fake_github import FakeGitHub, Trouble
from tests.fake_github.state import Status
from tests.github.samples import HEAD, StoppedClock, change, finding, gate, planned, report, target, workflow
from tests.github.test_check_run_observer import CREATE, wait_for

RUN_PAGE = "https://github.com/octo/example/actions/runs/77"
STATUS = r"/statuses/"


def client(fake: FakeGitHub, token: str) -> GitHubClient:
    fake.repository().push(HEAD)
    return GitHubClient.connect(token=token, repository="octo/example", api_url=fake.url, clock=StoppedClock().clock)


def observer(fake: FakeGitHub, token: str, **options: object) -> CheckRunObserver:
    return CheckRunObserver(client(fake, token), target(), first_interval_s=0.0, **options)  # type: ignore[arg-type]  # tests pass the form


def statuses(fake: FakeGitHub) -> list[Status]:
    return fake.repository().statuses.get(HEAD, [])


@pytest.mark.parametrize("kind", ["personal", "without checks: write"])
def test_a_token_that_may_not_write_checks_writes_a_status(fake_github: FakeGitHub, kind: str) -> None:
    token = fake_github.token(personal=kind == "personal", writes_checks=kind == "personal")
    check = observer(fake_github, token)
    check.started(change("app.py"), workflow("unit"), [planned("unit")])
    wait_for(lambda: bool(statuses(fake_github)))
    assert statuses(fake_github) == [
        Status("gaterunner", "pending", "Running; the log of the job shows how far it is", RUN_PAGE)
    ]
    for number in range(5):
        check.gate_finished(gate(f"gate-{number}"))
    published = check.finish(report(Verdict.FAIL, gate("unit", Outcome.FAILED), sentence="unit failed."))
    assert isinstance(published, Published)
    assert (published.form, published.url) == ("status", RUN_PAGE)
    assert statuses(fake_github)[1:] == [Status("gaterunner", "failure", "unit failed.", RUN_PAGE)]
    assert fake_github.count("POST", CREATE) == 1
    why, what = published.notes
    assert why.startswith("No check was published: POST /repos/octo/example/check-runs: GitHub answered 403 (")
    assert what == ONE_LINE


def test_a_run_that_ends_before_it_started_falls_back_too(fake_github: FakeGitHub) -> None:
    published = observer(fake_github, fake_github.token(personal=True)).finish(report())
    assert isinstance(published, Published)
    assert [each.state for each in statuses(fake_github)] == ["success"]


def test_an_answer_of_not_found_is_a_refusal_as_well(fake_github: FakeGitHub) -> None:
    fake_github.misbehave(Trouble.refusal("POST", CREATE, 404, "Not Found"))
    published = observer(fake_github, fake_github.token()).finish(report())
    assert isinstance(published, Published)
    assert published.form == "status"


@pytest.mark.parametrize(
    ("told", "state", "description"),
    [
        (report(Verdict.PASS, sentence="2 gates passed."), "success", "2 gates passed."),
        (report(Verdict.FAIL, sentence="unit failed."), "failure", "unit failed."),
        (report(Verdict.ERROR, sentence="git is missing."), "error", "Could not evaluate: git is missing."),
        (report(Verdict.PENDING, sentence="Waits."), "pending", "Waits."),
        (
            report(Verdict.FAIL, mode=Mode.SHADOW, sentence="unit failed."),
            "success",
            "Shadow mode, would be fail: unit failed.",
        ),
        (
            report(
                Verdict.ERROR, problems=(Problem(trouble=RunTrouble.INTERRUPTED, message="i"),), sentence="Stopped."
            ),
            "error",
            "Stopped.",
        ),
        (report(Verdict.PASS, law=False, sentence="Nothing was read."), "failure", "Nothing was read."),
        (report(Verdict.FAIL, sentence="☂" * 400), "failure", "☂" * 139 + "…"),
    ],
)
def test_the_status_says_the_verdict_in_one_line(fake_github: FakeGitHub, told, state: str, description: str) -> None:  # type: ignore[no-untyped-def]  # a Report
    published = observer(fake_github, fake_github.token(), form="status").finish(told)
    assert isinstance(published, Published)
    assert published.notes == (ONE_LINE,)
    assert statuses(fake_github) == [Status("gaterunner", state, description, RUN_PAGE)]
    assert fake_github.count("POST", CREATE) == 0


def test_a_status_that_may_not_be_written_is_said_with_its_permission(fake_github: FakeGitHub) -> None:
    log = io.StringIO()
    check = observer(fake_github, fake_github.token(writes=False), form="status")
    published = publish(report(), check=check, files=StepFiles(), stdout=log, report_path=None)
    assert isinstance(published, NotPublished)
    assert (published.permitted, published.form) == (False, "status")
    assert log.getvalue().startswith(
        "::warning title=gaterunner::No status was published: POST /repos/octo/example/statuses/"
    )
    assert "Give the job the permission statuses: write;" in log.getvalue()


def test_beside_a_status_the_findings_are_annotations_of_the_job(fake_github: FakeGitHub) -> None:
    log = io.StringIO()
    told = report(Verdict.FAIL, gate("unit", Outcome.FAILED, findings=(finding("expected 3"),)))
    check = observer(fake_github, fake_github.token(personal=True))
    publish(told, check=check, files=StepFiles(), stdout=log, report_path=None)
    first, second, verdict, found = log.getvalue().splitlines()
    assert first.startswith("::warning title=gaterunner::No check was published: ")
    assert second == f"::warning title=gaterunner::{ONE_LINE}"
    assert verdict.startswith("::error title=gaterunner%3A fail::")
    assert found.endswith("::expected 3")


@pytest.mark.parametrize("written", [True, False])
@pytest.mark.parametrize("kind", [Trouble.bad_gateway, Trouble.connection_reset, Trouble.web_page])
def test_a_lost_answer_never_makes_two_statuses(fake_github: FakeGitHub, kind, written: bool) -> None:  # type: ignore[no-untyped-def]  # a classmethod
    status = CommitStatus(state="success", context="gaterunner", description="passed", target_url=RUN_PAGE)
    asked = client(fake_github, fake_github.token())
    asked.write_status(HEAD, CommitStatus(state="pending", context="GateRunner"))
    fake_github.misbehave(kind("POST", STATUS, written=written))
    asked.write_status(HEAD, status)
    assert [each.state for each in statuses(fake_github)] == ["pending", "success"]


def test_an_older_status_of_the_same_words_is_not_taken_for_the_lost_one(fake_github: FakeGitHub) -> None:
    asked = client(fake_github, fake_github.token())
    for state in ("success", "pending"):
        asked.write_status(HEAD, CommitStatus(state=state, context="gaterunner"))
    fake_github.misbehave(Trouble.bad_gateway("POST", STATUS, written=False))
    asked.write_status(HEAD, CommitStatus(state="success", context="gaterunner"))
    assert [each.state for each in statuses(fake_github)] == ["success", "pending", "success"]
