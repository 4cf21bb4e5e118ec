"""A temporary folder that its maker holds a lock on, so that the next run knows what a killed one left behind."""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from gaterunner.errors import EvaluationError

_PREFIX = "gaterunner-base-"
_LOCK = "lock"
_PATIENCE_S = 3600.0


class HeldFolder:
    """Lives as long as its block. ``path`` is for us alone until ``open_to_others``; ``descriptor`` is it, opened."""

    def __init__(self, parent: Path) -> None:
        try:
            self.path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
            self.descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            if os.fstat(self.descriptor).st_uid != os.geteuid():
                raise _exchanged(self.path)
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            self._lock = os.open(_LOCK, flags, 0o600, dir_fd=self.descriptor)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
        except OSError as error:
            raise EvaluationError(
                f"no folder for the base could be made in {parent}: {error.strerror}",
                help="free some space, or set TMPDIR to a folder that can be written to",
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _remove(self.path)
        os.close(self._lock)
        os.close(self.descriptor)

    def open_to_others(self) -> None:
        """From now on others get through it to what belongs to them inside, and see nothing else of it."""
        os.fchmod(self.descriptor, 0o711)

    def check(self) -> None:
        """Raises ``EvaluationError`` when something else lies by its name by now."""
        with suppress(OSError):
            if os.path.samestat(self.path.lstat(), os.fstat(self.descriptor)):
                return
        raise _exchanged(self.path)


def sweep(parent: Path) -> None:
    """Removes what killed runs of this user left in ``parent``. Raises nothing."""
    with suppress(OSError):
        for folder in parent.glob(f"{_PREFIX}*"):
            with suppress(OSError):
                if _abandoned(folder):
                    _remove(folder)


def _abandoned(folder: Path) -> bool:
    """True when the folder is of this user and nobody holds its lock, nor is just about to take it."""
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        return False
    content = {entry.name for entry in os.scandir(folder)}
    if content <= {_LOCK} and time.time() - status.st_mtime < _PATIENCE_S:
        return False
    if _LOCK not in content:
        return True
    lock = os.open(folder / _LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(lock)
    return True


def _exchanged(path: Path) -> EvaluationError:
    return EvaluationError(f"{path} was exchanged while it was filled", help="find out which gate does that")


def _remove(folder: Path) -> None:
    """Removes all of it, also folders that the gate took its own rights away from (Go's module cache does)."""
    shutil.rmtree(folder, ignore_errors=True)
    if os.geteuid() == 0 or not os.path.lexists(folder):
        return
    for directory, _, _ in os.walk(folder):  # from the top, so that each is open before its folders are listed
        with suppress(OSError):
            Path(directory).chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)
