"""What we tell others to use is what doctor asks for."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from gaterunner.doctor.answers import Outcome
from gaterunner.doctor.ci import CiWorkflow, read_ci
from gaterunner.doctor.facts import Owners
from gaterunner.policies.forge import RequiredCheck
from tests.command_line import gaterunner
from tests.doctor.hosted import ACTIONS
from tests.doctor.sample import PULL, outcome, point
from tests.gitrepo import Repository

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "github"
OF_THE_WORKFLOW = ("called", "triggers", "always-runs", "permissions", "checkout")


def shipped(name: str) -> CiWorkflow:
    """An example as it would lie in a repository."""
    found = read_ci(f".github/workflows/{name}", (EXAMPLES / name).read_text("utf-8"))
    assert isinstance(found, CiWorkflow)
    return found


@pytest.mark.parametrize("name", ["gates.yml", "host.yml", "fan-out.yml", "policies-only.yml"])
@pytest.mark.parametrize("about", OF_THE_WORKFLOW)
def test_the_examples_have_no_fault(name: str, about: str) -> None:
    found = point(about, ci=(shipped(name),), protection={"merge_queue": True})
    assert found.outcome is Outcome.OK, found.observed


@pytest.mark.parametrize(
    ("name", "check"), [("gates.yml", "Gates"), ("fan-out.yml", "gates / Collect"), ("policies-only.yml", "Policies")]
)
def test_the_job_of_an_example_may_be_required(name: str, check: str) -> None:
    required = {"checks": (RequiredCheck(name=check, source=ACTIONS),)}
    for about in ("check-required", "check-name", "check-source"):
        assert outcome(about, ci=(shipped(name),), protection=required) is Outcome.OK


def test_the_second_stage_lets_forks_have_the_check() -> None:
    pulls = (replace(PULL, from_fork=True),)
    assert outcome("forks", pulls=pulls, ci=(shipped("gates.yml"),)) is Outcome.BAD
    assert outcome("forks", pulls=pulls, ci=(shipped("gates.yml"), shipped("publish.yml"))) is Outcome.OK


def test_what_init_writes_has_no_fault(tmp_path: Path) -> None:
    repo = Repository.create(tmp_path / "fresh")
    repo.commit(
        "Start", {"pyproject.toml": "[project]\nname = 'x'\nversion = '1'\n", "tests/test_x.py": "def test_x(): ...\n"}
    )
    ran = gaterunner(repo.root, "init", "--yes")
    assert ran.code == 0, ran.err
    written = (repo.root / ".github" / "workflows" / "gates.yml").read_text("utf-8")

    found = read_ci(".github/workflows/gates.yml", written)

    for about in (*OF_THE_WORKFLOW, "check-required", "check-name"):
        said = point(about, ci=(found,), protection={"merge_queue": True})
        assert said.outcome is Outcome.OK, said.observed
    lines = [line.strip() for line in ran.out.splitlines() if "@your-org/" in line]
    assert outcome("code-owners", owners=Owners(".github/CODEOWNERS", "\n".join(lines))) is Outcome.OK
