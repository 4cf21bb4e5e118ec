"""A Sentry that is dead, slow, wrong or full: the run ends as it would without one, and hardly later."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from gaterunner.model import Outcome
from gaterunner.redaction import Redactor
from gaterunner.telemetry import records
from gaterunner.telemetry.sender import BUDGET_S, SentrySender
from gaterunner.telemetry.trace import find_trace
from tests.command_line import gaterunner
from tests.gitrepo import Repository
from tests.reporters.reports import gate
from tests.telemetry.sink import KEY, Sink

PROMISED_S = 2.0


def send(dsn: str) -> tuple[float, list[str]]:
    """How long the end of a run waits for its telemetry, and what it is told."""
    notes: list[str] = []
    trace = find_trace({}, recorded=True, redact=str)
    assert trace is not None
    sender = SentrySender(dsn, trace, Redactor())
    sender.take(
        records.gate_finished(time.time(), gate("unit", outcome=Outcome.ERRORED), trace.span_of("gate", "unit"))
    )
    began = time.monotonic()
    sender.end()
    sender.wait(notes.append)
    return time.monotonic() - began, notes


@pytest.fixture
def closed_port() -> str:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://{KEY}@127.0.0.1:{taken.getsockname()[1]}/1"


@pytest.fixture
def silent() -> Iterator[str]:
    """Takes connections and never reads a byte."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://{KEY}@127.0.0.1:{server.getsockname()[1]}/1"


def test_a_server_that_answers_takes_everything(sink: Sink) -> None:
    assert send(sink.dsn)[1] == []
    assert len(sink.of("event")) == len(sink.of("transaction")) == len(sink.of("log")) == 1


def test_a_server_that_hangs_is_left_in_time(sink: Sink) -> None:
    sink.go.clear()
    took, notes = send(sink.dsn)
    assert took <= PROMISED_S
    assert notes == [f"telemetry: Sentry did not take all of it within {BUDGET_S} s"]


def test_a_server_that_never_reads_is_left_in_time(silent: str) -> None:
    took, notes = send(silent)
    assert took <= PROMISED_S
    assert notes == [f"telemetry: Sentry did not take all of it within {BUDGET_S} s"]


def test_a_server_that_is_not_there_is_noted(closed_port: str) -> None:
    took, notes = send(closed_port)
    assert took <= PROMISED_S
    assert notes == ["telemetry: Sentry did not get all of it (network)"]


@pytest.mark.parametrize(("status", "told"), [(500, "status_500"), (401, "status_401"), (413, "status_413")])
def test_a_server_that_refuses_is_noted(sink: Sink, status: int, told: str) -> None:
    sink.answer = (status, {})
    assert send(sink.dsn)[1] == [f"telemetry: Sentry did not get all of it ({told})"]


@pytest.mark.parametrize("answer", [(429, {"Retry-After": "60"}), (200, {"X-Sentry-Rate-Limits": "60::organization"})])
def test_a_server_that_asks_for_less_gets_less_and_no_note(sink: Sink, answer: tuple[int, dict[str, str]]) -> None:
    sink.answer = answer
    assert send(sink.dsn)[1] == []
    assert len(sink.of("event")) == 1
    assert sink.of("transaction") == sink.of("log") == []


@pytest.mark.parametrize(
    "dsn", ["nonsense", "https://example.invalid/1", "http://key@host/not-a-number", "http://[", "0"]
)
def test_what_is_no_dsn_is_noted_without_its_text(dsn: str) -> None:
    [note] = send(dsn)[1]
    assert note == "telemetry: nothing is sent, as GATERUNNER_SENTRY_DSN is no DSN of Sentry"


def test_a_run_ends_as_without_sentry(branch: Repository, silent: str) -> None:
    without = gaterunner(branch.root, "run", env={"SEEN": "/dev/null"})
    began = time.monotonic()
    ran = gaterunner(branch.root, "run", env={"SEEN": "/dev/null", "GATERUNNER_SENTRY_DSN": silent})
    assert time.monotonic() - began < 30  # the SDK's own patience, and this machine may be busy
    assert (ran.code, ran.out.splitlines()[0]) == (without.code, without.out.splitlines()[0])
    assert [line for line in ran.err.splitlines() if line.startswith("note: telemetry")] == [
        f"note: telemetry: Sentry did not take all of it within {BUDGET_S} s"
    ]
    assert "entry" not in ran.err.replace(f"Sentry did not take all of it within {BUDGET_S} s", "")


@pytest.mark.parametrize(("dsn", "loaded"), [("", False), ("http://key@127.0.0.1:1/1", True)])
def test_the_sdk_is_loaded_only_with_a_dsn(branch: Repository, dsn: str, *, loaded: bool) -> None:
    program = "import sys\nfrom gaterunner.cli import main\nmain(['check'])\nprint(chr(30), *sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", f"import os; os.environ['GATERUNNER_SENTRY_DSN'] = {dsn!r}\n{program}"],
        cwd=branch.root,
        capture_output=True,
        text=True,
        check=True,
    )
    modules = done.stdout.rpartition(chr(30))[2].split()
    assert ("sentry_sdk" in modules) is loaded
    assert ("gaterunner.telemetry.observer" in modules) is loaded
