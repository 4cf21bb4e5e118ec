"""Streams objects through one ``git cat-file --batch``, in memory bounded by the largest object asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from threading import Thread
from typing import IO, TypeVar

from msgspec import Struct

from gaterunner.errors import EvaluationError
from gaterunner.git.command import MISSING_HELP, Git, failure
from gaterunner.policies.context import Blob

_CHUNK = 1 << 20
_SHA1_DIGITS = 40

_Answer = TypeVar("_Answer")


class Feeder:
    """Writes lines into a process while somebody else reads its answers; doing both in one thread can lock up.

    ``close`` waits for the end and raises what the lines' own source raised.
    """

    def __init__(self, stdin: IO[bytes], lines: Iterable[bytes]) -> None:
        self._stdin = stdin
        self._lines = lines
        self._error: Exception | None = None
        self._thread = Thread(target=self._write, name="git-feeder", daemon=True)
        self._thread.start()

    def _write(self) -> None:
        try:
            for line in self._lines:
                if not self._send(line + b"\n"):
                    return
        except Exception as error:  # noqa: BLE001 -- handed to the reader's thread, which raises it
            self._error = error
        with suppress(BrokenPipeError, ValueError):
            self._stdin.close()

    def _send(self, data: bytes) -> bool:
        try:
            self._stdin.write(data)
        except (BrokenPipeError, ValueError):
            return False  # the process ended, or the reader closed the pipe because it has seen enough
        return True

    def close(self) -> None:
        """Call it once the answers have ended."""
        self._thread.join()
        if self._error is not None:
            raise self._error


def _ask(git: Git, option: str, ids: Iterable[str], answer: Callable[[IO[bytes], bytes], _Answer]) -> Iterator[_Answer]:
    """What ``answer`` makes of every header line of ``cat-file``, and of what follows it.

    Raises ``EvaluationError`` when git ends before the last answer.
    """
    asked = answered = 0

    def lines() -> Iterator[bytes]:
        nonlocal asked
        for id in ids:
            asked += 1
            yield id.encode("ascii")

    with git.pipe("cat-file", option, "--buffer") as pipes:
        feeder = Feeder(pipes.stdin, lines())
        while header := pipes.stdout.readline():
            yield answer(pipes.stdout, header)
            answered += 1
        feeder.close()
        done = pipes.finish()
    if done.returncode != 0:
        raise failure("reading file contents", done)
    if answered != asked:
        raise EvaluationError(f"git answered {answered} of {asked} requests for file contents")


def blobs(git: Git, ids: Iterable[str], *, max_bytes: int | None) -> Iterator[Blob]:
    """The blobs in the order of ``ids``; ``data`` is None above ``max_bytes``.

    Raises ``EvaluationError`` for an id that is missing or not a blob.
    """
    return _ask(git, "--batch", ids, lambda stdout, header: _blob(stdout, header, max_bytes))


class Opened(Struct, frozen=True):
    """A blob that is being read: at most once, from its begin, and before the next one is asked for."""

    id: str
    size: int
    content: Content


class Content:
    """The content of one blob in pieces. Its end raises ``EvaluationError`` when it is not what the id stands for."""

    def __init__(self, stdout: IO[bytes], id: str, size: int) -> None:
        self._stdout = stdout
        self._id = id
        self._left = size
        self._digest = _digest(id, size)
        self._check_end()

    def read(self, size: int, /) -> bytes:
        """The next ``size`` bytes, fewer only at the end."""
        data = self._stdout.read(min(size, self._left))
        if len(data) < min(size, self._left):
            raise EvaluationError(f"git ended in the middle of object {self._id}")
        self._left -= len(data)
        self._digest.update(data)
        if data:
            self._check_end()
        return data

    def skip(self) -> None:
        """Reads what is left."""
        while self._left:
            self.read(_CHUNK)

    def _check_end(self) -> None:
        if self._left:
            return
        if self._stdout.read(1) != b"\n":
            raise EvaluationError(f"git ended in the middle of object {self._id}")
        if self._digest.hexdigest() != self._id:
            raise _tampered(self._id)


def opened(git: Git, ids: Iterable[str]) -> Iterator[Opened]:
    """The blobs in the order of ``ids``, each as a stream, so that memory does not depend on their size.

    Raises ``EvaluationError`` for an id that is missing or not a blob, and when a content is not that of its id.
    """

    def answer(stdout: IO[bytes], header: bytes) -> Opened:
        id, size = _header(header)
        return Opened(id, size, Content(stdout, id, size))

    for blob in _ask(git, "--batch", ids, answer):
        yield blob
        blob.content.skip()


def present(git: Git, ids: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Each id with whether the object is there."""

    def answer(_stdout: IO[bytes], header: bytes) -> tuple[str, bool]:
        id, _, rest = header.decode("ascii", "replace").partition(" ")
        return id, not rest.startswith("missing")

    return _ask(git, "--batch-check", ids, answer)


def _blob(stdout: IO[bytes], header: bytes, max_bytes: int | None) -> Blob:
    id, size = _header(header)
    too_large = max_bytes is not None and size > max_bytes
    data = None if too_large else stdout.read(size)
    if too_large:
        _drain(stdout, size)
    if stdout.read(1) != b"\n" or (data is not None and len(data) != size):
        raise EvaluationError(f"git ended in the middle of object {id}")
    if data is not None:
        check_content(id, data)
    return Blob(id=id, size=size, data=data)


def _header(header: bytes) -> tuple[str, int]:
    fields = header.decode("ascii", "replace").split()
    if len(fields) != 3:  # noqa: PLR2004 -- "<id> <kind> <size>"; anything else is "<id> missing" or "<id> ambiguous"
        raise EvaluationError(f"object {' is '.join(fields)} in this repository", help=MISSING_HELP)
    id, kind, size_text = fields
    if kind != "blob":
        raise EvaluationError(f"object {id} is a {kind} where the content of a file was expected")
    return id, int(size_text)


def check_content(id: str, data: bytes) -> None:
    """Raises ``EvaluationError`` when this is not the content that the id stands for.

    git takes for granted what lies in the object folder, and whoever may write there can put anything under any id.
    """
    digest = _digest(id, len(data))
    digest.update(data)
    if digest.hexdigest() != id:
        raise _tampered(id)


def _digest(id: str, size: int) -> hashlib._Hash:
    algorithm = hashlib.sha1 if len(id) == _SHA1_DIGITS else hashlib.sha256
    return algorithm(b"blob %d\0" % size, usedforsecurity=False)


def _tampered(id: str) -> EvaluationError:
    return EvaluationError(
        f"object {id} does not hold the content that its name stands for",
        help="the repository is damaged or was tampered with: run git fsck, and judge a fresh clone",
    )


def _drain(stdout: IO[bytes], size: int) -> None:
    while size > 0:
        chunk = stdout.read(min(size, _CHUNK))
        if not chunk:
            return
        size -= len(chunk)
