"""One request to GitHub's API with bounded patience.

PyGithub sends the requests. Its own retry policy is switched off: it covers GET and POST only, repeats a POST without
asking whether the first one was carried out, and sleeps without an end that a caller could set. The rules here are
those of https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api for every method.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import msgspec
from msgspec import Struct

from gaterunner import __version__
from gaterunner.errors import UsageError
from gaterunner.github.errors import GitHubError, NotPermittedError, RejectedError, UnreachableError

if TYPE_CHECKING:
    from github.Requester import Requester

T = TypeVar("T")

# The oldest version that every supported Enterprise Server release knows too.
API_VERSION = "2022-11-28"
DEFAULT_API_URL = "https://api.github.com"

_TOKEN = re.compile(r"[\x21-\x7e]+")
_ATTEMPTS = 6
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 30.0
_UNEXPLAINED_LIMIT_S = 60.0  # what GitHub's guide asks for when neither header says how long
_MESSAGE_CHARACTERS = 300
_NEEDED_TO_WRITE = "give the job `permissions: checks: write`; forks never have it"
_NEEDED_FOR_STATUSES = "give the job `permissions: statuses: write`; forks never have it"
_NEEDED_TO_READ = "give the job `permissions:` with contents, pull-requests, checks and statuses: read"


class Clock(Struct, frozen=True):
    """Time as the transport sees it, so that tests need not wait. ``now`` is seconds since 1970."""

    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
    sleep: Callable[[float], object] = time.sleep


class Deadline:
    """A point in time after which nothing is waited for any more."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._end = clock.monotonic() + seconds

    @property
    def remaining_s(self) -> float:
        return max(0.0, self._end - self._clock.monotonic())


GRAPHQL = "/graphql"
"""The path of questions in GraphQL; an Enterprise Server has it elsewhere than the rest of its API."""


class Call(Struct, frozen=True, kw_only=True):
    """One request. ``path`` starts with ``/``; ``body`` becomes JSON."""

    method: str
    path: str
    parameters: dict[str, str] = {}
    body: Struct | dict[str, Any] | None = None

    @property
    def only_reads(self) -> bool:
        """True for what changes nothing; of GraphQL gaterunner only sends queries."""
        return self.method == "GET" or self.path == GRAPHQL


class _PassingError(Exception):
    """A failure that may pass. ``done`` is True when the request may have been carried out all the same.

    ``wait_s`` is how long a limit lasts; ``told`` says that GitHub named that time, and did not leave it to us.
    """

    def __init__(
        self, what: str, *, done: bool, status: int | None = None, wait_s: float | None = None, told: bool = False
    ) -> None:
        super().__init__(what)
        self.done = done
        self.status = status
        self.wait_s = wait_s
        self.told = told


class _Limit(NamedTuple):
    wait_s: float
    told: bool


class Transport:
    """Sends requests with one token to one API, one at a time."""

    def __init__(
        self, *, token: str, api_url: str = DEFAULT_API_URL, clock: Clock | None = None, timeout_s: int = 15
    ) -> None:
        """Raises ``UsageError`` for a token or an address that cannot be one; no request is made yet."""
        if not _TOKEN.fullmatch(token):
            raise UsageError(
                "the token is empty or holds characters that no token has",
                help="pass `token: ${{ github.token }}` to the action",
            )
        if not re.fullmatch(r"https?://[^/\s]+(/\S*)?", api_url):
            raise UsageError(
                f"{api_url!r} is not the address of an API", help="set GITHUB_API_URL to an https:// address"
            )
        self.clock = clock or Clock()
        self._token = token
        self._api_url = api_url.rstrip("/")
        self._timeout_s = timeout_s
        self.remaining: int | None = None
        """How many requests the token has left in this hour, by the last answer that told; None before that."""
        self._requester: Requester | None = None
        # PyGithub keeps the request under way in its connection, so that two threads would mix theirs up.
        self._one_at_a_time = threading.Lock()

    def send(
        self, call: Call, answer: type[T], *, deadline: Deadline, recover: Callable[[Deadline], T | None] | None = None
    ) -> T:
        """The decoded answer.

        ``recover`` is asked before a request is repeated that may have been carried out already; what it finds is taken
        as the answer. Raises ``NotPermittedError``, ``RejectedError``, ``UnreachableError`` or, for any other status,
        ``GitHubError``.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return self._try(call, answer)
            except _PassingError as error:
                failure = error
            wait_s = _pause(failure, attempt)
            if attempt == _ATTEMPTS or wait_s >= deadline.remaining_s:
                break
            self.clock.sleep(wait_s)
            recovered = recover(deadline) if recover and failure.done else None
            if recovered is not None:
                return recovered
        raise UnreachableError(
            f"{_describe(call)}: {failure}", status=failure.status, retry_after_s=failure.wait_s or 0.0
        )

    def _try(self, call: Call, answer: type[T]) -> T:
        status, headers, text = self._request(call)
        left = headers.get("x-ratelimit-remaining", "")
        self.remaining = int(left) if left.isdecimal() else self.remaining
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            try:
                return msgspec.json.decode("null" if status == HTTPStatus.NO_CONTENT else text, type=answer)
            except msgspec.DecodeError as error:
                raise _PassingError("the answer is not what GitHub's API gives", done=True, status=status) from error
        message = _message_of(text)
        limit = _limit(status, headers, message, self.clock.now())
        if limit is not None:
            raise _PassingError(
                f"rate limit reached ({status})", done=False, status=status, wait_s=limit.wait_s, told=limit.told
            )
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise _PassingError(f"GitHub answered {status}", done=True, status=status)
        raise _refusal(call, status, message)

    def _request(self, call: Call) -> tuple[int, Mapping[str, str], str]:
        import requests  # slow to import, and only needed to publish

        try:
            with self._one_at_a_time:
                requester = self._connected()
                url = requester.graphql_url if call.path == GRAPHQL else call.path
                return requester.requestJson(
                    call.method, url, dict(call.parameters), None, msgspec.to_builtins(call.body)
                )
        except requests.Timeout as error:
            raise _PassingError(f"no answer within {self._timeout_s} s", done=True) from error
        except requests.RequestException as error:
            # Only its kind: the text of some of them repeats a header.
            raise _PassingError(f"the connection failed ({type(error).__name__})", done=True) from error
        except RuntimeError as error:
            # PyGithub's answer to a redirection that leads elsewhere.
            raise GitHubError(
                f"{_describe(call)}: GitHub redirects to another address",
                help="is GITHUB_API_URL the address of the API, and was the repository renamed?",
            ) from error

    def _connected(self) -> Requester:
        if self._requester is None:
            import github  # importing it costs about 0.2 s

            self._requester = github.Github(
                auth=github.Auth.Token(self._token),
                base_url=self._api_url,
                timeout=self._timeout_s,
                user_agent=f"gaterunner/{__version__}",
                per_page=100,
                retry=None,
                seconds_between_requests=None,
                seconds_between_writes=None,
                api_version=API_VERSION,
            ).requester
        return self._requester


def _describe(call: Call) -> str:
    return f"{call.method} {call.path}"


def _message_of(text: str) -> str:
    """What GitHub says about a refusal, with the details of a 422; empty where the answer is not its JSON."""
    try:
        data = json.loads(text)
    except ValueError:
        return ""
    if not isinstance(data, dict):
        return ""
    parts = [str(data.get("message", ""))]
    errors = data.get("errors")
    if errors:
        parts.append(json.dumps(errors) if not isinstance(errors, str) else errors)
    return " ".join(parts)[:_MESSAGE_CHARACTERS]


def _pause(failure: _PassingError, attempt: int) -> float:
    """Seconds until the next attempt: what GitHub asks for, and ever longer where it does not say."""
    doubled: float = 2 ** (attempt - 1)
    backoff = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * doubled)
    if failure.wait_s is None:
        return backoff
    return max(backoff, failure.wait_s if failure.told else failure.wait_s * doubled)


def _limit(status: int, headers: Mapping[str, str], message: str, now: float) -> _Limit | None:
    """How long a rate limit asks to wait; None when the answer is not about one."""
    if status not in (HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS):
        return None
    retry_after = headers.get("retry-after", "")
    if retry_after.isdecimal():
        return _Limit(float(retry_after), told=True)
    reset = headers.get("x-ratelimit-reset", "")
    if headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal():
        # One second more: the header does not say when within its second the limit is lifted.
        return _Limit(max(0.0, float(reset) - now + 1.0), told=True)
    if status == HTTPStatus.TOO_MANY_REQUESTS or "rate limit" in message.lower() or _has_none_left(headers):
        return _Limit(_UNEXPLAINED_LIMIT_S, told=False)
    return None


def _has_none_left(headers: Mapping[str, str]) -> bool:
    return headers.get("x-ratelimit-remaining") == "0"


def _refusal(call: Call, status: int, message: str) -> GitHubError:
    text = f"{_describe(call)}: GitHub answered {status}" + (f" ({message})" if message else "")
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN) or (
        status == HTTPStatus.NOT_FOUND and not call.only_reads
    ):
        return NotPermittedError(text, status=status, help=_needed(call))
    if status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY):
        return RejectedError(text, status=status)
    return GitHubError(text, status=status)


def _needed(call: Call) -> str:
    if call.only_reads:
        return _NEEDED_TO_READ
    return _NEEDED_FOR_STATUSES if "/statuses/" in call.path else _NEEDED_TO_WRITE
