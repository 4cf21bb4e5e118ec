"""An engine that says what a test tells it to and nothing else, for faults that a real one cannot be made to have."""

from __future__ import annotations

import json
import re
import socketserver
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from msgspec import Struct

_VERSION = re.compile(r"^/v\d+\.\d+")


class Answer(Struct, frozen=True):
    """A status and a body; a list is told as a stream, one object a line."""

    status: int
    body: Any


class FakeEngine:
    """Listens on a socket file. ``answers`` maps "METHOD /path" (without the version) to what is said, in turn.

    A question that it was not told of ends the test: it is kept in ``unexpected`` and answered with 501.
    """

    def __init__(self, folder: Path, answers: dict[str, Answer | list[Answer]], *, api_version: str = "1.41") -> None:
        path = folder / "engine.sock"
        self.address = f"unix://{path}"
        self.asked: list[str] = []
        self.queries: list[dict[str, list[str]]] = []
        self.headers: list[dict[str, str]] = []
        self.unexpected: list[str] = []
        self._answers = {key: value if isinstance(value, list) else [value] for key, value in answers.items()}
        self._answers.setdefault("GET /version", [Answer(200, {"ApiVersion": api_version, "Version": "fake"})])
        engine = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                self.client_address = ("fake", 0)
                super().handle_one_request()

            def log_message(self, *_: object) -> None:
                """Nothing is printed."""

            def _do(self) -> None:
                engine.answer(self)

            do_GET = do_POST = do_DELETE = do_HEAD = do_PUT = _do  # noqa: N815 -- the names are the base class's

        class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
            daemon_threads = True

        self._server = Server(str(path), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)
        assert kind is not None or not self.unexpected, self.unexpected

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(request.path)
        question = f"{request.command} {_VERSION.sub('', unquote(parts.path))}"
        request.rfile.read(int(request.headers.get("Content-Length") or 0))
        self.asked.append(question)
        self.queries.append(parse_qs(parts.query))
        self.headers.append(dict(request.headers))
        waiting = self._answers.get(question)
        if waiting is None:
            self.unexpected.append(question)
            self._send(request, Answer(501, {"message": f"not expected: {question}"}))
            return
        self._send(request, waiting.pop(0) if len(waiting) > 1 else waiting[0])

    @staticmethod
    def _send(request: BaseHTTPRequestHandler, answer: Answer) -> None:
        request.send_response(answer.status)
        request.send_header("Content-Type", "application/json")
        if isinstance(answer.body, list):
            request.send_header("Transfer-Encoding", "chunked")
            request.end_headers()
            for each in answer.body:
                data = json.dumps(each).encode() + b"\r\n"
                request.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            request.wfile.write(b"0\r\n\r\n")
            return
        data = json.dumps(answer.body).encode()
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        request.wfile.write(data)
