"""Folders for temporary files. One that a killed run leaves behind is removed by the next run.

As long as a run lives it holds a lock on each of its folders, which the kernel gives back whatever ends the run.
"""

from __future__ import annotations

import fcntl
import itertools
import os
import stat
import tempfile
import weakref
from contextlib import suppress
from pathlib import Path

from gaterunner.errors import EvaluationError

_PREFIX = "gaterunner-run-"
_LOCK = "lock"
_INNER = "content"
_MOVED = "moved-"
_DEEPEST = 32
_swept: set[Path] = set()


class TemporaryFolder:
    """An empty folder at ``path``, below ``parent`` (by default the directory for temporary files).

    Only we can reach it, unless it is ``passable``: then others can reach what is theirs in it, and list nothing. It is
    gone after ``remove``, or at the latest when the process ends. Raises ``EvaluationError`` when it cannot be made.
    """

    def __init__(self, *, parent: Path | None = None, passable: bool = False) -> None:
        where = (parent or Path(tempfile.gettempdir())).resolve()
        _sweep_once(where)
        try:
            outer = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=where))
            self._finalizer = weakref.finalize(self, _end, outer, _lock(outer))
            if passable:
                outer.chmod(0o711)
            self.path = outer / _INNER
            self.path.mkdir(mode=0o755 if passable else 0o700)
        except OSError as error:
            raise EvaluationError(
                f"no temporary folder could be made in {where}: {error.strerror}",
                help="free some space, or set TMPDIR to a folder that can be written to",
            ) from error

    def remove(self) -> None:
        """Removes the folder with all that is in it. Raises nothing; may be called again."""
        self._finalizer()


def _lock(outer: Path) -> int:
    # Locked before it gets its name, so that nobody finds a lock that nobody holds.
    making = outer / f"{_LOCK}.new"
    descriptor = os.open(making, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    making.rename(outer / _LOCK)
    return descriptor


def _end(outer: Path, lock: int) -> None:
    _remove(outer)
    os.close(lock)


def _sweep_once(parent: Path) -> None:
    if parent in _swept:
        return
    _swept.add(parent)
    with suppress(OSError), os.scandir(parent) as entries:
        for entry in entries:
            if entry.name.startswith(_PREFIX):
                with suppress(OSError):
                    _sweep(Path(entry.path))


def _sweep(outer: Path) -> None:
    """Removes a folder of ours that nobody holds any more."""
    status = outer.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        return
    lock = os.open(outer / _LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # BlockingIOError: its run is alive
        _remove(outer)
    finally:
        os.close(lock)


def _remove(folder: Path) -> None:
    """Removes all of it, whatever a gate made in it: folders nested without end, and such as nobody may enter.

    What is nested deeply is moved up before it is emptied, so that neither the depth of calls, nor the length of paths,
    nor the number of open files limits it. Nothing is reached by more than one name below an open folder: a link in a
    folder's place is removed and leads nowhere. The lock goes last; nobody would remove what a kill left without it.
    """
    with suppress(OSError):
        top = _opened(folder)
        try:
            emptying = _Emptying(top)
            while emptying.goes_on(top):
                pass
            with suppress(FileNotFoundError):
                os.unlink(_LOCK, dir_fd=top)
        finally:
            os.close(top)
        folder.rmdir()


class _Emptying:
    """Empties the open folder ``top`` in rounds."""

    def __init__(self, top: int) -> None:
        self._top = top
        self._names = (f"{_MOVED}{number}" for number in itertools.count())

    def goes_on(self, folder: int, *, depth: int = 0) -> bool:
        """Removes what it can from an open folder, ``depth`` below the top. False when there was nothing it could."""
        done = False
        with os.scandir(folder) as entries:
            for entry in entries:
                if folder == self._top and entry.name == _LOCK:
                    continue
                with suppress(OSError):  # what cannot go now goes in the next round, or never
                    if not entry.is_dir(follow_symlinks=False):
                        os.unlink(entry.name, dir_fd=folder)
                    elif depth < _DEEPEST:
                        done = self._emptied(entry.name, folder, depth) or done
                        os.rmdir(entry.name, dir_fd=folder)
                    else:
                        os.close(_opened(entry.name, folder))  # who may not write to a folder may not move it either
                        os.rename(entry.name, next(self._names), src_dir_fd=folder, dst_dir_fd=self._top)
                    done = True
        return done

    def _emptied(self, name: str, within: int, depth: int) -> bool:
        inner = _opened(name, within)
        try:
            return self.goes_on(inner, depth=depth + 1)
        finally:
            os.close(inner)


def _opened(name: str | Path, within: int | None = None) -> int:
    """A folder, opened although its mode may say that nobody can (Go's module cache is like that)."""
    found = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=within)
    itself = f"/proc/self/fd/{found}"
    try:
        if os.geteuid() != 0:  # root needs no such rights
            Path(itself).chmod(0o700)
        return os.open(itself, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    finally:
        os.close(found)
