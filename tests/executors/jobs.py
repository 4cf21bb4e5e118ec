"""Runs one shell line as a gate, for tests."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event

from gaterunner.executors.base import Execution, Job
from gaterunner.executors.identity import Identity
from gaterunner.executors.local import LocalExecutor
from gaterunner.redaction import Redactor


class Bench:
    """A directory to run in, and what the last run printed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.log = root / "logs" / "gate.log"
        self.lines: list[str] = []
        self.cancelled = Event()
        self.redactor = Redactor()

    def run(
        self,
        command: str,
        *,
        timeout_s: float = 20.0,
        grace_s: float = 0.3,
        cwd: Path | None = None,
        env: dict[str, str] | None = None,
        log_limit: int = 1 << 20,
        shell_name: str = "bash",
        identity: Identity | None = None,
        on_lines: Callable[[Sequence[str]], None] | None = None,
    ) -> Execution:
        self.lines = []
        job = Job(
            name="gate",
            command=command,
            shell="sh" if shell_name == "sh" else "bash",
            root=self.root,
            cwd=cwd or self.root,
            env={"PATH": os.environ["PATH"]} if env is None else env,
            timeout_s=timeout_s,
            log=self.log,
            log_limit=log_limit,
        )
        executor = LocalExecutor(self.redactor, identity=identity, grace_s=grace_s)
        return executor.run(job, on_lines=on_lines or self.lines.extend, cancelled=self.cancelled)


def is_alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return False
    return stat[stat.rindex(b")") + 2 :].split()[0] != b"Z"
