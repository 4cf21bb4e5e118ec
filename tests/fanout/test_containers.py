"""The parts of a fan-out as separate containers of the image, each with a checkout of its own."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gaterunner.model import Outcome, Report, Verdict
from gaterunner.reporters.json import decode_report
from tests.docker_engine import Ran, run_container
from tests.fanout.test_fan_out import Machines

pytestmark = pytest.mark.docker

# The user of GitHub's hosted runners; without root nothing can be given away.
OWNER = 1001 if os.geteuid() == 0 else os.getuid()


class Containers:
    """Runs gaterunner on fresh clones in containers. ``/reports`` is root's, as what a runner keeps for later is."""

    def __init__(self, image: str, machines: Machines) -> None:
        self._image = image
        self._machines = machines
        machines.reports.chmod(0o700)

    def checkout(self) -> Path:
        root = self._machines.machine().root
        if os.geteuid() == 0:
            for path in (root, *root.rglob("*")):
                os.chown(path, OWNER, OWNER, follow_symlinks=False)
        return root

    def run(self, checkout: Path, *arguments: str) -> Ran:
        return run_container(self._image, arguments, mounts={checkout: "/repo", self._machines.reports: "/reports"})

    def fan_out(self, parts: int) -> list[Ran]:
        planned = self.run(self.checkout(), "plan", "--matrix", "--parts", str(parts))
        rows = json.loads(planned.out)["include"]
        jobs = [
            ("run", "--part", row["part"], "--gate", row["gates"], "--report", f"/reports/{number}/part.json")
            for number, row in enumerate(rows, start=1)
        ]
        for number in range(1, len(rows) + 1):
            (self._machines.reports / str(number)).mkdir(mode=0o700)
        checkouts = [self.checkout() for _ in jobs]
        with ThreadPoolExecutor(max_workers=2) as pool:
            return list(pool.map(lambda job: self.run(job[0], *job[1]), zip(checkouts, jobs, strict=True)))

    def collect(self) -> tuple[Ran, Report]:
        ran = self.run(self.checkout(), "collect", "--format", "json", "/reports")
        return ran, decode_report(ran.out.encode())


def test_parts_in_containers_become_one_report(image: str, tmp_path: Path) -> None:
    containers = Containers(image, Machines(tmp_path))

    assert [ran.code for ran in containers.fan_out(3)] == [0, 0, 0]
    ran, report = containers.collect()

    assert (ran.code, report.verdict) == (0, Verdict.PASS), ran
    assert {gate.name: str(gate.outcome) for gate in report.gates} == {
        "build": "passed",
        "unit": "passed",
        "smoke (flags off)": "passed",
        "smoke (flags on)": "passed",
        "docs": "skipped",
    }
    assert [case.id for gate in report.gates for case in gate.cases] == ["t.test_1", "t.test_2"]
    assert {policy.outcome for policy in report.policies} == {Outcome.PASSED}


@pytest.mark.skipif(os.geteuid() != 0, reason="a checkout of another user's needs root")
def test_a_gate_cannot_write_what_its_part_reports(image: str, tmp_path: Path) -> None:
    forge = 'run: "(echo forged > /reports/1/part.json) || (echo forged > /reports/part.json) || exit 7", needs: []'
    containers = Containers(image, Machines(tmp_path, f"workflow: {{gates: [{{unit: {{{forge}}}}}]}}\n"))

    assert [ran.code for ran in containers.fan_out(1)] == [1]
    ran, report = containers.collect()

    assert (ran.code, report.verdict) == (1, Verdict.FAIL)
    assert report.gates[0].reason.startswith("exit code 7")


def test_a_container_that_was_lost_is_missing(image: str, tmp_path: Path) -> None:
    machines = Machines(tmp_path)
    containers = Containers(image, machines)
    containers.fan_out(2)
    (machines.reports / "2" / "part.json").unlink()

    ran, report = containers.collect()

    assert (ran.code, report.verdict) == (3, Verdict.ERROR)
    assert [gate.name for gate in report.gates if "part 2 of 2 is missing" in gate.reason]
