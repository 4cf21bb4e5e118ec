"""The cache as a user has it: the command line, real gates, and gates that want to cheat."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from gaterunner.git.layout import find
from gaterunner.store.store import default_folder
from tests.command_line import Ran, gaterunner
from tests.gitrepo import Repository

WORKFLOW = """\
workflow:
  gates:
    - lint: {run: "echo linted >> ../executed", inputs: ["src/**"]}
    - unit: {run: "sh tests/run.sh && echo tested >> ../executed", inputs: ["src/**", "tests/**"]}
"""


@pytest.fixture
def branch(tmp_path: Path) -> Repository:
    repo = Repository.create(tmp_path / "repo")
    repo.commit("Start", {".gaterunner.yml": WORKFLOW, "src/app.py": "1\n", "tests/run.sh": "exit 0\n"})
    repo.switch("feat/x", create=True)
    repo.commit("Change", {"src/app.py": "2\n"})
    return repo


def run(branch: Repository, *arguments: str) -> Ran:
    cache = branch.root.parent / "xdg"
    return gaterunner(branch.root, "run", "--format", "json", *arguments, env={"XDG_CACHE_HOME": str(cache)})


def executed(branch: Repository) -> list[str]:
    """What the gates' commands left since this was last asked."""
    file = branch.root.parent / "executed"
    lines = file.read_text().splitlines() if file.exists() else []
    file.unlink(missing_ok=True)
    return lines


def test_nothing_is_executed_again(branch: Repository) -> None:
    first = run(branch)
    assert (first.code, executed(branch)) == (0, ["linted", "tested"])

    second = run(branch)

    assert (second.code, executed(branch)) == (0, [])
    assert [gate.cached for gate in second.report.gates] == [True, True]
    assert second.report.verdict == "pass"


def test_the_proof_is_the_report_that_was_written(branch: Repository, tmp_path: Path) -> None:
    import hashlib

    run(branch, "--report", str(tmp_path / "report.json"))

    proof = run(branch).gate("unit").proof
    assert proof is not None
    assert proof.report == hashlib.sha256((tmp_path / "report.json").read_bytes()).hexdigest()


def test_only_what_changed_is_executed(branch: Repository) -> None:
    run(branch)
    executed(branch)
    branch.commit("Tests", {"tests/run.sh": "exit 0 # better\n"})

    again = run(branch)

    assert executed(branch) == ["tested"]
    assert (again.gate("lint").cached, again.gate("unit").cached) == (True, False)


def test_fresh_executes_everything(branch: Repository) -> None:
    run(branch)
    executed(branch)

    run(branch, "--fresh")

    assert executed(branch) == ["linted", "tested"]


def test_a_gate_that_failed_is_executed_again(branch: Repository) -> None:
    branch.commit("Break", {"tests/run.sh": "exit 1\n"})
    assert run(branch).code == 1
    executed(branch)

    again = run(branch)

    assert again.code == 1
    assert again.gate("lint").cached
    assert again.gate("unit").outcome == "failed"


def test_a_folder_can_be_carried_to_another_checkout(branch: Repository, tmp_path: Path) -> None:
    gaterunner(branch.root, "run", "--cache", str(tmp_path / "carried"), env={"XDG_CACHE_HOME": str(tmp_path / "x")})
    other = tmp_path / "elsewhere" / "repo"
    other.parent.mkdir()
    shutil.copytree(branch.root, other, symlinks=True)

    again = gaterunner(other, "run", "--format", "json", "--cache", str(tmp_path / "carried"))

    assert [gate.cached for gate in again.report.gates] == [True, True]


@pytest.mark.parametrize("exported", [True, False])
def test_a_gate_that_forges_results_gets_nothing_of_it(branch: Repository, tmp_path: Path, exported: bool) -> None:
    """Its own tree's genuine results, made elsewhere and planted while it runs: the best forgery there is."""
    folder = tmp_path / "cache"
    forged, more = tmp_path / "forged", ("--cache", str(folder)) if exported else ()
    first = branch.head
    broken = branch.commit("Broken", {"src/app.py": "broken\n"})
    gaterunner(branch.root, "run", "--cache", str(forged))
    branch.git("reset", "-q", "--hard", first)
    place = folder if exported else default_folder(find(branch.root), {"XDG_CACHE_HOME": str(tmp_path / "xdg")})
    branch.commit("Cheat", {"tests/run.sh": f"mkdir -p {place}; cp -r {forged}/. {place}/\n"})
    run(branch, *more)
    run(branch, "--fresh", *more)
    executed(branch)
    branch.git("reset", "-q", "--hard", broken)

    again = run(branch, *more)

    assert [gate.cached for gate in again.report.gates] == [False, False]
    assert executed(branch) == ["linted", "tested"]


@pytest.mark.parametrize("exported", [True, False])
def test_also_when_no_gate_that_runs_has_inputs(branch: Repository, tmp_path: Path, exported: bool) -> None:
    """A branch that touches nothing but what `plain` executes has every gate with inputs skipped."""
    workflow = """\
workflow:
  gates:
    - plain: "sh tools/plain.sh"
    - unit: {run: "true", inputs: ["src/**"], paths: ["src/**"]}
"""
    forged, folder = tmp_path / "forged", tmp_path / "cache"
    more = ("--cache", str(folder)) if exported else ()
    branch.switch("main")
    branch.commit("Tools", {".gaterunner.yml": workflow, "tools/plain.sh": "exit 0\n"})
    branch.switch("broken", create=True)
    branch.commit("Broken", {"src/app.py": "broken\n"})
    gaterunner(branch.root, "run", "--cache", str(forged))
    run(branch, "--gate", "plain", *more)
    branch.switch("tools", create=True, at="main")
    place = folder if exported else default_folder(find(branch.root), {"XDG_CACHE_HOME": str(tmp_path / "xdg")})
    script = f"mkdir -p {place} && cp -r {forged}/. {place}/\n"
    branch.commit("Tools", {"tools/plain.sh": script})
    assert run(branch, *more).gate("unit").outcome == "skipped"
    branch.switch("broken")

    assert not run(branch, *more).gate("unit").cached


def test_an_earlier_gate_cannot_make_a_later_one_pass_for_good(branch: Repository) -> None:
    """`lint` rigs the test before `unit` runs, and puts it back on the next commit."""
    workflow = WORKFLOW.replace("echo linted >>", "sh src/lint.sh; echo linted >>")
    branch.switch("main")
    branch.commit("Lint", {".gaterunner.yml": workflow, "src/lint.sh": "exit 0\n"})
    branch.switch("feat/y", create=True)
    branch.commit("Rig", {"src/lint.sh": "echo 'exit 0' > tests/run.sh\n", "tests/run.sh": "exit 1\n"})
    rigged = run(branch)
    assert "'tests/run.sh' has another content than in the judged tree" in rigged.gate("unit").findings[-1].message
    branch.git("checkout", "-q", "--", ".")

    assert not run(branch).gate("unit").cached


def test_a_broken_glob_is_told(branch: Repository) -> None:
    glob = "{" + ",".join(["{a,b,c,d,e,f,g,h}" * 3] * 4) + "}"
    branch.switch("main")
    branch.commit("Glob", {".gaterunner.yml": f'workflow: {{gates: [lint: {{run: "true", inputs: ["{glob}"]}}]}}'})
    branch.switch("feat/z", create=True)

    told = run(branch)

    assert "glob that cannot be used" in told.out


IN_A_CONTAINER = """\
workflow:
  gates:
    - unit: {run: cat src/app.py, image: "IMAGE", inputs: ["src/**"]}
"""


@pytest.mark.docker
def test_a_gate_in_a_container_is_taken_by_its_images_digest(tmp_path: Path) -> None:
    image = os.environ.get("GATERUNNER_TEST_BASE_IMAGE", "debian:bookworm-slim")
    repo = Repository.create(tmp_path / "repo")
    repo.commit("Start", {".gaterunner.yml": IN_A_CONTAINER.replace("IMAGE", image), "src/app.py": "1\n"})
    repo.switch("feat/x", create=True)
    repo.commit("Change", {"src/app.py": "2\n"})
    first = run(repo)
    assert (first.code, first.gate("unit").findings) == (0, ())

    again = run(repo)

    assert again.gate("unit").cached
    assert again.gate("unit").image_digest == first.gate("unit").image_digest


WITH_A_SERVICE = """\
workflow:
  gates:
    - unit:
        run: "true"
        image: "IMAGE"
        inputs: ["src/**"]
        services: {web: {image: "IMAGE", port: 8000, command: [sleep, "60"], health: "true"}}
"""


@pytest.mark.docker
def test_so_is_one_with_a_service_which_is_not_started(tmp_path: Path) -> None:
    image = os.environ.get("GATERUNNER_TEST_BASE_IMAGE", "debian:bookworm-slim")
    repo = Repository.create(tmp_path / "repo")
    repo.commit("Start", {".gaterunner.yml": WITH_A_SERVICE.replace("IMAGE", image), "src/app.py": "1\n"})
    repo.switch("feat/x", create=True)
    repo.commit("Change", {"src/app.py": "2\n"})
    first = run(repo)
    assert (first.code, first.gate("unit").findings) == (0, ())

    again = run(repo).gate("unit")

    assert again.cached
    assert [(use.name, use.ready_s, use.log) for use in again.services] == [("web", None, None)]
