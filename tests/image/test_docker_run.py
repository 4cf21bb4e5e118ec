"""The image as a person starts it: ``docker run --rm -v "$PWD:/repo" IMAGE run``."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.docker_engine import Ran, run_container
from tests.gitrepo import Repository
from tests.image.conftest import RUNNER_UID

pytestmark = pytest.mark.docker
_WORKFLOW = 'workflow:\n  gates:\n    - unit: test "$(id -u)" = {uid} && touch made && {command}\n'


def _branch(repo: Repository, command: str) -> Path:
    repo.commit("Adopt gates", {".gaterunner.yml": _WORKFLOW.format(uid=RUNNER_UID, command=command)})
    repo.switch("feat/x", create=True)
    repo.commit("Work", {"app.py": "print(1)\n"})
    if os.geteuid() == 0:
        for path in (repo.root, *repo.root.rglob("*")):
            os.chown(path, RUNNER_UID, RUNNER_UID, follow_symlinks=False)
    return repo.root


def _run(image: str, root: Path, *arguments: str) -> Ran:
    return run_container(image, arguments, mounts={root: "/repo"})


def test_a_branch_is_judged_where_it_is_mounted(image: str, repo: Repository) -> None:
    ran = _run(image, _branch(repo, "true"), "run")
    assert ran.code == 0, ran
    assert "feat/x" in ran.out


def test_a_failing_gate_is_the_exit_code(image: str, repo: Repository) -> None:
    ran = _run(image, _branch(repo, "false"), "run")
    assert ran.code == 1, ran


def test_everything_still_belongs_to_the_owner_of_the_checkout(image: str, repo: Repository) -> None:
    root = _branch(repo, "true")
    ran = _run(image, root, "run", "--report", "report.json")
    assert ran.code == 0, ran
    assert (root / "report.json").exists()
    foreign = [path for path in root.rglob("*") if path.lstat().st_uid != RUNNER_UID]
    assert foreign == []


def test_without_a_repository_the_message_says_what_to_mount(image: str) -> None:
    ran = run_container(image, ["run"])
    assert ran.code == 2, ran
    assert "/ is not in a git repository" in ran.out
    assert "mount the whole checkout" in ran.out
    assert "/repo" in ran.out
