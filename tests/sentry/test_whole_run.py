"""The workflow file of the article that started the project, judged while the clock goes on."""

from __future__ import annotations

import json
import os
import shutil
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
from tests.fake_sentry.trouble import Answer, Trouble
from tests.gitrepo import Repository

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "staging"
GATE = "staging-sentry-24h-clean"
PATH = f"{Path(sys.executable).parent}:{os.environ['PATH']}"


class Service:
    """The example service on a branch with one commit, deployed to a fake Sentry's environments."""

    def __init__(self, root: Path, sentry: FakeSentry) -> None:
        shutil.copytree(EXAMPLE, root)
        (root / "gitignore").rename(root / ".gitignore")
        self.repo = Repository.create(root)
        self.sentry = sentry
        self.repo.commit("Start")
        self.repo.switch("feat/dashboard-hardening", create=True)
        self.head = self.repo.commit("Harden the dashboard", {"NEWS.md": "# Dashboard\n"})

    def judged(self, *gates: str) -> tuple[Report, GateResult]:
        return judged(self.repo, self.sentry, *gates)


def judged(repo: Repository, sentry: FakeSentry, *gates: str) -> tuple[Report, GateResult]:
    """The report at the time of the fake's clock, and in it the gate that asks Sentry; ``gates`` selects some."""
    report = run(
        Options(folder=repo.root, gates=gates),
        Surroundings(
            environment={**os.environ, "PATH": PATH, **sentry.environment},
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
def service(tmp_path: Path, sentry: FakeSentry) -> Service:
    return Service(tmp_path / "dashboard", sentry)


def test_the_example_holds_the_articles_file_as_it_stands() -> None:
    article = EXAMPLE.parents[1] / "tests" / "cases" / "the_article.yml"
    assert (EXAMPLE / ".gaterunner.yml").read_bytes() == article.read_bytes()


def test_the_articles_workflow_goes_through_every_outcome_while_the_clock_moves(service: Service) -> None:
    state, old = service.sentry.state, "a" * 40
    state.deployed(old)
    state.happens(state.issue("TimeoutError"), old)

    state.advance(hours=1)  # the branch is pushed, nothing is deployed yet: the whole run
    report, gate = service.judged()
    assert (report.verdict, exit_code(report), gate.outcome) == (Verdict.PENDING, 4, Outcome.PENDING)
    assert gate.reason == f"waits for the deploy: Sentry knows no release {service.head} yet"
    assert [each.outcome for each in report.gates[:-1]] == [Outcome.PASSED] * 6
    assert {policy.name: policy.outcome for policy in report.policies}["no-secret-changes"] is Outcome.PASSED

    state.deployed(service.head)  # from here on the one gate is evaluated again
    state.advance(hours=3)
    state.traffic(service.head, 250)
    report, gate = service.judged(GATE)
    assert (report.verdict, gate.outcome) == (Verdict.PENDING, Outcome.PENDING)
    assert gate.waiting is not None
    assert (gate.waiting.since, gate.waiting.until) == ("2025-06-16T10:00:00Z", "2025-06-17T10:00:00Z")
    assert gate.waiting.next_evaluation == "2025-06-17T10:10:00Z"
    check = render_completed(report, completed_at="2025-06-16T13:00:00Z")
    assert (check.status, check.conclusion) == ("in_progress", None)

    broken = state.happens(state.issue("KeyError: 'total'"), service.head)
    state.advance(minutes=1)
    report, gate = service.judged(GATE)
    assert (report.verdict, exit_code(report), gate.outcome) == (Verdict.FAIL, 1, Outcome.FAILED)
    assert [failure.rule for failure in report.failures.shown] == ["sentry/new-issue"]

    state.issues.remove(broken)  # corrected: a new commit, a new release, a new window, which nobody uses
    service.head = service.repo.commit("Correct it", {"NEWS.md": "# The dashboard\n"})
    state.deployed(service.head)
    state.advance(hours=25)
    report, gate = service.judged(GATE)
    assert (report.verdict, gate.outcome) == (Verdict.PENDING, Outcome.PENDING)
    state.advance(hours=47)
    report, gate = service.judged(GATE)
    assert (report.verdict, gate.outcome) == (Verdict.FAIL, Outcome.UNPROVEN)

    state.deployed(service.head)  # once more, and somebody looks at it; in the end all of it is run again
    state.advance(hours=2)
    state.traffic(service.head, 80)
    state.advance(hours=22, minutes=10)
    report, gate = service.judged()
    assert (report.verdict, exit_code(report), gate.outcome) == (Verdict.PASS, 0, Outcome.PASSED)
    assert gate.reason.endswith("; 80 spans")
    assert {each.outcome for each in report.gates} == {Outcome.PASSED}
    policies = {policy.name: policy for policy in report.policies}
    assert {name for name, policy in policies.items() if policy.outcome is not Outcome.PASSED} == {
        "forward-only-migrations",  # there are none
        "cutovers",
    }
    assert "smoke: 1 transaction, 1 log received" in policies["observability"].reason
    assert [line.partition(" ")[0] for line in service.sentry.refused] == ["404"]  # the release, at first


def test_an_old_commit_that_nobody_asked_for_before_is_waited_for(service: Service) -> None:
    service.sentry.state.advance(hours=72)
    report, gate = service.judged(GATE)
    assert (report.verdict, gate.outcome) == (Verdict.PENDING, Outcome.PENDING)
    assert gate.reason.startswith("waits for the deploy: Sentry knows no release")


def test_what_it_asked_is_in_its_log(service: Service) -> None:
    service.sentry.state.deployed(service.head)
    service.sentry.state.advance(hours=1)
    _, gate = service.judged(GATE)
    assert gate.log is not None
    assert (service.repo.root / gate.log).read_text().splitlines() == [
        f"{service.sentry.url}, organization acme, projects api",
        "deployed to staging at 2025-06-16T09:00:00Z; window until 2025-06-17T09:00:00Z",
        "0 spans from 2025-06-16T09:00:00Z to 2025-06-16T10:00:00Z",
        "0 issues and 0 errors of the release, 0 ignored",
    ]


def test_uncommitted_work_is_in_no_release(service: Service) -> None:
    service.repo.write({"NEWS.md": "# Not committed\n"})
    _, gate = service.judged(GATE)
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
    spy = "env; cat /proc/$PPID/environ 2>/dev/null || true"
    repo.commit("Adopt", {".gaterunner.yml": f"workflow: {{gates: [{{spy: '{spy}'}}, {GATE}]}}\n"})
    repo.switch("feat/x", create=True)
    sentry.state.deployed(repo.commit("Work", {"app.py": "VALUE = 1\n"}))
    sentry.state.advance(hours=1)
    report, gate = judged(repo, sentry)
    assert gate.outcome is Outcome.PENDING
    token = sentry.environment["SENTRY_AUTH_TOKEN"]
    for each in report.gates:
        assert each.log is not None
        assert token not in (repo.root / each.log).read_text()
    assert token not in repr(report)


def test_a_server_that_repeats_the_token_does_not_have_it_told(service: Service) -> None:
    token = service.sentry.environment["SENTRY_AUTH_TOKEN"]
    echo = Answer(403, json.dumps({"detail": f"{token} may not"}).encode(), {})
    service.sentry.troubles = [Trouble("/projects/", lambda answer: Answer(echo.status, echo.body, answer.headers))]
    report, gate = service.judged(GATE)
    assert gate.outcome is Outcome.ERRORED
    assert "Sentry answered 403" in gate.reason
    assert token not in repr(report)
    service.sentry.troubles.clear()
    service.sentry.state.deployed(service.head)
    service.sentry.state.happens(service.sentry.state.issue(f"KeyError {token}"), service.head)
    service.sentry.state.advance(minutes=5)
    report, gate = service.judged(GATE)
    assert gate.outcome is Outcome.FAILED
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
    assert f"{GATE} sentry-clean asks Sentry whether the release {{head}} was clean in staging for 24h" in shown
