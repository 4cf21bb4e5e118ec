"""Folders for temporary files. One that a killed run leaves behind is removed by the next run.

As long as a run lives it holds a lock on each of its folders, which the kernel gives back whatever ends the run.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
import weakref
from contextlib import suppress
from pathlib import Path

from gaterunner.errors import EvaluationError

_PREFIX = "gaterunner-run-"
_LOCK = "lock"
_INNER = "content"
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
    """Removes all of it, also folders that a gate took its own rights away from (Go's module cache does)."""
    shutil.rmtree(folder, ignore_errors=True)
    # Root needs no such rights, and must not be led to other folders by a link in this one's place.
    if os.geteuid() == 0 or not os.path.lexists(folder):
        return
    for directory, _, _ in os.walk(folder):  # from the top, so that each is open before its folders are listed
        with suppress(OSError):
            Path(directory).chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)
