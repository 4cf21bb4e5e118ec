"""Who opened, wrote and reviewed a pull request, and who may write, as GitHub's API tells it."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from gaterunner.github.api import RepositoryApi, listed, part
from gaterunner.github.errors import GitHubError
from gaterunner.github.transport import Deadline
from gaterunner.policies.forge import Authorship, PullRequest, Review

MOST_COMMITS = 250
"""How many commits of a pull request GitHub lists (https://docs.github.com/rest/pulls/pulls#list-commits)."""

_DELETED = "ghost"
_NOT_FOUND = 404
_WRITING = ("admin", "write")


class Account(Struct, frozen=True):
    """An account; ``type`` is User, Bot, Organization or Mannequin. GitHub answers ``{}`` for one it cannot name."""

    login: str | None = None
    type: str = ""


class Reference(Struct, frozen=True):
    sha: str
    ref: str


class AutoMerge(Struct, frozen=True):
    enabled_by: Account | None = None


class PullRequestAnswer(Struct, frozen=True):
    """A pull request as both the list and the single answer give it; ``commits`` stands in the latter alone."""

    number: int
    base: Reference
    head: Reference
    merged_at: str | None = None
    merge_commit_sha: str | None = None
    user: Account | None = None
    auto_merge: AutoMerge | None = None
    commits: int | None = None

    def told(self) -> PullRequest:
        """The same in gaterunner's words."""
        merged = self.merged_at is not None
        return PullRequest(
            number=self.number,
            merged=merged,
            target=self.base.ref,
            # Before the merge this is GitHub's own test merge, which says nothing about the branch.
            merge_commit=self.merge_commit_sha if merged else None,
            head=self.head.sha,
            author=login_of(self.user),
            auto_merge_by=login_of(self.auto_merge.enabled_by) if self.auto_merge else None,
            branch=self.head.ref,
        )


class _ReviewAnswer(Struct, frozen=True):
    id: int
    state: Literal["APPROVED", "CHANGES_REQUESTED", "COMMENTED", "DISMISSED", "PENDING"]
    html_url: str
    user: Account | None = None
    body: str | None = None
    commit_id: str | None = None
    submitted_at: str | None = None


class _Permission(Struct, frozen=True):
    permission: str


class _CommitAnswer(Struct, frozen=True):
    sha: str
    author: Account | None = None
    committer: Account | None = None


def login_of(account: Account | None) -> str | None:
    """The login; None where GitHub names none, and for the account that stands in for those that were deleted."""
    return account.login if account is not None and account.login != _DELETED else None


def read_pull_request(api: RepositoryApi, number: int, deadline: Deadline) -> PullRequestAnswer:
    return api.get(f"/pulls/{number}", PullRequestAnswer, deadline=deadline)


def read_reviews(api: RepositoryApi, number: int) -> tuple[Review, ...]:
    """The submitted reviews, oldest first; one that its author has not sent yet is nobody's word."""
    rows = api.pages(f"/pulls/{number}/reviews", list[_ReviewAnswer], listed, deadline=api.deadline())
    found = [row for row in rows if row.state != "PENDING"]
    return tuple(_review(row) for row in sorted(found, key=lambda row: (row.submitted_at or "", row.id)))


def _review(row: _ReviewAnswer) -> Review:
    login = login_of(row.user)
    return Review(
        id=row.id,
        author=login,
        # Apps review as `name[bot]`; both signs must agree before a review counts as a person's.
        is_person=row.user is not None and row.user.type == "User" and not (login or "[bot]").endswith("[bot]"),
        state=row.state,
        commit=row.commit_id,
        body=row.body or "",
        submitted=row.submitted_at or "",
        url=row.html_url,
    )


def read_may_write(api: RepositoryApi, login: str) -> bool:
    """GitHub folds `maintain` into write and `triage` into read here; someone without an account may nothing."""
    try:
        answer = api.get(f"/collaborators/{part(login)}/permission", _Permission, deadline=api.deadline())
    except GitHubError as error:
        if error.status == _NOT_FOUND:
            return False
        raise
    return answer.permission in _WRITING


def read_authorship(api: RepositoryApi, number: int) -> tuple[Authorship, ...]:
    """The accounts behind every commit. Raises ``GitHubError`` where GitHub does not list them all."""
    deadline = api.deadline()
    expected = read_pull_request(api, number, deadline).commits
    rows = list(api.pages(f"/pulls/{number}/commits", list[_CommitAnswer], listed, deadline=deadline))
    if expected is None or expected > len(rows):
        raise GitHubError(
            f"pull request #{number} has {expected or 'an unknown number of'} commits and GitHub lists {len(rows)}",
            help=f"split it: GitHub lists at most {MOST_COMMITS} commits, and all authors must be known",
        )
    return tuple(
        Authorship(commit=row.sha, author=login_of(row.author), committer=login_of(row.committer)) for row in rows
    )
