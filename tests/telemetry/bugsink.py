"""bugsink (https://www.bugsink.com), a real server that speaks Sentry's protocol, keeps errors and asks for no spans.

It is installed from ``requirements/bugsink.txt`` into an environment of its own, as its requirements contradict ours.
Where no registry answers, tests that need it are skipped with the reason, or fail when
``GATERUNNER_REQUIRE_BUGSINK=1``.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Read here, at import: while a test runs, its environment holds nothing of ours.
_ENVIRONMENT = dict(os.environ)  # pip's settings and cache are the machine's
_REQUIRED = _ENVIRONMENT.get("GATERUNNER_REQUIRE_BUGSINK") == "1"
_READY_S = 60.0

_SETTINGS = """\
from bugsink.settings.default import *
SECRET_KEY = {key!r}
SNAPPEA = {{"TASK_ALWAYS_EAGER": True}}
BUGSINK = {{
    "BASE_URL": "http://127.0.0.1:{port}",
    "KEEP_ENVELOPES": 1000,
    "MAX_EVENTS_PER_PROJECT_PER_5_MINUTES": 1,
    "SINGLE_USER": True,
}}
"""
_CREATE = "from projects.models import Project; answer(Project.objects.create(name='gates').dsn)"
_EVENTS = """
from events.models import Event
found = Event.objects.order_by("digest_order")
answer([{"data": event.get_parsed_data(), "release": event.release} for event in found])
"""
_ENVELOPES = (
    "from ingest.models import Envelope; answer([bytes(each.data).decode() for each in Envelope.objects.all()])"
)


class Bugsink:
    """One server with one project, whose quota is one error. ``dsn`` is where to send to."""

    def __init__(self, bin: Path, folder: Path, port: int) -> None:
        self._bin = bin
        self._folder = folder
        self._log = folder / "gunicorn.log"
        text = _SETTINGS.format(key=secrets.token_hex(25), port=port)
        (folder / "bugsink_conf.py").write_text(text, "utf-8")
        self._manage("migrate")
        self._manage("migrate", "snappea", "--database=snappea")
        self.dsn = str(self._ask(_CREATE))

    def events(self) -> list[dict[str, Any]]:
        """The errors that it has taken in, oldest first, as they were sent."""
        found: list[dict[str, Any]] = self._ask(_EVENTS)
        return found

    def envelopes(self) -> list[str]:
        """Everything that was sent to it, taken in or not, as text."""
        found: list[str] = self._ask(_ENVELOPES)
        return found

    def answers(self) -> list[int]:
        """The status of each answer to an envelope, in their order."""
        told = self._log.read_text(errors="replace")
        return [int(status) for status in re.findall(r'"POST /api/1/envelope/ [^"]*" (\d+)', told)]

    @contextmanager
    def serving(self, listener: socket.socket) -> Iterator[None]:
        with (
            self._log.open("wb") as stream,
            subprocess.Popen(
                [
                    self._bin / "gunicorn",
                    "--bind",
                    f"fd://{listener.fileno()}",
                    "--threads",
                    "4",
                    "--access-logfile",
                    "-",
                    "bugsink.wsgi",
                ],
                cwd=self._folder,
                env=self._env(),
                pass_fds=[listener.fileno()],
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
            ) as server,
        ):
            try:
                self._wait(server, listener.getsockname()[1])
                yield
            finally:
                os.killpg(server.pid, signal.SIGKILL)  # it waits for its connections otherwise

    def _wait(self, server: subprocess.Popen[bytes], port: int) -> None:
        deadline = time.monotonic() + _READY_S
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5).close()
            except urllib.error.HTTPError as answer:  # any answer will do
                answer.close()
            except OSError:
                log = self._log.read_text(errors="replace")
                if server.poll() is not None or time.monotonic() > deadline:
                    pytest.fail(f"bugsink does not start: {log}")
                time.sleep(0.1)
                continue
            return

    def _env(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "HOME": str(self._folder), "DJANGO_SETTINGS_MODULE": "bugsink_conf"}

    def _manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [self._bin / "bugsink-manage", *arguments],
            cwd=self._folder,
            env=self._env(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _ask(self, code: str) -> Any:
        program = f"import json\ndef answer(found): print(chr(30) + json.dumps(found, default=str))\n{code}"
        return json.loads(self._manage("shell", "-c", program).rpartition(chr(30))[2])


@contextmanager
def running_bugsink(folder: Path) -> Iterator[Bugsink]:
    """A server that has started; skips or fails the test where it cannot be installed. Leaves nothing in the folder."""
    bin = _install(folder / "environment")
    home = folder / "server"
    home.mkdir()
    try:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            server = Bugsink(bin, home, listener.getsockname()[1])
            with server.serving(listener):
                yield server
    finally:
        shutil.rmtree(folder / "environment")


def _install(environment: Path) -> Path:
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", environment], env=_ENVIRONMENT, check=True, timeout=120
    )
    options = ["--quiet", "--require-hashes", "--no-deps", "--only-binary", ":all:", "--no-compile"]
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(environment)]
    done = subprocess.run(
        [*pip, "install", *options, "-r", ROOT / "requirements" / "bugsink.txt"],
        env=_ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode != 0:
        shutil.rmtree(environment)
        said = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or ["pip says nothing"]
        reason = f"bugsink cannot be installed: {said[-1]}"
        if _REQUIRED:
            pytest.fail(reason)
        pytest.skip(reason)
    return environment / "bin"
