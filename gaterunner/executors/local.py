"""Runs gates as processes of this machine, or of the container that gaterunner itself runs in."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import time
from collections.abc import Callable, Sequence
from threading import Event

from gaterunner.executors.base import Execution, Job
from gaterunner.executors.identity import Identity, open_docker_socket
from gaterunner.executors.observed import SHELL_OPTIONS, Observed, execution_of, pass_on
from gaterunner.executors.supervision import Ending, Supervised, prepare_supervisors, supervise
from gaterunner.output import BoundedLog, OutputCleaner
from gaterunner.redaction import Redactor

_POLL_S = 0.1
_DRAIN_S = 2.0
_PATIENCE_S = 15.0
_SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"


class LocalExecutor:
    """An ``Executor`` for this machine.

    ``identity`` is whom gates run as (see ``owner_of``), None to stay what gaterunner is. A gate that must end is asked
    with SIGTERM and killed ``grace_s`` seconds later, with everything that came out of it. Safe to use from several
    threads, one gate each.
    """

    name = "local"

    @staticmethod
    def prepare() -> None:
        """Call it early in a run with gates: what the first one needs is then loaded beside everything else."""
        prepare_supervisors()

    def __init__(self, redactor: Redactor, *, identity: Identity | None = None, grace_s: float = 5.0) -> None:
        self._redactor = redactor
        self._identity = identity
        self._grace_s = grace_s

    def run(self, job: Job, *, on_lines: Callable[[Sequence[str]], None], cancelled: Event) -> Execution:
        """Runs the job to its end. Raises ``EvaluationError`` only for faults of ours: a log that cannot be written."""
        return execution_of(job, lambda log: self._observe(job, log, on_lines, cancelled))

    def _observe(
        self, job: Job, log: BoundedLog, on_lines: Callable[[Sequence[str]], None], cancelled: Event
    ) -> Observed:
        if cancelled.is_set():
            return Observed(ended="interrupted")
        obstacle = self._obstacle(job)
        shell = shell_path(job.shell, job.env)
        if obstacle is not None or shell is None:
            return Observed(ended="not-started", error=obstacle or _missing_shell(job.shell))
        with supervise(
            [shell, *SHELL_OPTIONS[job.shell], job.command],
            cwd=job.cwd,
            env=job.env,
            user=(self._identity.uid, self._identity.gid) if self._identity else None,
            timeout_s=job.timeout_s,
            grace_s=self._grace_s,
        ) as gate:
            interrupted = self._pump(gate, job.timeout_s, log, on_lines, cancelled)
        return _observed(gate.ending or Ending(how="lost"), job, interrupted=interrupted)

    def _pump(
        self,
        gate: Supervised,
        timeout_s: float,
        log: BoundedLog,
        on_lines: Callable[[Sequence[str]], None],
        cancelled: Event,
    ) -> bool:
        """Passes output on until the gate is over; returns whether it was interrupted.

        The supervisor keeps the timeout, also while a reader of our own output lets us wait; ``deadline`` is for a
        supervisor that was itself stopped, and for output that somebody outside the gate still holds open.
        """
        cleaner = OutputCleaner(self._redactor)
        patience = self._grace_s + _PATIENCE_S
        deadline = time.monotonic() + timeout_s + patience
        interrupted = drained = False
        while not (gate.ending and gate.silent) and time.monotonic() < deadline:
            pass_on(cleaner.feed(gate.read(_POLL_S)), log, on_lines)
            if gate.ending and not drained:
                drained, deadline = True, time.monotonic() + (0.0 if gate.ending.how == "lost" else _DRAIN_S)
            elif cancelled.is_set() and not interrupted and not gate.ending:
                interrupted, deadline = True, time.monotonic() + patience
                gate.end()
        pass_on(cleaner.finish(), log, on_lines)
        return interrupted

    def _obstacle(self, job: Job) -> str | None:
        if not job.cwd.is_dir():
            return f"cwd: {job.cwd} is not a directory; correct `cwd:` in the workflow file"
        if self._identity is not None:
            socket = open_docker_socket(self._identity)
            if socket is not None:
                return (
                    f"the Docker socket {socket} is open to the user that gates run as (uid {self._identity.uid}), who "
                    "could become root with it; do not mount it, or allow it to root only (chmod 660, group docker)"
                )
        return None


def shell_path(shell: str, env: dict[str, str]) -> str | None:
    """The shell's absolute path: the system's own first, so that no branch can bring a shell that always succeeds."""
    found = shutil.which(shell, path=_SYSTEM_PATH) or shutil.which(shell, path=env.get("PATH", ""))
    return os.path.abspath(found) if found else None  # noqa: PTH100 (Path.resolve would turn sh into dash or busybox)


def _missing_shell(shell: str) -> str:
    if shell == "bash":
        return "bash was not found; install it, or set `shell: sh` on this gate"
    return "sh was not found on this machine"


_NOT_STARTED = {
    "cwd": "the working directory {cwd} could not be entered: {why}",
    "shell": "the shell could not be started: {why}",
    "user": "the user that gates run as could not be taken on: {why}; run as root or as the checkout's owner",
    "subreaper": "the kernel does not let gaterunner adopt orphans (PR_SET_CHILD_SUBREAPER, Linux 3.4 or newer)",
}


def _observed(ending: Ending, job: Job, *, interrupted: bool) -> Observed:
    if ending.how == "not-started":
        why = os.strerror(ending.errno).lower()
        if ending.errno == errno.E2BIG:
            why += " (command and environment together are too large)"
        message = _NOT_STARTED.get(ending.step, "the gate could not be started: {why}")
        return Observed(ended="not-started", error=message.format(cwd=job.cwd, why=why))
    if ending.how == "lost" and not interrupted:
        return Observed(ended="signalled", signal="SIGKILL", error="the gate ended the process that supervised it")
    error = None
    if ending.remaining:
        error = f"{ending.remaining} processes could not be ended; they run as another user"
    if interrupted or ending.how in {"ended", "lost"}:
        return Observed(ended="interrupted", error=error)
    if ending.how == "timed-out":
        return Observed(ended="timed-out", error=error)
    return Observed(
        ended="exited" if ending.signal is None else "signalled",
        exit_code=ending.exit_code,
        signal=_signal_name(ending.signal) if ending.signal is not None else None,
        error=error,
        left_behind=ending.left_behind,
    )


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # real-time signals have no name of their own
        return f"signal {number}"
