"""A job that is run again takes over what its earlier attempt left, and never leaves a stale remark behind."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from gaterunner.github.checks import CheckTarget, is_of_a_rerun, is_same_job, make_external_id
from gaterunner.model import Outcome, Report, Verdict
from gaterunner.reporters.check_run_observer import CheckRunObserver, Published
from tests.fake_github import FakeGitHub, Trouble
from tests.fake_github.state import Run
from tests.github.samples import HEAD, change, client_of, finding, gate, planned, report, target, workflow
from tests.github.test_check_run_observer import CREATE, UPDATE, wait_for


def attempt(number: int, *, run: str = "77", job: str = "gates") -> CheckTarget:
    external_id = make_external_id(run_id=run, run_attempt=str(number), job=job, name="gaterunner", head_sha=HEAD)
    return replace(target(), external_id=external_id)


def observe(fake: FakeGitHub, of: CheckTarget) -> CheckRunObserver:
    return CheckRunObserver(client_of(fake), of, first_interval_s=0.0)


def published(fake: FakeGitHub, of: CheckTarget, told: Report, *, live: bool = False) -> Published:
    check = observe(fake, of)
    if live:
        before = len(fake.requests)
        check.started(change("app.py"), workflow("unit"), [planned("unit")])
        wait_for(lambda: any(each.method in ("POST", "PATCH") for each in fake.requests[before:]))
    done = check.finish(told)
    assert isinstance(done, Published)
    return done


def failing(*lines: int) -> Report:
    return report(Verdict.FAIL, gate("unit", Outcome.FAILED, findings=tuple(finding(line=line) for line in lines)))


def runs(fake: FakeGitHub) -> list[Run]:
    return list(fake.repository().check_runs.values())


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (attempt(1).external_id, attempt(3).external_id, True),
        (attempt(1).external_id, attempt(1).external_id, True),
        (attempt(1).external_id, attempt(1, run="78").external_id, False),
        (attempt(1).external_id, attempt(1, job="other").external_id, False),
        (None, attempt(1).external_id, False),
        ("by somebody else", attempt(1).external_id, False),
        ("gaterunner/77/1", "gaterunner/77/2", False),
    ],
)
def test_attempts_of_one_job_are_known_by_their_external_id(one: str | None, other: str, same: bool) -> None:
    assert is_same_job(one, other) is same


def test_a_first_attempt_is_told_from_a_later_one() -> None:
    assert [is_of_a_rerun(attempt(number).external_id) for number in (1, 2, 11)] == [False, True, True]
    assert not is_of_a_rerun("something else")


@pytest.mark.parametrize("live", [True, False])
def test_a_check_that_was_left_in_progress_is_taken_over(fake_github: FakeGitHub, live: bool) -> None:
    published(fake_github, attempt(1), report(Verdict.PENDING))
    published(fake_github, attempt(2), failing(3), live=live)
    (run,) = runs(fake_github)
    assert (run.conclusion, len(run.annotations)) == ("failure", 1)


@pytest.mark.parametrize("live", [True, False])
def test_what_is_taken_over_leads_to_the_newer_attempt(fake_github: FakeGitHub, live: bool) -> None:
    """Whoever may write checks can have made it, with a link to anywhere."""
    published(fake_github, attempt(1), report(Verdict.PENDING))
    runs(fake_github)[0].details_url = "https://evil.invalid/"

    published(fake_github, attempt(2), failing(3), live=live)

    (run,) = runs(fake_github)
    assert run.details_url == attempt(2).details_url


def test_a_live_check_begins_anew_beside_a_completed_one_for_none_goes_on_again(fake_github: FakeGitHub) -> None:
    published(fake_github, attempt(1), failing(3), live=True)
    published(fake_github, attempt(2), report(Verdict.PASS), live=True)
    first, second = runs(fake_github)
    assert (first.conclusion, second.conclusion) == ("failure", "success")
    assert second.id > first.id  # GitHub shows the newest of a name
    assert second.annotations == []


def test_what_is_published_twice_stands_there_once(fake_github: FakeGitHub) -> None:
    published(fake_github, attempt(1), failing(*range(1, 61)))
    published(fake_github, attempt(1), failing(*range(1, 61)))
    published(fake_github, attempt(2), failing(*range(1, 81)))
    (run,) = runs(fake_github)
    assert sorted(each["start_line"] for each in run.annotations) == list(range(1, 81))


@pytest.mark.parametrize("first", [1, 101])
def test_a_thousand_remarks_take_at_most_25_requests_in_a_rerun_as_well(fake_github: FakeGitHub, first: int) -> None:
    published(fake_github, attempt(1), failing(*range(1, 1_001)))
    fake_github.requests.clear()
    published(fake_github, attempt(2), failing(*range(first, first + 1_000)))
    assert len(fake_github.requests) <= 25
    newest = runs(fake_github)[-1]
    assert [each["start_line"] for each in newest.annotations] == list(range(first, first + 1_000))
    assert len(runs(fake_github)) == (1 if first == 1 else 2)


def test_a_remark_that_no_longer_holds_is_not_left_standing(fake_github: FakeGitHub) -> None:
    published(fake_github, attempt(1), failing(3, 4))
    published(fake_github, attempt(2), failing(4, 5))
    first, second = runs(fake_github)
    assert [each["start_line"] for each in first.annotations] == [3, 4]
    assert [each["start_line"] for each in second.annotations] == [4, 5]


def test_another_conclusion_is_another_check(fake_github: FakeGitHub) -> None:
    published(fake_github, attempt(1), report(Verdict.FAIL))
    published(fake_github, attempt(2), report(Verdict.PASS))
    assert [run.conclusion for run in runs(fake_github)] == ["failure", "success"]


def test_only_the_newest_check_is_written_on(fake_github: FakeGitHub) -> None:
    published(fake_github, attempt(1), report(Verdict.PASS))
    published(fake_github, attempt(2), report(Verdict.FAIL))
    published(fake_github, attempt(3), report(Verdict.PASS))
    assert [run.conclusion for run in runs(fake_github)] == ["success", "failure", "success"]


@pytest.mark.parametrize("live", [True, False])
def test_a_waiting_check_with_stale_remarks_is_ended_and_satisfies_nothing(fake_github: FakeGitHub, live: bool) -> None:
    waiting = report(
        Verdict.PENDING, gate("soak", Outcome.PENDING), gate("style", advisory=True, findings=(finding(line=9),))
    )
    published(fake_github, attempt(1), waiting)
    published(fake_github, attempt(2), report(Verdict.PASS), live=live)
    first, second = runs(fake_github)
    assert (first.conclusion, first.title) == ("cancelled", "Replaced: the job was run again")
    assert (second.conclusion, second.annotations) == ("success", [])


@pytest.mark.parametrize("other", [attempt(1, run="78"), attempt(1, job="other")])
def test_the_check_of_another_run_or_job_is_left_alone(fake_github: FakeGitHub, other: CheckTarget) -> None:
    published(fake_github, other, report(Verdict.PENDING))
    published(fake_github, attempt(2), report(Verdict.PASS))
    assert [run.status for run in runs(fake_github)] == ["in_progress", "completed"]


def test_a_first_attempt_does_not_ask_before_it_makes_its_check(fake_github: FakeGitHub) -> None:
    published(fake_github, attempt(1), report(), live=True)
    assert fake_github.requests[0].method == "POST"
    assert fake_github.count("GET", "/check-runs") == 0


def test_a_lost_answer_beside_an_earlier_check_of_the_same_id_is_not_taken_for_it(fake_github: FakeGitHub) -> None:
    published(fake_github, attempt(1), report(Verdict.FAIL))
    fake_github.misbehave(Trouble.bad_gateway("POST", CREATE, written=False))
    published(fake_github, attempt(1), report(Verdict.PASS))
    assert [run.conclusion for run in runs(fake_github)] == ["failure", "success"]


def test_remarks_that_cannot_be_read_are_written_on_a_check_of_their_own(fake_github: FakeGitHub) -> None:
    published(fake_github, attempt(1), failing(3))
    fake_github.misbehave(Trouble.refusal("GET", "/annotations$", 404, "Not Found"))
    published(fake_github, attempt(2), failing(3))
    assert [len(run.annotations) for run in runs(fake_github)] == [1, 1]


def test_a_lost_update_of_a_check_that_was_taken_over_adds_nothing_twice(fake_github: FakeGitHub) -> None:
    published(fake_github, attempt(1), failing(*range(1, 11)))
    fake_github.misbehave(Trouble.bad_gateway("PATCH", UPDATE, written=True))
    published(fake_github, attempt(2), failing(*range(1, 31)))
    (run,) = runs(fake_github)
    assert len(run.annotations) == 30


@pytest.mark.parametrize("live", [True, False])
def test_the_check_of_a_sibling_in_the_same_matrix_is_left_alone(fake_github: FakeGitHub, live: bool) -> None:
    sibling = observe(fake_github, attempt(2))
    sibling.started(change("app.py"), workflow("unit"), [planned("unit")])
    wait_for(lambda: fake_github.count("POST", CREATE) == 1)
    published(fake_github, attempt(2), report(Verdict.FAIL), live=live)
    sibling.finish(report(Verdict.PASS))
    assert [run.conclusion for run in runs(fake_github)] == ["success", "failure"]


def test_a_verdict_that_github_does_not_write_down_gets_a_check_of_its_own(fake_github: FakeGitHub) -> None:
    """GitHub answers 200 to an update of a check that somebody completed meanwhile, and leaves it as it ended."""
    check = observe(fake_github, attempt(1))
    check.started(change("app.py"), workflow("unit"), [planned("unit")])
    wait_for(lambda: fake_github.count("POST", CREATE) == 1)
    (first,) = runs(fake_github)
    first.apply({"conclusion": "success"})
    answer = {"id": first.id, "name": first.name, "head_sha": HEAD, "status": "completed", "conclusion": "success"}
    fake_github.misbehave(
        Trouble("PATCH", UPDATE, status=200, body=json.dumps(answer), content_type="application/json"),
        Trouble.bad_gateway("POST", CREATE, written=False),
    )
    assert isinstance(check.finish(failing(3)), Published)
    first, second = runs(fake_github)
    assert (second.conclusion, len(second.annotations)) == ("failure", 1)
    assert second.id > first.id
