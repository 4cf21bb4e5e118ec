"""When a commit came to an environment, where only GitHub's deployments tell."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gaterunner.github.deployments import deployments_since
from gaterunner.github.errors import GitHubError
from tests.fake_github import FakeGitHub
from tests.fake_github.stage_state import Deployment

HEAD, OLD, NEW = "a" * 40, "b" * 40, "c" * 40


def at(hour: int) -> str:
    return f"2025-06-16T{hour:02d}:00:00Z"


def since(fake: FakeGitHub, head: str = HEAD) -> list[tuple[str, datetime]]:
    found = deployments_since("staging", head, token=fake.token(), repository="octo/example", api_url=fake.url)
    return list(found)


def deployed(sha: str, *statuses: tuple[str, str], environment: str = "staging") -> Deployment:
    return Deployment(sha, environment, statuses)


def test_the_first_success_counts_whatever_came_before_and_after(fake_github: FakeGitHub) -> None:
    fake_github.repository().deployments = [
        deployed(HEAD, ("queued", at(8)), ("in_progress", at(9)), ("success", at(10)), ("inactive", at(11)))
    ]
    assert since(fake_github) == [(HEAD, datetime(2025, 6, 16, 10, tzinfo=UTC))]


def test_others_since_then_are_told_and_earlier_ones_are_not(fake_github: FakeGitHub) -> None:
    fake_github.repository().deployments = [
        deployed(OLD, ("success", at(7))),
        deployed(HEAD, ("success", at(8))),
        deployed(NEW, ("success", at(9)), environment="production"),
        deployed(NEW, ("failure", at(10))),
        deployed(NEW, ("success", at(11))),
    ]
    assert [(sha, time.hour) for sha, time in since(fake_github)] == [(NEW, 11), (HEAD, 8)]


def test_what_was_made_earlier_and_succeeded_later_came_after_it(fake_github: FakeGitHub) -> None:
    fake_github.repository().deployments = [
        deployed(OLD, ("success", at(7))),
        deployed(NEW, ("in_progress", at(8)), ("success", at(11))),
        deployed(HEAD, ("success", at(9))),
    ]
    assert [(sha, time.hour) for sha, time in since(fake_github)] == [(HEAD, 9), (NEW, 11)]


def test_a_commit_that_was_never_deployed_has_none(fake_github: FakeGitHub) -> None:
    fake_github.repository().deployments = [deployed(OLD, ("success", at(7))), deployed(HEAD, ("failure", at(8)))]
    assert since(fake_github) == []
    assert since(fake_github, NEW) == []


def test_an_unknown_repository_is_an_error(fake_github: FakeGitHub) -> None:
    with pytest.raises(GitHubError):
        deployments_since("staging", HEAD, token=fake_github.token(), repository="octo/none", api_url=fake_github.url)
