"""What a pull request shows while a run goes on, and after it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from gaterunner.errors import EvaluationError
from gaterunner.github.client import GitHubClient
from gaterunner.github.errors import PublishingError
from gaterunner.github.transport import Clock
from gaterunner.model import Hunk, Mode, Outcome, PolicyResult, Problem, Verdict
from gaterunner.model import Trouble as RunTrouble
from gaterunner.reporters.annotations import ChangedLines
from gaterunner.reporters.check_run_observer import CheckRunObserver, NotPublished, Published, _Interval
from tests.fake_github import FakeGitHub, Pull, Trouble
from tests.fake_github.state import Branch, Run
from tests.github.samples import (
    HEAD,
    OTHER,
    StoppedClock,
    change,
    change_summary,
    client_of,
    finding,
    gate,
    planned,
    report,
    target,
    workflow,
)

CREATE = r"/check-runs$"
UPDATE = r"/check-runs/\d+$"


def wait_for(condition: Callable[[], bool]) -> None:
    """Polls, with a bound: the observer works in a thread of its own."""
    for _ in range(500):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it did not happen within 5 s")


def observer(fake: FakeGitHub, *, writes: bool = True, pull_request: int | None = None) -> CheckRunObserver:
    """An observer that never waits between two updates."""
    return CheckRunObserver(client_of(fake, writes=writes), target(pull_request=pull_request), first_interval_s=0.0)


def begin(check: CheckRunObserver, *names: str) -> None:
    check.started(change("app.py"), workflow(*names), [planned(name) for name in names])


def the_run(fake: FakeGitHub) -> Run:
    (run,) = fake.repository().check_runs.values()
    return run


def test_a_check_stands_there_as_soon_as_the_run_starts(fake_github: FakeGitHub) -> None:
    check = observer(fake_github)
    begin(check, "build", "unit")
    check.gate_started(planned("build"))
    wait_for(lambda: bool(fake_github.repository().check_runs) and "build" in str(the_run(fake_github).title))
    run = the_run(fake_github)
    assert (run.name, run.head_sha, run.status, run.conclusion) == ("gaterunner", HEAD, "in_progress", None)
    assert run.title == "Running build (0 of 2 gates done)"
    assert run.started_at == "2026-01-15T12:00:00Z"
    check.finish(report())


def test_finished_gates_show_while_others_run(fake_github: FakeGitHub) -> None:
    check = observer(fake_github)
    begin(check, "build", "unit")
    check.gate_started(planned("build"))
    check.gate_output(planned("build"), ["not for the check"])
    check.gate_finished(gate("build"))
    check.gate_started(planned("unit"))
    check.policy_finished(PolicyResult(name="no-secret-changes", outcome=Outcome.PASSED, reason="none found"))
    wait_for(lambda: bool(fake_github.repository().check_runs) and "none found" in str(the_run(fake_github).summary))
    run = the_run(fake_github)
    assert run.title == "Running unit (1 of 2 gates done)"
    assert "| `build` | ✅ passed |" in str(run.summary)
    assert "not for the check" not in str(run.summary)
    check.finish(report())


@pytest.mark.parametrize(
    ("verdict", "conclusion"),
    [(Verdict.PASS, "success"), (Verdict.FAIL, "failure"), (Verdict.ERROR, "failure")],
)
def test_the_verdict_concludes_the_check(fake_github: FakeGitHub, verdict: Verdict, conclusion: str) -> None:
    check = observer(fake_github)
    begin(check, "build")
    published = check.finish(report(verdict, gate("build")))
    run = the_run(fake_github)
    assert isinstance(published, Published)
    assert published.url == f"https://github.com/octo/example/runs/{run.id}"
    assert (run.status, run.conclusion) == ("completed", conclusion)
    assert run.completed_at is not None


def test_a_pending_run_leaves_the_check_in_progress(fake_github: FakeGitHub) -> None:
    check = observer(fake_github)
    assert isinstance(check.finish(report(Verdict.PENDING, sentence="Waits until noon.")), Published)
    run = the_run(fake_github)
    assert (run.status, run.conclusion, run.title) == ("in_progress", None, "Waits until noon.")


def test_a_run_that_never_started_still_gets_a_finished_check(fake_github: FakeGitHub) -> None:
    problem = Problem(trouble=RunTrouble.WORKFLOW_FILE, message="unknown key", path=".gaterunner.yml", line=3)
    sentence = "The workflow file has 1 error."
    check = observer(fake_github)
    check.finish(report(Verdict.ERROR, problems=(problem,), law=False, mode=Mode.SHADOW, sentence=sentence))
    run = the_run(fake_github)
    assert (run.conclusion, run.title) == ("failure", "The workflow file has 1 error.")
    assert run.annotations[0]["path"] == ".gaterunner.yml"


def test_an_interrupted_run_is_cancelled(fake_github: FakeGitHub) -> None:
    problem = Problem(trouble=RunTrouble.INTERRUPTED, message="interrupted")
    observer(fake_github).finish(report(Verdict.ERROR, problems=(problem,)))
    assert the_run(fake_github).conclusion == "cancelled"


def test_shadow_mode_tells_the_true_verdict_and_blocks_nothing(fake_github: FakeGitHub) -> None:
    observer(fake_github).finish(report(Verdict.FAIL, mode=Mode.SHADOW, sentence="unit failed."))
    run = the_run(fake_github)
    assert (run.conclusion, run.title) == ("neutral", "Shadow mode, would be fail: unit failed.")


def test_a_thousand_annotations_take_at_most_25_requests(fake_github: FakeGitHub) -> None:
    found = tuple(finding(line=number + 1) for number in range(1_200))
    check = observer(fake_github, pull_request=7)
    fake_github.repository().open_pull(Pull(number=7, head=HEAD))
    published = check.finish(report(Verdict.FAIL, gate("unit", Outcome.FAILED, findings=found)))
    run = the_run(fake_github)
    assert isinstance(published, Published)
    assert [each["start_line"] for each in run.annotations] == list(range(1, 1_001))
    assert "200 more findings are not annotated" in str(run.summary)
    assert len(fake_github.requests) <= 25
    print(f"requests for 1,000 annotations: {len(fake_github.requests)}")  # noqa: T201 - a figure to quote


def test_the_verdict_is_there_before_all_annotations_are(fake_github: FakeGitHub) -> None:
    found = tuple(finding(line=number + 1) for number in range(120))
    check = observer(fake_github)
    begin(check, "unit")
    wait_for(lambda: fake_github.count("POST", CREATE) == 1)
    fake_github.misbehave(*[Trouble.bad_gateway("PATCH", UPDATE, written=False)] * 3)
    published = check.finish(report(Verdict.FAIL, gate("unit", Outcome.FAILED, findings=found)))
    assert isinstance(published, Published)
    assert len(the_run(fake_github).annotations) == 120
    assert the_run(fake_github).conclusion == "failure"


def test_annotations_that_cannot_be_added_are_counted(fake_github: FakeGitHub) -> None:
    found = tuple(finding(line=number + 1) for number in range(120))
    check = observer(fake_github)
    original = check._client.update_check_run
    calls: list[int] = []

    def second_fails(*arguments, **options):  # type: ignore[no-untyped-def]  # passes everything on
        calls.append(1)
        if len(calls) == 2:
            fake_github.misbehave(Trouble.refusal("PATCH", UPDATE, 429, "slow down", retry_after="999"))
        return original(*arguments, **options)

    check._client.update_check_run = second_fails  # type: ignore[method-assign]  # fails one call of several
    published = check.finish(report(Verdict.FAIL, gate("unit", Outcome.FAILED, findings=found)))
    assert isinstance(published, Published)
    assert published.notes[0].startswith("Only 100 of 120 annotations were published: ")
    assert the_run(fake_github).conclusion == "failure"


def test_annotations_that_github_refuses_do_not_hide_the_verdict(fake_github: FakeGitHub) -> None:
    check = observer(fake_github)
    fake_github.misbehave(Trouble.refusal("POST", CREATE, 422, "Invalid path"))
    published = check.finish(report(Verdict.FAIL, gate("unit", Outcome.FAILED, findings=(finding(),))))
    run = the_run(fake_github)
    assert isinstance(published, Published)
    assert (run.conclusion, run.annotations) == ("failure", [])
    assert "GitHub refused the annotations" in str(run.summary)


def test_a_newer_push_is_said_and_gets_no_check(fake_github: FakeGitHub) -> None:
    check = observer(fake_github, pull_request=7)
    begin(check, "build")
    fake_github.repository().open_pull(Pull(number=7, head=OTHER))
    published = check.finish(report())
    run = the_run(fake_github)
    note = f"Superseded by a newer push: this verdict is about {HEAD}, the branch is now at {OTHER}."
    assert published == Published(url=f"https://github.com/octo/example/runs/{run.id}", notes=(note,))
    assert (run.head_sha, run.conclusion) == (HEAD, "success")
    assert run.title == f"Superseded by {OTHER[:12]}: The verdict is pass."
    assert f"> Superseded by a newer push: this verdict is about {HEAD}" in str(run.summary)


def test_a_newer_push_to_a_branch_is_said_as_well(fake_github: FakeGitHub) -> None:
    branch = fake_github.repository().open_branch(Branch("release/1.x", OTHER))
    check = CheckRunObserver(client_of(fake_github), replace(target(), branch=branch.name))
    check.finish(report())
    assert str(the_run(fake_github).title).startswith(f"Superseded by {OTHER[:12]}: ")
    assert fake_github.violations == []


def test_the_newest_commit_of_a_branch_and_a_branch_that_is_gone_are_no_news(fake_github: FakeGitHub) -> None:
    fake_github.repository().open_branch(Branch("main", HEAD))
    for name in ("main", "merged"):
        check = CheckRunObserver(client_of(fake_github), replace(target(name=name), branch=name))
        published = check.finish(report())
        assert isinstance(published, Published)
        assert published.notes == ()
    assert all(run.title == "The verdict is pass." for run in fake_github.repository().check_runs.values())


def test_a_head_that_cannot_be_looked_up_is_said(fake_github: FakeGitHub) -> None:
    published = observer(fake_github, pull_request=404).finish(report())
    assert isinstance(published, Published)
    told = f"Whether {HEAD} is still the newest commit could not be found out: GET /repos/octo/example/pulls/404: "
    assert published.notes[0].startswith(f"{told}GitHub answered 404")


def test_the_verdict_about_one_commit_is_never_put_on_another(fake_github: FakeGitHub) -> None:
    check = observer(fake_github)
    published = check.finish(report(change=replace(change_summary(), head=OTHER)))
    assert published == NotPublished(reason=f"the report is about commit {OTHER}, the check about {HEAD}")
    assert fake_github.requests == []


def test_a_fork_gets_the_reason_and_asks_only_once(fake_github: FakeGitHub) -> None:
    check = observer(fake_github, writes=False)
    begin(check, "build")
    for number in range(5):
        check.gate_finished(gate(f"gate-{number}"))
    published = check.finish(report())
    assert isinstance(published, NotPublished)
    assert published.permitted is False
    assert "Resource not accessible by integration" in published.reason
    assert (fake_github.count("POST", CREATE), fake_github.count("POST", "/statuses/")) == (1, 1)
    with pytest.raises(PublishingError, match="the check 'gaterunner' was not published: "):
        check.finished(report())


def test_a_lost_first_answer_does_not_make_two_checks(fake_github: FakeGitHub) -> None:
    check = observer(fake_github)
    fake_github.misbehave(Trouble.bad_gateway("POST", CREATE, written=True))
    begin(check, "build")
    wait_for(lambda: fake_github.count("POST") == 1)
    check.gate_finished(gate("build"))
    assert isinstance(check.finish(report()), Published)
    assert the_run(fake_github).conclusion == "success"


def test_github_being_down_never_holds_up_a_gate(fake_github: FakeGitHub) -> None:
    check = observer(fake_github)
    fake_github.misbehave(Trouble.slow("POST", CREATE, seconds=1.0))
    began = time.monotonic()
    begin(check, "build")
    for number in range(200):
        check.gate_started(planned(f"gate-{number}"))
        check.gate_finished(gate(f"gate-{number}"))
    assert time.monotonic() - began < 0.9
    assert isinstance(check.finish(report()), Published)


def test_github_staying_down_is_an_answer_in_bounded_time(fake_github: FakeGitHub) -> None:
    stopped = StoppedClock()
    check = CheckRunObserver(client_of(fake_github, stopped), target(), clock=stopped.clock, finish_s=20.0)
    fake_github.misbehave(*[Trouble.bad_gateway("POST", CREATE, written=False)] * 50)
    published = check.finish(report())
    assert isinstance(published, NotPublished)
    assert published.permitted is True
    assert "GitHub answered 502" in published.reason
    assert sum(stopped.slept) <= 20


def test_a_silent_client_is_left_behind(fake_github: FakeGitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gaterunner.reporters.check_run_observer._REQUEST_GRACE_S", 0.05)
    check = CheckRunObserver(client_of(fake_github), target(), finish_s=0.05)
    stuck = threading.Event()
    monkeypatch.setattr(check._client, "create_check_run", lambda *_, **__: stuck.wait(10))
    published = check.finish(report())
    stuck.set()
    assert published == NotPublished(reason="GitHub gave no answer within 0.05 s")
    assert check._thread is not None
    check._thread.join()


def test_a_defect_of_ours_is_not_a_published_check(fake_github: FakeGitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    check = observer(fake_github)
    monkeypatch.setattr("gaterunner.reporters.check_run_writer.render_completed", lambda *_, **__: 1 / 0)
    assert check.finish(report()) == NotPublished(reason="a defect of gaterunner (ZeroDivisionError)")


def test_updates_from_many_threads_end_in_one_check(fake_github: FakeGitHub) -> None:
    check = observer(fake_github)
    begin(check, *(f"gate-{number}" for number in range(40)))

    def work(number: int) -> None:
        check.gate_started(planned(f"gate-{number}"))
        check.gate_finished(gate(f"gate-{number}"))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(check._progress.gates) == 40
    assert check._progress.running == ()
    assert isinstance(check.finish(report()), Published)
    assert the_run(fake_github).conclusion == "success"


def test_an_hour_of_updates_stays_far_below_the_rate_limit() -> None:
    stopped = StoppedClock()
    interval, updates = _Interval(Clock(monotonic=lambda: stopped.at), 5.0), 0
    began = stopped.at
    while stopped.at - began < 3_600:
        if interval.wait_s() <= 0:
            interval.used()
            updates += 1
        stopped.at += 1.0
    assert updates < 130


@pytest.mark.parametrize("personal", [False, True])
def test_an_enterprise_server_gets_the_same_check_or_status(personal: bool) -> None:
    with FakeGitHub.running(prefix="/api/v3") as fake:
        fake.repository().open_pull(Pull(number=7, head=OTHER))
        fake.repository().push(HEAD)
        client = GitHubClient.connect(token=fake.token(personal=personal), repository="octo/example", api_url=fake.url)
        published = CheckRunObserver(client, target(pull_request=7)).finish(report())
        assert isinstance(published, Published)
        assert published.form == ("status" if personal else "check")
        assert fake.violations == []
        assert all(request.path.startswith("/repos/octo/example/") for request in fake.requests)


def test_few_requests_left_are_kept_for_the_verdict(fake_github: FakeGitHub) -> None:
    fake_github.budget = 150
    check = observer(fake_github)
    begin(check, "build")
    wait_for(lambda: fake_github.count("POST", CREATE) == 1 and check._interval.wait_s() > 200)
    for number in range(20):
        check.gate_finished(gate(f"gate-{number}"))
    assert isinstance(check.finish(report()), Published)
    assert (fake_github.count("POST", CREATE), fake_github.count("PATCH", UPDATE)) == (1, 1)


def test_changed_lines_come_first_where_github_shows_few(fake_github: FakeGitHub) -> None:
    check = CheckRunObserver(
        client_of(fake_github), target(), changed_lines=lambda _: {"app.py": (Hunk(7, 0, 7, 2),)}, first_interval_s=0.0
    )
    begin(check, "unit")
    found = tuple(finding(line=line) for line in (1, 8, 30))
    check.finish(report(Verdict.FAIL, gate("unit", Outcome.FAILED, findings=found)))
    assert [each["start_line"] for each in the_run(fake_github).annotations] == [8, 1, 30]


def test_lines_that_git_cannot_tell_cost_no_verdict(fake_github: FakeGitHub) -> None:
    def unreadable(_: object) -> ChangedLines:
        raise EvaluationError("git is missing")

    check = CheckRunObserver(client_of(fake_github), target(), changed_lines=unreadable, first_interval_s=0.0)
    begin(check, "unit")
    assert isinstance(
        check.finish(report(Verdict.FAIL, gate("unit", Outcome.FAILED, findings=(finding(),)))), Published
    )
    assert len(the_run(fake_github).annotations) == 1


def test_a_rate_limit_silences_the_updates_but_not_the_verdict(fake_github: FakeGitHub) -> None:
    check = observer(fake_github)
    begin(check, "build")
    wait_for(lambda: fake_github.count("POST") == 1)
    fake_github.misbehave(Trouble.secondary_limit("PATCH", UPDATE, retry_after="3000"))
    check.gate_started(planned("build"))
    wait_for(lambda: fake_github.count("PATCH") == 1)
    check.gate_finished(gate("build"))
    assert fake_github.count("PATCH") == 1
    assert isinstance(check.finish(report()), Published)
    assert the_run(fake_github).conclusion == "success"
