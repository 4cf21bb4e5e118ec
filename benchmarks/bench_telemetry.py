"""Six gates that do nothing, with their telemetry sent to a server that takes it, against the same without a DSN.

Each round runs both, and an interpreter with and without the SDK's import: what telemetry costs beyond that import is
what counts. One more run meets a server that takes connections and never answers. Promises: at most 60 ms beyond the
import, and at most 2 s for a server that hangs.
"""

from __future__ import annotations

import multiprocessing
import socket
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from bench_gates import make_repository
from pairs import Cost, at_home_in, cost

ROUNDS = 15
BOUND_MS = 60
HANGING_S = 2.0


class _Taking(BaseHTTPRequestHandler):
    """Answers as Sentry does, and keeps nothing."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_arguments: object) -> None:
        """Nothing on standard error."""


def _serve(tell: Connection) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Taking) as server:
        tell.send(server.server_port)
        server.serve_forever()


class Round(NamedTuple):
    """What each of the five commands of a round cost."""

    sent: Cost
    without: Cost
    importing: Cost
    bare: Cost
    hanging: Cost


@contextmanager
def taking() -> Iterator[str]:
    """The DSN of a server in a process of its own, whose work is not counted."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(target=_serve, args=(there,), daemon=True)
    process.start()
    try:
        yield f"http://key@127.0.0.1:{here.recv()}/1"
    finally:
        process.terminate()
        process.join()


def measure(root: Path, env: dict[str, str]) -> None:
    run = [str(Path(sys.executable).parent / "gaterunner"), "run"]

    with taking() as dsn, socket.create_server(("127.0.0.1", 0)) as silent:
        never = f"http://key@127.0.0.1:{silent.getsockname()[1]}/1"

        def one_round() -> Round:
            return Round(
                sent=cost(run, cwd=root, env={**env, "GATERUNNER_SENTRY_DSN": dsn}),
                without=cost(run, cwd=root, env=env),
                importing=cost([sys.executable, "-c", "import sentry_sdk"], cwd=root, env=env),
                bare=cost([sys.executable, "-c", "pass"], cwd=root, env=env),
                hanging=cost(run, cwd=root, env={**env, "GATERUNNER_SENTRY_DSN": never}),
            )

        rounds = [one_round() for _ in range(ROUNDS + 1)][1:]
    for name, limit in (("wall", f" (at most {BOUND_MS})"), ("cpu", "")):
        seen = [[getattr(each, name) * 1000 for each in one] for one in rounds]
        sent, without, sdk, beyond = (
            statistics.median(column)
            for column in zip(*((a, b, c - d, a - b - (c - d)) for a, b, c, d, _ in seen), strict=True)
        )
        print(
            f"  {name:4} {sent:4.0f} ms with, {without:4.0f} ms without, the SDK's import {sdk:3.0f} ms: "
            f"{beyond:+.0f} ms beyond it{limit}"
        )
        assert name != "wall" or beyond <= BOUND_MS
    later = statistics.median(one.hanging.wall - one.without.wall for one in rounds)
    print(f"  a server that never answers: {later:.2f} s later (at most {HANGING_S:g})")
    assert later <= HANGING_S


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "repo")
        root.mkdir()
        env = at_home_in(folder)
        make_repository(root, env)
        print("gaterunner run of six no-op gates with telemetry / without")
        measure(root, env)
