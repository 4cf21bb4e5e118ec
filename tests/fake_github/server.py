"""The fake's HTTP side: it checks every request as GitHub does and answers from the state."""

from __future__ import annotations

import json
import re
import secrets
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qs, urlsplit

from tests.fake_github import (
    deployment_routes,
    review_routes,
    settings_routes,
    shapes,
    stage_routes,
    status_routes,
)
from tests.fake_github.exchange import BUDGET, NOT_ACCESSIBLE, NOT_AN_APP, Grants, Reply, Request, page_of
from tests.fake_github.rules import query_faults, refusals, standing_faults
from tests.fake_github.state import FakeRepository
from tests.fake_github.trouble import Trouble

_VERSIONS = ("2022-11-28", "2026-03-10")


class FakeGitHub:
    """One GitHub with its API under ``url``. Whatever it had to refuse stands in ``violations``."""

    def __init__(self, server: ThreadingHTTPServer, prefix: str) -> None:
        self.requests: list[Request] = []
        self.violations: list[str] = []
        self.ended = threading.Event()
        self.prefix = prefix
        self.lock = threading.Lock()
        self._server = server
        self._repositories: dict[str, FakeRepository] = {}
        self._tokens: dict[str, Grants] = {}
        self.asking = Grants()
        self.budget = BUDGET
        self._troubles: list[Trouble] = []

    @classmethod
    @contextmanager
    def running(cls, *, host: str = "127.0.0.1", prefix: str = "") -> Iterator[Self]:
        """A fake that listens on ``host`` until the block is left; ``prefix`` is that of a server (/api/v3)."""
        server = _Server((host, 0), _Handler)
        fake = cls(server, prefix)
        server.fake = fake
        thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02), name="fake-github")
        thread.start()
        try:
            yield fake
        finally:
            fake.ended.set()
            server.shutdown()
            thread.join()
            server.server_close()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """The address of the API as this machine sees it."""
        return self.url_at("127.0.0.1")

    def url_at(self, host: str) -> str:
        """The address of the API as somebody sees it who reaches this machine by another name, like a container."""
        return f"http://{host}:{self.port}{self.prefix}"

    def repository(self, full_name: str = "octo/example") -> FakeRepository:
        """The repository of that name, created when it is first asked for."""
        return self._repositories.setdefault(full_name, FakeRepository(full_name))

    def numbered(self, number: int) -> FakeRepository | None:
        """The repository of that id."""
        return next((each for each in self._repositories.values() if each.settings.id == number), None)

    def token(
        self,
        *,
        writes: bool = True,
        administers: bool = False,
        reads_pulls: bool = True,
        writes_checks: bool = True,
        personal: bool = False,
    ) -> str:
        """A new token; a fork's does not write, and only an administrator's reads all of a branch's protection."""
        token = ("ghp" if personal else "ghs") + "_" + secrets.token_hex(18)
        self._tokens[token] = Grants(writes, administers, reads_pulls, writes_checks, not personal)
        return token

    def misbehave(self, *troubles: Trouble) -> None:
        """Each trouble is answered once, to the first request that fits it, in the order given."""
        self._troubles += troubles

    def count(self, method: str, path: str = "") -> int:
        """How many requests of that method came whose path holds a match of the pattern ``path``."""
        return sum(each.method == method and re.search(path, each.path) is not None for each in self.requests)

    def take_violations(self) -> list[str]:
        """What was refused so far; for tests that provoke it."""
        taken, self.violations = self.violations, []
        return taken

    def trouble_for(self, request: Request) -> Trouble | None:
        for index, trouble in enumerate(self._troubles):
            if trouble.fits(request.method, request.path):
                return self._troubles.pop(index)
        return None

    def answer(self, request: Request) -> Reply:
        """What GitHub says to a request, and what it then remembers."""
        token = request.headers.get("authorization", "").partition(" ")[2]
        if token not in self._tokens:
            self.violations.append(f"{request.method} {request.path}: no token that was given out")
            return Reply(401, shapes.error("Bad credentials"))
        self.violations += _header_faults(request)
        if self.budget <= 0:
            return Reply(403, shapes.error("API rate limit exceeded for installation ID 1."))
        self.budget -= 1
        if request.path in ("/graphql", "/api/graphql"):
            return self._answer_query(request, self._tokens[token])
        if (told := settings_routes.elsewhere(self, request)) is not None:
            return told
        for pattern, methods in _ROUTES:
            if match := re.fullmatch(pattern, request.path):
                return self._answer_at(request, match, methods, self._tokens[token])
        self.violations.append(f"{request.method} {request.path}: unknown to the fake")
        return Reply(404, shapes.error("Not Found"))

    def _answer_at(self, request: Request, match: re.Match[str], methods: dict[str, Route], grants: Grants) -> Reply:
        if request.method not in methods:
            self.violations.append(f"{request.method} {request.path}: method not allowed")
            return Reply(405, shapes.error("Method Not Allowed"))
        repository = self._repositories.get(match["repository"])
        if repository is None:
            return Reply(404, shapes.error("Not Found"))
        if (request.method != "GET" and not grants.writes) or ("/pulls" in request.path and not grants.reads_pulls):
            return Reply(403, shapes.error(NOT_ACCESSIBLE))
        if request.method != "GET" and "/check-runs" in request.path and not (grants.is_app and grants.writes_checks):
            return Reply(403, shapes.error(NOT_ACCESSIBLE if grants.is_app else NOT_AN_APP))
        self.asking = grants
        return methods[request.method](self, repository, request, match)

    def _answer_query(self, request: Request, grants: Grants) -> Reply:
        reasons = query_faults(request.body)
        if request.method != "POST" or reasons:
            return self.refuse(request, reasons or ["only POST"])
        if "viewer" in request.body["query"]:
            return stage_routes.viewer(grants)
        variables = request.body["variables"]
        repository = self._repositories.get(f"{variables['owner']}/{variables['name']}")
        if repository is None or not grants.reads_pulls:
            told = "Could not resolve to a Repository." if repository is None else NOT_ACCESSIBLE
            return Reply(200, {"data": {"repository": None}, "errors": [{"message": told}]})
        return review_routes.graphql(repository, request)

    def refuse(self, request: Request, reasons: list[str]) -> Reply:
        self.violations += [f"{request.method} {request.path}: {reason}" for reason in reasons]
        return Reply(
            422, {"message": "Invalid request.", "errors": reasons, "documentation_url": "https://docs.github.com"}
        )


Route = Callable[[FakeGitHub, FakeRepository, Request, "re.Match[str]"], Reply]


def _header_faults(request: Request) -> list[str]:
    where, faults, headers = f"{request.method} {request.path}", [], request.headers
    if not headers.get("user-agent", "").startswith("gaterunner/"):
        faults.append(f"{where}: user-agent is {headers.get('user-agent')!r}")
    if headers.get("x-github-api-version") not in _VERSIONS:
        faults.append(f"{where}: API version is {headers.get('x-github-api-version')!r}")
    if request.method not in ("GET", "DELETE") and headers.get("content-type") != "application/json":
        faults.append(f"{where}: content-type is {headers.get('content-type')!r}")
    accepted = headers.get("accept", "*/*")
    if accepted != "*/*" and "json" not in accepted:
        faults.append(f"{where}: accept is {accepted!r}")
    return faults


def _create(fake: FakeGitHub, repository: FakeRepository, request: Request, match: re.Match[str]) -> Reply:
    reasons = refusals(request.body, creating=True)
    if not reasons and request.body["head_sha"] not in repository.commits:
        reasons = [f"No commit found for SHA: {request.body['head_sha']}"]
    if reasons:
        return fake.refuse(request, reasons)
    return Reply(201, shapes.check_run(repository, repository.create_check_run(request.body), fake.url))


def _update(fake: FakeGitHub, repository: FakeRepository, request: Request, match: re.Match[str]) -> Reply:
    run = repository.check_runs.get(int(match["id"]))
    if run is None:
        return Reply(404, shapes.error("Not Found"))
    reasons = refusals(request.body, creating=False) or standing_faults(run, request.body)
    if reasons:
        return fake.refuse(request, reasons)
    run.apply(request.body)
    return Reply(200, shapes.check_run(repository, run, fake.url))


def _show(fake: FakeGitHub, repository: FakeRepository, request: Request, match: re.Match[str]) -> Reply:
    run = repository.check_runs.get(int(match["id"]))
    if run is None:
        return Reply(404, shapes.error("Not Found"))
    return Reply(200, shapes.check_run(repository, run, fake.url))


def _annotations(fake: FakeGitHub, repository: FakeRepository, request: Request, match: re.Match[str]) -> Reply:
    run = repository.check_runs[int(match["id"])]
    page, more = page_of(run.annotations, request)
    return Reply(200, [shapes.annotation(repository, run, each) for each in page], next_page=more)


def _of_commit(fake: FakeGitHub, repository: FakeRepository, request: Request, match: re.Match[str]) -> Reply:
    name = request.query.get("check_name")
    runs = [run for run in repository.checks_of(match["sha"]) if name in (None, run.name)]
    if request.query.get("filter", "latest") == "latest":
        runs = list({(run.name, run.suite): run for run in reversed(runs)}.values())
    page, more = page_of(runs, request)
    return Reply(200, shapes.check_runs(repository, page, len(runs), fake.url), next_page=more)


def _pulls(fake: FakeGitHub, repository: FakeRepository, request: Request, match: re.Match[str]) -> Reply:
    if match["sha"] not in repository.commits and not repository.pulls_of(match["sha"]):
        return Reply(422, shapes.error(f"No commit found for SHA: {match['sha']}"))
    version = request.headers["x-github-api-version"]
    page, more = page_of(repository.pulls_of(match["sha"]), request)
    return Reply(200, [shapes.pull_simple(repository, pull, fake.url, version) for pull in page], next_page=more)


def _pull(fake: FakeGitHub, repository: FakeRepository, request: Request, match: re.Match[str]) -> Reply:
    pull = repository.pulls.get(int(match["id"]))
    if pull is None:
        return Reply(404, shapes.error("Not Found"))
    return Reply(200, shapes.pull_full(repository, pull, fake.url, request.headers["x-github-api-version"]))


_ROOT = r"/repos/(?P<repository>[^/]+/[^/]+)"
_ROUTES: list[tuple[str, dict[str, Route]]] = [
    (rf"{_ROOT}/check-runs", {"POST": _create}),
    (rf"{_ROOT}/check-runs/(?P<id>\d+)", {"GET": _show, "PATCH": _update}),
    (rf"{_ROOT}/check-runs/(?P<id>\d+)/annotations", {"GET": _annotations}),
    (rf"{_ROOT}/commits/(?P<sha>[0-9a-f]+)/check-runs", {"GET": _of_commit}),
    (rf"{_ROOT}/commits/(?P<sha>[0-9a-f]+)/pulls", {"GET": _pulls}),
    (rf"{_ROOT}/commits/(?P<sha>[0-9a-f]+)/status", {"GET": review_routes.status}),
    (rf"{_ROOT}/commits/(?P<sha>[0-9a-f]+)/statuses", {"GET": status_routes.listed}),
    (rf"{_ROOT}/statuses/(?P<sha>[0-9a-f]+)", {"POST": status_routes.create}),
    (_ROOT, {"GET": stage_routes.repository}),
    (rf"{_ROOT}/actions/runs/(?P<id>\d+)", {"GET": stage_routes.workflow_run}),
    (rf"{_ROOT}/git/commits/(?P<sha>[0-9a-f]{{40}})", {"GET": stage_routes.git_commit}),
    (rf"{_ROOT}/git/trees/(?P<sha>[0-9a-f]{{40}})", {"GET": settings_routes.tree}),
    (rf"{_ROOT}/git/blobs/(?P<sha>[0-9a-f]{{40}})", {"GET": settings_routes.blob}),
    (rf"{_ROOT}/contents/(?P<path>.+)", {"GET": settings_routes.content}),
    (rf"{_ROOT}/codeowners/errors", {"GET": settings_routes.owners_errors}),
    (rf"{_ROOT}/actions/permissions", {"GET": settings_routes.actions}),
    (rf"{_ROOT}/actions/permissions/workflow", {"GET": settings_routes.token_settings}),
    (rf"{_ROOT}/actions/workflows", {"GET": settings_routes.workflows}),
    (rf"{_ROOT}/actions/runs", {"GET": settings_routes.runs}),
    (rf"{_ROOT}/issues/(?P<number>\d+)/timeline", {"GET": stage_routes.timeline}),
    (rf"{_ROOT}/issues/(?P<number>\d+)/comments", {"GET": stage_routes.comments, "POST": stage_routes.create_comment}),
    (
        rf"{_ROOT}/issues/comments/(?P<id>\d+)",
        {"PATCH": stage_routes.edit_comment, "DELETE": stage_routes.delete_comment},
    ),
    (rf"{_ROOT}/pulls", {"GET": stage_routes.pulls}),
    (rf"{_ROOT}/pulls/(?P<id>\d+)", {"GET": _pull}),
    (rf"{_ROOT}/pulls/(?P<id>\d+)/reviews", {"GET": review_routes.reviews}),
    (rf"{_ROOT}/pulls/(?P<id>\d+)/commits", {"GET": review_routes.pull_commits}),
    (rf"{_ROOT}/deployments", {"GET": deployment_routes.listed}),
    (rf"{_ROOT}/deployments/(?P<id>\d+)/statuses", {"GET": deployment_routes.statuses}),
    (rf"{_ROOT}/collaborators/(?P<login>[^/]+)/permission", {"GET": review_routes.permission}),
    (rf"{_ROOT}/branches/(?P<branch>[^/]+)", {"GET": review_routes.branch}),
    (rf"{_ROOT}/branches/(?P<branch>[^/]+)/protection", {"GET": review_routes.classic}),
    (rf"{_ROOT}/rules/branches/(?P<branch>[^/]+)", {"GET": review_routes.rules}),
    (rf"{_ROOT}/rulesets/(?P<id>\d+)", {"GET": review_routes.ruleset}),
]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    fake: FakeGitHub

    def handle_error(self, request: object, client_address: object) -> None:
        """A fault of the fake's own fails the test that met it."""
        error = sys.exc_info()[1]
        if not isinstance(error, ConnectionError):
            self.fake.violations.append(f"the fake itself failed: {error!r}")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or every body waits 40 ms for the client to confirm the headers
    server: _Server

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def do_PATCH(self) -> None:
        self._handle()

    def do_PUT(self) -> None:
        self._handle()

    def do_DELETE(self) -> None:
        self._handle()

    def log_message(self, format: str, *arguments: object) -> None:
        """The fake keeps its requests; it prints none."""

    def _handle(self) -> None:
        fake = self.server.fake
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        address = urlsplit(self.path)
        request = Request(
            method=self.command,
            path=address.path.removeprefix(fake.prefix),
            query={name: values[-1] for name, values in parse_qs(address.query).items()},
            headers={name.lower(): value for name, value in self.headers.items()},
            body=json.loads(raw) if raw else {},
        )
        with fake.lock:
            fake.requests.append(request)
            trouble = fake.trouble_for(request)
            reply = fake.answer(request) if trouble is None or trouble.written else None
        if trouble is not None:
            self._be_trouble(trouble)
        elif reply is not None:
            self._reply(reply, address.path, request.query)

    def _be_trouble(self, trouble: Trouble) -> None:
        self.server.fake.ended.wait(trouble.slow_s)
        if trouble.cut == "reset":
            # With a linger time of zero, closing sends a reset instead of an orderly end.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            return
        self._send(trouble.status, trouble.content_type, trouble.body.encode(), trouble.headers)

    def _reply(self, reply: Reply, path: str, query: dict[str, str]) -> None:
        headers = {
            "x-ratelimit-limit": str(BUDGET),
            "x-ratelimit-remaining": str(self.server.fake.budget),
            "x-ratelimit-reset": "4102444800",
        }
        if reply.next_page:
            page = int(query.get("page", "1")) + 1
            others = "".join(f"&{name}={value}" for name, value in query.items() if name != "page")
            headers["link"] = f'<{self.server.fake.url}{path}?page={page}{others}>; rel="next"'
        body = b"" if reply.status == 204 else json.dumps(reply.body).encode()
        self._send(reply.status, "application/json; charset=utf-8", body, headers)

    def _send(self, status: int, content_type: str, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
