"""The engine's own process: answers what ``beside.py`` asks, until its input ends.

A request is the length of its head in four bytes, the head, and the content that it announces; an answer is the same
without a content. Answers come in the order of the requests. Values never leave this process.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress

import msgspec
from msgspec import Struct

from gaterunner.errors import EvaluationError
from gaterunner.executors.supervisor import become_unreadable
from gaterunner.policies.context import Scanned, SecretMatch
from gaterunner.secrets.engine import NOTHING, Engine
from gaterunner.secrets.reading import PartlyReadError

READY = b"+"
"""What is written first: from now on no process of the same user can look into this one."""
LENGTH = 4
_CHUNK = 1 << 20


class Request(Struct, frozen=True, array_like=True, omit_defaults=True):
    """Contents of these ``sizes`` in bytes, which follow, or a match whose fingerprint is asked for.

    ``paths`` are in bytes, as not every path is text. ``stream`` says that the one content may be larger than memory.
    """

    paths: tuple[bytes, ...] = ()
    sizes: tuple[int, ...] = ()
    stream: bool = False
    match: SecretMatch | None = None


class Found(Struct, frozen=True, array_like=True, omit_defaults=True):
    """What is in the content with this number, counted from 0. ``problem`` is why only a part could be read."""

    number: int
    matches: tuple[SecretMatch, ...] = ()
    problem: str | None = None


class Answer(Struct, frozen=True, array_like=True, omit_defaults=True):
    """What became of a request: the contents in which there is anything. ``error`` and ``help`` say why it failed."""

    found: tuple[Found, ...] = ()
    error: str | None = None
    help: str | None = None
    fingerprint: str = ""


def framed(message: Struct) -> bytes:
    """A request or an answer with its length before it."""
    data = msgspec.msgpack.encode(message)
    return len(data).to_bytes(LENGTH, "big") + data


class Incoming:
    """Reads messages from a descriptor, each as it comes; ``before_waiting`` is called when there is none as yet."""

    def __init__(self, descriptor: int, before_waiting: Callable[[], None] = lambda: None) -> None:
        self._descriptor = descriptor
        self._before_waiting = before_waiting
        self._buffer = b""
        self._at = 0

    def take(self, size: int) -> bytes:
        """Exactly so many bytes. Raises ``EOFError`` when fewer are left."""
        if len(self._buffer) - self._at < size:
            self._fill(size)
        data = self._buffer[self._at : self._at + size]
        self._at += size
        return data

    def message(self) -> bytes:
        """The next message. Raises ``EOFError``."""
        return self.take(int.from_bytes(self.take(LENGTH), "big"))

    def _fill(self, size: int) -> None:
        pieces = [self._buffer[self._at :]]
        missing = size - len(pieces[0])
        while missing > 0:
            self._before_waiting()
            piece = os.read(self._descriptor, max(_CHUNK, missing))
            if not piece:
                raise EOFError
            pieces.append(piece)
            missing -= len(piece)
        self._buffer, self._at = b"".join(pieces), 0


class _Announced:
    """The content that follows a request, as a stream."""

    def __init__(self, incoming: Incoming, size: int) -> None:
        self._incoming = incoming
        self._left = size

    def read(self, size: int, /) -> bytes:
        data = self._incoming.take(min(size, self._left))
        self._left -= len(data)
        return data

    def skip(self) -> None:
        """Reads what nobody asked for."""
        while self._left:
            self.read(_CHUNK)


def serve(source: int, sink: int) -> None:
    """Answers until ``source`` ends. Both are descriptors of pipes."""
    engine = Engine()
    answers: list[bytes] = []

    def flush() -> None:
        data = memoryview(b"".join(answers))
        answers.clear()
        while data:
            data = data[os.write(sink, data) :]

    incoming = Incoming(source, flush)
    decode = msgspec.msgpack.Decoder(Request).decode
    with suppress(EOFError, BrokenPipeError):  # gaterunner is gone, or has heard enough
        while True:
            answers.append(framed(_answer(engine, decode(incoming.message()), incoming)))


def _answer(engine: Engine, request: Request, incoming: Incoming) -> Answer:
    if request.match is not None:
        return Answer(fingerprint=engine.fingerprint(request.match))
    content = _Announced(incoming, sum(request.sizes))
    paths = [path.decode("utf-8", "surrogateescape") for path in request.paths]
    try:
        if request.stream:
            scanned = [_of_stream(engine, paths[0], request.sizes[0], content)]
        else:
            named = zip(paths, request.sizes, strict=True)
            scanned = engine.scan_group([(path, content.read(size)) for path, size in named])
    except EvaluationError as error:
        return Answer(error=error.message, help=error.help)
    finally:
        content.skip()
    return Answer(
        tuple(Found(number, each.matches, each.problem) for number, each in enumerate(scanned) if each is not NOTHING)
    )


def _of_stream(engine: Engine, path: str, size: int, content: _Announced) -> Scanned:
    try:
        return Scanned(engine.scan_stream(path, size, content))
    except PartlyReadError as error:
        return Scanned(error.matches, error.message)


def main() -> None:
    """The program. It ends with gaterunner, which alone is told to stop when a person does."""
    become_unreadable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.write(1, READY)
    serve(0, 1)
