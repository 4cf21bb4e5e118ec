"""Requests to Sentry's web API: one at a time, with a bound on time, size and attempts; read only."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from msgspec import Struct

from gaterunner import __version__
from gaterunner.sentry.bounded import within
from gaterunner.sentry.errors import LimitedError, NotFoundError, SentryError
from gaterunner.sentry.links import next_cursor

if TYPE_CHECKING:
    from requests import PreparedRequest, Response, Session

T = TypeVar("T")

Parameters = Sequence[tuple[str, str]]

DEFAULT_URL = "https://sentry.io"
MOST_BYTES = 32 * 1024 * 1024
SCOPES = "event:read, org:read and project:read"
"""What the token needs; an organization token for CI (`org:ci`) has none of them."""

_ADDRESS = re.compile(r"https?://[^\s/@?#]+(?:/[^\s@?#]*)?\Z")
_TOKEN = re.compile(r"[\x21-\x7e]+")
_DETAIL_CHARACTERS = 200
_NO_SENTRY = "is the address that of a Sentry, without `/api/0`, and does no sign-in page stand before it?"
_PIECE = 64 * 1024
_LONGEST_LIMIT_S = 24 * 3600.0


class Patience(Struct, frozen=True, kw_only=True):
    """How long is waited: for one answer, between attempts, in all. Seconds."""

    answer_s: float = 20.0
    first_pause_s: float = 1.0
    in_all_s: float = 180.0
    attempts: int = 4


class Clock(Struct, frozen=True):
    """Time as the client sees it, so that tests need not wait."""

    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], object] = time.sleep


class _PassingError(Exception):
    """A failure that may pass; ``wait_s`` is how long the server asks to be left alone, None when it does not say."""

    def __init__(self, what: str, *, status: int | None = None, wait_s: float | None = None) -> None:
        super().__init__(what)
        self.status = status
        self.wait_s = wait_s


class _TooLargeError(Exception):
    """An answer of more than ``MOST_BYTES``, unpacked."""


class Client:
    """Asks one Sentry with one token. ``oldest_date`` is the earliest time of day that its answers bore."""

    def __init__(
        self, url: str, token: str, *, token_name: str, clock: Clock | None = None, patience: Patience | None = None
    ) -> None:
        """Raises ``SentryError`` for an address or a token that cannot be one; no request is made yet."""
        if not _ADDRESS.match(url):
            raise SentryError(
                "the address of Sentry is none: expected `https://` and a host, without credentials or a query",
                help="correct `url` of the gate, or SENTRY_URL",
            )
        if not _TOKEN.fullmatch(token):
            raise SentryError(
                f"{token_name} is empty or holds characters that no token has", help=f"set {token_name} again"
            )
        self.url = url.rstrip("/")
        self.oldest_date: datetime | None = None
        self._token = token
        self._token_name = token_name
        self._clock = clock or Clock()
        self._patience = patience or Patience()
        self._end = self._clock.monotonic() + self._patience.in_all_s
        self._session: Session | None = None

    def get(self, path: str, kind: type[T], parameters: Parameters = ()) -> T:
        """The answer below ``/api/0``. Raises ``SentryError``."""
        return self._ask(path, kind, parameters)[0]

    def pages(self, path: str, kind: type[T], parameters: Parameters = (), *, most: int) -> tuple[list[T], bool]:
        """All pages of a list, one value a page, and whether they are all; no more than ``most`` are asked for.

        Raises ``SentryError``, also when it cannot be told whether a page was the last.
        """
        found: list[T] = []
        cursors: set[str] = set()
        cursor: str | None = None
        while True:
            asked = (*parameters, *((("cursor", cursor),) if cursor else ()))
            page, link = self._ask(path, kind, asked)
            found.append(page)
            try:
                cursor = next_cursor(link)
            except ValueError as error:
                raise SentryError(
                    f"{path}: {error}, so pages may be missing", help="use a server that has Sentry's pagination"
                ) from None
            if cursor is None:
                return found, True
            if cursor in cursors:
                raise SentryError(f"{path}: the server gives the same page again and again")
            cursors.add(cursor)
            if len(found) == most:
                return found, False

    def _ask(self, path: str, kind: type[T], parameters: Parameters) -> tuple[T, str | None]:
        for attempt in range(1, self._patience.attempts + 1):
            try:
                return self._try(path, kind, parameters)
            except _PassingError as error:
                failure = error
            pause: float = self._patience.first_pause_s * 2 ** (attempt - 1)
            pause = max(pause, failure.wait_s or 0.0)
            if attempt == self._patience.attempts or pause >= self._end - self._clock.monotonic():
                break
            self._clock.sleep(pause)
        if failure.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise LimitedError(f"{path}: {failure}", wait_s=failure.wait_s or 0.0)
        raise SentryError(
            f"{path}: {failure}", status=failure.status, help="see that Sentry is up and reachable, then run it again"
        )

    def _try(self, path: str, kind: type[T], parameters: Parameters) -> tuple[T, str | None]:
        answer, body = self._request(path, parameters)
        self._note_date(path, answer.headers.get("Date"))
        if answer.status_code != HTTPStatus.OK:
            raise self._refusal(path, answer, body)
        if not _is_json(answer):
            raise SentryError(f"{path}: the answer is {_media(answer)}, not JSON", help=_NO_SENTRY)
        try:
            return msgspec.json.decode(body, type=kind), answer.headers.get("Link")
        except msgspec.ValidationError as error:
            # msgspec names the field and the place, never the value.
            raise SentryError(
                f"{path}: the answer is not Sentry's: {error}", help="this server lacks what the gate needs"
            ) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise _PassingError("the answer ends early or is no JSON", status=answer.status_code) from None

    def _request(self, path: str, parameters: Parameters) -> tuple[Response, bytes]:
        import requests  # slow to import, and only needed here
        import urllib3

        left = self._end - self._clock.monotonic()
        if left <= 0:
            raise SentryError(f"{path}: not asked any more, after {self._patience.in_all_s:g} s in all")
        wait = min(self._patience.answer_s, max(left, 1.0))
        try:
            return within(wait, partial(self._answered, f"{self.url}/api/0{path}", list(parameters), wait))
        except (TimeoutError, requests.Timeout):
            self._session = None  # its connection may still be in use
            raise _PassingError(f"no whole answer within {wait:g} s") from None
        except _TooLargeError:
            raise SentryError(f"{path}: the answer is larger than {MOST_BYTES // 1024**2} MiB") from None
        except (requests.exceptions.InvalidURL, urllib3.exceptions.LocationParseError):
            raise SentryError(
                f"{path}: the address of Sentry is none that can be connected to",
                help="correct `url` of the gate, or SENTRY_URL",
            ) from None
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            # Only its kind: the text of some of them repeats a header.
            raise _PassingError(f"the connection failed ({type(error).__name__})") from None

    def _answered(self, address: str, parameters: list[tuple[str, str]], wait_s: float) -> tuple[Response, bytes]:
        """One answer with all of its body. Redirections are not followed, as the token would go with them."""
        end = self._clock.monotonic() + wait_s
        with self._connected().get(
            address, params=parameters, timeout=wait_s, stream=True, allow_redirects=False
        ) as answer:
            body = bytearray()
            # What has come so far, and not a whole piece: a thread that is waited for no more has to end some time.
            while piece := answer.raw.read1(_PIECE, decode_content=True):
                body += piece
                if len(body) > MOST_BYTES:
                    raise _TooLargeError
                if self._clock.monotonic() > end:
                    raise TimeoutError
            return answer, bytes(body)

    def _connected(self) -> Session:
        if self._session is None:
            import requests

            def signed(request: PreparedRequest) -> PreparedRequest:
                request.headers["Authorization"] = f"Bearer {self._token}"
                return request

            session = requests.Session()
            session.auth = signed  # as a function, or a .netrc of this machine would take its place
            # Otherwise the whole body of a redirection is read, whatever its size, even where it is not followed.
            session.get_redirect_target = lambda resp: None  # type: ignore[method-assign]  # noqa: ARG005  its name
            session.headers.update(
                {
                    "Accept": "application/json",
                    "Cache-Control": "no-cache",
                    "User-Agent": f"gaterunner/{__version__}",
                }
            )
            self._session = session
        return self._session

    def _note_date(self, path: str, text: str | None) -> None:
        try:
            date = parsedate_to_datetime(text or "")
        except ValueError:
            date = None
        if date is None or date.tzinfo is None:
            raise SentryError(
                f"{path}: the answer bears no date, so the server's clock is unknown",
                help="have the server, or what stands before it, send a Date header",
            )
        self.oldest_date = date if self.oldest_date is None else min(self.oldest_date, date)

    def _refusal(self, path: str, answer: Response, body: bytes) -> Exception:
        status = answer.status_code
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            wait = _limit(answer.headers, self._clock.now())
            return _PassingError("the rate limit is reached (429)", status=status, wait_s=wait)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
            return _PassingError(f"Sentry answered {status}", status=status)
        text = f"{path}: Sentry answered {status}{_detail(body)}"
        if status == HTTPStatus.NOT_FOUND and not _is_json(answer):
            # Sentry's own is JSON: what knows nothing of the path must not be taken to know of no such release.
            return SentryError(
                f"{path}: the answer is {_media(answer)}, not JSON (404)", status=status, help=_NO_SENTRY
            )
        if status == HTTPStatus.NOT_FOUND:
            return NotFoundError(text, status=status, help="see the gate's organization, projects and environment")
        return SentryError(text, status=status, help=self._help(status))

    def _help(self, status: int) -> str:
        if status == HTTPStatus.UNAUTHORIZED:
            return f"{self._token_name} is not valid there: is it expired, or of another Sentry?"
        if status == HTTPStatus.FORBIDDEN:
            return f"{self._token_name} needs the scopes {SCOPES}; an organization token for CI has not"
        if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            return "it leads elsewhere, and the token is not sent there: name the address itself"
        return "this server does not know what the gate asks"


def _limit(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that a rate limit lasts, where the answer says so; no more than a day."""
    after = headers.get("Retry-After", "")
    if re.fullmatch(r"\d{1,6}", after):
        return min(float(after), _LONGEST_LIMIT_S)
    reset = headers.get("X-Sentry-Rate-Limit-Reset", "")
    if re.fullmatch(r"\d{1,12}(\.\d+)?", reset):
        return min(max(0.0, float(reset) - now.timestamp() + 1.0), _LONGEST_LIMIT_S)
    return None


def _detail(body: bytes) -> str:
    """What Sentry says of a refusal, where it says anything."""
    try:
        said: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    detail = said.get("detail") if isinstance(said, dict) else None
    if isinstance(detail, dict):
        detail = detail.get("message")
    return f" ({' '.join(detail.split())[:_DETAIL_CHARACTERS]})" if isinstance(detail, str) and detail else ""


def _media_of(answer: Response) -> str:
    return answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def _is_json(answer: Response) -> bool:
    return _media_of(answer) == "application/json"


def _media(answer: Response) -> str:
    media = _media_of(answer)
    return "a page (text/html)" if media == "text/html" else media[:80] or "of no media type"
