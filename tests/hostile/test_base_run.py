"""A branch whose gate wants the base's own run to tell of fewer tests than the base has."""

from __future__ import annotations

import os
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
OWNER = 4321
KEPT = "def test_kept():\n    pass\n"
BASE = KEPT + "def test_hard():\n    from app import answer\n    assert answer() == 42\n"
# As many do, it looks for settings in the home directory and in all folders above.
TOOL = """\
for folder in ~ . .. ../.. ../../.. ../../../..; do [ ! -e $folder/settings ] || . $folder/settings; done
for test in tests/*.sh; do
    sh $test && end="/>" || end="><failure/></testcase>"
    rows="$rows<testcase classname='unit' name='$(basename $test .sh)'$end"
done
echo "<testsuite>$rows</testsuite>" > out.xml
"""
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


@pytest.fixture
def installed(tmp_path: Path) -> Repository:
    """A branch that breaks its code and edits the test of it, where Python finds the code by the environment alone."""
    repo = Repository.create(tmp_path / "repo")
    start = {".gaterunner.yml": LAW, ".gitignore": "out.xml\n__pycache__\n", "tests/test_app.py": BASE}
    repo.commit("Start", {**start, "src/app.py": "def answer():\n    return 42\n"})
    repo.switch("feat/x", create=True)
    work = {"src/app.py": "def answer():\n    return 0\n", "tests/test_app.py": BASE.replace("== 42", "== 0")}
    repo.commit("Cheat", work)
    return repo


def test_the_base_s_tests_meet_the_base_s_code(installed: Repository) -> None:
    ran = gaterunner(installed.root, "run", "--format", "json", env={"PYTHONPATH": f"{installed.root}/src"})
    gate = ran.gate("unit")
    assert (gate.outcome, [each.rule for each in gate.findings]) == ("failed", ["test-weakened"]), gate.reason


def test_or_it_is_told_that_they_may_not_have(installed: Repository, tmp_path: Path) -> None:
    """As where `pip install -e .` was run before: whoever imports the package gets the checkout's."""
    (tmp_path / "venv/bin").mkdir(parents=True)
    packages = tmp_path / "venv/lib/python3.12/site-packages"
    packages.mkdir(parents=True)
    (packages / "app.pth").write_text(f"{installed.root}/src\n")
    path = f"{tmp_path}/venv/bin:{os.environ['PATH']}"
    env = {"PATH": path, "PYTHONPATH": f"{installed.root}/src"}
    gate = gaterunner(installed.root, "run", "--format", "json", env=env).gate("unit")
    assert gate.outcome == "unproven"
    assert "tests may have imported this code's src/app.py" in gate.reason


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


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has places that gates cannot write to")
@pytest.mark.parametrize("place", ["~", "$TMPDIR"])
def test_what_it_leaves_for_tools_to_find_does_not_speak_for_the_base(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """In the home that gates share, and in the directory for temporary files, which is above many a folder."""
    (tmp_path / "tmp").mkdir(mode=0o777)
    (tmp_path / "tmp").chmod(0o1777)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    law = "workflow: {gates: [unit: {run: sh tool.sh, tests: {files: out.xml, baseline: run}}]}\n"
    repo = Repository.create(tmp_path / "repo")
    tests = {"tests/kept.sh": "true\n", "tests/hard.sh": "false\n"}
    repo.commit("Start", {".gaterunner.yml": law, ".gitignore": "out.xml\n", "tool.sh": TOOL, **tests})
    repo.switch("feat/x", create=True)
    repo.commit("Cheat", {"tests/hard.sh": None, "tests/kept.sh": f"echo 'rm -f tests/hard.sh' > {place}/settings\n"})
    for path in (repo.root, *repo.root.rglob("*")):
        os.lchown(path, OWNER, OWNER)
    for above in (tmp_path, *tmp_path.parents):
        if above.stat().st_mode & 0o005 != 0o005:
            above.chmod(above.stat().st_mode | 0o055)

    gate = gaterunner(repo.root, "run", "--format", "json").gate("unit")

    assert gate.reason == "1 test of the base is gone: unit.hard"


def test_an_honest_branch_is_compared_as_ever(branch: Repository) -> None:
    branch.commit("Change", {"app.py": "def answer():\n    return 40 + 2\n"})

    assert judged(branch).reason == "exit code 0, 2 tests passed"
