"""The one comment below a pull request: whose it is, that it is edited, and that there is never a second one."""

from __future__ import annotations

import pytest

from gaterunner.github.api import RepositoryApi
from gaterunner.github.comments import write_comment
from gaterunner.github.errors import GitHubError, NotPermittedError
from gaterunner.github.transport import Transport
from tests.fake_github import FakeGitHub, Pull, Trouble
from tests.fake_github.stage_shapes import BOT
from tests.fake_github.stage_state import IssueComment
from tests.github.samples import HEAD, StoppedClock

MARKER = "<!-- gaterunner:1234 -->"
COMMENTS = r"/issues/7/comments$"


def api(fake: FakeGitHub, *, personal: bool = False, writes: bool = True) -> RepositoryApi:
    fake.repository("octo/example").open_pull(Pull(number=7, head=HEAD))
    token = fake.token(personal=personal, writes=writes)
    return RepositoryApi(Transport(token=token, api_url=fake.url, clock=StoppedClock().clock), "octo/example")


def have(fake: FakeGitHub, *comments: tuple[str | None, str]) -> None:
    kept = [IssueComment(number, 7, author, body) for number, (author, body) in enumerate(comments, 1)]
    fake.repository("octo/example").comments.extend(kept)


def told(fake: FakeGitHub) -> list[tuple[str | None, str]]:
    return [(each.author, each.body) for each in fake.repository("octo/example").comments]


def write(api: RepositoryApi, text: str = "news") -> str:
    return write_comment(api, 7, marker=MARKER, body=f"{MARKER}\n{text}").done


def test_the_first_is_written_and_every_later_one_edits_it(fake_github: FakeGitHub) -> None:
    ours = api(fake_github)

    assert [write(ours, "one"), write(ours, "two"), write(ours, "three")] == ["written", "edited", "edited"]
    assert told(fake_github) == [(BOT, f"{MARKER}\nthree")]


def test_a_marker_that_somebody_copied_is_not_ours(fake_github: FakeGitHub) -> None:
    ours = api(fake_github)
    others = [
        ("mallory", f"{MARKER}\nall is well"),
        (None, f"{MARKER}\nfrom an account that is gone"),
        ("github-actions", f"{MARKER}\na person may be called like that"),
        (BOT, f"another action, which quotes\n{MARKER}"),
        (BOT, "another action"),
    ]
    have(fake_github, *others)

    assert write(ours) == "written"
    assert told(fake_github) == [*others, (BOT, f"{MARKER}\nnews")]


def test_a_persons_token_finds_its_own(fake_github: FakeGitHub) -> None:
    ours = api(fake_github, personal=True)
    have(fake_github, (BOT, f"{MARKER}\nof the job's token"), ("octocat", f"{MARKER}\nold"))

    assert write(ours) == "edited"
    assert told(fake_github)[1] == ("octocat", f"{MARKER}\nnews")


def test_of_several_the_oldest_stays(fake_github: FakeGitHub) -> None:
    ours = api(fake_github)
    have(fake_github, (BOT, f"{MARKER}\na"), ("octocat", "Hello"), (BOT, f"{MARKER}\nb"), (BOT, f"{MARKER}\nc"))

    assert write(ours) == "edited"
    assert told(fake_github) == [(BOT, f"{MARKER}\nnews"), ("octocat", "Hello")]


def test_one_that_cannot_be_deleted_does_not_cost_the_news(fake_github: FakeGitHub) -> None:
    ours = api(fake_github)
    have(fake_github, (BOT, f"{MARKER}\na"), (BOT, f"{MARKER}\nb"))
    fake_github.misbehave(Trouble.refusal("DELETE", "/issues/comments/", 403, "Resource not accessible by integration"))

    assert write(ours) == "edited"
    assert told(fake_github)[0] == (BOT, f"{MARKER}\nnews")


@pytest.mark.parametrize("written", [True, False])
def test_a_lost_answer_leaves_one_comment(fake_github: FakeGitHub, *, written: bool) -> None:
    ours = api(fake_github)
    fake_github.misbehave(Trouble.bad_gateway("POST", COMMENTS, written=written))

    assert write(ours) == "written"
    assert told(fake_github) == [(BOT, f"{MARKER}\nnews")]


def test_it_is_found_behind_many_others(fake_github: FakeGitHub) -> None:
    ours = api(fake_github)
    have(fake_github, *(("octocat", "Hello") for _ in range(230)), (BOT, f"{MARKER}\nold"))

    assert write(ours) == "edited"
    assert fake_github.count("GET", COMMENTS) == 3


def test_nothing_is_piled_up_where_nobody_knows_whose_comments_they_are(fake_github: FakeGitHub) -> None:
    ours = api(fake_github)
    fake_github.misbehave(Trouble.refusal("POST", "/graphql", 403, "Resource not accessible by integration"))

    with pytest.raises(GitHubError, match="POST /graphql: GitHub answered 403"):
        write(ours)

    assert told(fake_github) == []


def test_a_token_that_may_not_comment_is_told_so(fake_github: FakeGitHub) -> None:
    with pytest.raises(NotPermittedError, match="POST /repos/octo/example/issues/7/comments: GitHub answered 403"):
        write(api(fake_github, writes=False))
