"""What can go wrong with Sentry's API. None of these texts ever holds a token, a header or an answer's body."""

from __future__ import annotations

from gaterunner.errors import EvaluationError


class SentryError(EvaluationError):
    """Sentry gave no answer that can be used; ``status`` is the HTTP status, None without an answer."""

    def __init__(self, message: str, *, status: int | None = None, help: str | None = None) -> None:
        super().__init__(message, help=help)
        self.status = status


class NotFoundError(SentryError):
    """What was asked for does not exist, or the token may not see it (404)."""


class LimitedError(SentryError):
    """The rate limit was still reached after all attempts; ``wait_s`` is how long Sentry asked to be left alone."""

    def __init__(self, message: str, *, wait_s: float) -> None:
        super().__init__(message, status=429)
        self.wait_s = wait_s
