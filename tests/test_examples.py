"""Every folder in examples/ does what it says."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from gaterunner.model import Outcome, Verdict
from tests.command_line import gaterunner
from tests.gitrepo import Repository

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
REPOSITORIES = sorted(path.parent.name for path in EXAMPLES.glob("*/.gaterunner.yml"))
TOOLS = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}


def repository_of(name: str, root: Path) -> Repository:
    """A git repository with the example on main, on a branch with one more file."""
    shutil.copytree(EXAMPLES / name, root)
    if (root / "gitignore").exists():
        (root / "gitignore").rename(root / ".gitignore")
    repository = Repository.create(root)
    repository.commit("Start")
    repository.switch("feat/example", create=True)
    repository.commit("Work", {"web/NEWS": "something\n"})
    return repository


@pytest.mark.parametrize("name", REPOSITORIES)
def test_the_plan_is_the_one_shown(name: str, tmp_path: Path) -> None:
    repository = repository_of(name, tmp_path / "repo")

    plan = json.loads(gaterunner(repository.root, "plan", "--format", "json").out)
    told = "".join(
        f"{gate['name']}: {gate['command']}\n    {gate['skipped'] or gate['why']}\n" for gate in plan["gates"]
    )

    assert told == (EXAMPLES / name / "plan.txt").read_text("utf-8")


def test_the_python_example_passes_with_its_tests_as_evidence(tmp_path: Path) -> None:
    repository = repository_of("python", tmp_path / "repo")

    ran = gaterunner(repository.root, "run", "--format", "json", env=TOOLS)

    assert ran.report.verdict is Verdict.PASS, ran
    tests = ran.gate("unit").tests
    assert tests is not None
    assert (tests.total, tests.passed) == (3, 3)


def test_the_python_example_fails_where_a_test_does(tmp_path: Path) -> None:
    repository = repository_of("python", tmp_path / "repo")
    code = (repository.root / "src/shop/__init__.py").read_text()
    repository.commit("Round up", {"src/shop/__init__.py": code.replace("// 100", "// 99")})

    ran = gaterunner(repository.root, "run", "--format", "json", env=TOOLS)

    assert ran.code == 1
    assert [(finding.rule, finding.path) for finding in ran.gate("unit").findings] == [
        ("test-failed", "tests/test_total.py")
    ] * len(ran.gate("unit").findings)


@pytest.mark.make
def test_the_monorepo_runs_only_what_was_touched(tmp_path: Path) -> None:
    ran = gaterunner(repository_of("monorepo", tmp_path / "repo").root, "run", "--format", "json")

    assert {gate.name: gate.outcome for gate in ran.report.gates} == {
        "api-unit": Outcome.SKIPPED,
        "web-unit": Outcome.PASSED,
        "spelling": Outcome.PASSED,
        "smoke": Outcome.PASSED,
    }


@pytest.mark.parametrize(
    "name",
    ["attest.yml", "fan-out.yml", "gates.yml", "host.yml", "policies-only.yml", "publish.yml", "re-evaluate.yml"],
)
def test_the_workflows_are_ones_that_github_takes(name: str) -> None:
    file = str(EXAMPLES / "github" / name)
    zizmor = str(Path(sys.executable).parent / "zizmor")
    for command in (
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", file],
        [zizmor, "--offline", "--no-progress", "--config", str(EXAMPLES / "github" / "zizmor.yml"), file],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def documented_workflows() -> list[tuple[str, str]]:
    root = EXAMPLES.parent
    pages = [root / "README.md", *sorted((root / "docs").glob("*.md"))]
    fence = re.compile(r"```yaml\n(.*?)```", re.DOTALL)
    found = [(page.name, text) for page in pages for text in fence.findall(page.read_text())]
    found += [(path.name, path.read_text()) for path in sorted((EXAMPLES / "github").glob("*.yml"))]
    found += [(path.name, path.read_text()) for path in sorted((root / ".github" / "workflows").glob("*.yml"))]
    # A second stage asks no policies.
    judging = [(name, text) for name, text in found if "command: publish" not in text]
    return [(name, text) for name, text in judging if "checks: write" in text and "jobs:" in text]


def test_every_workflow_that_publishes_may_read_what_policies_ask_github_for() -> None:
    workflows = documented_workflows()
    assert len(workflows) >= 9
    for name, text in workflows:
        described = yaml.safe_load(text)
        granted = [described.get("permissions"), *(job.get("permissions") for job in described["jobs"].values())]
        for permissions in granted:
            if permissions and permissions.get("checks") == "write":
                assert {"contents", "pull-requests", "statuses"} <= set(permissions), name
