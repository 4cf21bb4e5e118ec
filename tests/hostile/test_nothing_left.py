"""A run that is interrupted or killed in mid-gate leaves no process, container, network, volume or file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gaterunner.containers.leftovers import RUN_LABEL
from gaterunner.executors.docker import GATE_LABEL
from gaterunner.model import Trouble
from gaterunner.reporters.json import decode_report
from tests.command_line import gaterunner
from tests.docker_engine import docker
from tests.gitrepo import Repository

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

WORKFLOW = """
workflow:
  services: {{cache: {redis}}}
  database: {{environment: develop, service: {postgres}}}
  gates:
    - {name}-here: {{run: "touch here; (setsid sleep 300 &); sleep 300", needs: []}}
    - {name}-there:
        run: "touch there; (setsid sleep 300 &); sleep 300"
        needs: []
        image: {redis}
        shell: sh
        database: true
"""
PATIENCE_S = 120.0


def until(holds: Callable[[], object]) -> None:
    limit = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < limit
        time.sleep(0.1)


class Run:
    """gaterunner in mid-gate: one gate on this machine, one in a container, a service and a database."""

    def __init__(self, repo: Repository, temp: Path, workflow: str) -> None:
        self.name = f"g{uuid.uuid4().hex[:12]}"
        repo.commit("Adopt gates", {".gaterunner.yml": workflow.replace("{name}", self.name), ".gitignore": "*here\n"})
        self.repo = repo
        self.temp = temp
        self.environment = {**os.environ, "TMPDIR": str(temp)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gaterunner", "run", "--jobs", "2", "--format", "json"],
            cwd=repo.root,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        until(lambda: (repo.root / "here").exists() and (repo.root / "there").exists())
        gate = docker("ps", "--quiet", "--filter", f"label={GATE_LABEL}={self.name}-there").stdout.strip()
        self.label = docker("inspect", "--format", f'{{{{index .Config.Labels "{RUN_LABEL}"}}}}', gate).stdout.strip()

    def in_engine(self) -> list[str]:
        """What of this run the engine has."""
        mine = ("--quiet", "--filter", f"label={RUN_LABEL}={self.label}")
        kinds = (["ps", "--all"], ["network", "ls"], ["volume", "ls"])
        return [line for kind in kinds for line in docker(*kind, *mine).stdout.split()]

    def processes(self) -> list[str]:
        """Processes of this machine that work in the checkout, as all of a gate do."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    if (entry / "cwd").readlink() == self.repo.root and int(entry.name) != self.process.pid:
                        found.append((entry / "comm").read_text().strip())
                except OSError:
                    continue
        return found


@pytest.fixture
def run(repo: Repository, tmp_path: Path, postgres_image: str, redis_image: str) -> Iterator[Run]:
    temp = tmp_path / "temp"
    temp.mkdir()
    started = Run(repo, temp, WORKFLOW.format(redis=redis_image, postgres=postgres_image, name="{name}"))
    with started.process:
        yield started
        started.process.kill()


def test_ctrl_c_leaves_nothing(run: Run) -> None:
    assert len(run.in_engine()) >= 4  # the gate, the service, the database's server, their network
    assert run.processes()

    run.process.send_signal(signal.SIGINT)
    out, _ = run.process.communicate(timeout=PATIENCE_S)

    assert run.process.returncode == 130
    assert [problem.trouble for problem in decode_report(out).problems] == [Trouble.INTERRUPTED]
    assert run.in_engine() == []
    assert run.processes() == []
    assert list(run.temp.iterdir()) == []


def test_what_a_kill_leaves_is_gone_with_the_next_run(run: Run) -> None:
    run.process.kill()
    run.process.wait()
    until(lambda: not run.processes())  # the supervisors see to that at once

    # Another repository's run, as the next on this machine may be.
    other = Repository.create(run.temp.parent / "other")
    image = docker("inspect", "--format", "{{.Config.Image}}", run.in_engine()[0]).stdout.strip()
    other.commit(
        "Start", {".gaterunner.yml": f"workflow: {{gates: [{{a: {{run: 'true', image: '{image}', shell: sh}}}}]}}"}
    )
    other.switch("feat/x", create=True)
    assert gaterunner(other.root, "run", env={"TMPDIR": str(run.temp)}).code == 0

    assert run.in_engine() == []
    assert list(run.temp.iterdir()) == []
