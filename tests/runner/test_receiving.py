"""A gate with `telemetry:` from its command to its result, on this machine and in a container."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Mapping

import pytest

from gaterunner.config.telemetry_rules import EXPECT
from gaterunner.model import Outcome, SignalCounts
from gaterunner.receiver.receiver import receiving
from gaterunner.redaction import Redactor
from gaterunner.runner.receiving import with_receiver
from tests.command_line import Ran, gaterunner
from tests.docker_engine import BASE_IMAGE
from tests.gitrepo import Repository

# What a program sends that has no SDK at hand: an envelope with a transaction and a log, by Python's own library.
BY_HAND = """
import json, os, sys, urllib.parse, urllib.request
url = urllib.parse.urlsplit(os.environ["SENTRY_DSN"])
items = [
    ({"type": "transaction"}, {"contexts": {"trace": {"op": "http.server", "trace_id": "a" * 32}}}),
    ({"type": "log"}, {"items": [{"level": "info", "body": "ready"}]}),
]
body = "{}\\n" + "".join(json.dumps(head) + "\\n" + json.dumps(item) + "\\n" for head, item in items)
body = sys.argv[1] if len(sys.argv) > 1 else body
headers = {"X-Sentry-Auth": f"Sentry sentry_key={url.username}"}
address = f"http://{url.hostname}:{url.port}/api/1/envelope/"
request = urllib.request.Request(address, body.encode(), headers)
try:
    urllib.request.urlopen(request, timeout=20)
except urllib.error.HTTPError as error:
    print(error.code)
"""
PYTHON = shlex.quote(sys.executable)


def ran(repo: Repository, gate: Mapping[str, object], *options: str, more: str = "", **env: str) -> Ran:
    """A run of one gate `smoke` over a change of one file."""
    workflow = f"workflow:\n{more}  gates: [{{smoke: {json.dumps(gate)}}}]\n"
    repo.commit("Adopt", {".gaterunner.yml": workflow, "send.py": BY_HAND})
    repo.switch("feat/x", create=True)
    repo.commit("Change", {"app.py": "VALUE = 1\n"})
    return gaterunner(repo.root, "run", "--format", "json", *options, env=env)


def test_a_gate_passes_with_what_its_program_sent(repo: Repository) -> None:
    gate = ran(repo, {"run": f"{PYTHON} send.py", "telemetry": "expect"}).gate("smoke")
    assert (gate.outcome, gate.reason) == (Outcome.PASSED, "exit code 0, 1 transaction, 1 log received")
    assert gate.telemetry is not None
    assert gate.telemetry.sentry == SignalCounts(transactions=1, logs=1)
    assert gate.telemetry.payloads == 1


def test_the_machines_own_dsn_and_proxies_do_not_lead_elsewhere(repo: Repository) -> None:
    gate = ran(
        repo,
        {"run": f"{PYTHON} send.py", "telemetry": "expect"},
        SENTRY_DSN="http://other@192.0.2.1/1",
        HTTP_PROXY="http://192.0.2.1:3128",
        http_proxy="http://192.0.2.1:3128",
        NO_PROXY="intern.example",
    ).gate("smoke")
    assert gate.outcome is Outcome.PASSED


def test_a_program_that_sends_nothing_is_unproven(repo: Repository) -> None:
    gate = ran(repo, {"run": "true", "telemetry": "expect"}).gate("smoke")
    assert gate.outcome is Outcome.UNPROVEN
    assert gate.reason.startswith("no telemetry arrived; initialise the SDK")


def test_a_program_that_is_only_watched_may_send_nothing(repo: Repository) -> None:
    assert ran(repo, {"run": "true", "telemetry": "watch"}).gate("smoke").outcome is Outcome.PASSED


def test_a_payload_that_cannot_be_read_makes_all_of_it_unproven(repo: Repository) -> None:
    gate = ran(repo, {"run": f"{PYTHON} send.py; {PYTHON} send.py broken", "telemetry": "expect"}).gate("smoke")
    assert gate.outcome is Outcome.UNPROVEN
    assert gate.reason == (
        "not everything could be counted: a payload could not be read: the envelope's header is no JSON"
    )


def test_what_a_failed_command_sent_is_told_and_decides_nothing(repo: Repository) -> None:
    error = '{}\n{"type":"event"}\n{"exception":[{"type":"KeyError","value":"total"}]}\n'
    command = f"{PYTHON} send.py {shlex.quote(error)}; exit 3"
    gate = ran(repo, {"run": command, "telemetry": "expect"}).gate("smoke")
    assert (gate.outcome, gate.reason) == (Outcome.FAILED, "exit code 3")
    assert [(each.rule, each.message) for each in gate.findings] == [("telemetry/error-event", "KeyError: total")]


def test_every_attempt_starts_anew(repo: Repository) -> None:
    gate = ran(repo, {"run": f"{PYTHON} send.py; exit 1", "telemetry": "expect", "retries": 1}).gate("smoke")
    assert gate.attempts == 2
    assert gate.telemetry is not None
    assert gate.telemetry.payloads == 1


def test_a_cached_result_keeps_what_it_was_proven_by(repo: Repository) -> None:
    options = {"run": f"{PYTHON} send.py", "telemetry": "expect", "inputs": ["send.py"]}
    first = ran(repo, options).gate("smoke")
    again = gaterunner(repo.root, "run", "--format", "json").gate("smoke")
    assert (first.cached, again.cached) == (False, True)
    assert again.telemetry == first.telemetry


def test_without_the_option_a_gate_gets_no_address(repo: Repository) -> None:
    ran_gate = ran(repo, {"run": 'test -z "$SENTRY_DSN$OTEL_EXPORTER_OTLP_ENDPOINT"'}).gate("smoke")
    assert ran_gate.outcome is Outcome.PASSED


def test_the_policy_has_gates_watched_that_run_the_program(repo: Repository) -> None:
    policy = "  policies: [observability: sentry spans + structured logs]\n"
    found = ran(repo, {"run": f"{PYTHON} send.py"}, more=policy)
    assert found.policy("observability").outcome is Outcome.PASSED
    assert found.policy("observability").observed == "smoke: 1 transaction, 1 log received"


def test_a_proxy_is_told_to_leave_the_receiver_alone() -> None:
    with receiving(EXPECT, Redactor()) as receiver:
        env = with_receiver({"HTTPS_PROXY": "http://proxy", "no_proxy": "intern"}, receiver)
        assert (env["no_proxy"], env["NO_PROXY"]) == ("intern,127.0.0.1", "intern,127.0.0.1")
        assert "NO_PROXY" not in with_receiver({}, receiver)


def test_no_signal_is_sent_elsewhere() -> None:
    with receiving(EXPECT, Redactor()) as receiver:
        theirs = {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://other:4318/v1/traces", "OTEL_SERVICE_NAME": "orders"}
        env = with_receiver(theirs, receiver)
    assert "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" not in env
    assert env["OTEL_SERVICE_NAME"] == "orders"
    assert env["OTEL_EXPORTER_OTLP_ENDPOINT"] == receiver.otlp_endpoint


# Sends to the address of whatever else runs, as soon as it finds one in the environment of a process.
SPY = """
import glob, os, re, subprocess, sys, time
limit = time.monotonic() + 60
while time.monotonic() < limit:
    for path in glob.glob("/proc/[0-9]*/environ"):
        try:
            text = open(path, "rb").read()
        except OSError:
            continue
        for dsn in re.findall(rb"SENTRY_DSN=(http://[^\\0]+)", text):
            if dsn.decode() != os.environ["SENTRY_DSN"]:
                subprocess.run([sys.executable, "send.py"], env={"SENTRY_DSN": dsn.decode()})
    time.sleep(0.05)
"""


def test_what_a_gate_leaves_running_sends_nothing_for_the_next_one(repo: Repository) -> None:
    first = {"run": f"setsid nohup {PYTHON} spy.py >/dev/null 2>&1 </dev/null &", "telemetry": "watch"}
    second = {"run": "sleep 1", "telemetry": "expect"}
    workflow = f"workflow:\n  gates: [{{first: {json.dumps(first)}}}, {{smoke: {json.dumps(second)}}}]\n"
    repo.commit("Adopt", {".gaterunner.yml": workflow, "send.py": BY_HAND, "spy.py": SPY})
    repo.switch("feat/x", create=True)
    repo.commit("Change", {"app.py": "VALUE = 1\n"})
    found = gaterunner(repo.root, "run", "--format", "json")
    assert [gate.outcome for gate in found.report.gates] == [Outcome.PASSED, Outcome.UNPROVEN]


@pytest.mark.docker
@pytest.mark.skipif(BASE_IMAGE is None, reason="GATERUNNER_TEST_BASE_IMAGE names no image with Python")
def test_a_gate_in_a_container_reaches_the_receiver(repo: Repository) -> None:
    gate = ran(repo, {"run": "python3 send.py", "image": BASE_IMAGE, "telemetry": "expect"}).gate("smoke")
    assert (gate.outcome, gate.reason) == (Outcome.PASSED, "exit code 0, 1 transaction, 1 log received")


@pytest.mark.docker
@pytest.mark.skipif(BASE_IMAGE is None, reason="GATERUNNER_TEST_BASE_IMAGE names no image with Python")
def test_a_gate_in_a_container_that_sends_nothing_is_unproven(repo: Repository) -> None:
    assert (
        ran(repo, {"run": "true", "image": BASE_IMAGE, "telemetry": "expect"}).gate("smoke").outcome is Outcome.UNPROVEN
    )
