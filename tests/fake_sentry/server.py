"""The HTTP side: who may ask, in pages, with the clock of the state in every answer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.fake_sentry.answers import ROUTES, Asked, RefusedError
from tests.fake_sentry.state import State
from tests.fake_sentry.trouble import Answer, Trouble

TOKEN = "a-token-" + "of-the-fake-sentry"


class FakeSentry:
    """Serves ``state``. ``asked`` lists the paths with their parameters, ``troubles`` is what goes wrong."""

    def __init__(self) -> None:
        self.state = State()
        self.troubles: list[Trouble] = []
        self.asked: list[tuple[str, dict[str, list[str]]]] = []
        self.refused: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[FakeSentry]:
        fake = cls()
        thread = Thread(target=fake._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield fake
        finally:
            fake._server.shutdown()
            fake._server.server_close()
            thread.join()

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead here."""
        return {
            "SENTRY_URL": self.url,
            "SENTRY_ORG": self.state.organization,
            "SENTRY_PROJECT": "api",
            "SENTRY_AUTH_TOKEN": TOKEN,
        }

    def paths(self) -> list[str]:
        """The last parts of the paths that were asked for."""
        return [path.removeprefix(f"/api/0/organizations/{self.state.organization}") for path, _ in self.asked]

    def answer(self, target: str, authorization: str) -> Answer:
        parts = urlsplit(target)
        values = parse_qs(parts.query, keep_blank_values=True)
        self.asked.append((parts.path, values))
        try:
            answer = self._routed(parts.path, values, authorization)
        except RefusedError as refused:
            self.refused.append(f"{refused.status} {parts.path}: {refused.detail}")
            answer = Answer(refused.status, json.dumps({"detail": refused.detail}).encode(), {})
        answer.headers.setdefault("Content-Type", "application/json")
        answer.headers.setdefault("Date", format_datetime(self.state.clock, usegmt=True))
        for trouble in list(self.troubles):
            if re.search(trouble.path, parts.path) and trouble.asks(values):
                if trouble.times is not None:
                    trouble.times -= 1
                    if trouble.times <= 0:
                        self.troubles.remove(trouble)
                answer = trouble.change(answer)
        return answer

    def _routed(self, path: str, values: dict[str, list[str]], authorization: str) -> Answer:
        state = self.state
        if authorization != f"Bearer {TOKEN}":
            raise RefusedError(401, "Invalid token")
        prefix = f"/api/0/organizations/{state.organization}"
        for pattern, route in ROUTES.items():
            match = re.fullmatch(re.escape(prefix) + pattern, path)
            if match is None:
                continue
            if route.scope not in state.scopes:
                raise RefusedError(403, "You do not have permission to perform this action.")
            asked = Asked(values)
            asked.refuse_others(route.known)
            found = route.answer(state, asked, *map(unquote, match.groups()))
            if not route.rows:
                return Answer(200, json.dumps(found).encode(), {})
            most = int(asked.one("per_page", asked.one("limit", "100")))
            if not 1 <= most <= 100:
                raise RefusedError(400, "per_page: at most 100")
            page, link = self._page(path, found, asked.one("cursor", "0:0:0"), min(most, state.page))
            return Answer(200, json.dumps(route.wrap(page)).encode(), {"Link": link})
        raise RefusedError(404, "The requested resource does not exist")

    def _page(self, path: str, rows: list[Any], cursor: str, size: int) -> tuple[list[Any], str]:
        if not re.fullmatch(r"0:\d+:0", cursor):
            raise RefusedError(400, "Invalid cursor")
        at = int(cursor.split(":")[1])
        more = at + size < len(rows)
        links = [
            f'<{self.url}{path}?cursor={place}>; rel="{name}"; results="{str(there).lower()}"; cursor="{place}"'
            for name, place, there in (
                ("previous", f"0:{max(at - size, 0)}:1", at > 0),
                ("next", f"0:{at + size}:0", more),
            )
        ]
        return rows[at : at + size], ", ".join(links)


def _handler(fake: FakeSentry) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 64 * 1024  # in one piece, or the kernel waits for more

        def do_GET(self) -> None:
            answer = fake.answer(self.path, self.headers.get("Authorization", ""))
            self.send_response_only(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body) + answer.lost))
            if answer.lost:
                self.send_header("Connection", "close")
                self.close_connection = True
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
