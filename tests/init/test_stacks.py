"""A fresh repository of each stack goes from ``init`` to a true verdict: a pass, and a failure once it is broken.

Python's own tools, Node's test runner and npm are the real ones, and so is Cargo where the machine has it; other
toolchains are fakes that insist on their exact arguments and look at the files (``fakes.py``).
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from gaterunner.init.github_workflow import render_github_workflow
from gaterunner.init.propose import propose
from gaterunner.model import Outcome, Verdict
from tests.command_line import Ran, gaterunner
from tests.gitrepo import Repository
from tests.init import fakes
from tests.init.memory import Memory
from tests.init.projects import BIN, CARGO, PROJECTS, Project
from tests.init.test_cases import check_what_is_written

NAMES = sorted(PROJECTS)
_ZIZMOR = """
rules:
  unpinned-uses:
    config:
      policies:
        "org/gaterunner": ref-pin
        "org/gaterunner/*": ref-pin
        "*": hash-pin
"""


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    return tmp_path / "tools"


def start(project: Project, root: Path, tools: Path) -> Repository:
    """The repository on main before gaterunner, and the fakes beside it."""
    repository = Repository.create(root)
    repository.commit("Start", project.files)
    inside = {name: commands for name, commands in project.tools.items() if "/" in name}
    for name, commands in inside.items():
        program = root / name
        program.parent.mkdir(parents=True)
        program.write_text(fakes.script(name, commands))
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    fakes.install({name: commands for name, commands in project.tools.items() if "/" not in name}, tools)
    return repository


def environment(tools: Path) -> dict[str, str]:
    """Fakes first, then Python and the real toolchain of Rust."""
    real = [CARGO] if CARGO else []
    path = ":".join([str(tools), str(BIN), *real, os.environ["PATH"]])
    return {
        "PATH": path,
        "CARGO_HOME": str(tools / "cargo"),
        "npm_config_cache": str(tools / "npm"),
        "npm_config_update_notifier": "false",
    }


def need(project: Project) -> None:
    for program in project.real:
        if program == "cargo" and CARGO is None:
            pytest.skip("no Rust toolchain with clippy on this machine; `rust-faked` plays the same")
        if program != "cargo" and shutil.which(program) is None:
            pytest.skip(f"no {program} on this machine")


def judged(repository: Repository, tools: Path) -> Ran:
    return gaterunner(repository.root, "run", "--format", "json", "--keep-going", env=environment(tools))


def told(ran: Ran) -> str:
    return f"{ran.report.sentence} {ran.err}"


@pytest.mark.parametrize("name", NAMES)
def test_a_fresh_repository_gets_a_true_verdict(name: str, tmp_path: Path, tools: Path) -> None:
    project = PROJECTS[name]
    need(project)
    repository = start(project, tmp_path / "repo", tools)

    written = gaterunner(repository.root, "init")
    assert written.code == 0, written
    repository.commit("Adopt gaterunner")
    repository.switch("feat/more", create=True)
    repository.commit("Say more", {"NEWS.md": "more\n"})
    honest = judged(repository, tools)

    assert (honest.code, honest.report.verdict is Verdict.PASS) == (0, True), told(honest)
    assert honest.report.workflow is not None
    assert not repository.git("status", "--porcelain"), "a run leaves nothing behind that git does not ignore"
    repository.commit("Break it", project.breaking)
    broken = judged(repository, tools)
    assert (broken.code, broken.gate(project.broken).outcome) == (1, Outcome.FAILED), told(broken)


@pytest.mark.parametrize("name", NAMES)
def test_the_workflow_file_says_what_was_found(name: str) -> None:
    project = PROJECTS[name]
    tree = Memory(project.files)
    proposal = propose(tree, default_branch=None)

    assert {gate.name: gate.command for gate in proposal.gates} == dict(project.gates)
    assert [bool(gate.tests) for gate in proposal.gates if gate.kind == "unit"] == [project.proven] * len(
        [name for name in project.gates if name.endswith("unit")]
    )
    check_what_is_written(proposal, tree)


def test_github_would_take_the_workflows_and_zizmor_finds_nothing(tmp_path: Path) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    for name, project in PROJECTS.items():
        proposal = propose(Memory(project.files), default_branch=None)
        (folder / f"{name}.yml").write_text(render_github_workflow(proposal, law=".gaterunner.yml"))
    files = [str(path) for path in sorted(folder.iterdir())]
    (tmp_path / "zizmor.yml").write_text(_ZIZMOR)

    for command in (
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", *files],
        [str(BIN / "zizmor"), "--offline", "--no-progress", "--config", str(tmp_path / "zizmor.yml"), *files],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_the_job_has_its_permissions_and_its_steps(name: str) -> None:
    project = PROJECTS[name]
    text = render_github_workflow(propose(Memory(project.files), default_branch=None), law=".gaterunner.yml")

    job = yaml.safe_load(text)["jobs"]["gates"]
    assert {"contents", "checks", "pull-requests", "statuses"} == set(job["permissions"])
    assert [step["uses"] for step in job["steps"] if "gaterunner" in step.get("uses", "")] == [project.action]
    runs = [step["run"].strip() for step in job["steps"] if "run" in step]
    assert [run for run in project.steps if run not in runs] == []
