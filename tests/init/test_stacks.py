"""A fresh repository of each stack goes from ``init`` to a true verdict: a pass, and a failure once it is broken.

Python's own tools are always the real ones. The other toolchains are real where the machine has them, which then have
to tell more than one kind of wrong (``toolchains.py``); fakes play them everywhere, which insist on their exact
arguments and look at the files (``fakes.py``).
"""

from __future__ import annotations

import os
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
from tests.init.project import Project, Sabotage
from tests.init.projects import BIN, PROJECTS
from tests.init.test_cases import check_what_is_written
from tests.init.toolchains import TOOLCHAINS, need

NAMES = sorted(PROJECTS)
PLAYED = [name for name in NAMES if PROJECTS[name].breaking]
REAL = [name for name in NAMES if PROJECTS[name].toolchain]
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


def start(project: Project, root: Path) -> Repository:
    """The repository on main before gaterunner."""
    repository = Repository.create(root)
    repository.write(project.files)
    return repository


def fake(project: Project, repository: Repository, tools: Path) -> dict[str, str]:
    """The toolchain of fakes, first on PATH or within the repository, and Python behind it."""
    inside = {name: commands for name, commands in project.tools.items() if "/" in name}
    for name, commands in inside.items():
        program = repository.root / name
        program.parent.mkdir(parents=True)
        program.write_text(fakes.script(name, commands))
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    fakes.install({name: commands for name, commands in project.tools.items() if "/" not in name}, tools)
    return {"PATH": f"{tools}:{BIN}:{os.environ['PATH']}"}


def real(project: Project, tools: Path) -> dict[str, str]:
    """The machine's toolchain, with all that it writes below ``tools``."""
    toolchain = TOOLCHAINS[project.toolchain]
    home = tools / "home"
    home.mkdir(parents=True)
    path = ":".join([*toolchain.folders, str(BIN), os.environ["PATH"]])
    return {"PATH": path, "HOME": str(home), **toolchain.environment(tools)}


def do(line: str, repository: Repository, env: dict[str, str]) -> None:
    """What somebody does by hand, or a step of the GitHub workflow."""
    done = subprocess.run(
        ["sh", "-ec", line],
        cwd=repository.root,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"


def adopt(repository: Repository, env: dict[str, str]) -> None:
    """What `init` tells to do, and then a branch."""
    written = gaterunner(repository.root, "init", env=env)
    assert written.code == 0, written
    repository.commit("Adopt gaterunner")
    repository.switch("feat/more", create=True)
    repository.commit("Say more", {"NEWS.md": "more\n"})


def judged(repository: Repository, env: dict[str, str]) -> Ran:
    return gaterunner(repository.root, "run", "--format", "json", "--keep-going", env=env)


def told(ran: Ran) -> str:
    tails = "\n".join(line for gate in ran.report.gates for line in gate.log_tail)
    return f"{ran.report.sentence} {ran.err}\n{tails}"


@pytest.mark.parametrize("name", PLAYED)
def test_a_fresh_repository_gets_a_true_verdict(name: str, tmp_path: Path, tools: Path) -> None:
    project = PROJECTS[name]
    repository = start(project, tmp_path / "repo")
    env = fake(project, repository, tools)
    repository.commit("Start")

    adopt(repository, env)
    honest = judged(repository, env)

    assert (honest.code, honest.report.verdict is Verdict.PASS) == (0, True), told(honest)
    assert honest.report.workflow is not None
    assert not repository.git("status", "--porcelain"), "a run leaves nothing behind that git does not ignore"
    repository.commit("Break it", project.breaking)
    broken = judged(repository, env)
    assert (broken.code, broken.gate(project.broken).outcome) == (1, Outcome.FAILED), told(broken)


@pytest.mark.parametrize("name", REAL)
def test_a_real_toolchain_tells_right_from_wrong(name: str, tmp_path: Path, tools: Path) -> None:
    project = PROJECTS[name]
    need(project.toolchain)
    repository = start(project, tmp_path / "repo")
    env = real(project, tools)
    for line in project.prepared:
        do(line, repository, env)
    repository.commit("Start")

    adopt(repository, env)
    for line in project.steps if project.toolchain == "php" else ():
        do(line, repository, env)
    planned = gaterunner(repository.root, "plan", env=env)
    honest = judged(repository, env)

    assert planned.code == 0, planned
    assert [command for command in project.gates.values() if command not in planned.out] == []
    assert (honest.code, honest.report.verdict) == (0, Verdict.PASS), told(honest)
    assert not repository.git("status", "--porcelain"), "a run leaves nothing behind that git does not ignore"
    assert "outlived the command" not in told(honest), "no gate leaves a process behind"
    counts = honest.gate("unit").tests
    assert (counts.total, counts.passed) == (project.tests, project.tests) if counts else not project.proven
    for sabotage in project.sabotages.values():
        repository.switch("feat/sabotage", create=True)
        repository.commit("Break it", sabotage.files)
        check_fails(judged(repository, env), sabotage)
        repository.switch("feat/more")
        repository.git("branch", "-q", "-D", "feat/sabotage")
    assert not list((tools / "home").iterdir()), "what a toolchain writes was led elsewhere"


def check_fails(ran: Ran, sabotage: Sabotage) -> None:
    """The gate that is to find it does and tells why; those before it pass, and those behind it are not reached."""
    found = ran.gate(sabotage.gate)
    others = [gate.outcome for gate in ran.report.gates if gate.name != sabotage.gate]
    assert (ran.code, found.outcome) == (1, sabotage.outcome), told(ran)
    assert {Outcome.PASSED, Outcome.SKIPPED}.issuperset(others), told(ran)
    shown = "\n".join((found.reason, *found.log_tail, *(finding.message for finding in found.findings)))
    assert sabotage.told in shown
    assert sabotage.failed is None or (found.tests is not None and found.tests.failed == sabotage.failed)


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
