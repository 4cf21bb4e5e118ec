"""The fake refuses what GitHub refuses; a test that passes against it says something."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.fake_github import FakeGitHub, Pull
from tests.fake_github.rules import query_faults, refusals, status_refusals
from tests.fake_github.state import Status

HEAD = "a1" * 20
GOOD = {"name": "gaterunner", "head_sha": HEAD, "status": "in_progress"}


def remark(**more: Any) -> dict[str, Any]:
    return {"path": "a.py", "start_line": 1, "end_line": 1, "annotation_level": "failure", "message": "m", **more}


def output(**more: Any) -> dict[str, Any]:
    return {**GOOD, "output": {"title": "t", "summary": "s", **more}}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({**GOOD, "head_sha": "abc123"}, "head_sha is not a full commit id"),
        ({**GOOD, "colour": "red"}, "colour is not a permitted key"),
        ({**GOOD, "status": "completed"}, "conclusion is required when status is completed"),
        ({**GOOD, "status": "waiting"}, "status waiting belongs to GitHub Actions"),
        ({**GOOD, "started_at": "yesterday"}, "started_at is not an ISO 8601 time in UTC"),
        ({"head_sha": HEAD}, "schema: "),
        ({**GOOD, "conclusion": "great"}, "schema: "),
        (output(title="x" * 256), "output.title is longer than 255 characters"),
        (output(summary="x" * 65_536), "output.summary is longer than 65535 bytes"),
        (output(summary="☂" * 30_000), "output.summary is longer than 65535 bytes"),
        (output(text="☂" * 30_000), "output.text is longer than 65535 bytes"),
        (output(summary="\ud800"), "the body holds half a character"),
        (output(colour="red"), "output.colour is not a permitted key"),
        (output(annotations=[remark()] * 51), "schema: "),
        (output(annotations=[remark(start_line=0)]), "lines 0 to 1 are not a range"),
        (output(annotations=[remark(start_line=3)]), "lines 3 to 1 are not a range"),
        (output(annotations=[remark(end_line=2, start_column=1)]), "columns on more than one line"),
        (output(annotations=[remark(title="x" * 256)]), "title is longer than 255 characters"),
        (output(annotations=[remark(message="☂" * 30_000)]), "message is longer than 64 KB"),
        (output(annotations=[remark(raw_details="☂" * 30_000)]), "raw_details is longer than 64 KB"),
        (output(annotations=[remark(message="")]), "path and message must not be empty"),
        (output(annotations=[remark(level="x")]), "level is not a permitted key"),
        (output(annotations=[remark(annotation_level="error")]), "schema: "),
    ],
)
def test_what_github_would_not_take_is_refused(body: dict[str, Any], reason: str) -> None:
    assert any(reason in each for each in refusals(body, creating=True))


def test_what_github_takes_is_taken() -> None:
    assert refusals(output(annotations=[remark()] * 50, text="x" * 65_535), creating=True) == []
    assert refusals({"status": "completed", "conclusion": "success"}, creating=False) == []


@pytest.fixture
def asked(fake_github: FakeGitHub) -> Iterator[Any]:
    """Sends one plain request; headers may be replaced."""
    fake_github.repository().push(HEAD)
    token = fake_github.token()

    def ask(method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        usual = {
            "Authorization": f"Bearer {token}",
            "User-Agent": "gaterunner/0",
            "X-GitHub-Api-Version": "2022-11-28",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        return requests.request(method, f"{fake_github.url}{path}", json=body, headers=usual, timeout=10)

    yield ask
    fake_github.take_violations()


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "violation"),
    [
        ("GET", "/user", {}, 404, "GET /user: unknown to the fake"),
        ("DELETE", "/repos/octo/example/check-runs", {}, 405, "method not allowed"),
        ("GET", "/repos/octo/example/pulls/7", {"Authorization": "Bearer wrong"}, 401, "no token that was given out"),
        ("GET", "/repos/octo/example/pulls/7", {"User_Agent": "curl"}, 404, "user-agent is 'curl'"),
        ("GET", "/repos/octo/example/pulls/7", {"X_GitHub_Api_Version": "1999"}, 404, "API version is '1999'"),
        ("GET", "/repos/octo/example/pulls/7", {"Accept": "text/html"}, 404, "accept is 'text/html'"),
    ],
)
def test_a_request_that_is_not_as_it_should_be_fails_the_test(
    *, fake_github: FakeGitHub, asked: Any, method: str, path: str, headers: dict[str, str], status: int, violation: str
) -> None:
    assert asked(method, path, **headers).status_code == status
    assert any(violation in each for each in fake_github.take_violations())


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("query { repository { pullRequest { colour } } }", "pullRequest has no field colour"),
        ("query { organization { login } }", "query has no field organization"),
        ("query { repository { pullRequest { reviews(first: 101) { totalCount } } } }", "first: 101"),
        ("query {", "the braces do not match"),
    ],
)
def test_a_query_that_github_would_not_understand_is_refused(query: str, fault: str) -> None:
    assert fault in query_faults({"query": query})


def test_a_commit_that_was_never_pushed_gets_no_check(fake_github: FakeGitHub, asked: Any) -> None:
    answer = asked("POST", "/repos/octo/example/check-runs", {**GOOD, "head_sha": "f" * 40})
    assert answer.status_code == 422
    assert "No commit found for SHA" in fake_github.take_violations()[0]


def test_annotations_are_appended_and_listed_page_by_page(fake_github: FakeGitHub, asked: Any) -> None:
    made = asked("POST", "/repos/octo/example/check-runs", output(annotations=[remark()] * 50)).json()
    path = f"/repos/octo/example/check-runs/{made['id']}"
    update = {"output": {"title": "t", "summary": "s", "annotations": [remark()] * 10}}
    assert asked("PATCH", path, update).json()["output"]["annotations_count"] == 60
    first = asked("GET", f"{path}/annotations?per_page=40")
    assert len(first.json()) == 40
    assert "page=2" in first.headers["link"]
    last = asked("GET", f"{path}/annotations?per_page=40&page=2")
    assert (len(last.json()), last.headers.get("link")) == (20, None)
    assert fake_github.violations == []


def test_only_the_old_api_tells_the_merge_commit(fake_github: FakeGitHub, asked: Any) -> None:
    fake_github.repository().open_pull(Pull(number=7, head=HEAD, merged=True, merge_commit="b" * 40))
    path = "/repos/octo/example/pulls/7"
    assert asked("GET", path).json()["merge_commit_sha"] == "b" * 40
    assert "merge_commit_sha" not in asked("GET", path, X_GitHub_Api_Version="2026-03-10").json()


def test_it_can_be_reached_from_outside_when_asked_to() -> None:
    with FakeGitHub.running(host="0.0.0.0") as fake:  # noqa: S104 - a container reaches it by the host's address
        assert fake.url_at("host.docker.internal") == f"http://host.docker.internal:{fake.port}"
        assert requests.get(fake.url, timeout=10).status_code == 401


def test_a_completed_check_run_stays_as_it_ended(fake_github: FakeGitHub, asked: Any) -> None:
    made = asked("POST", "/repos/octo/example/check-runs", {**GOOD, "status": "completed", "conclusion": "failure"})
    path = f"/repos/octo/example/check-runs/{made.json()['id']}"
    assert asked("PATCH", path, {"status": "completed", "conclusion": "failure"}).status_code == 200
    for body in ({"status": "in_progress"}, {"status": "completed", "conclusion": "success"}):
        assert asked("PATCH", path, body).status_code == 422
        assert "completed with failure does not become" in fake_github.take_violations()[0]


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"state": "green", "context": "c"}, "schema: "),
        ({"state": "success", "context": "c", "colour": "red"}, "colour is not a permitted key"),
        ({"state": "success", "context": "c", "description": "x" * 141}, "maximum is 140 characters"),
        ({"state": "success"}, "context has to be there"),
        ({"state": "success", "context": "c", "target_url": "ftp://x"}, "target_url must use http(s) scheme"),
    ],
)
def test_a_status_that_github_would_not_take_is_refused(told: dict[str, Any], reason: str) -> None:
    assert any(reason in each for each in status_refusals(told, []))


def test_a_status_has_only_so_many_lives() -> None:
    others = [Status("gates", "pending")] * 1_000
    assert "maximum number of statuses" in status_refusals({"state": "success", "context": "gates"}, others)[0]
    assert status_refusals({"state": "success", "context": "other"}, others) == []


def test_a_status_is_listed_newest_first(fake_github: FakeGitHub, asked: Any) -> None:
    for state in ("pending", "success"):
        made = asked("POST", f"/repos/octo/example/statuses/{HEAD}", {"state": state, "context": "gates"})
        assert made.status_code == 201
    listed = asked("GET", f"/repos/octo/example/commits/{HEAD}/statuses").json()
    assert [each["state"] for each in listed] == ["success", "pending"]
    assert asked("GET", f"/repos/octo/example/commits/{HEAD}/status").json()["statuses"][0]["state"] == "success"


def test_a_persons_token_writes_statuses_and_no_checks(fake_github: FakeGitHub, asked: Any) -> None:
    personal = {"Authorization": f"Bearer {fake_github.token(personal=True)}"}
    refused = asked("POST", "/repos/octo/example/check-runs", GOOD, **personal)
    assert (refused.status_code, refused.json()["message"]) == (403, "You must authenticate via a GitHub App.")
    status = {"state": "success", "context": "gates"}
    assert asked("POST", f"/repos/octo/example/statuses/{HEAD}", status, **personal).status_code == 201


def test_the_requests_of_an_hour_are_counted(fake_github: FakeGitHub, asked: Any) -> None:
    fake_github.budget = 1
    path = f"/repos/octo/example/commits/{HEAD}/statuses"
    assert asked("GET", path).headers["x-ratelimit-remaining"] == "0"
    refused = asked("GET", path)
    assert (refused.status_code, refused.headers["x-ratelimit-remaining"]) == (403, "0")
