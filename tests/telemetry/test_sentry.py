"""What Sentry gets of a run, seen by a server that keeps every envelope."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from gaterunner import __version__
from tests.command_line import Ran, gaterunner
from tests.executors.containers import IMAGE
from tests.fake_github import FakeGitHub
from tests.gitrepo import Repository
from tests.runner_step import PullRequest
from tests.telemetry.sink import KEY, Sink, attributes

ID, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SECRET = "correct-horse-" + "battery-staple"


def run(branch: Repository, sink: Sink, *arguments: str, **env: str) -> Ran:
    seen = {"SEEN": str(branch.root.parent / "seen")}
    return gaterunner(branch.root, *(arguments or ("run",)), env={"GATERUNNER_SENTRY_DSN": sink.dsn, **seen, **env})


def seen_by_the_gate(branch: Repository) -> dict[str, str]:
    lines = (branch.root.parent / "seen").read_text().splitlines()
    return dict(line.partition("=")[::2] for line in lines)


def transaction(sink: Sink) -> dict[str, Any]:
    [found] = sink.of("transaction")
    assert isinstance(found, dict)
    return found


def test_a_run_is_one_transaction_with_a_span_for_each_gate_and_policy(branch: Repository, sink: Sink) -> None:
    ran = run(branch, sink)

    assert ran.code == 0, ran
    told = transaction(sink)
    assert (told["transaction"], told["release"], told["environment"]) == (
        "gaterunner run",
        f"gaterunner@{__version__}",
        "ci",
    )
    assert told["tags"] == {"run.verdict": "pass", "run.mode": "enforce", "change.event": "local"}
    trace = told["contexts"]["trace"]
    assert (trace["op"], trace["status"], trace["data"]["change.branch"]) == ("gaterunner.run", "ok", "feat/x")
    spans = {(span["op"], span["description"]): span for span in told["spans"]}
    assert {name: span["status"] for name, span in spans.items()} == {
        ("gate", "build"): "ok",
        ("gate", "unit"): "failed_precondition",
        ("policy", "guardrails"): "ok",
        ("policy", "no-merge-to-main"): "ok",
    }
    unit = spans["gate", "unit"]["data"]
    assert (unit["gate.outcome"], unit["gate.program"], unit["gate.exit_code"]) == ("failed", "echo", 1)
    assert {span["parent_span_id"] for span in told["spans"]} == {trace["span_id"]}
    for span in told["spans"]:
        assert told["start_timestamp"] <= span["start_timestamp"] <= span["timestamp"] <= told["timestamp"]
    assert sink.of("event") == []


def test_every_change_of_state_is_a_log_of_its_span(branch: Repository, sink: Sink) -> None:
    run(branch, sink)

    told = transaction(sink)
    spans = {span["description"]: span["span_id"] for span in told["spans"]}
    logs = sink.of("log")
    assert {log["trace_id"] for log in logs} == {told["contexts"]["trace"]["trace_id"]}
    events = {(attributes(log)["event"], log["level"], log["span_id"]) for log in logs}
    assert events == {
        ("run.started", "info", told["contexts"]["trace"]["span_id"]),
        ("gate.started", "info", spans["build"]),
        ("gate.finished", "info", spans["build"]),
        ("gate.started", "info", spans["unit"]),
        ("gate.finished", "warn", spans["unit"]),
        ("policy.finished", "info", spans["guardrails"]),
        ("policy.finished", "info", spans["no-merge-to-main"]),
        ("run.finished", "info", told["contexts"]["trace"]["span_id"]),
    }
    ended = next(log for log in logs if log["body"] == "gate unit failed: exit code 1")
    assert attributes(ended)["gate.advisory"] is True
    assert not any("server.address" in log["attributes"] or "gaterunner.time_ns" in log["attributes"] for log in logs)


def test_the_trace_is_continued_and_handed_on_to_gates_without_the_dsn(branch: Repository, sink: Sink) -> None:
    run(branch, sink, SENTRY_TRACE=f"{ID}-{PARENT}-1", SENTRY_BAGGAGE=f"sentry-trace_id={ID},team=web")

    trace = transaction(sink)["contexts"]["trace"]
    assert (trace["trace_id"], trace["parent_span_id"]) == (ID, PARENT)
    [span] = [span["span_id"] for span in transaction(sink)["spans"] if span["description"] == "build"]
    seen = seen_by_the_gate(branch)
    assert {name: seen.get(name) for name in ("SENTRY_TRACE", "TRACEPARENT", "BAGGAGE", "SENTRY_BAGGAGE")} == {
        "SENTRY_TRACE": f"{ID}-{span}-1",
        "TRACEPARENT": f"00-{ID}-{span}-01",
        "BAGGAGE": f"sentry-trace_id={ID},team=web",
        "SENTRY_BAGGAGE": f"sentry-trace_id={ID},team=web",
    }
    assert not any(KEY in value for value in seen.values())
    assert "GATERUNNER_SENTRY_DSN" not in seen


def test_what_a_gate_declares_for_itself_wins(repo: Repository, sink: Sink, tmp_path: Path) -> None:
    workflow = 'workflow: {gates: [build: {run: "env >\\"$SEEN\\"", env: {TRACEPARENT: mine}}]}\n'
    repo.commit("Add the workflow", {".gaterunner.yml": workflow})
    repo.switch("feat/x", create=True)
    repo.commit("Work", {"app.py": "VALUE = 1\n"})
    run(repo, sink)
    assert seen_by_the_gate(repo)["TRACEPARENT"] == "mine"


def test_where_whoever_began_the_trace_did_not_want_it_sampled_only_logs_are_sent(
    branch: Repository, sink: Sink
) -> None:
    run(branch, sink, TRACEPARENT=f"00-{ID}-{PARENT}-00")
    assert sink.of("transaction") == []
    assert {log["trace_id"] for log in sink.of("log")} == {ID}
    assert seen_by_the_gate(branch)["TRACEPARENT"].endswith("-00")


def test_nothing_secret_leaves_the_machine(repo: Repository, sink: Sink) -> None:
    workflow = f"""\
workflow:
  gates:
    - build: "echo {SECRET}"
    - "{SECRET}": "echo argument-of-a-gate; echo output-of-a-gate"
    - smoke: no-such-program --password {SECRET}
"""
    repo.commit("Add the workflow", {".gaterunner.yml": workflow})
    repo.switch(f"feat/{SECRET}", create=True)
    repo.commit("Work", {"app.py": "VALUE = 1\n"})

    ran = run(repo, sink, "run", "--keep-going", "--log-format", "json", DEPLOY_TOKEN=SECRET)

    assert sink.raw
    sent = b"".join(sink.raw).decode()
    for text in (SECRET, "argument-of-a-gate", "output-of-a-gate", "no-such-program --password", str(repo.root)):
        assert text not in sent
        assert text not in ran.err
    assert "feat/***" in sent
    items = json.dumps([payload for _, items in sink.envelopes for _, payload in items])
    assert KEY not in items + ran.out + ran.err
    assert "server_name" not in items
    assert "sys.argv" not in items


def test_what_could_not_be_evaluated_is_an_issue(repo: Repository, sink: Sink) -> None:
    workflow = 'workflow: {gates: [build: "true", docs: {run: "true", cwd: nowhere}]}\n'
    repo.commit("Add the workflow", {".gaterunner.yml": workflow})
    repo.switch("feat/x", create=True)
    repo.commit("Work", {"app.py": "VALUE = 1\n"})
    ran = run(repo, sink)
    assert ran.code == 3, ran
    [issue] = sink.of("event")
    assert issue["level"] == "error"
    assert issue["logentry"]["message"].startswith("gate docs errored: ")
    assert issue["contexts"]["trace"]["trace_id"] == transaction(sink)["contexts"]["trace"]["trace_id"]


def test_a_run_that_cannot_start_says_why(branch: Repository, sink: Sink) -> None:
    ran = run(branch, sink, "run", "--base", "nowhere")
    assert ran.code in {2, 3}, ran
    assert {attributes(log)["event"] for log in sink.of("log")} == {"run.problem", "run.finished"}
    assert transaction(sink)["contexts"]["trace"]["status"] == "internal_error"


def test_what_sentrys_sdks_read_from_the_environment_changes_nothing(branch: Repository, sink: Sink) -> None:
    others = {
        "SENTRY_DSN": "http://other@127.0.0.1:9/9",
        "SENTRY_RELEASE": "theirs",
        "SENTRY_ENVIRONMENT": "production",
        "SENTRY_DEBUG": "1",
        "SENTRY_SPOTLIGHT": "1",
    }
    ran = run(branch, sink, **others)
    told = transaction(sink)
    assert (told["release"], told["environment"]) == (f"gaterunner@{__version__}", "ci")
    assert "entry" not in ran.err


def test_a_run_that_is_interrupted_still_tells_how_it_ended(repo: Repository, sink: Sink) -> None:
    workflow = 'workflow: {gates: [build: "echo >\\"$SEEN\\"; sleep 600"]}\n'
    repo.commit("Add the workflow", {".gaterunner.yml": workflow})
    repo.switch("feat/x", create=True)
    repo.commit("Work", {"app.py": "VALUE = 1\n"})
    seen = repo.root.parent / "seen"
    with subprocess.Popen(
        [sys.executable, "-m", "gaterunner", "run"],
        cwd=repo.root,
        env={**os.environ, "GATERUNNER_SENTRY_DSN": sink.dsn, "SEEN": str(seen)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        deadline = time.monotonic() + 60
        while not seen.exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 130
    assert "run.problem" in {attributes(log)["event"] for log in sink.of("log")}
    assert transaction(sink)["tags"]["run.verdict"] == "error"


def test_a_check_is_told_as_such(branch: Repository, sink: Sink) -> None:
    assert run(branch, sink, "check").code == 0
    assert transaction(sink)["transaction"] == "gaterunner check"
    assert {span["op"] for span in transaction(sink)["spans"]} == {"policy"}


@pytest.mark.parametrize("arguments", [("plan",), ("validate",), ("explain",)])
def test_what_judges_nothing_sends_nothing(branch: Repository, sink: Sink, arguments: tuple[str, ...]) -> None:
    assert run(branch, sink, *arguments).code == 0
    assert sink.envelopes == []


def test_the_action_sends_as_the_command_line_does(fake_github: FakeGitHub, sink: Sink, tmp_path: Path) -> None:
    pull = PullRequest.open(tmp_path, 'workflow: {gates: [build: "true"]}\n')
    step = pull.step(fake_github)
    step.env["GATERUNNER_SENTRY_DSN"] = sink.dsn

    assert step.run().code == 0

    told = transaction(sink)
    assert (told["tags"]["change.repository"], told["tags"]["change.event"]) == ("octo/example", "pull_request")
    assert told["contexts"]["trace"]["data"]["change.pull_request"] == 7


PROGRAM = """\
import os
import sentry_sdk
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

sentry_sdk.init(os.environ["APP_DSN"], default_integrations=False)
sentry_sdk.capture_message("from the program")
sentry_sdk.flush(10)
context = TraceContextTextMapPropagator().extract({name.lower(): value for name, value in os.environ.items()})
with TracerProvider().get_tracer("app").start_as_current_span("work", context) as span:
    print(f"{span.parent.trace_id:032x}-{span.parent.span_id:016x}", file=open(os.environ["SEEN"], "w"))
"""


def test_programs_with_real_sdks_continue_the_trace_inside_their_gate(
    repo: Repository, sink: Sink, tmp_path: Path
) -> None:
    workflow = f"workflow: {{gates: [smoke: {{run: {sys.executable} app.py, env: {{APP_DSN: '{sink.dsn}'}}}}]}}\n"
    repo.commit("Add the workflow", {".gaterunner.yml": workflow, "app.py": PROGRAM})
    repo.switch("feat/x", create=True)
    repo.commit("Work", {"other.py": "VALUE = 1\n"})

    assert run(repo, sink).code == 0

    [span] = [span for span in transaction(sink)["spans"] if span["op"] == "gate"]
    [event] = sink.of("event")
    assert event["message"] == "from the program"
    assert event["contexts"]["trace"]["trace_id"] == span["trace_id"]
    assert event["contexts"]["trace"]["parent_span_id"] == span["span_id"]
    assert (repo.root.parent / "seen").read_text().strip() == f"{span['trace_id']}-{span['span_id']}"


@pytest.mark.docker
def test_a_gate_in_a_container_continues_the_trace(repo: Repository, sink: Sink) -> None:
    declared = f"{{run: 'env | grep TRACE', image: '{IMAGE}', network: none}}"
    repo.commit("Add the workflow", {".gaterunner.yml": f"workflow: {{gates: [build: {declared}]}}\n"})
    repo.switch("feat/x", create=True)
    repo.commit("Work", {"app.py": "VALUE = 1\n"})

    ran = run(repo, sink, "run", TRACEPARENT=f"00-{ID}-{PARENT}-01")

    assert ran.code == 0, ran
    [span] = [span["span_id"] for span in transaction(sink)["spans"] if span["op"] == "gate"]
    assert f"SENTRY_TRACE={ID}-{span}-1" in ran.err
    assert f"TRACEPARENT=00-{ID}-{span}-01" in ran.err


def test_the_parts_of_a_fan_out_and_its_end_are_told_of_in_one_trace(branch: Repository, sink: Sink) -> None:
    trace = {"TRACEPARENT": f"00-{ID}-{PARENT}-01"}
    report = str(branch.root.parent / "part.json")

    run(branch, sink, "run", "--part", "1/1", "--report", report, **trace)
    ended = run(branch, sink, "collect", report, **trace)

    assert ended.code == 0, ended
    part, collected = sink.of("transaction")
    assert part["contexts"]["trace"]["trace_id"] == collected["contexts"]["trace"]["trace_id"] == ID
    assert part["contexts"]["trace"]["data"]["run.part"] == "1/1"
    assert "run.part" not in collected["contexts"]["trace"]["data"]
    gates = [span for span in collected["spans"] if span["op"] == "gate"]
    assert {span["data"]["gate.outcome"] for span in gates} == {"passed", "failed"}
    assert all(span["start_timestamp"] == span["timestamp"] for span in gates)  # they ran elsewhere


def test_a_push_is_told_of_like_a_run(branch: Repository, sink: Sink) -> None:
    pushed = f"refs/heads/feat/x {branch.head} refs/heads/feat/x {'0' * 40}\n"
    done = subprocess.run(
        [sys.executable, "-m", "gaterunner", "hook", "pre-push", "origin", "nowhere"],
        cwd=branch.root,
        env={**os.environ, "GATERUNNER_SENTRY_DSN": sink.dsn, "SEEN": "/dev/null"},
        input=pushed.encode(),
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done
    assert transaction(sink)["tags"]["run.verdict"] == "pass"
