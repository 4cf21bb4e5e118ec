"""Keeps one gate's processes together, in a process of its own per gate, which ``spawner`` forks.

It makes itself the "child subreaper" of everything below it (prctl(2)), so that a process which leaves the gate's
session and forks twice still becomes its child and can be found and ended. A gate is over only when the supervisor has
no child left, which is what makes collecting result files afterwards safe. It also ends the gate when gaterunner itself
is gone, whatever ended that.

It imports next to nothing, so that forking stays cheap. Signal numbers are those of every Linux architecture.

The conversation with gaterunner goes over one socket: first the order (``encode_order``), then any byte means "end it
now"; the answer is one line of ``key=value`` words when everything is over.
"""

from __future__ import annotations

import os
import time

TYPE_CHECKING = False  # `typing` would take longer to load than the rest
if TYPE_CHECKING:
    import ctypes

_TERM, _KILL, _STOP, _CONT = 15, 9, 19, 18
_IGNORED_BY_PYTHON = (13, 25)  # SIGPIPE and SIGXFSZ: the interpreter ignores them, and a child would inherit that
_PR_SET_DUMPABLE, _PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 4, 36, 38

SETTLE_S = 0.25  # a pipeline's last process may end a moment after its shell: `exec > >(tee log)`
_LEFT_BEHIND_GRACE_S = 1.0
_KILL_PATIENCE_S = 5.0
_POLL_S = 0.5


_loaded: list[ctypes.CDLL] = []


def _libc() -> ctypes.CDLL:
    """Loaded once, in what supervisors are forked from."""
    if not _loaded:
        import ctypes  # in here, because gaterunner imports this module for its types

        _loaded.append(ctypes.CDLL(None))
    return _loaded[0]


def prctl(option: int, value: int) -> bool:
    """Sets one property of this process; False where the kernel refuses."""
    return bool(_libc().prctl(option, value, 0, 0, 0) == 0)


def become_subreaper() -> bool:
    """Makes orphans below this process its own children; False where the kernel cannot."""
    return prctl(_PR_SET_CHILD_SUBREAPER, 1)


def become_unreadable() -> bool:
    """Keeps processes of the same user from reading this one's environment, memory and descriptors (ptrace(2))."""
    return prctl(_PR_SET_DUMPABLE, 0)


class ProcessRow:
    """What /proc/PID/stat tells of one process: ``started`` in clock ticks since boot; a zombie is not ``live``."""

    __slots__ = ("live", "parent", "pid", "session", "started")

    def __init__(self, *, pid: int, parent: int, session: int, started: int, live: bool) -> None:
        self.pid = pid
        self.parent = parent
        self.session = session
        self.started = started
        self.live = live


def process_row(pid: int | str) -> ProcessRow | None:
    """One process from /proc; None when there is none of that number."""
    try:
        with open(f"/proc/{pid}/stat", "rb", buffering=0) as file:  # noqa: PTH123 (pathlib would double the time to start)
            stat = file.read(4096)
    except OSError:
        return None
    # The second field is the program's name in brackets and may hold anything, brackets included.
    fields = stat[stat.rindex(b")") + 2 :].split()
    return ProcessRow(
        pid=int(pid),
        parent=int(fields[1]),
        session=int(fields[3]),
        started=int(fields[19]),
        # The first thread may be gone while others go on; proc(5) then shows Z.
        live=fields[0] != b"Z" or int(fields[17]) > 1,
    )


def process_table() -> list[ProcessRow]:
    """Every process that can be seen; one that ends meanwhile may be missing."""
    names = (name for name in os.listdir("/proc") if name.isdigit())  # noqa: PTH208 (as above)
    return [row for name in names if (row := process_row(name)) is not None]


def below(roots: set[int], rows: list[ProcessRow]) -> list[ProcessRow]:
    """The processes descended from any of ``roots``."""
    children: dict[int, list[ProcessRow]] = {}
    for row in rows:
        children.setdefault(row.parent, []).append(row)
    found: list[ProcessRow] = []
    waiting = list(roots)
    while waiting:
        for row in children.get(waiting.pop(), ()):
            found.append(row)
            waiting.append(row.pid)
    return found


def send(rows: list[ProcessRow], *signals: int) -> None:
    """Sends signals to processes; one that is gone, or has become another user's, is passed over."""
    for row in rows:
        for signal in signals:
            try:
                os.kill(row.pid, signal)
            except OSError:
                break


class Supervisor:
    """One gate: its first process, and everything that came out of it."""

    def __init__(self, channel: int) -> None:
        self._channel = channel
        self._first = 0
        self._status: int | None = None

    def start(self, order: Order) -> str | None:
        """Starts the shell; returns None, or what kept it from starting as ``step=… errno=…``."""
        fault_read, fault_write = os.pipe()  # closed by a successful exec, as all of Python's descriptors are
        self._first = os.fork()
        if self._first == 0:
            try:
                _become_gate(order, fault_write)
            finally:
                os._exit(127)
        os.close(fault_write)
        fault = os.read(fault_read, 4096)
        os.close(fault_read)
        quiet = os.open(os.devnull, os.O_RDWR)
        os.dup2(quiet, 1)  # from here on only the gate holds the output open
        os.dup2(quiet, 2)
        return fault.decode() if fault else None

    def reap(self) -> bool:
        """Collects ended children; True when none is left, so that nothing of the gate is left."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return True
            if pid == 0:
                return False
            if pid == self._first:
                self._status = status

    def wait(self, timeout_s: float) -> str:
        """Waits for the first process; returns ``exited``, ``timed-out`` or ``ended`` (told to, or left alone)."""
        import select

        watched = select.poll()
        watched.register(self._channel, select.POLLIN)
        handle, interval = -1, _POLL_S
        try:
            handle = os.pidfd_open(self._first)
            watched.register(handle, select.POLLIN)
        except OSError:  # kernels before 5.3, and sandboxes without the call
            interval = 0.02
        deadline = time.monotonic() + timeout_s
        try:
            while True:
                self.reap()
                if self._status is not None:
                    return "exited"
                left = deadline - time.monotonic()
                if left <= 0:
                    return "timed-out"
                ready = watched.poll(min(left, interval) * 1000)
                if any(descriptor == self._channel for descriptor, _ in ready):
                    return "ended"
        finally:
            if handle >= 0:
                os.close(handle)

    def settle(self) -> int:
        """Gives late processes a moment; returns how many are still alive after it."""
        if self._gone_within(SETTLE_S):
            return 0
        return sum(row.live for row in self._all())

    def sweep(self, grace_s: float) -> int:
        """Ends everything: asks with TERM, then freezes and kills. Returns how many could not be ended."""
        send(self._all(), _TERM, _CONT)
        if self._gone_within(grace_s):
            return 0
        deadline = time.monotonic() + _KILL_PATIENCE_S
        while time.monotonic() < deadline:
            self._freeze()
            send(self._all(), _KILL)
            if self._gone_within(0.05):
                return 0
        return sum(row.live for row in self._all())

    def ending(self) -> str:
        """How the first process ended, as words of the answer."""
        if self._status is None:
            return ""
        code = os.waitstatus_to_exitcode(self._status)
        return f"signal={-code}" if code < 0 else f"exit={code}"

    def _all(self) -> list[ProcessRow]:
        return below({os.getpid()}, process_table())

    def _freeze(self) -> None:
        """Stops every process first: something that forks faster than it is killed must not win the race."""
        seen: set[int] = set()
        for _ in range(50):
            fresh = [row for row in self._all() if row.pid not in seen and row.live]
            if not fresh:
                return
            send(fresh, _STOP)
            seen.update(row.pid for row in fresh)

    def _gone_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        pause = 0.001
        while not self.reap():
            if time.monotonic() >= deadline:
                return False
            time.sleep(pause)
            pause = min(pause * 2, 0.02)
        return True


class Order:
    """What is to be started, in the bytes that execve(2) takes. ``user`` is uid and gid, or None to stay."""

    __slots__ = ("argv", "cwd", "env", "grace_s", "timeout_s", "user")

    def __init__(
        self,
        *,
        argv: list[bytes],
        cwd: bytes,
        env: dict[bytes, bytes],
        user: tuple[int, int] | None,
        timeout_s: float,
        grace_s: float,
    ) -> None:
        self.argv = argv
        self.cwd = cwd
        self.env = env
        self.user = user
        self.timeout_s = timeout_s
        self.grace_s = grace_s


def encode_order(order: Order) -> bytes:
    """The order as fields that each end in NUL (which none can hold), led by its length in eight hex digits."""
    user = b"%d:%d" % order.user if order.user else b""
    head = [b"%r" % order.timeout_s, b"%r" % order.grace_s, user, order.cwd, b"%d" % len(order.argv), *order.argv]
    body = b"".join(field + b"\0" for field in (*head, *(k + b"=" + v for k, v in order.env.items())))
    return b"%08x" % len(body) + body


def decode_order(body: bytes) -> Order:
    """The reverse of ``encode_order``, without the length."""
    timeout, grace, user, cwd, count, *rest = body.split(b"\0")[:-1]
    arguments = int(count)
    uid, _, gid = user.partition(b":")
    return Order(
        argv=rest[:arguments],
        cwd=cwd,
        env=dict(entry.split(b"=", 1) for entry in rest[arguments:]),
        user=(int(uid), int(gid)) if user else None,
        timeout_s=float(timeout),
        grace_s=float(grace),
    )


def _become_gate(order: Order, fault: int) -> None:
    """In the child: own session, own user, own directory, then the shell. Returns only when something failed."""
    step = "session"
    try:
        os.setsid()
        os.umask(0o022)
        if order.user is not None:
            step = "user"
            os.setgroups([])
            os.setresgid(order.user[1], order.user[1], order.user[1])
            os.setresuid(order.user[0], order.user[0], order.user[0])
            prctl(_PR_SET_NO_NEW_PRIVS, 1)  # or a setuid program would lead back to root
        step = "cwd"
        os.chdir(order.cwd)
        step = "shell"
        _restore_signals()
        os.execve(order.argv[0], order.argv, order.env)  # noqa: S606 (argv comes from gaterunner; no shell between)
    except OSError as error:
        os.write(fault, f"step={step} errno={error.errno}".encode())


def _restore_signals() -> None:
    for number in _IGNORED_BY_PYTHON:
        _libc().signal(number, None)  # SIG_DFL is the null pointer; the signal module would have to be loaded


def _receive(channel: int, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = os.read(channel, size - len(data))
        if not part:
            raise SystemExit(0)  # gaterunner ended before it had said what to do
        data += part
    return data


def supervise(channel: int) -> str:
    """Runs one order from its start until nothing of it is left; returns the answer's words."""
    if not become_subreaper():
        return "step=subreaper errno=0"
    order = decode_order(_receive(channel, int(_receive(channel, 8), 16)))
    supervisor = Supervisor(channel)
    fault = supervisor.start(order)
    if fault is not None:
        supervisor.reap()
        return fault
    how = supervisor.wait(order.timeout_s)
    left_behind = supervisor.settle() if how == "exited" else 0
    grace = order.grace_s if how != "exited" else min(order.grace_s, _LEFT_BEHIND_GRACE_S)
    remaining = supervisor.sweep(grace) if left_behind or not supervisor.reap() else 0
    return f"how={how} {supervisor.ending()} left={left_behind} remaining={remaining}"


def main(channel: int) -> None:
    """In a process of its own: one order from the channel, and the answer."""
    try:
        answer = supervise(channel)
    except OSError as error:
        answer = f"step=supervisor errno={error.errno}"
    try:  # noqa: SIM105 (contextlib would have to be loaded)
        os.write(channel, answer.encode())
    except OSError:
        pass  # nobody is left to be told
