"""A branch whose gate wants the base's own run to tell of fewer tests than the base has."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gaterunner.model import GateResult
from tests.command_line import gaterunner
from tests.gitrepo import Repository

PYTEST = f"{sys.executable} -m pytest -q -p no:cacheprovider --junitxml=out.xml"
LAW = f"""\
workflow:
  gates:
    - unit: {{run: "{PYTEST} tests", tests: {{files: out.xml, baseline: run, base-tests: [tests/**]}}}}
"""
KEPT = "def test_kept():\n    pass\n"
BASE = KEPT + "def test_hard():\n    from app import answer\n    assert answer() == 42\n"
FORGE = """\
import os, pathlib, subprocess, zlib
def git(*arguments, data=None):
    return subprocess.run(["git", *arguments], input=data, stdout=subprocess.PIPE, check=True).stdout.strip().decode()
def forge(id, kind, data):
    file = pathlib.Path(git("rev-parse", "--absolute-git-dir"), "objects", id[:2], id[2:])
    file.chmod(0o644)
    file.write_bytes(zlib.compress(kind + b" %d\\0" % len(data) + data))
"""


@pytest.fixture
def branch(tmp_path: Path) -> Repository:
    repo = Repository.create(tmp_path / "repo")
    repo.commit(
        "Start",
        {
            ".gaterunner.yml": LAW,
            ".gitignore": "out.xml\n__pycache__\n",
            "app.py": "def answer():\n    return 42\n",
            "tests/conftest.py": "import sys\nsys.path.insert(0, '.')\n",
            "tests/test_app.py": BASE,
        },
    )
    repo.switch("feat/x", create=True)
    return repo


def judged(branch: Repository) -> GateResult:
    return gaterunner(branch.root, "run", "--format", "json", env={"PYTHONDONTWRITEBYTECODE": "1"}).gate("unit")


def test_a_gate_cannot_rewrite_the_base_s_files_in_the_object_store(branch: Repository) -> None:
    attack = f"""{FORGE}
def test_kept():
    forge(git("rev-parse", "main:tests/test_app.py"), b"blob", {KEPT.encode()!r})
"""
    branch.commit("Cheat", {"app.py": "def answer():\n    return 0\n", "tests/test_app.py": attack})

    gate = judged(branch)

    assert gate.outcome == "unproven"
    assert "the base's tests could not be had: git failed while checking" in gate.reason
    assert "an object in .git is not what its id says" in gate.reason


def test_nor_the_list_of_them(branch: Repository) -> None:
    attack = f"""{FORGE}
def test_kept():
    ours, old = (git("rev-parse", name) for name in ("HEAD:tests", "main:tests"))
    forge(old, b"tree", subprocess.run(["git", "cat-file", "tree", ours], stdout=subprocess.PIPE, check=True).stdout)
"""
    branch.commit("Cheat", {"app.py": "def answer():\n    return 0\n", "tests/test_app.py": attack})

    gate = judged(branch)

    assert gate.outcome == "unproven"
    assert "the base's tests could not be had: git failed while checking" in gate.reason
    assert "an object in .git is not what its id says" in gate.reason


def test_an_honest_branch_is_compared_as_ever(branch: Repository) -> None:
    branch.commit("Change", {"app.py": "def answer():\n    return 40 + 2\n"})

    assert judged(branch).reason == "exit code 0, 2 tests passed"
