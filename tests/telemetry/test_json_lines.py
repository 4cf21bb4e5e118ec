"""`--log-format json`: standard error holds one JSON object a line, and nothing else."""

from __future__ import annotations

import json
from datetime import datetime
from io import StringIO
from typing import Any

import pytest

from gaterunner.redaction import Redactor
from gaterunner.telemetry import records
from gaterunner.telemetry.json_lines import JsonLines
from tests.command_line import Ran, gaterunner
from tests.gitrepo import Repository
from tests.telemetry.sink import Sink, attributes


def run(branch: Repository, *arguments: str, **env: str) -> Ran:
    return gaterunner(branch.root, *arguments, "--log-format", "json", env={"SEEN": "/dev/null", **env})


def lines(ran: Ran) -> list[dict[str, Any]]:
    return [json.loads(line) for line in ran.err.splitlines()]


def test_every_change_of_state_is_a_line(branch: Repository) -> None:
    ran = run(branch, "run")

    told = lines(ran)
    assert told[0]["event"] == "run.started"
    assert told[-1]["event"] == "run.finished"
    assert (told[-1]["run.verdict"], told[-1]["level"]) == ("pass", "info")
    gates = [(line["event"], line["gate.name"]) for line in told if line["event"].startswith("gate.")]
    assert sorted(gates) == [
        ("gate.finished", "build"),
        ("gate.finished", "unit"),
        ("gate.started", "build"),
        ("gate.started", "unit"),
    ]
    [failed] = [line for line in told if line["level"] == "warning"]
    assert (failed["message"], failed["gate.outcome"]) == ("gate unit failed: exit code 1", "failed")
    times = [datetime.fromisoformat(line["time"]) for line in told]
    assert times == sorted(times)
    assert "trace_id" not in told[0]
    assert ran.out.startswith("✓ PASS")


def test_sentry_gets_the_same(branch: Repository, sink: Sink) -> None:
    told = lines(run(branch, "run", GATERUNNER_SENTRY_DSN=sink.dsn))

    def comparable(message: str, found: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        named = {
            name: value for name, value in found.items() if name.startswith(("run.", "gate.", "policy.", "change."))
        }
        return message, named

    logs = [comparable(log["body"], attributes(log)) for log in sink.of("log")]
    assert sorted(logs, key=repr) == sorted((comparable(line["message"], line) for line in told), key=repr)
    assert {line["trace_id"] for line in told} == {log["trace_id"] for log in sink.of("log")}
    [span] = {line["span_id"] for line in told if line.get("gate.name") == "unit"}
    assert span in {span["span_id"] for span in sink.of("transaction")[0]["spans"]}


def test_both_streams_can_be_json(branch: Repository) -> None:
    ran = run(branch, "run", "--format", "json")
    assert ran.report.verdict == lines(ran)[-1]["run.verdict"]


def test_what_is_otherwise_a_note_is_a_line(branch: Repository) -> None:
    [note] = [line for line in lines(run(branch, "run", GATERUNNER_SENTRY_DSN="nonsense")) if line["event"] == "note"]
    assert note["message"] == "telemetry: nothing is sent, as GATERUNNER_SENTRY_DSN is no DSN of Sentry"


@pytest.mark.parametrize("command", ["run", "check"])
def test_what_keeps_a_run_from_starting_is_a_line(branch: Repository, command: str) -> None:
    ran = run(branch, command, "--report", ".")
    [problem] = lines(ran)
    assert (ran.code, problem["event"], problem["problem.trouble"]) == (2, "run.problem", "usage")


def test_a_workflow_file_with_errors_is_told_with_their_places(branch: Repository) -> None:
    branch.switch("main")
    branch.commit("Break it", {".gaterunner.yml": "workflow: {gates: [build], polices: []}\n"})
    branch.switch("feat/y", create=True)
    branch.commit("Work", {"app.py": "VALUE = 2\n"})
    ran = run(branch, "check")
    told = lines(ran)
    assert ran.code == 2
    assert [(line["event"], line["level"]) for line in told] == [("run.problem", "warning"), ("run.finished", "error")]
    assert (told[0]["problem.path"], told[0]["problem.line"]) == (".gaterunner.yml", 1)


@pytest.mark.parametrize(("encoding", "written"), [("ascii", "feat/\\u00e9"), ("utf-8", "feat/é")])
def test_a_line_is_json_whatever_the_stream_can_encode(branch: Repository, encoding: str, written: str) -> None:
    branch.switch("feat/é", create=True)
    ran = run(branch, "check", PYTHONIOENCODING=encoding)
    assert lines(ran)[0]["change.branch"] == "feat/é"
    assert written in ran.err


def test_a_line_is_one_line_and_speaks_no_command() -> None:
    stream = StringIO()
    said = "a\n::error::b\n##[group]c \x1b[31m correct-horse-battery \udcff"
    JsonLines(stream, Redactor(["correct-horse-battery"])).take(records.note(0.0, said, None))
    written = stream.getvalue()
    assert written.count("\n") == 1
    assert "##[" not in written
    assert "\x1b" not in written
    assert json.loads(written)["message"] == "a\n::error::b\n##[group]c \x1b[31m *** \\udcff"


@pytest.mark.parametrize("unseen", ["\u2028", "\u2029", "\x85", "\x9b31m", "\u202e", "\u2066", "\ufeff", "\x7f"])
def test_a_line_is_one_line_for_whoever_splits_it(unseen: str) -> None:
    stream = StringIO()
    JsonLines(stream, str).take(records.note(0.0, f'a{unseen}{{"event":"run.finished"}}', None))
    written = stream.getvalue()
    assert len(written.splitlines()) == 1
    assert unseen[0] not in written
    assert json.loads(written)["message"].startswith(f"a{unseen}")


def test_a_stream_that_nobody_reads_is_no_trouble() -> None:
    stream = StringIO()
    stream.close()
    JsonLines(stream, str).take(records.note(0.0, "unheard", None))
