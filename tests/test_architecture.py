"""The house keeps its walls: who may import what, and what starting up may cost."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.gitrepo import Repository

PACKAGE = Path(__file__).resolve().parents[1] / "gaterunner"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "sample" not in path.parts)

IO_MODULES = {"os", "pathlib", "subprocess", "socket", "shutil", "tempfile", "urllib", "requests", "http", "github"}
PURE = (
    "model",
    "plan",
    "verdict",
    "policies",
    "gates",
    "cutovers",
    "database_state",
    "observability",
    "fanout.parts",
    "fanout.merging",
)
LONGEST_MODULE = 400
# The doors of rooms that are pure but for them: what deals with files, git, GitHub or a whole run stays in these.
OUTSIDE = {"change", "executors", "git", "launch", "logs", "pipeline", "process"}
DOORS = {
    "doctor": {"reading", "run"},
    "init": {"files", "run", "tree"},
    "hook": {"commands", "installing", "place", "pre_push", "pushed"},
    "publishing": {"by_hand", "commands", "commenting", "received", "second_stage", "stage", "step"},
    "verification": {"repository", "verify"},
    "reporters.html": set(),
}
# What a run of plain gates has no use for: it belongs to containers, services, caching, coverage, retries, GitHub.
LIBRARIES_OF_OTHERS = {"docker", "requests", "urllib3", "http", "ssl", "tarfile", "xml", "json", "rich", "wcmatch"}
ROOMS_OF_OTHERS = (
    "gaterunner.baseline",
    "gaterunner.containers",
    "gaterunner.executors.docker",
    "gaterunner.fanout",
    "gaterunner.gates.retrying",
    "gaterunner.github",
    "gaterunner.services.host",
    "gaterunner.store",
    "gaterunner.telemetry.observer",
    "gaterunner.telemetry.trace",
)
# A workflow without policies and bare names, from its bytes to its plan.
PLANNING = """
from gaterunner.config.grammar import parse_workflow
from gaterunner.plan import make_plan
make_plan(parse_workflow(b"workflow: {gates: [build: make]}", "file"), None, None, None)
"""


def name_of(path: Path) -> str:
    """``policies.no_merge_to_main`` for its file."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def within(rooms: Iterable[str]) -> list[Path]:
    """The modules that are one of these, or lie in one of them."""
    return [path for path in MODULES if any(f"{name_of(path)}.".startswith(f"{room}.") for room in rooms)]


def imports(path: Path, *, own: bool) -> set[str]:
    """What a module imports anywhere: our modules without the package's name, or the first part of others'."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [node.module]
        for name in names:
            ours = name == "gaterunner" or name.startswith("gaterunner.")
            if own and ours:
                found.add(name.removeprefix("gaterunner").removeprefix("."))
            elif not own and not ours:
                found.add(name.split(".")[0])
    return found


def rooms_of(path: Path) -> set[str]:
    """The rooms of ours that a module imports from."""
    return {name.split(".")[0] for name in imports(path, own=True)}


def deals_with_the_outside(path: Path) -> bool:
    """Whether a module reaches files, processes, git, the network or a whole run: by what it imports to use."""
    found = imports(path, own=False) & IO_MODULES - {"urllib"}  # of which they only take addresses apart
    speaks = imports(path, own=True) & {"github.api", "github.client", "github.transport", "github.publisher"}
    return bool(found or speaks or rooms_of(path) & OUTSIDE)


def says_that_it_is_pure(path: Path) -> bool:
    told = ast.get_docstring(ast.parse(path.read_text())) or ""
    return "Pure." in told.partition("\n\n")[0]


def test_what_decides_does_no_io() -> None:
    pure = within(PURE)

    assert {name_of(path): found for path in pure if (found := imports(path, own=False) & IO_MODULES)} == {}
    assert {name_of(path): found for path in pure if (found := rooms_of(path) & {"git", "process", "executors"})} == {
        name: {"executors"}
        for name in ("gates.command", "gates.rehearsal")  # for the type of what was observed, see below
    }
    for kind in ("command", "rehearsal"):
        found = imports(PACKAGE / "gates" / f"{kind}.py", own=True)
        assert {name for name in found if name.startswith("executors")} == {"executors.base"}


@pytest.mark.parametrize(("room", "doors"), DOORS.items())
def test_a_room_deals_with_the_outside_through_its_doors_alone(room: str, doors: set[str]) -> None:
    users = {name_of(path).removeprefix(f"{room}.") for path in within([room]) if deals_with_the_outside(path)}

    assert users == doors


def test_what_says_that_it_is_pure_is() -> None:
    told = [path for path in MODULES if says_that_it_is_pure(path)]

    assert told
    assert {name_of(path) for path in told if deals_with_the_outside(path)} == set()


def test_processes_start_in_one_place() -> None:
    assert {name_of(path) for path in MODULES if "subprocess" in imports(path, own=False)} == {"process"}


def test_only_git_and_the_executors_start_processes() -> None:
    users = {name_of(path) for path in MODULES if "process" in imports(path, own=True)}

    assert {
        name
        for name in users
        if not name.startswith(("git.", "executors.", "containers.ssh", "migrations.squawk", "secrets.beside"))
    } == set()


def test_only_what_deals_with_containers_knows_the_engine() -> None:
    users = {name_of(path) for path in MODULES if "docker" in imports(path, own=False)}

    assert {name for name in users if not name.startswith(("containers.", "executors.docker", "services."))} == set()


def test_sentrys_sdk_is_known_to_the_thread_that_loads_it_alone() -> None:
    assert {name_of(path) for path in MODULES if "sentry_sdk" in imports(path, own=False)} == {"telemetry.session"}


@pytest.mark.parametrize(
    ("room", "closed"),
    [
        ("evidence", {"executors", "containers", "services", "git", "process", "gates"}),  # it reads what a gate left
        ("services", {"executors", "gates", "evidence", "runner"}),
        ("executors", {"services", "gates", "evidence", "runner"}),
        ("containers", {"services", "gates", "evidence", "runner", "plan"}),
        ("gates", {"services", "containers", "runner", "reporters", "store", "baseline"}),
        ("store", {"services", "containers", "runner", "reporters", "evidence"}),
        ("telemetry", {"executors", "runner", "git", "process", "pipeline", "launch", "github", "store"}),
        ("runner", {"pipeline", "fanout", "cli", "launch", "github"}),
        (
            "doctor",
            {"git.fetch", "launch", "pipeline", "plan", "runner", "init", "publishing"},
        ),  # it asks, and runs nothing
        ("init", {"github", "process", "launch", "pipeline", "runner", "plan", "reporters"}),  # nothing is run or sent
        ("hook", {"github", "publishing", "process", "executors", "runner", "gates"}),  # a push asks nobody
        ("publishing", {"git", "process", "executors", "runner", "pipeline", "plan", "gates", "evidence"}),
        ("verification", {"github", "process", "executors", "runner", "pipeline", "launch", "plan", "gates"}),
        (
            "reporters",
            {"git", "process", "executors", "runner", "pipeline", "launch", "evidence", "publishing", "init"},
        ),
        ("github", {"git", "process", "executors", "runner", "pipeline", "launch", "doctor", "publishing", "plan"}),
        ("fanout", {"executors", "containers", "services", "runner", "process"}),  # nothing of a gate is executed there
    ],
)
def test_a_room_does_without_those_that_are_none_of_its_business(room: str, closed: set[str]) -> None:
    assert {name_of(path): found for path in within([room]) if (found := rooms_of(path) & closed)} == {}


def test_the_model_imports_nothing_of_ours() -> None:
    assert {name for path in within(["model"]) for name in rooms_of(path)} <= {"model"}


def test_modules_stay_small() -> None:
    assert {name_of(path) for path in MODULES if len(path.read_text().splitlines()) > LONGEST_MODULE} == set()


@pytest.mark.parametrize(
    ("statement", "heavy"),
    [
        (
            "import gaterunner.cli",
            {"rich", "github", "docker", "requests", "kingfisher_sdk", "sqlglot", "junitparser", "wcmatch", "tarfile"},
        ),
        (
            "import gaterunner.launch",
            {"rich", "github", "docker", "requests", "kingfisher_sdk", "sqlglot", "junitparser", "wcmatch"},
        ),
        (
            "import gaterunner.launch",  # neither what policies, bare names, test results and GitHub take, nor YAML yet
            {
                "yaml",
                "tarfile",
                "zipfile",
                "tomllib",
                "configparser",
                "logging",
                "email",
                "xml",
                "gaterunner.config.conventions",
                "gaterunner.config.policy_list",
                "gaterunner.policies.forward_only_migrations",
                "gaterunner.policies.no_merge_to_main",
                "gaterunner.policies.no_secret_changes",
                "gaterunner.secrets.archives",
                "gaterunner.evidence.junit",
                "gaterunner.github.events",
                "gaterunner.git.fetch",
                "gaterunner.crash",
            },
        ),
        (
            PLANNING,
            {"gaterunner.config.conventions", "gaterunner.config.policy_list", "tomllib", "configparser", "wcmatch"},
        ),
    ],
)
def test_only_what_a_run_needs_is_imported(statement: str, heavy: set[str]) -> None:
    assert loaded_by(statement) & heavy == set()


def test_a_run_of_plain_gates_loads_only_what_they_need(repo: Repository) -> None:
    repo.commit("Add the workflow", {".gaterunner.yml": "workflow: {gates: [build: 'true', unit: 'true']}\n"})
    repo.switch("feat/x", create=True)
    repo.commit("Work", {"app.py": "VALUE = 1\n"})

    loaded = loaded_by("from gaterunner.cli import main\nassert main(['run']) == 0", folder=repo.root)

    assert "gaterunner.executors.local" in loaded
    assert loaded & LIBRARIES_OF_OTHERS == set()
    assert {name for name in loaded if name.startswith(ROOMS_OF_OTHERS)} == set()


def loaded_by(statement: str, folder: Path | None = None) -> set[str]:
    """The modules that a Python of its own has loaded once it has executed this."""
    code = f"{statement}\nimport sys\nprint(chr(30), *sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    return set(done.stdout.rpartition(chr(30))[2].split())
