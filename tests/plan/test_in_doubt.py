"""`paths:` decides by the change. Where the change cannot be told whole, a gate runs or nothing is judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from gaterunner.model import Outcome, Skip, Verdict
from tests.command_line import Ran, gaterunner
from tests.gitrepo import Repository

WORKFLOW = """\
workflow:
  gates:
    - unit: {run: "true", needs: [], paths: "src/**"}
    - docs: {run: "true", needs: [], paths: "docs/**"}
"""


@pytest.fixture
def remote(tmp_path: Path) -> Repository:
    """A branch that touches src in its first commit and something else in three more."""
    repository = Repository.create(tmp_path / "remote")
    repository.git("config", "uploadpack.allowFilter", "true")
    repository.git("config", "uploadpack.allowAnySHA1InWant", "true")
    repository.commit("Start", {".gaterunner.yml": WORKFLOW})
    repository.switch("feat/x", create=True)
    repository.commit("Touch the code", {"src/app.py": "print(1)\n"})
    for number in range(3):
        repository.commit("Touch something else", {"NEWS": f"{number}\n"})
    repository.switch("main")
    return repository


def shallow(remote: Repository, root: Path) -> Repository:
    """What `actions/checkout` leaves by default: one commit of one branch."""
    return Repository.clone(remote, root, "--depth", "1", "--branch", "feat/x")


def run(repository: Repository, *arguments: str) -> Ran:
    return gaterunner(repository.root, "run", "--format", "json", *arguments)


def test_a_shallow_clone_is_judged_by_the_whole_branch(remote: Repository, tmp_path: Path) -> None:
    clone = shallow(remote, tmp_path / "clone")
    clone.git("fetch", "-q", "--depth", "1", "origin", "main:refs/remotes/origin/main")

    ran = run(clone)

    assert ran.gate("unit").outcome is Outcome.PASSED, ran
    assert ran.gate("docs").skip is Skip.NOT_APPLICABLE
    assert ran.gate("docs").reason == "none of the 2 changed files matches `paths`: docs/**"
    assert ran.report.change is not None
    assert "a part of the history was fetched, as the clone does not hold all of it" in ran.report.change.notes


def test_a_shallow_clone_that_cannot_be_deepened_skips_nothing(remote: Repository, tmp_path: Path) -> None:
    clone = shallow(remote, tmp_path / "clone")
    clone.git("fetch", "-q", "--depth", "1", "origin", "main:refs/remotes/origin/main")
    remote.root.rename(tmp_path / "gone")

    ran = run(clone)

    assert (ran.code, ran.report.verdict) == (3, Verdict.ERROR)
    assert ran.report.gates == ()


def test_a_clone_that_knows_no_base_skips_nothing(remote: Repository, tmp_path: Path) -> None:
    ran = run(shallow(remote, tmp_path / "clone"))

    assert ran.code == 2
    assert "there is nothing to compare feat/x with" in ran.report.problems[0].message


def test_where_nothing_was_changed_everything_runs(remote: Repository, tmp_path: Path) -> None:
    ran = run(Repository.clone(remote, tmp_path / "clone"))

    assert {gate.outcome for gate in ran.report.gates} == {Outcome.PASSED}


def test_a_base_that_is_named_decides(remote: Repository, tmp_path: Path) -> None:
    clone = Repository.clone(remote, tmp_path / "clone", "--branch", "feat/x")

    assert run(clone, "--base", "origin/main").gate("unit").outcome is Outcome.PASSED
    assert run(clone, "--base", "HEAD~1").gate("unit").skip is Skip.NOT_APPLICABLE
