"""Runs gates below supervisors: what is forked for each of them (``supervisor.py``) leaves nothing of it running."""

from __future__ import annotations

import atexit
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from msgspec import Struct

from gaterunner.errors import EvaluationError
from gaterunner.executors import spawner, supervisor
from gaterunner.process import Background, background


class Ending(Struct, frozen=True, kw_only=True):
    """What a supervisor tells when nothing of its gate is left.

    ``how`` is ``exited`` (then ``exit_code`` or ``signal`` is set), ``timed-out``, ``ended`` (asked to),
    ``not-started`` or ``lost`` (the supervisor itself was ended before it could tell). When not started, ``step`` says
    what failed (session, user, cwd, shell, subreaper, supervisor) and ``errno`` why. ``left_behind`` counts processes
    that outlived the command, ``remaining`` those that could not be ended, because they had become another user's.
    """

    how: Literal["exited", "timed-out", "ended", "not-started", "lost"]
    exit_code: int | None = None
    signal: int | None = None
    left_behind: int = 0
    remaining: int = 0
    step: str = ""
    errno: int = 0


SPAWN_PATIENCE_S = 15.0
"""How long the start of a supervisor may take before the program that starts them counts as stopped."""

_supervisors: set[int] = set()
_supervisors_lock = threading.Lock()


class Supervised:
    """A running gate: its output and its end. Made by ``supervise``; used by one thread."""

    def __init__(self, pid: int, channel: socket.socket, output: int) -> None:
        self._pid = pid
        self._channel = channel
        self._output = output
        self._output_open = True
        row = supervisor.process_row(pid)
        self._started = row.started if row is not None else 0
        self.ending: Ending | None = None

    def read(self, timeout_s: float) -> bytes:
        """What the gate has printed since, empty when that is nothing within ``timeout_s`` seconds or it has ended."""
        watched: list[int | socket.socket] = [self._output] if self._output_open else []
        if self.ending is None:
            watched.append(self._channel)
        if not watched:
            return b""
        ready, _, _ = select.select(watched, [], [], timeout_s)
        if self._channel in ready:
            self.ending = self._receive()
        if self._output not in ready:
            return b""
        data = os.read(self._output, 1 << 18)
        self._output_open = bool(data)
        return data

    @property
    def silent(self) -> bool:
        """True when no process holds the output open any more."""
        return not self._output_open

    def end(self) -> None:
        """Asks for the end of the gate; ``ending`` tells when that is so."""
        with suppress(OSError):
            self._channel.send(b"x")

    def close(self, patience_s: float) -> None:
        """Leaves nothing running: asks, waits at most ``patience_s`` seconds, then ends supervisor and orphans."""
        deadline = time.monotonic() + patience_s
        if self.ending is None:
            self.end()
        while self.ending is None and time.monotonic() < deadline:
            self.read(0.1)
        if self.ending is None or self.ending.how == "lost":
            self.ending = Ending(how="lost")
            os.kill(self._pid, signal.SIGKILL)  # nobody but us can have collected it, so it is still the same process
        with suppress(ChildProcessError):  # a kernel without subreapers gave it to another
            os.waitpid(self._pid, 0)
        if self.ending.how == "lost":
            _end_adopted(self._started)
        with _supervisors_lock:
            _supervisors.discard(self._pid)
        self._channel.close()
        os.close(self._output)

    def _receive(self) -> Ending:
        try:
            words = dict(word.split("=", 1) for word in self._channel.recv(4096).decode().split())
        except OSError:
            words = {}
        if not words:
            return Ending(how="lost")
        if "step" in words:
            return Ending(how="not-started", step=words["step"], errno=int(words["errno"]))
        return Ending(
            how="exited" if words["how"] == "exited" else "timed-out" if words["how"] == "timed-out" else "ended",
            exit_code=int(words["exit"]) if "exit" in words else None,
            signal=int(words["signal"]) if "signal" in words else None,
            left_behind=int(words["left"]),
            remaining=int(words["remaining"]),
        )


def _end_adopted(since: int) -> None:
    """Ends what a killed supervisor left: orphans that became ours, told by a session that is not our own.

    ``since`` is the supervisor's start in clock ticks since boot; nothing older can have come out of its gate.
    """
    session = os.getsid(0)
    deadline = time.monotonic() + 5.0
    while time.monotonic() < deadline:
        rows = supervisor.process_table()
        with _supervisors_lock:
            spared = set(_supervisors)
        orphans = [
            row
            for row in rows
            if row.parent == os.getpid() and row.session != session and row.started >= since and row.pid not in spared
        ]
        if not orphans:
            return
        supervisor.send([*orphans, *supervisor.below({row.pid for row in orphans}, rows)], 9)
        for row in orphans:
            with suppress(ChildProcessError):
                os.waitpid(row.pid, os.WNOHANG)
        time.sleep(0.01)


_hardened = threading.Event()


def _harden() -> None:
    """Once per process: adopt orphans of a killed supervisor; hide our environment from gates of the same user."""
    if not _hardened.is_set():
        supervisor.become_subreaper()
        supervisor.become_unreadable()
        _hardened.set()


@contextmanager
def supervise(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    user: tuple[int, int] | None,
    timeout_s: float,
    grace_s: float,
) -> Iterator[Supervised]:
    """Starts a gate's command below a supervisor of its own; nothing of it is alive when the block has been left.

    ``argv[0]`` is an absolute path. ``user`` is the uid and gid to run as, None to stay what we are. Standard input is
    empty, standard output and error are one stream. After ``timeout_s`` seconds the gate is asked to end (SIGTERM), and
    ``grace_s`` seconds later killed. Raises ``EvaluationError`` where no supervisor can be started.
    """
    if sys.platform != "linux":
        raise EvaluationError(
            "gates run on Linux only", help="run gaterunner's image instead: `docker run`, see the README"
        )
    order = supervisor.Order(
        argv=[os.fsencode(argument) for argument in argv],
        cwd=os.fsencode(cwd),
        env={os.fsencode(name): os.fsencode(value) for name, value in env.items()},
        user=user,
        timeout_s=timeout_s,
        grace_s=grace_s,
    )
    gate = _start_supervisor(order)
    try:
        yield gate
    finally:
        gate.close(patience_s=grace_s + 10.0)


def _start_supervisor(order: supervisor.Order) -> Supervised:
    ours, theirs = socket.socketpair()
    output, output_write = os.pipe()
    try:
        # One lock for start and note: a supervisor must never look like an orphan of another gate.
        with _supervisors_lock:
            pid = _spawner.fork([theirs.fileno(), output_write])
            _supervisors.add(pid)
    except EvaluationError:
        ours.close()
        os.close(output)
        raise
    finally:
        theirs.close()
        os.close(output_write)
    with suppress(OSError):  # a supervisor that died is seen as `lost`
        ours.sendall(supervisor.encode_order(order))
    return Supervised(pid, ours, output)


class _Spawner:
    """The program that forks supervisors. Started when it is first needed, ended with us, replaced when a gate of our
    own user has stopped or killed it. Guarded by ``_supervisors_lock``."""

    def __init__(self) -> None:
        self._process: Background | None = None
        self._control: socket.socket | None = None

    def start(self) -> None:
        """Starts the program unless it was started before. Raises ``EvaluationError``."""
        if self._process is not None:
            return
        _harden()  # before, so that what it forks becomes ours
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        program = [sys.executable, "-I", "-S", spawner.__file__, str(theirs.fileno())]
        # A Python that was built with shared libraries finds them by this variable; -I keeps out all of Python's own.
        env = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
        try:
            self._process = background(program, env=env, descriptor=theirs.fileno())
        except EvaluationError:
            ours.close()
            raise
        finally:
            theirs.close()
        self._control = ours
        _supervisors.add(self._process.pid)
        atexit.register(self.end)

    def fork(self, descriptors: list[int]) -> int:
        """A new supervisor with a socket and an output of its own; returns its process id, which is a child of ours."""
        for _attempt in range(2):
            self.start()
            answer = self._ask(descriptors)
            if answer > 0:
                return answer
            self.end()
        why = os.strerror(-answer).lower() if answer else "no answer"
        raise EvaluationError(f"the process that supervises a gate could not be started: {why}")

    def _ask(self, descriptors: list[int]) -> int:
        """The process id, or below zero an errno, or zero when there is no answer."""
        if self._control is None:
            return 0
        self._control.settimeout(SPAWN_PATIENCE_S)
        try:
            socket.send_fds(self._control, [b"+"], descriptors)
            return int(self._control.recv(32) or b"0")
        except OSError:
            return 0

    def end(self) -> None:
        """Ends the program; supervisors that it forked go on."""
        process, control = self._process, self._control
        self._process = self._control = None
        atexit.unregister(self.end)
        if process is not None and control is not None:
            control.close()
            process.end()
            _supervisors.discard(process.pid)


_spawner = _Spawner()


def prepare_supervisors() -> None:
    """Loads what supervising takes, beside whatever is done before the first gate. What fails is told by that gate."""
    if sys.platform == "linux":
        with suppress(EvaluationError), _supervisors_lock:
            _spawner.start()
