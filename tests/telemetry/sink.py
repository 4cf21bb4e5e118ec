"""A server that takes envelopes as Sentry does, keeps them, and answers as it is told to."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "0123456789abcdef" * 2


@dataclass
class Sink:
    """``envelopes`` are (headers, items), an item is (headers, payload). ``answer`` is a status with headers.

    With ``hang`` set, no request is answered before it is cleared.
    """

    server: ThreadingHTTPServer
    envelopes: list[tuple[dict[str, Any], list[tuple[dict[str, Any], Any]]]] = field(default_factory=list)
    answer: tuple[int, dict[str, str]] = (200, {})
    raw: list[bytes] = field(default_factory=list)
    auth: list[str] = field(default_factory=list)
    arrived: threading.Condition = field(default_factory=threading.Condition)
    go: threading.Event = field(default_factory=threading.Event)

    @property
    def dsn(self) -> str:
        return f"http://{KEY}@127.0.0.1:{self.server.server_port}/1"

    def of(self, kind: str) -> list[Any]:
        """The payloads of all items of one type; logs one by one."""
        found = [payload for _, items in self.envelopes for headers, payload in items if headers["type"] == kind]
        return [each for batch in found for each in batch["items"]] if kind == "log" else found

    def take(self, body: bytes, auth: str) -> None:
        with self.arrived:
            self.raw.append(body)
            self.auth.append(auth)
            self.envelopes.append(read_envelope(body))
            self.arrived.notify_all()


def read_envelope(body: bytes) -> tuple[dict[str, Any], list[tuple[dict[str, Any], Any]]]:
    """develop.sentry.dev/sdk/data-model/envelopes: lines of JSON, each payload after its header."""
    first, _, rest = body.partition(b"\n")
    items = []
    while rest:
        line, _, rest = rest.partition(b"\n")
        headers = json.loads(line)
        length = headers.get("length", rest.find(b"\n") if b"\n" in rest else len(rest))
        payload, rest = rest[:length], rest[length:].removeprefix(b"\n")
        items.append((headers, json.loads(payload)))
    return json.loads(first), items


class _Handler(BaseHTTPRequestHandler):
    sink: Sink

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        assert self.sink.go.wait(60)
        self.sink.take(body, self.headers["X-Sentry-Auth"])
        status, headers = self.sink.answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_arguments: object) -> None:
        """Nothing on standard error."""


@contextmanager
def listening() -> Iterator[Sink]:
    handler = type("Handler", (_Handler,), {})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        sink = Sink(server)
        sink.go.set()
        handler.sink = sink  # type: ignore[attr-defined]  # a class of its own for each server
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield sink
        finally:
            sink.go.set()
            server.shutdown()
            thread.join(10)


def attributes(log: dict[str, Any]) -> dict[str, Any]:
    """A log's attributes without their types."""
    return {name: each["value"] for name, each in log["attributes"].items()}


def elapsed(began: float) -> float:
    return time.monotonic() - began
