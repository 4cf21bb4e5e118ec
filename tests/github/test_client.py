"""The client keeps to GitHub's rules when the API misbehaves, and never waits without an end."""

from __future__ import annotations

import pytest

from gaterunner.errors import EvaluationError, UsageError
from gaterunner.github.checks import Annotation, CheckOutput, CheckState
from gaterunner.github.client import GitHubClient
from gaterunner.github.errors import GitHubError, NotPermittedError, RejectedError, UnreachableError
from gaterunner.github.statuses import CommitStatus
from gaterunner.github.transport import Transport
from tests.fake_github import FakeGitHub, Pull, Trouble
from tests.github.samples import BASE, HEAD, OTHER, StoppedClock, client_of, target

STATE = CheckState(status="in_progress", output=CheckOutput(title="Running", summary="one of two"))
DONE = CheckState(
    status="completed",
    conclusion="success",
    completed_at="2026-01-15T12:01:00Z",
    output=CheckOutput(title="Passed", summary="all"),
)
CREATE = r"/check-runs$"
UPDATE = r"/check-runs/\d+$"


def remarks(count: int) -> tuple[Annotation, ...]:
    return tuple(
        Annotation(path="a.py", start_line=n + 1, end_line=n + 1, annotation_level="failure", message=f"{n}")
        for n in range(count)
    )


def test_a_check_run_is_created_on_the_head_and_completed(fake_github: FakeGitHub) -> None:
    client = client_of(fake_github)
    created = client.create_check_run(target(), STATE)
    client.update_check_run(created.id, DONE, remarks(50))
    run = fake_github.repository().check_runs[created.id]
    assert (run.head_sha, run.status, run.conclusion) == (HEAD, "completed", "success")
    assert len(run.annotations) == 50
    assert run.details_url == "https://github.com/octo/example/actions/runs/77"


def test_an_enterprise_server_is_reached_under_its_own_path() -> None:
    with FakeGitHub.running(prefix="/api/v3") as fake:
        client = client_of(fake)
        fake.repository().open_pull(Pull(number=7, head=HEAD))
        created = client.create_check_run(target(), STATE)
        client.update_check_run(created.id, DONE, remarks(3))
        client.write_status(HEAD, CommitStatus(state="success", context="gaterunner"))
        assert (client.pull_request_head(7), len(fake.repository().check_runs[created.id].annotations)) == (HEAD, 3)
        assert client.earlier_check_runs(target())[0].id == created.id
        assert client.unedited_reviews(7) == frozenset()  # asked in GraphQL, which has another path there
        assert fake.violations == []


def test_the_checks_of_a_commit_are_read_on_all_pages_newest_first(fake_github: FakeGitHub) -> None:
    client = client_of(fake_github)
    ours = [
        fake_github.repository()
        .create_check_run({"name": "gaterunner", "head_sha": HEAD, "external_id": target().external_id})
        .id
        for _ in range(120)
    ]
    fake_github.repository().create_check_run({"name": "gaterunner", "head_sha": HEAD, "external_id": "another"})
    assert [run.id for run in client.earlier_check_runs(target())] == ours[::-1]


def test_the_annotations_of_a_check_are_read_as_they_were_sent(fake_github: FakeGitHub) -> None:
    client = client_of(fake_github)
    created = client.create_check_run(target(), STATE, remarks(50))
    client.update_check_run(created.id, DONE, remarks(50), present=50)
    run = client.update_check_run(created.id, DONE, remarks(20), present=100)
    assert tuple(client.annotations_of(run)) == (*remarks(50), *remarks(50), *remarks(20))
    assert fake_github.count("GET", "/annotations$") == 2


@pytest.mark.parametrize("written", [True, False])
@pytest.mark.parametrize("kind", [Trouble.bad_gateway, Trouble.connection_reset, Trouble.web_page])
def test_a_lost_answer_never_makes_two_checks(fake_github: FakeGitHub, kind, written: bool) -> None:  # type: ignore[no-untyped-def]  # a classmethod
    client = client_of(fake_github)
    fake_github.misbehave(kind("POST", CREATE, written=written))
    created = client.create_check_run(target(), STATE)
    assert list(fake_github.repository().check_runs) == [created.id]
    assert fake_github.count("POST") == (1 if written else 2)


def test_a_check_of_the_same_name_by_another_run_is_not_taken_for_ours(fake_github: FakeGitHub) -> None:
    client = client_of(fake_github)
    repository = fake_github.repository()
    theirs = repository.create_check_run({"name": "gaterunner", "head_sha": HEAD, "external_id": "another run"})
    fake_github.misbehave(Trouble.bad_gateway("POST", CREATE, written=False))
    assert client.create_check_run(target(), STATE).id != theirs.id


def test_an_earlier_attempt_is_found_behind_a_page_of_others(fake_github: FakeGitHub) -> None:
    client = client_of(fake_github)
    ours = client.create_check_run(target(), STATE)
    for number in range(120):
        fake_github.repository().create_check_run({"name": "gaterunner", "head_sha": HEAD, "external_id": f"{number}"})
    assert client.create_check_run(target(), STATE, look_first=True).id == ours.id


@pytest.mark.parametrize("written", [True, False])
def test_annotations_are_never_there_twice(fake_github: FakeGitHub, written: bool) -> None:
    client = client_of(fake_github)
    created = client.create_check_run(target(), STATE)
    client.update_check_run(created.id, DONE, remarks(50))
    fake_github.misbehave(Trouble.bad_gateway("PATCH", UPDATE, written=written))
    client.update_check_run(created.id, DONE, remarks(30), present=50)
    assert len(fake_github.repository().check_runs[created.id].annotations) == 80


def test_more_than_fifty_annotations_are_a_fault_of_the_caller(fake_github: FakeGitHub) -> None:
    with pytest.raises(ValueError, match="50 annotations"):
        client_of(fake_github).update_check_run(1, DONE, remarks(51))


@pytest.mark.parametrize(
    ("trouble", "slept"),
    [
        (Trouble.secondary_limit("PATCH", UPDATE, retry_after="7"), 7.0),
        (Trouble.secondary_limit("PATCH", UPDATE), 60.0),
        (Trouble.refusal("PATCH", UPDATE, 429, "Too many requests", retry_after="12"), 12.0),
        (Trouble.refusal("PATCH", UPDATE, 429, "Too many requests"), 60.0),
        (
            Trouble.refusal(
                "PATCH",
                UPDATE,
                403,
                "API rate limit exceeded",
                x_ratelimit_remaining="0",
                x_ratelimit_reset="1768478430",
            ),
            31.0,
        ),
        (Trouble.bad_gateway("PATCH", UPDATE, written=False), 1.0),
    ],
)
def test_a_passing_trouble_is_waited_for_as_long_as_github_asks(
    fake_github: FakeGitHub, trouble: Trouble, slept: float
) -> None:
    stopped = StoppedClock()
    client = client_of(fake_github, stopped)
    created = client.create_check_run(target(), STATE)
    fake_github.misbehave(trouble)
    assert client.update_check_run(created.id, DONE).status == "completed"
    assert stopped.slept == [slept]


def test_a_limit_of_unknown_length_is_waited_for_twice_as_long_each_time(fake_github: FakeGitHub) -> None:
    stopped = StoppedClock()
    client = client_of(fake_github, stopped)
    created = client.create_check_run(target(), STATE)
    fake_github.misbehave(*[Trouble.secondary_limit("PATCH", UPDATE)] * 3)
    assert client.update_check_run(created.id, DONE, patience_s=1_000).status == "completed"
    assert stopped.slept == [60.0, 120.0, 240.0]


def test_a_time_that_github_names_is_not_made_longer(fake_github: FakeGitHub) -> None:
    stopped = StoppedClock()
    client = client_of(fake_github, stopped)
    created = client.create_check_run(target(), STATE)
    fake_github.misbehave(*[Trouble.secondary_limit("PATCH", UPDATE, retry_after="9")] * 3)
    assert client.update_check_run(created.id, DONE, patience_s=1_000).status == "completed"
    assert stopped.slept == [9.0, 9.0, 9.0]


def test_how_many_requests_are_left_is_known_from_every_answer(fake_github: FakeGitHub) -> None:
    client = client_of(fake_github)
    assert client.remaining is None
    fake_github.budget = 41
    client.create_check_run(target(), STATE)
    assert client.remaining == 40
    fake_github.budget = 0
    with pytest.raises(UnreachableError, match="rate limit reached"):
        client.create_check_run(target(), STATE)
    assert client.remaining == 0


def test_a_limit_that_lasts_longer_than_our_patience_ends_at_once(fake_github: FakeGitHub) -> None:
    stopped = StoppedClock()
    client = client_of(fake_github, stopped)
    fake_github.misbehave(Trouble.secondary_limit("POST", CREATE, retry_after="3600"))
    with pytest.raises(
        UnreachableError, match=r"POST /repos/octo/example/check-runs: rate limit reached \(403\)"
    ) as error:
        client.create_check_run(target(), STATE)
    assert error.value.retry_after_s == 3600
    assert stopped.slept == []


def test_an_api_that_stays_down_is_given_up_within_the_time_allowed(fake_github: FakeGitHub) -> None:
    stopped = StoppedClock()
    client = client_of(fake_github, stopped)
    fake_github.misbehave(*[Trouble.bad_gateway("GET", "/pulls/7", written=False)] * 20)
    with pytest.raises(UnreachableError, match="GitHub answered 502"):
        client.pull_request_head(7, patience_s=10)
    assert sum(stopped.slept) <= 10
    assert fake_github.count("GET") <= 6


def test_an_update_without_patience_is_tried_once(fake_github: FakeGitHub) -> None:
    stopped = StoppedClock()
    client = client_of(fake_github, stopped)
    fake_github.misbehave(Trouble.bad_gateway("POST", CREATE, written=False))
    with pytest.raises(UnreachableError):
        client.create_check_run(target(), STATE, patience_s=0)
    assert stopped.slept == []
    assert fake_github.count("POST") == 1


def test_nothing_listening_is_told_without_details(fake_github: FakeGitHub) -> None:
    token = "gh" + "s_" + "x" * 30
    client = GitHubClient.connect(
        token=token, repository="octo/example", api_url="http://127.0.0.1:1", clock=StoppedClock().clock
    )
    with pytest.raises(UnreachableError, match=r"the connection failed \(ConnectionError\)") as error:
        client.pull_request_head(7)
    assert token not in repr(error.value)


def test_a_forks_token_is_told_apart(fake_github: FakeGitHub) -> None:
    with pytest.raises(NotPermittedError, match="Resource not accessible by integration") as error:
        client_of(fake_github, writes=False).create_check_run(target(), STATE)
    assert "checks: write" in str(error.value.help)


def test_a_wrong_token_is_not_retried(fake_github: FakeGitHub) -> None:
    client = GitHubClient.connect(token="wrong", repository="octo/example", api_url=fake_github.url)
    with pytest.raises(NotPermittedError, match=r"401 \(Bad credentials\)"):
        client.pull_request_head(7)
    assert fake_github.count("GET") == 1
    fake_github.take_violations()


def test_what_github_rejects_is_not_sent_again(fake_github: FakeGitHub) -> None:
    client = client_of(fake_github)
    fake_github.misbehave(Trouble.refusal("POST", CREATE, 422, "Invalid request"))
    with pytest.raises(RejectedError, match=r"422 \(Invalid request\)"):
        client.create_check_run(target(), STATE)
    assert fake_github.count("POST") == 1


def test_a_redirection_elsewhere_is_not_followed(fake_github: FakeGitHub) -> None:
    client = client_of(fake_github)
    fake_github.misbehave(
        Trouble("GET", "/pulls/7", status=301, headers={"location": "http://elsewhere.invalid/"}, body="")
    )
    with pytest.raises(GitHubError, match="redirects to another address"):
        client.pull_request_head(7)


@pytest.mark.parametrize("token", ["", " ", "two words", "line\nbreak", "ümlaut"])
def test_what_cannot_be_a_token_is_refused_without_being_repeated(token: str) -> None:
    with pytest.raises(UsageError) as error:
        Transport(token=token)
    assert error.value.message == "the token is empty or holds characters that no token has"


@pytest.mark.parametrize("repository", ["", "example", "octo/example/../..", "octo/ex ample", "octo/example\n"])
def test_what_cannot_be_a_repository_is_refused(repository: str) -> None:
    with pytest.raises(UsageError, match="is not a repository"):
        GitHubClient.connect(token="t", repository=repository)


@pytest.mark.parametrize("address", ["api.github.com", "ftp://api.github.com", "https://", ""])
def test_what_cannot_be_an_api_is_refused(address: str) -> None:
    with pytest.raises(UsageError, match="is not the address of an API"):
        GitHubClient.connect(token="t", repository="octo/example", api_url=address)


def test_the_head_of_a_pull_request_is_looked_up(fake_github: FakeGitHub) -> None:
    client = client_of(fake_github)
    fake_github.repository().open_pull(Pull(number=7, head=OTHER))
    assert client.pull_request_head(7) == OTHER


def test_the_pull_requests_of_a_commit_tell_how_they_were_merged(fake_github: FakeGitHub) -> None:
    client = client_of(fake_github)
    repository = fake_github.repository()
    repository.open_pull(Pull(number=7, head=HEAD, merged=True, merge_commit=BASE))
    repository.open_pull(Pull(number=8, head=HEAD, base_ref="develop", merge_commit=OTHER))
    merged, opened = client.pull_requests_of(HEAD)
    assert (merged.number, merged.merged, merged.target, merged.merge_commit) == (7, True, "main", BASE)
    assert (opened.number, opened.merged, opened.target, opened.merge_commit) == (8, False, "develop", None)
    assert client.pull_requests_of(BASE) == (merged,)


def test_all_pages_of_pull_requests_are_read(fake_github: FakeGitHub) -> None:
    client = client_of(fake_github)
    for number in range(1, 131):
        fake_github.repository().open_pull(Pull(number=number, head=HEAD))
    assert len(client.pull_requests_of(HEAD)) == 130


def test_an_unknown_commit_is_an_error_and_not_an_empty_list(fake_github: FakeGitHub) -> None:
    with pytest.raises(EvaluationError, match="No commit found"):
        client_of(fake_github).pull_requests_of(OTHER)
