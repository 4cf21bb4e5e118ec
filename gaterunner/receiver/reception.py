"""What each request is, by its path and key, and what is answered. Pure but for the tally that it adds to."""

from __future__ import annotations

import hmac
import re
from urllib.parse import parse_qs

from msgspec import Struct

from gaterunner.receiver import sentry
from gaterunner.receiver.contents import decoded
from gaterunner.receiver.items import Payload, UnreadableError
from gaterunner.receiver.otlp import Telemetry, read_otlp
from gaterunner.receiver.tally import Tally
from gaterunner.receiver.wire import Request

PROJECT = "1"
_SENTRY = re.compile(r"/api/([^/]+)/(envelope|store)/?")
_OTLP_OF_SENTRY = re.compile(r"/api/([^/]+)/(?:integration/)?otlp/v1/(traces|logs|metrics)/?")
_OTLP = re.compile(r"/(?:([^/]+)/)?v1/(traces|logs|metrics)/?")
_KEY = re.compile(r"sentry_key\s*=\s*([^,\s]+)")
_EVENT_ID = re.compile(rb'"event_id"\s*:\s*"([0-9a-f-]{32,36})"')
_LOOKED_AT = 2048  # an envelope's header is at its beginning
_JSON = "application/json"


class Reply(Struct, frozen=True):
    """What is answered: a status of HTTP, a body and its type."""

    status: int
    body: bytes = b"{}"
    type: str = _JSON


class Reception:
    """Takes in the requests of one gate. ``key`` is what its addresses hold and no other's do."""

    def __init__(self, key: str, tally: Tally) -> None:
        self._key = key
        self._tally = tally

    def receive(self, request: Request) -> Reply:
        """Counts what is in it. What cannot be counted is told to the tally, and refused."""
        if request.method != "POST":
            # Browsers ask first, and programs look whether somebody is there; neither carries anything.
            return Reply(200 if request.method == "OPTIONS" else 404, b"")
        try:
            body = decoded(request.body, request.headers.get("content-encoding", ""))
            payload, reply = self._read(request, body)
        except UnreadableError as error:
            self._tally.lose(f"a payload could not be read: {error}")
            return Reply(400)
        except _UnknownError as error:
            self._tally.lose(str(error))
            return Reply(error.status)
        self._tally.add(payload, len(request.body))
        return reply

    def _read(self, request: Request, body: bytes) -> tuple[Payload, Reply]:
        found = _SENTRY.fullmatch(request.path)
        if found is not None:
            self._check(found[1], _key_of(request) or sentry.dsn_key(body))
            payload = sentry.read_envelope(body) if found[2] == "envelope" else sentry.read_store(body)
            event = _EVENT_ID.search(body[:_LOOKED_AT])
            return payload, Reply(200, b'{"id":"%s"}' % event[1] if event else b"{}")
        own = _OTLP_OF_SENTRY.fullmatch(request.path)
        if own is not None:
            self._check(own[1], _key_of(request))
            return self._otlp(request, body, own[2])
        otlp = _OTLP.fullmatch(request.path)
        if otlp is not None:
            self._check(PROJECT, otlp[1] or "")
            return self._otlp(request, body, otlp[2])
        raise _UnknownError(404, f"something was sent to a path that nobody here reads: {request.path!r}")

    def _otlp(self, request: Request, body: bytes, telemetry: str) -> tuple[Payload, Reply]:
        kind: Telemetry = "traces" if telemetry == "traces" else "logs" if telemetry == "logs" else "metrics"
        type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if type == _JSON:
            return read_otlp(body, kind, json=True), Reply(200)
        if type == "application/x-protobuf":
            return read_otlp(body, kind, json=False), Reply(200, b"", type)
        raise UnreadableError(f"OTLP that is neither Protocol Buffers nor JSON: {type!r}")

    def _check(self, project: str, key: str) -> None:
        if project != PROJECT or not hmac.compare_digest(key.encode("utf-8", "replace"), self._key.encode()):
            raise _UnknownError(
                403,
                "something was sent without this gate's own key; take the whole address from SENTRY_DSN or "
                "OTEL_EXPORTER_OTLP_ENDPOINT",
            )


class _UnknownError(Exception):
    """What is not for this receiver; a status of HTTP, and the sentence to tell."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def _key_of(request: Request) -> str:
    """From the header of the SDKs, or as browsers send it, from the query."""
    header = request.headers.get("x-sentry-auth") or request.headers.get("authorization", "")
    found = _KEY.search(header)
    if found is not None:
        return found[1]
    return next(iter(parse_qs(request.query).get("sentry_key", [])), "")
