"""The command line as a user runs it: a process of its own, in a folder, with an environment."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from gaterunner.model import GateResult, PolicyResult, Report
from gaterunner.reporters.json import decode_report


class Ran(msgspec.Struct, frozen=True):
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> Report:
        """Standard output as a JSON report."""
        return decode_report(self.out.encode())

    def gate(self, name: str) -> GateResult:
        return next(gate for gate in self.report.gates if gate.name == name)

    def policy(self, name: str) -> PolicyResult:
        return next(policy for policy in self.report.policies if policy.name == name)


def gaterunner(folder: Path, *arguments: str, env: Mapping[str, str] | None = None, timeout_s: float = 120) -> Ran:
    """Runs `gaterunner` with these arguments to its end."""
    done = subprocess.run(
        [sys.executable, "-m", "gaterunner", *arguments],
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "100", **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=timeout_s,
        check=False,
    )
    return Ran(code=done.returncode, out=done.stdout.decode(), err=done.stderr.decode())
