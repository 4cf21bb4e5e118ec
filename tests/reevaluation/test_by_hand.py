"""`gaterunner run --onto REPORT`: one gate is evaluated anew, and everything else comes from the earlier report."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gaterunner import pipeline
from gaterunner.model import GateResult, Outcome, Report, Skip, Verdict
from gaterunner.pipeline import Options, Surroundings
from gaterunner.redaction import Redactor
from gaterunner.reevaluation.run import reevaluate
from gaterunner.reporters.broadcast import Broadcast
from gaterunner.reporters.json import encode_report
from gaterunner.secrets.engine import Engine
from gaterunner.verdict import exit_code
from tests.command_line import gaterunner
from tests.fake_sentry import FakeSentry
from tests.gitrepo import Repository

GATE = "staging-sentry-24h-clean"
WORKFLOW = f"""\
workflow:
  gates:
    - unit: echo run >>"$COUNT"
    - {GATE}
  policies: [no-merge-to-main]
"""


class Branch:
    """A branch with one commit whose gates count how often they ran, and a Sentry that knows its release."""

    def __init__(self, repo: Repository, sentry: FakeSentry, place: Path, workflow: str = WORKFLOW) -> None:
        self.repo, self.sentry = repo, sentry
        self.count, self.file = place / "count", place / "report.json"
        repo.commit("Adopt", {".gaterunner.yml": workflow.replace("$COUNT", str(self.count))})
        repo.switch("feat/x", create=True)
        self.head = repo.commit("Work", {"app.py": "VALUE = 1\n"})

    @property
    def ran(self) -> int:
        """How often the gate `unit` was executed."""
        return len(self.count.read_text().splitlines()) if self.count.exists() else 0

    def first(self) -> Report:
        """A whole run, whose report becomes the file."""
        return self._written(partial(pipeline.run, Options(folder=self.repo.root)))

    def again(self, *gates: str, written: bool = True) -> Report:
        """The run onto the file, which then replaces it."""
        run = partial(reevaluate, Options(folder=self.repo.root, gates=gates), onto=self.file)
        return self._written(run) if written else run(self._surroundings())

    def changed(self, **fields: Any) -> None:
        """Writes other values into the file: ``change__head=…`` is one of a part of it."""
        plain = json.loads(self.file.read_bytes())
        for name, value in fields.items():
            *parents, last = name.split("__")
            inside = plain
            for each in parents:
                inside = inside[int(each) if each.isdecimal() else each]
            inside[last] = value
        self.file.write_text(json.dumps(plain))

    def deployed(self) -> None:
        self.sentry.state.deployed(self.head)
        self.sentry.state.advance(hours=3)
        self.sentry.state.traffic(self.head, 250)

    def _written(self, run: Any) -> Report:
        report: Report = run(self._surroundings())
        self.file.write_bytes(encode_report(report))
        return report

    def _surroundings(self) -> Surroundings:
        return Surroundings(
            environment={**os.environ, **self.sentry.environment},
            observer=Broadcast([], str, lambda _line: None),
            cancelled=threading.Event(),
            secrets=Engine(),
            redactor=Redactor(),
            now=lambda: self.sentry.state.clock,
        )


@pytest.fixture
def branch(repo: Repository, sentry: FakeSentry, tmp_path: Path) -> Branch:
    return Branch(repo, sentry, tmp_path)


def outcomes(gates: Sequence[GateResult]) -> dict[str, Outcome]:
    return {gate.name: gate.outcome for gate in gates}


def refused(report: Report) -> str:
    """Why the earlier report was not gone on with; nothing of it is in the new one."""
    assert (report.verdict, report.gates, len(report.problems)) == (Verdict.ERROR, (), 1)
    return report.problems[0].message


def test_a_pending_gate_becomes_a_pass_and_nothing_else_runs_again(branch: Branch) -> None:
    first = branch.first()
    assert (first.verdict, branch.ran) == (Verdict.PENDING, 1)

    branch.deployed()
    still = branch.again(GATE)
    assert (still.verdict, exit_code(still), branch.ran) == (Verdict.PENDING, 4, 1)

    branch.sentry.state.advance(hours=22)
    done = branch.again(GATE)

    assert (done.verdict, done.sentence, branch.ran) == (Verdict.PASS, "2 gates and 2 policies passed.", 1)
    assert outcomes(done.gates) == {"unit": Outcome.PASSED, GATE: Outcome.PASSED}
    assert done.partial is False


def test_what_never_is_deployed_fails_in_the_end(branch: Branch) -> None:
    branch.first()
    branch.changed(started="2025-06-16T09:00:00Z")
    branch.sentry.state.advance(hours=71)
    assert branch.again(GATE).verdict is Verdict.PENDING
    branch.sentry.state.advance(hours=1)
    report = branch.again(GATE)  # onto the report of the run before, which tells of the first one
    assert (report.verdict, branch.ran) == (Verdict.FAIL, 1)
    assert report.gates[1].reason == (
        f"timed out: Sentry knows no release {branch.head} yet, 72h after it was first asked for (`max-wait`)"
    )


@pytest.mark.parametrize("started", ["", "yesterday", "2025-06-16T09:00:00+99:00", "0001-01-01T00:00:00+14:00"])
def test_a_report_without_its_time_is_refused(branch: Branch, started: str) -> None:
    branch.first()
    branch.changed(started=started)
    assert "it does not say when its run started" in refused(branch.again(GATE))


def test_the_report_says_what_was_taken_over_and_from_where(branch: Branch) -> None:
    first = branch.first()
    branch.deployed()

    report = branch.again(GATE)

    assert report.taken_over is not None
    assert (report.taken_over.evaluated, report.taken_over.started) == ((GATE,), first.started)
    assert report.change is not None
    assert (
        f"evaluated anew: {GATE}, and all policies; 1 other gate is taken over from the run of {first.started}, "
        f"report sha256 {report.taken_over.report[:12]}"
    ) in report.change.notes
    assert report.gates[0].started == first.gates[0].started
    assert report.gates[0].log is None


def test_without_a_name_the_gates_that_wait_are_meant(branch: Branch) -> None:
    branch.first()
    branch.deployed()
    report = branch.again()
    assert report.taken_over is not None
    assert report.taken_over.evaluated == (GATE,)


def test_a_report_in_which_nothing_waits_needs_a_name(repo: Repository, sentry: FakeSentry, tmp_path: Path) -> None:
    branch = Branch(repo, sentry, tmp_path, "workflow: {gates: [{unit: 'true'}]}\n")
    branch.first()
    report = branch.again()
    assert refused(report) == "no gate of the report waits for anything, so it is not clear what to evaluate anew"
    assert exit_code(report) == 2


def test_what_waited_for_the_pending_gate_runs_once_it_has_passed(
    repo: Repository, sentry: FakeSentry, tmp_path: Path
) -> None:
    workflow = f"workflow: {{gates: [{GATE}, {{unit: echo run >>$COUNT}}]}}\n"
    branch = Branch(repo, sentry, tmp_path, workflow)
    first = branch.first()
    assert (first.verdict, first.gates[1].skip) == (Verdict.PENDING, Skip.NOT_REACHED)

    branch.deployed()
    branch.sentry.state.advance(hours=22)
    report = branch.again()

    assert (report.verdict, branch.ran) == (Verdict.PASS, 1)


def test_a_failure_that_was_taken_over_stays_one(repo: Repository, sentry: FakeSentry, tmp_path: Path) -> None:
    workflow = (
        f"workflow: {{keep-going: true, gates: [{{unit: {{run: exit 1, needs: []}}}}, {{{GATE}: {{needs: []}}}}]}}\n"
    )
    branch = Branch(repo, sentry, tmp_path, workflow)
    branch.first()
    branch.deployed()
    branch.sentry.state.advance(hours=22)

    report = branch.again(GATE)

    assert (report.verdict, report.sentence) == (Verdict.FAIL, "unit failed.")
    assert outcomes(report.gates) == {"unit": Outcome.FAILED, GATE: Outcome.PASSED}


def test_a_gate_that_executes_something_may_be_named_as_well(branch: Branch) -> None:
    branch.first()
    report = branch.again("unit")
    assert (branch.ran, report.verdict) == (2, Verdict.PENDING)
    assert report.taken_over is not None
    assert report.taken_over.evaluated == ("unit",)


def test_a_gate_that_executes_something_sees_only_what_was_committed(branch: Branch) -> None:
    branch.first()
    branch.repo.write({"app.py": "VALUE = 2\n"})
    assert "changes that are not committed: app.py" in refused(branch.again("unit", written=False))
    assert branch.again(GATE).verdict is Verdict.PENDING


def test_policies_are_evaluated_anew(branch: Branch) -> None:
    first = branch.first()
    plain = [{**each, "outcome": "failed"} for each in json.loads(branch.file.read_bytes())["policies"]]
    branch.changed(policies=plain, verdict="fail")
    assert branch.again(GATE).policies[0].outcome is first.policies[0].outcome is Outcome.PASSED


def test_another_head_is_told(branch: Branch) -> None:
    branch.first()
    before, now = branch.head, branch.repo.commit("More", {"app.py": "VALUE = 3\n"})
    assert f"its head is {before[:12]}, and now it is {now[:12]}" in refused(branch.again(GATE))


def test_another_base_is_told(branch: Branch) -> None:
    branch.first()
    branch.repo.switch("main")
    tip = branch.repo.commit("Meanwhile", {"other.txt": "\n"})
    branch.repo.switch("feat/x")
    branch.repo.git("merge", "--quiet", "--no-edit", "main")
    assert f"its head is {branch.head[:12]}" in refused(branch.again(GATE, written=False))
    branch.repo.git("reset", "--quiet", "--hard", branch.head)
    branch.changed(change__base=tip)
    assert f"its base is {tip[:12]}, and now it is" in refused(branch.again(GATE))


def test_another_workflow_file_is_told(branch: Branch) -> None:
    branch.first()
    branch.repo.switch("main")
    branch.repo.commit("Be stricter", {".gaterunner.yml": WORKFLOW + "  keep-going: true\n"})
    branch.repo.switch("feat/x")
    assert "its workflow file is another one (sha256 " in refused(branch.again(GATE))


def test_another_plan_is_told(repo: Repository, sentry: FakeSentry, tmp_path: Path) -> None:
    repo.commit("Have a target", {"Makefile": "unit:\n\ttrue\n"})
    branch = Branch(repo, sentry, tmp_path, f"workflow: {{gates: [unit, {GATE}]}}\n")
    branch.first()
    branch.repo.switch("main")
    branch.repo.commit("Test otherwise", {"Makefile": "all:\n", "justfile": "unit:\n  true\n"})
    branch.repo.switch("feat/x")
    assert "its plan is another one: other commands, images or shards" in refused(branch.again(GATE))


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"tool__version": "0.0.1"}, "it is of gaterunner 0.0.1, and this is"),
        ({"partial": True}, "it is about some of the gates only"),
        ({"scope": "gates"}, "it is about some of the gates only"),
        (
            {"part": {"number": 1, "total": 2, "plan": "e" * 64, "selected": ["unit"]}},
            "it is about some of the gates only",
        ),
        ({"change__dirty": True}, "it is about files that were not committed"),
        ({"change__merge": "c" * 40}, "its test merge is cccccccccccc, and now it is none"),
        ({"change": None}, "it does not say which commit it is about"),
        ({"workflow": None}, "its workflow file is another one (none, and now it is"),
        ({"plan": None}, "its plan is another one"),
    ],
)
def test_a_report_of_anything_else_is_refused(branch: Branch, fields: dict[str, Any], why: str) -> None:
    branch.first()
    branch.changed(**fields)
    message = refused(branch.again(GATE))
    assert message.startswith("the earlier report cannot be gone on with: ")
    assert why in message


@pytest.mark.parametrize(
    ("name", "why"),
    [("none", "it holds no result of `unit`"), ("twice", "it holds several results of `unit`")],
)
def test_each_gate_has_exactly_one_result(branch: Branch, name: str, why: str) -> None:
    first = branch.first()
    unit, waiting = first.gates
    gates = (waiting,) if name == "none" else (unit, unit, waiting)
    branch.file.write_bytes(encode_report(replace(first, gates=gates)))
    report = branch.again(GATE)
    assert report.verdict is Verdict.ERROR
    assert why in report.problems[0].message


def test_a_result_of_no_gate_is_refused(branch: Branch) -> None:
    first = branch.first()
    branch.file.write_bytes(encode_report(replace(first, gates=(*first.gates, replace(first.gates[0], name="x")))))
    assert "it holds x, which is no gate of this plan" in branch.again(GATE).problems[0].message


def test_the_reports_word_that_a_gate_does_not_apply_is_not_taken(branch: Branch) -> None:
    first = branch.first()
    skipped = replace(first.gates[0], outcome=Outcome.SKIPPED, skip=Skip.NOT_APPLICABLE, reason="not touched")
    branch.file.write_bytes(encode_report(replace(first, gates=(skipped, first.gates[1]))))
    assert "it left out `unit`, which applies: not touched" in branch.again(GATE).problems[0].message


def test_what_was_not_reached_and_is_not_named_keeps_the_run_from_passing(
    repo: Repository, sentry: FakeSentry, tmp_path: Path
) -> None:
    branch = Branch(repo, sentry, tmp_path, f"workflow: {{gates: [{GATE}, {{unit: echo run >>$COUNT}}]}}\n")
    branch.first()
    branch.deployed()
    branch.sentry.state.advance(hours=22)
    report = branch.again(GATE)
    assert outcomes(report.gates) == {GATE: Outcome.PASSED, "unit": Outcome.SKIPPED}
    assert (report.verdict, branch.ran) == (Verdict.ERROR, 0)


def test_a_skip_that_nothing_explains_keeps_the_run_from_passing(branch: Branch) -> None:
    first = branch.first()
    unexplained = replace(first.gates[0], outcome=Outcome.SKIPPED, skip=None, reason="why not")
    branch.file.write_bytes(encode_report(replace(first, gates=(unexplained, first.gates[1]))))
    branch.deployed()
    branch.sentry.state.advance(hours=22)
    assert branch.again(GATE).verdict is Verdict.ERROR


def test_what_a_gate_needs_is_not_called_left_out_where_it_is_taken_over(branch: Branch) -> None:
    branch.first()
    ran = gaterunner(branch.repo.root, "run", "--gate", GATE, "--onto", str(branch.file), env=branch.sentry.environment)
    assert f"gate {GATE} started: asks Sentry" in ran.err
    assert "which it needs and --gate left out" not in ran.err + ran.out


def test_whether_a_gate_counts_is_for_the_plan_to_say(branch: Branch) -> None:
    first = branch.first()
    mild = replace(first.gates[0], outcome=Outcome.FAILED, advisory=True, command="true")
    branch.file.write_bytes(encode_report(replace(first, gates=(mild, first.gates[1]))))
    report = branch.again(GATE)
    assert (report.verdict, report.gates[0].advisory) == (Verdict.FAIL, False)
    assert str(branch.count) in str(report.gates[0].command)


def test_on_the_command_line_it_is_one_option(branch: Branch) -> None:
    branch.first()
    branch.deployed()
    env = branch.sentry.environment

    ran = gaterunner(branch.repo.root, "run", "--gate", "unit", "--onto", str(branch.file), env=env)
    assert ran.code == 4, ran
    assert "evaluated anew: unit, and all policies; 1 other gate is taken over" in ran.out

    ran = gaterunner(branch.repo.root, "run", "--onto", str(branch.file), "--part", "1/2")
    assert (ran.code, "--part and --onto exclude each other" in ran.err) == (2, True)
    ran = gaterunner(branch.repo.root, "run", "--onto", "nowhere.json")
    assert (ran.code, "nowhere.json: cannot read the report: No such file" in ran.out) == (3, True), ran


def test_the_report_of_a_fan_out_can_be_gone_on_with(repo: Repository, tmp_path: Path) -> None:
    repo.commit("Adopt", {".gaterunner.yml": "workflow: {gates: [{unit: 'true'}, {smoke: 'true'}]}\n"})
    repo.switch("feat/x", create=True)
    repo.commit("Work", {"app.py": "VALUE = 1\n"})
    part, whole = str(tmp_path / "part.json"), str(tmp_path / "whole.json")
    ran = gaterunner(repo.root, "run", "--part", "1/1", "--gate", "unit,smoke", "--report", part)
    assert ran.code == 0, ran
    assert gaterunner(repo.root, "collect", part, "--report", whole).code == 0

    ran = gaterunner(repo.root, "run", "--gate", "smoke", "--onto", whole)

    assert ran.code == 0, ran
    assert "evaluated anew: smoke, and all policies; 1 other gate is taken over" in ran.out
