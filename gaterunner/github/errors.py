"""What can go wrong with GitHub's API. None of these texts ever holds a token or a request header."""

from __future__ import annotations

from gaterunner.errors import EvaluationError
from gaterunner.policies.forge import UnreadableError


class GitHubError(EvaluationError):
    """GitHub answered with something that cannot be used; ``status`` is the HTTP status, None without an answer."""

    def __init__(self, message: str, *, status: int | None = None, help: str | None = None) -> None:
        super().__init__(message, help=help)
        self.status = status


class NotPermittedError(GitHubError, UnreadableError):
    """The token may not do this: a fork's or Dependabot's read-only token, a missing permission, a personal token."""


class RejectedError(GitHubError):
    """GitHub refused the content of a request (400, 422); sending it again cannot help."""


class UnreachableError(GitHubError):
    """No usable answer within the time allowed. ``retry_after_s`` is how long GitHub asked to be left alone, or 0."""

    def __init__(self, message: str, *, status: int | None = None, retry_after_s: float = 0.0) -> None:
        super().__init__(message, status=status, help="see https://www.githubstatus.com, then run the job again")
        self.retry_after_s = retry_after_s


class PublishingError(GitHubError):
    """The verdict stands, but its check could not be published."""
