"""The host variant: its steps in order, from finding Python to the verdict on the check."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.action.composite import Cache, Composite, CompositeRan
from tests.action.host_action import check_out, lock_what_is_installed
from tests.fake_github import FakeGitHub
from tests.runner_step import PullRequest, Step, check_of

PASSING = "workflow: {gates: [{build: echo built}, {unit: echo tested}], policies: [no-merge-to-main]}\n"
FAILING = "workflow: {gates: [{build: echo built}, {unit: exit 7}]}\n"

Use = Callable[[Step], Composite]


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The action's folder ``host/``, below a path with blanks; packages come from a folder beside it."""
    place = tmp_path_factory.mktemp("actions") / "org" / "gate runner" / "v1"
    folder = check_out(place)
    lock_what_is_installed(place, place.parent / "index")
    return folder


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment leads back to its own path, so every job of these tests has the same RUNNER_TEMP."""
    return tmp_path_factory.mktemp("runner")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    return Cache(tmp_path_factory.mktemp("cache"))


@pytest.fixture
def use(host: Path, runner: Path, cache: Cache, tmp_path: Path) -> Use:
    """Makes a job's step one that uses the host variant; a job starts with an empty RUNNER_TEMP."""

    def used(step: Step) -> Composite:
        index = host.parents[1] / "index"
        step.env |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": f"file://{index}".replace(" ", "%20")}
        step.env |= {"PIP_CACHE_DIR": str(tmp_path / "pip"), "RUNNER_TOOL_CACHE": str(tmp_path / "tools")}
        step.env |= {"RUNNER_TEMP": str(runner), "TMPDIR": str(runner)}
        # This very Python, as what is installed for the tests is made for it.
        step.env["PATH"] = f"{Path(sys.executable).parent}:{step.env.get('PATH', os.environ['PATH'])}"
        # pip asks this machine's compilers for their versions, and they make themselves at home.
        step.env |= {"HOME": str(tmp_path / "home")}
        subprocess.run(["rm", "-rf", str(runner / "gaterunner-host")], check=True)
        return Composite(host, step, cache)

    return used


def test_an_honest_branch_is_green_and_the_next_job_installs_nothing(
    fake_github: FakeGitHub, tmp_path: Path, use: Use
) -> None:
    pull = PullRequest.open(tmp_path, PASSING)
    step = pull.step(fake_github)
    step.inputs["report"] = "gate-report.json"
    composite = use(step)
    composite.cache = Cache(tmp_path / "cache")

    ran = composite.run()

    assert ran.code == 0, ran
    told = {name: ran.outputs[name] for name in ("verdict", "report", "passed", "failed", "matrix")}
    assert told == {"verdict": "pass", "report": "gate-report.json", "passed": "4", "failed": "0", "matrix": ""}
    assert (check_of(fake_github).head_sha, check_of(fake_github).conclusion) == (pull.head, "success")
    assert "| `unit` | ✅ passed |" in ran.summary
    assert composite.cache.saved == [ran.steps["python"].outputs["key"]]

    again = use(step)
    again.cache = composite.cache
    rerun = again.run()

    assert (rerun.code, rerun.steps["install"].outputs) == (0, {"made": "false"}), rerun
    assert again.cache.restored == again.cache.saved


def test_a_red_branch_is_red(fake_github: FakeGitHub, tmp_path: Path, use: Use) -> None:
    ran = use(PullRequest.open(tmp_path, FAILING).step(fake_github)).run()

    assert ran.code == 1, ran
    assert (ran.outputs["verdict"], ran.outputs["passed"], ran.outputs["failed"]) == ("fail", "2", "1")
    assert check_of(fake_github).conclusion == "failure"


def test_a_gate_has_the_tools_of_earlier_steps_and_no_token(fake_github: FakeGitHub, tmp_path: Path, use: Use) -> None:
    tools = tmp_path / "setup tool" / "bin"
    tools.mkdir(parents=True)
    (tools / "the-tool").write_text("#!/bin/sh\nexit 0\n")
    (tools / "the-tool").chmod(0o755)
    workflow = (
        "workflow: {gates: [{tool: the-tool}, {token: '! env | grep -E \"^(INPUT|GATERUNNER_FOLDER)\"'}, "
        "{path: 'test \"$PYTHONPATH\" = .'}]}\n"
    )
    step = PullRequest.open(tmp_path, workflow).step(fake_github)
    step.env |= {"PATH": f"{tools}:/usr/bin:/bin", "PYTHONPATH": "."}

    ran = use(step).run()

    assert ran.code == 0, ran


def test_the_branchs_own_modules_are_never_imported(fake_github: FakeGitHub, tmp_path: Path, use: Use) -> None:
    planted = "raise SystemExit('the branch speaks')\n"
    workflow = PASSING.replace("no-merge-to-main", 'guardrails: {rules: {tool-shadowed: "off"}}')
    names = ("click", "yaml", "venv", "pip", "gaterunner", "sitecustomize", "hashlib", "hatchling")
    pull = PullRequest.open(tmp_path, workflow, {f"{name}.py": planted for name in names})
    step = pull.step(fake_github)
    composite = use(step)
    composite.env |= {"PYTHONPATH": str(step.checkout.root), "PYTHONSTARTUP": "click.py", "PYTHONHOME": "/nowhere"}
    composite.cache = Cache(tmp_path / "cache")  # installed anew, as that is when most could be imported

    ran = composite.run()

    assert ran.code == 0, ran
    assert "the branch speaks" not in ran.out + ran.err


def test_an_environment_that_does_not_start_is_made_anew(tmp_path: Path, use: Use, runner: Path) -> None:
    step = PullRequest.open(tmp_path, PASSING).step()
    step.inputs["publish"] = "none"
    composite = use(step)
    folder = runner / "gaterunner-host"

    def spoil(_path: Path, _key: str) -> None:
        (folder / "bin").mkdir(parents=True)
        (folder / "complete").write_text(composite.ran["python"].outputs["key"])
        (folder / "bin" / "python").write_text("#!/bin/sh\nexit 1\n")
        (folder / "bin" / "python").chmod(0o755)

    composite.cache = Cache(tmp_path / "cache")
    composite.cache.restore = spoil  # type: ignore[method-assign, assignment]  # what a damaged cache leaves

    ran = composite.run()

    assert ran.code == 0, ran
    assert ran.steps["install"].outputs == {"made": "true"}


def test_a_cancelled_job_is_a_cancelled_check(fake_github: FakeGitHub, tmp_path: Path, use: Use) -> None:
    """The runner signals the process that it started, which is the shell."""
    step = PullRequest.open(tmp_path, "workflow: {gates: [{unit: touch started; sleep 300}]}\n").step(fake_github)
    composite = use(step)
    started = step.checkout.root / "started"

    def cancel(process: subprocess.Popen[bytes]) -> None:
        while process.poll() is None:
            if started.exists():
                process.send_signal(signal.SIGINT)
                return
            time.sleep(0.05)

    composite.started = lambda process: threading.Thread(target=cancel, args=(process,)).start()  # type: ignore[method-assign]

    ran = composite.run()

    assert ran.code == 130, ran
    assert (check_of(fake_github).status, check_of(fake_github).conclusion) == ("completed", "cancelled")


def _fails(composite: Composite) -> CompositeRan:
    ran = composite.run()
    assert ran.code == 3, ran
    assert set(ran.outputs.values()) == {""}
    assert "Traceback" not in ran.out + ran.err
    return ran


def _with_pythons(tmp_path: Path, scripts: dict[str, str]) -> str:
    """A PATH on which nothing is called python but these scripts."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("bash", "cat", "env"):
        (folder / name).symlink_to(f"/bin/{name}" if Path(f"/bin/{name}").exists() else f"/usr/bin/{name}")
    for name, script in scripts.items():
        (folder / name).write_text(f"#!/bin/bash\n{script}\n")
        (folder / name).chmod(0o755)
    return str(folder)


def test_a_runner_without_python_is_told_what_to_do(tmp_path: Path, use: Use) -> None:
    composite = use(PullRequest.open(tmp_path, PASSING).step())
    composite.env["PATH"] = _with_pythons(tmp_path, {"python3": "exit 1"})  # older than 3.11

    ran = _fails(composite)

    assert "::error title=gaterunner::no Python 3.11 or newer on this runner." in ran.out
    assert "How to fix: use actions/setup-python first" in ran.out


def test_a_newer_python_in_the_tool_cache_is_found(tmp_path: Path, use: Use) -> None:
    step = PullRequest.open(tmp_path, PASSING).step()
    composite = use(step)
    newer = Path(composite.env["RUNNER_TOOL_CACHE"]) / "Python" / "3.13.1" / "x64" / "bin"
    newer.mkdir(parents=True)
    (newer / "python3").write_text("#!/bin/bash\n[ $2 = -c ] || echo 'python=the newer one'\n")
    (newer / "python3").chmod(0o755)
    composite.env["PATH"] = _with_pythons(tmp_path, {"python3": "exit 1"})
    composite.action["runs"]["steps"] = composite.action["runs"]["steps"][:1]

    composite.run()

    assert composite.ran["python"].outputs["python"] == "the newer one"


def test_a_python_that_cannot_make_environments_is_told_what_to_do(tmp_path: Path, use: Use, host: Path) -> None:
    composite = use(PullRequest.open(tmp_path, PASSING).step())
    composite.cache = Cache(tmp_path / "cache")
    lame = tmp_path / "python"
    without = "import runpy, sys; sys.modules['venv'] = None; sys.argv = sys.argv[1:]; "
    run = "runpy.run_path(sys.argv[0], run_name='__main__')"
    lame.write_text(f'#!/bin/bash\nexec python3 -I -c "{without}{run}" "${{@:2}}"\n')
    lame.chmod(0o755)
    install = composite.action["runs"]["steps"][2]
    assert install["id"] == "install"
    install["env"]["GATERUNNER_PYTHON"] = str(lame)

    ran = _fails(composite)

    assert "cannot make a virtual environment" in ran.err
    assert "How to fix: use actions/setup-python before this step, or install Debian's python3-venv" in ran.err


def test_a_runner_that_reaches_no_package_index_is_told_what_to_do(tmp_path: Path, use: Use) -> None:
    composite = use(PullRequest.open(tmp_path, PASSING).step())
    composite.cache = Cache(tmp_path / "cache")
    composite.env["PIP_FIND_LINKS"] = str(tmp_path)

    ran = _fails(composite)

    assert "No matching distribution found for already-installed==1" in ran.err
    assert "How to fix: the runner must reach a package index: set PIP_INDEX_URL" in ran.err


def test_a_package_that_is_not_the_locked_one_is_refused(tmp_path: Path, use: Use, host: Path) -> None:
    composite = use(PullRequest.open(tmp_path, PASSING).step())
    composite.cache = Cache(tmp_path / "cache")
    (locked,) = (host.parents[1] / "index").glob("*.whl")
    (tmp_path / locked.name).write_bytes(locked.read_bytes() + b"\0")
    composite.env["PIP_FIND_LINKS"] = str(tmp_path)

    ran = _fails(composite)

    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in ran.err


def test_another_operating_system_is_told_what_to_do(tmp_path: Path, use: Use) -> None:
    composite = use(PullRequest.open(tmp_path, PASSING).step())
    composite.env["RUNNER_OS"] = "macOS"

    assert "it runs on Linux, and this runner is macOS. How to fix: runs-on: ubuntu-latest" in _fails(composite).out


@pytest.mark.parametrize("changed", ["gaterunner/verdict.py", "requirements/runtime.txt", "pyproject.toml"])
def test_another_content_has_another_cache(host: Path, tmp_path: Path, changed: str) -> None:
    def key(folder: Path) -> str:
        told = subprocess.run(
            [sys.executable, "-I", str(folder / "environment.py"), "describe"],
            env={"RUNNER_TEMP": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        )
        return next(line for line in told.stdout.splitlines() if line.startswith("key="))

    copy = check_out(tmp_path / "copy")
    before = key(copy)
    assert key(copy) == before
    (copy.parent / changed).write_text("# changed\n")
    assert key(copy) != before


def test_no_gate_runs_where_the_token_can_write(fake_github: FakeGitHub, tmp_path: Path, use: Use) -> None:
    pull = PullRequest.open(tmp_path, "workflow: {gates: [{unit: touch executed}]}\n")
    step = pull.step(fake_github, event="pull_request_target")

    ran = use(step).run()

    assert ran.code == 2, ran
    assert not (step.checkout.root / "executed").exists()
