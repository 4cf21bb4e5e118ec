"""The workflow file of the article that started the project, judged while the clock goes on."""

from __future__ import annotations

import os
import shlex
import sys
import threading
from pathlib import Path

import pytest

from gaterunner.model import GateResult, Outcome, Report, Verdict
from gaterunner.pipeline import Options, Surroundings, run
from gaterunner.redaction import Redactor
from gaterunner.reporters.broadcast import Broadcast
from gaterunner.reporters.check_run import render_completed
from gaterunner.secrets.engine import Engine
from gaterunner.verdict import exit_code
from tests.command_line import gaterunner
from tests.fake_sentry import FakeSentry
from tests.gitrepo import Repository

ARTICLE = (Path(__file__).parents[1] / "cases/the_article.yml").read_text("utf-8")
GATE = "staging-sentry-24h-clean"
COMMANDS = ("build", "type-check", "lint", "unit", "integration", "smoke")
MAKEFILE = "".join(f"{name}:\n\t@echo {name} of the service\n" for name in COMMANDS if name != "smoke")
MAKEFILE += f"smoke:\n\t@{shlex.quote(sys.executable)} smoke.py\n"
SMOKE = """import sentry_sdk

sentry_sdk.init(traces_sample_rate=1.0, enable_logs=True)
with sentry_sdk.start_transaction(op="http.server", name="GET /dashboard"):
    sentry_sdk.logger.info("dashboard shown")
"""


class Service:
    """A service on a branch with one commit, deployed to a fake Sentry's environments."""

    def __init__(self, repo: Repository, sentry: FakeSentry, workflow: str) -> None:
        self.repo = repo
        self.sentry = sentry
        repo.commit("Adopt", {".gaterunner.yml": workflow, "Makefile": MAKEFILE, "smoke.py": SMOKE})
        repo.switch("feat/dashboard-hardening", create=True)
        self.head = repo.commit("Harden the dashboard", {"app.py": "VALUE = 1\n"})

    def judged(self) -> tuple[Report, GateResult]:
        return judged(self.repo, self.sentry)


def judged(repo: Repository, sentry: FakeSentry) -> tuple[Report, GateResult]:
    """The report at the time of the fake's clock, and in it the gate that asks Sentry."""
    report = run(
        Options(folder=repo.root),
        Surroundings(
            environment={**os.environ, **sentry.environment},
            observer=Broadcast([], str, lambda _line: None),
            cancelled=threading.Event(),
            secrets=Engine(),
            redactor=Redactor(),
            now=lambda: sentry.state.clock,
        ),
    )
    assert report.problems == ()
    return report, next(gate for gate in report.gates if gate.kind == "sentry-clean")


@pytest.fixture
def service(repo: Repository, sentry: FakeSentry) -> Service:
    return Service(repo, sentry, ARTICLE)


def test_the_articles_workflow_goes_through_every_outcome_while_the_clock_moves(service: Service) -> None:
    state, old = service.sentry.state, "a" * 40
    state.deployed(old)
    state.happens(state.issue("TimeoutError"), old)

    state.advance(hours=1)  # the branch is pushed, nothing is deployed yet
    report, gate = service.judged()
    assert (report.verdict, exit_code(report), gate.outcome) == (Verdict.PENDING, 4, Outcome.PENDING)
    assert gate.reason == f"waits for the deploy: Sentry knows no release {service.head} yet"
    assert [each.outcome for each in report.gates[:-1]] == [Outcome.PASSED] * len(COMMANDS)
    assert {policy.name: policy.outcome for policy in report.policies}["no-secret-changes"] is Outcome.PASSED

    state.deployed(service.head)
    state.advance(hours=3)
    state.traffic(service.head, 250)
    report, gate = service.judged()
    assert (report.verdict, gate.outcome) == (Verdict.PENDING, Outcome.PENDING)
    assert gate.waiting is not None
    assert (gate.waiting.since, gate.waiting.until) == ("2025-06-16T10:00:00Z", "2025-06-17T10:00:00Z")
    assert gate.waiting.next_evaluation == "2025-06-17T10:10:00Z"
    check = render_completed(report, completed_at="2025-06-16T13:00:00Z")
    assert (check.status, check.conclusion) == ("in_progress", None)

    broken = state.happens(state.issue("KeyError: 'total'"), service.head)
    state.advance(minutes=1)
    report, gate = service.judged()
    assert (report.verdict, exit_code(report), gate.outcome) == (Verdict.FAIL, 1, Outcome.FAILED)
    assert [failure.rule for failure in report.failures.shown] == ["sentry/new-issue"]

    state.issues.remove(broken)  # corrected: a new commit, a new release, a new window, which nobody uses
    service.head = service.repo.commit("Correct it", {"app.py": "VALUE = 2\n"})
    state.deployed(service.head)
    state.advance(hours=25)
    report, gate = service.judged()
    assert (report.verdict, gate.outcome) == (Verdict.PENDING, Outcome.PENDING)
    state.advance(hours=47)
    report, gate = service.judged()
    assert (report.verdict, gate.outcome) == (Verdict.FAIL, Outcome.UNPROVEN)

    state.deployed(service.head)  # once more, and somebody looks at it
    state.advance(hours=2)
    state.traffic(service.head, 80)
    state.advance(hours=22, minutes=10)
    report, gate = service.judged()
    assert (report.verdict, exit_code(report), gate.outcome) == (Verdict.PASS, 0, Outcome.PASSED)
    assert gate.reason.endswith("; 80 spans")
    assert {each.outcome for each in report.gates} == {Outcome.PASSED}
    assert [line.partition(" ")[0] for line in service.sentry.refused] == ["404"]  # the release, at first


def test_what_never_is_deployed_fails_in_the_end(service: Service) -> None:
    service.sentry.state.advance(hours=72)
    report, gate = service.judged()
    assert (report.verdict, gate.outcome) == (Verdict.FAIL, Outcome.FAILED)
    assert gate.reason.startswith("timed out: Sentry knows no release")


def test_what_it_asked_is_in_its_log(service: Service) -> None:
    service.sentry.state.deployed(service.head)
    service.sentry.state.advance(hours=1)
    _, gate = service.judged()
    assert gate.log is not None
    assert (service.repo.root / gate.log).read_text().splitlines() == [
        f"{service.sentry.url}, organization acme, projects api",
        "deployed to staging at 2025-06-16T09:00:00Z; window until 2025-06-17T09:00:00Z",
        "0 spans from 2025-06-16T09:00:00Z to 2025-06-16T10:00:00Z",
        "0 issues and 0 errors of the release, 0 ignored",
    ]


def test_uncommitted_work_is_in_no_release(service: Service) -> None:
    service.repo.write({"app.py": "VALUE = 3\n"})
    _, gate = service.judged()
    assert gate.outcome is Outcome.ERRORED
    assert gate.reason.startswith("the work tree holds changes that are in no commit")


def test_on_the_command_line_a_missing_variable_is_named(service: Service) -> None:
    ran = gaterunner(service.repo.root, "run", "--gate", GATE, "--format", "json")
    assert (ran.code, ran.gate(GATE).outcome) == (3, Outcome.ERRORED)
    assert ran.gate(GATE).reason == (
        "SENTRY_AUTH_TOKEN, SENTRY_ORG, SENTRY_PROJECT are not set where gaterunner runs; give them to its step as "
        "`env:`, from the repository's secrets and variables"
    )


def test_no_gate_sees_the_token(repo: Repository, sentry: FakeSentry) -> None:
    workflow = f"workflow: {{gates: [{{spy: 'env; cat /proc/$PPID/environ 2>/dev/null || true'}}, {GATE}]}}\n"
    service = Service(repo, sentry, workflow)
    sentry.state.deployed(service.head)
    sentry.state.advance(hours=1)
    report, _ = service.judged()
    token = sentry.environment["SENTRY_AUTH_TOKEN"]
    for gate in report.gates:
        assert gate.log is not None
        assert token not in (repo.root / gate.log).read_text()
    assert token not in repr(report)


def test_a_branch_that_brings_the_first_workflow_file_does_not_choose_where_the_token_goes(
    repo: Repository, sentry: FakeSentry
) -> None:
    repo.switch("feat/adopt", create=True)
    with FakeSentry.running() as other:
        workflow = f"workflow: {{gates: [{{build: 'true'}}, {{{GATE}: {{sentry: {{url: '{other.url}'}}}}}}]}}\n"
        repo.commit("Adopt", {".gaterunner.yml": workflow})
        _, gate = judged(repo, sentry)
        assert (gate.outcome, other.asked) == (Outcome.ERRORED, [])
    assert gate.reason.startswith("`url` of the gate is the branch's own")


def test_the_plan_says_what_it_asks(service: Service) -> None:
    ran = gaterunner(service.repo.root, "plan")
    assert ran.code == 0
    shown = " ".join(ran.out.split())
    assert f"{GATE} sentry-clean asks Sentry whether the release {service.head} was clean in staging for 24h" in shown
