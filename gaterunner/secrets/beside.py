"""The engine in a process of its own, so that contents are searched while others are read and policies think.

The engine holds Python's lock while it searches: threads of one process gain nothing. Whatever becomes of that process,
nothing is taken for searched that was not: who waits for an answer gets an error.
"""

from __future__ import annotations

import os
import sys
import weakref
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Lock, Thread

import msgspec

from gaterunner.errors import EvaluationError
from gaterunner.policies.context import Scanned, SecretMatch, Stream
from gaterunner.process import piped
from gaterunner.secrets import joining
from gaterunner.secrets.engine import NOTHING
from gaterunner.secrets.joining import NamedContent
from gaterunner.secrets.reading import PartlyReadError
from gaterunner.secrets.serving import READY, Answer, Incoming, Request, framed

START_PATIENCE_S = 60.0
"""How long the process may take to start before it counts as one that never will."""

_PIECE = 1 << 20
# Where the engine's compiled rules and temporary files lie, and how a Python with shared libraries finds them.
_KEPT = ("HOME", "XDG_CACHE_HOME", "KF_RULE_CACHE_DIR", "TMPDIR", "LD_LIBRARY_PATH")
_ROOT = str(Path(__file__).resolve().parents[2])
_PROGRAM = "import sys; sys.path.insert(0, sys.argv[1]); from gaterunner.secrets.serving import main; main()"

_Slot = SimpleQueue[Answer | None]


class EngineBeside:
    """A ``policies.context.SecretScanner`` over an ``Engine`` in another process, which ends with this object.

    That is started when it is first needed, or by ``start``. May be used by several threads.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._connection: _Connection | None = None

    def start(self) -> None:
        """Returns once gates may run beside it. What keeps it from starting is told when something is asked."""
        try:
            self._connected()
        except EvaluationError:
            return

    def scan(self, path: str, data: bytes) -> tuple[SecretMatch, ...]:
        """As ``Engine.scan``, and raises what that raises."""
        return _matches(self._ask(_contents([(path, data)]), [data]))

    def scan_each(self, contents: Iterable[tuple[str, bytes]]) -> Iterator[Scanned]:
        """What is in each of these. The next are drawn while those before are searched."""
        connection = self._connected()
        asked: deque[tuple[int, _Slot]] = deque()
        for group in joining.groups(contents):
            asked.append((len(group), connection.send(_contents(group), [data for _, data in group])))
            while asked and not asked[0][1].empty():
                yield from _scanned(connection, *asked.popleft())
        while asked:
            yield from _scanned(connection, *asked.popleft())

    def scan_stream(self, path: str, size: int, stream: Stream) -> tuple[SecretMatch, ...]:
        """As ``Engine.scan_stream``."""
        pieces = iter(lambda: stream.read(_PIECE), b"")
        return _matches(self._ask(Request((_name(path),), (size,), stream=True), pieces))

    def fingerprint(self, match: SecretMatch) -> str:
        """As ``Engine.fingerprint``."""
        return self._ask(Request(match=match), ()).fingerprint

    def _ask(self, request: Request, content: Iterable[bytes]) -> Answer:
        connection = self._connected()
        return connection.answer(connection.send(request, content))

    def _connected(self) -> _Connection:
        with self._lock:
            if self._connection is None:
                self._connection = _Connection()
                weakref.finalize(self, self._connection.close)
        self._connection.await_start()
        return self._connection


class _Connection:
    """The running process. Values are comparable within one only, so there is never a second one for the same run."""

    def __init__(self) -> None:
        env = {name: os.environ[name] for name in _KEPT if name in os.environ}
        bytecode = ["-B"] if sys.dont_write_bytecode else []
        self._open = ExitStack()
        self._pipes = self._open.enter_context(
            piped([sys.executable, "-I", *bytecode, "-c", _PROGRAM, _ROOT], cwd=Path("/"), env=env)
        )
        self._lock = Lock()
        self._waiting: deque[_Slot] = deque()
        self._started = Event()
        self._is_over = False
        self._reader = Thread(target=self._receive, name="secrets", daemon=True)
        self._reader.start()

    def await_start(self) -> None:
        """Raises ``EvaluationError`` when the process does not get to work."""
        if not self._started.wait(START_PATIENCE_S) or self._is_over:
            raise _gone()

    def send(self, request: Request, content: Iterable[bytes]) -> _Slot:
        """Asks; the answer is to be had by ``answer``. Raises what drawing from ``content`` raises."""
        slot: _Slot = SimpleQueue()
        with self._lock:
            if self._is_over:
                raise _gone()
            self._waiting.append(slot)
            try:
                self._pipes.stdin.write(framed(request))
                for piece in content:
                    self._pipes.stdin.write(piece)
            except (OSError, ValueError):
                raise _gone() from None
            except BaseException:
                self._pipes.kill()  # it waits for the rest of a content that does not come
                raise
        return slot

    def answer(self, slot: _Slot) -> Answer:
        """What a request came to. Raises ``EvaluationError`` when the process or the engine failed."""
        if slot.empty():
            self._flush()
        answer = slot.get()
        if answer is None:
            raise _gone()
        if answer.error is not None:
            raise EvaluationError(answer.error, help=answer.help)
        return answer

    def close(self) -> None:
        """Ends the process."""
        self._pipes.kill()
        self._reader.join()  # before the descriptors are closed, whose numbers others may get
        self._open.close()

    def _flush(self) -> None:
        with self._lock:
            try:
                self._pipes.stdin.flush()
            except (OSError, ValueError):
                return  # then there is no answer either

    def _receive(self) -> None:
        decode = msgspec.msgpack.Decoder(Answer).decode
        try:
            incoming = Incoming(self._pipes.stdout.fileno())
            if incoming.take(len(READY)) == READY:
                self._started.set()
                while True:
                    answer = decode(incoming.message())
                    self._waiting.popleft().put(answer)
        except (EOFError, OSError, ValueError, IndexError, msgspec.MsgspecError):
            pass  # however it ended, what is still asked for stays without an answer
        self._pipes.kill()  # so that nobody keeps the lock while writing to it
        with self._lock:
            self._is_over = True
            while self._waiting:
                self._waiting.popleft().put(None)
        self._started.set()


def _contents(group: Sequence[NamedContent]) -> Request:
    return Request(tuple(_name(path) for path, _ in group), tuple(len(data) for _, data in group))


def _name(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")


def _scanned(connection: _Connection, count: int, slot: _Slot) -> list[Scanned]:
    scanned = [NOTHING] * count
    for found in connection.answer(slot).found:
        scanned[found.number] = Scanned(found.matches, found.problem)
    return scanned


def _matches(answer: Answer) -> tuple[SecretMatch, ...]:
    if not answer.found:
        return ()
    (found,) = answer.found
    if found.problem is not None:
        raise PartlyReadError(found.problem, found.matches)
    return found.matches


def _gone() -> EvaluationError:
    return EvaluationError(
        "The process that searches for secrets ended before it had answered.",
        help="Run it again; when it ends every time, look at the memory that is left.",
    )
