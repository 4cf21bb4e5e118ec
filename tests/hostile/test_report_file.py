"""A branch that knows where the report will be written."""

from __future__ import annotations

from pathlib import Path

import pytest

from gaterunner.reporters.json import decode_report
from tests.command_line import gaterunner
from tests.gitrepo import Repository

LAW = "workflow:\n  gates:\n    - unit: sh unit.sh\n"


@pytest.fixture
def branch(repo: Repository) -> Repository:
    repo.commit("Law", {".gaterunner.yml": LAW, "unit.sh": "exit 0\n"})
    repo.switch("feat/x", create=True)
    return repo


def test_a_committed_link_is_replaced_and_not_followed(branch: Repository, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine\n")
    (branch.root / "report.json").symlink_to(tmp_path / "precious")
    branch.commit("A link")

    ran = gaterunner(branch.root, "run", "--report", "report.json")

    assert ran.code == 0
    assert (tmp_path / "precious").read_text() == "mine\n"
    assert decode_report((branch.root / "report.json").read_bytes()).verdict == "pass"


def test_a_folder_that_leads_outside_is_refused(branch: Repository, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (branch.root / "out").symlink_to(tmp_path / "home")
    branch.commit("A link")

    ran = gaterunner(branch.root, "run", "--report", "out/report.json")

    assert ran.code == 3
    assert "out/report.json: cannot write the report: a link on the way leads out of the repository" in ran.err
    assert not list((tmp_path / "home").iterdir())


def test_a_pipe_in_its_place_does_not_hang_the_run(branch: Repository) -> None:
    branch.commit("A pipe", {"unit.sh": "mkfifo report.json\n"})

    ran = gaterunner(branch.root, "run", "--report", "report.json", timeout_s=60)

    assert "gate unit passed" in ran.err
    assert (branch.root / "report.json").is_file()


def test_outside_of_the_checkout_the_operators_own_pipe_is_used(branch: Repository) -> None:
    branch.commit("Work", {"a": "1\n"})

    ran = gaterunner(branch.root, "run", "--report", "/dev/stdout")

    assert '"schema": "gaterunner.report/1"' in ran.out


def test_nothing_is_left_where_it_cannot_be_written(branch: Repository) -> None:
    branch.commit("A folder in its place", {"unit.sh": "mkdir report.json\n"})

    ran = gaterunner(branch.root, "run", "--report", "report.json")

    assert ran.code == 3
    assert "report.json: cannot write the report: Is a directory" in ran.err
    assert not list(branch.root.glob(".report*"))
