"""What a policy may ask of the hosting service. Every method raises ``EvaluationError`` when it gives no answer."""

from __future__ import annotations

from typing import Literal, Protocol

from msgspec import Struct

from gaterunner.errors import EvaluationError


class UnreadableError(EvaluationError):
    """The forge answered that the token may not read this, or that there is nothing of that name to read."""


class PullRequest(Struct, frozen=True, kw_only=True):
    """A pull request as the forge tells it.

    ``author`` is the login of who opened it, None for an account that is gone. ``auto_merge_by`` is the login of who
    armed auto-merge, None when it is not armed. ``branch`` is the name of its branch, None where it was not told.
    """

    number: int
    merged: bool
    target: str
    merge_commit: str | None
    head: str
    author: str | None = None
    auto_merge_by: str | None = None
    branch: str | None = None


class Review(Struct, frozen=True, kw_only=True):
    """One submitted review. ``commit`` is the head that was reviewed, ``submitted`` ISO 8601 UTC.

    ``is_person`` is False for apps and bots. ``author`` is None for an account that is gone.
    """

    id: int
    author: str | None
    is_person: bool
    state: Literal["APPROVED", "CHANGES_REQUESTED", "COMMENTED", "DISMISSED", "PENDING"]
    commit: str | None
    body: str
    submitted: str
    url: str


class Authorship(Struct, frozen=True, kw_only=True):
    """Whose accounts a commit's author and committer belong to; None where the forge knows no account for them."""

    commit: str
    author: str | None
    committer: str | None


class RequiredCheck(Struct, frozen=True, kw_only=True):
    """A status check that a branch requires; ``source`` is the id of the app that must report it, None for anyone."""

    name: str
    source: int | None


class RequiredWorkflow(Struct, frozen=True, kw_only=True):
    """A workflow that a ruleset requires: its path in the repository of that id; ``commit`` is None for no pin."""

    path: str
    repository: int
    commit: str | None
    ref: str | None = None


class Bypass(Struct, frozen=True, kw_only=True):
    """Who may ignore rules. ``only_pull_requests`` says that a pull request has to be opened for it all the same."""

    who: str
    by: str
    only_pull_requests: bool = False

    def __str__(self) -> str:
        return f"{self.who} ({self.by})"


class Protection(Struct, frozen=True, kw_only=True):
    """What holds a branch: rulesets and branch protection together.

    ``is_protected`` says that at least one rule holds it. ``pull_request`` says that it moves only by pull request,
    ``approvals`` how many of them it asks for, ``dismiss_stale`` whether a push voids approvals, ``code_owners``
    whether owners must approve, ``force_push_blocked`` and ``deletion_blocked`` what they say, ``merge_queue`` whether
    one merges. ``bypass`` tells who may ignore the rules, where that can be read; None where the token may not read it.
    ``unread`` names what else it may not read: what is False or empty before ``bypass`` may then be otherwise.
    """

    branch: str
    is_protected: bool
    pull_request: bool = False
    approvals: int = 0
    dismiss_stale: bool = False
    code_owners: bool = False
    force_push_blocked: bool = False
    deletion_blocked: bool = False
    merge_queue: bool = False
    checks: tuple[RequiredCheck, ...] = ()
    workflows: tuple[RequiredWorkflow, ...] = ()
    bypass: tuple[Bypass, ...] | None = None
    unread: tuple[str, ...] = ()


class CommitChecks(Struct, frozen=True, kw_only=True):
    """The check runs and statuses of one commit, the newest of each name, by what became of them."""

    succeeded: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    running: tuple[str, ...] = ()


class Forge(Protocol):
    """The hosting service, where one can answer."""

    def pull_requests_of(self, commit: str) -> tuple[PullRequest, ...]:
        """The pull requests that a commit belongs to."""
        ...

    def pull_request(self, number: int) -> PullRequest:
        """One pull request as it is now."""
        ...

    def reviews(self, number: int) -> tuple[Review, ...]:
        """All submitted reviews of a pull request, oldest first."""
        ...

    def unedited_reviews(self, number: int) -> frozenset[str]:
        """The addresses of approving reviews whose text nobody but their author has edited, as far as it is told."""
        ...

    def may_write(self, login: str) -> bool:
        """Whether an account may push to the repository (write, maintain or admin)."""
        ...

    def authorship(self, number: int) -> tuple[Authorship, ...]:
        """The accounts behind all commits of a pull request; raises when it has more than can be listed (250)."""
        ...

    def protection(self, branch: str) -> Protection:
        """What holds a branch, as far as the token may read it."""
        ...

    def checks_of(self, commit: str) -> CommitChecks:
        """The checks and statuses of a commit."""
        ...
