"""A report goes on only under the contract that it was made by: the same phase, and for the way back the same spec."""

from __future__ import annotations

import json
from pathlib import Path

from tests.command_line import Ran, gaterunner
from tests.contract.contracts import PATH, spec
from tests.gitrepo import Repository

WORKFLOW = """
workflow:
  phases: [filters, alerts]
  gates:
    - unit: {run: 'true', needs: []}
    - lint: {run: 'true', needs: []}
    - rollback-rehearsal: {needs: []}
"""
REFUSED = "the earlier report cannot be gone on with: "


def ran_once(tmp_path: Path, rollback: str) -> tuple[Repository, str]:
    """A phase's branch, and the report of a run there; the target has a spec with this way back."""
    repo = Repository.create(tmp_path / "repo")
    repo.commit("Start", {".gaterunner.yml": WORKFLOW, PATH: spec(rollback=rollback)})
    repo.switch("feat/filters", create=True)
    repo.commit("Work", {"app.py": "x = 1\n"})
    report = str(tmp_path / "report.json")
    assert gaterunner(repo.root, "run", "--report", report).code == 0
    return repo, report


def goes_on(repo: Repository, report: str, *gates: str) -> Ran:
    chosen = [word for gate in gates for word in ("--gate", gate)]
    return gaterunner(repo.root, "run", *chosen, "--onto", report, "--format", "json")


def told(ran: Ran) -> list[str]:
    assert ran.code == 3, ran
    return [problem.message.removeprefix(REFUSED) for problem in ran.report.problems]


def test_a_way_back_counts_under_the_spec_that_it_was_rehearsed_by(tmp_path: Path) -> None:
    repo, report = ran_once(tmp_path, "{steps: [Turn the flag off], gates: [lint]}")
    repo.switch("main")
    repo.commit("Meanwhile", {"other.py": "x = 1\n"})
    repo.switch("feat/filters")
    assert goes_on(repo, report, "unit").code == 0

    repo.switch("main")
    repo.commit("Ask more", {PATH: spec(rollback="{steps: [Turn the flag off], gates: [unit]}")})
    repo.switch("feat/filters")

    assert told(goes_on(repo, report, "unit")) == ["`rollback-rehearsal` went by another version of the phase's spec"]
    anew = goes_on(repo, report, "unit", "rollback-rehearsal")
    assert (anew.code, anew.report.gates[-1].reason) == (0, "the base's code passes unit")


def test_the_same_commit_is_another_matter_as_the_branch_of_another_phase(tmp_path: Path) -> None:
    repo, report = ran_once(tmp_path, "{steps: [Turn the flag off]}")
    repo.switch("feat/alerts", create=True)
    assert told(goes_on(repo, report, "unit")) == [
        "its branch is that of the phase `filters`, and now it is that of the phase `alerts`"
    ]


def test_where_the_branch_brings_workflow_file_and_spec_the_way_back_goes_on(tmp_path: Path) -> None:
    repo = Repository.create(tmp_path / "repo")
    repo.commit("Start", {"app.py": "x = 0\n"})
    repo.switch("feat/filters", create=True)
    repo.commit("Adopt", {".gaterunner.yml": WORKFLOW, PATH: spec(rollback="{steps: [Turn it off], gates: [unit]}")})
    report = str(tmp_path / "report.json")
    first = gaterunner(repo.root, "run", "--report", report, "--format", "json")
    outcomes = [(gate.name, gate.outcome) for gate in first.report.gates]
    again = goes_on(repo, report, "unit")
    assert [(gate.name, gate.outcome) for gate in again.report.gates] == outcomes


def test_a_report_that_contradicts_its_own_verdict_is_not_gone_on_with(tmp_path: Path) -> None:
    repo, report = ran_once(tmp_path, "{steps: [Turn the flag off]}")
    plain = json.loads(Path(report).read_text())
    Path(report).write_text(json.dumps(plain | {"verdict": "fail"}))
    assert told(goes_on(repo, report, "unit")) == ["its verdict is fail, and its own results come to pass"]
