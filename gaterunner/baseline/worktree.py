"""A commit in a temporary folder that a gate can run in, gone afterwards.

The folder is outside of the checkout and belongs to whom gates run as. One that a killed run left behind is removed by
the next run: as long as a run lives, it holds a lock on each of its folders.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gaterunner.errors import EvaluationError
from gaterunner.executors.identity import Identity
from gaterunner.git.repository import Repository
from gaterunner.git.worktree import write_checkout

_PREFIX = "gaterunner-base-"
_LOCK = "lock"
_TREE = "tree"
_PATIENCE_S = 3600.0


class Worktrees:
    """Makes folders below ``parent`` (by default the directory for temporary files) for ``identity`` to work in.

    A gate in a container needs a ``parent`` that the engine can mount.
    """

    def __init__(self, repository: Repository, *, identity: Identity | None, parent: Path | None = None) -> None:
        self._repository = repository
        self._identity = identity
        self._parent = (parent or Path(tempfile.gettempdir())).resolve()

    @contextmanager
    def of(self, commit: str) -> Iterator[Path]:
        """A folder with the commit checked out, see ``write_checkout``. Raises ``EvaluationError``."""
        sweep(self._parent)
        folder, lock = self._make()
        try:
            tree = folder / _TREE
            tree.mkdir(mode=0o755)
            write_checkout(self._repository, commit, tree)
            if self._identity is not None:
                _give(tree, self._identity)
            yield tree
        finally:
            _remove(folder)
            os.close(lock)

    def _make(self) -> tuple[Path, int]:
        try:
            folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=self._parent))
            lock = os.open(folder / _LOCK, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
            fcntl.flock(lock, fcntl.LOCK_EX)
            folder.chmod(0o711)  # whom gates run as must get through, and sees nothing but its tree
        except OSError as error:
            raise EvaluationError(
                f"no folder for the base could be made in {self._parent}: {error.strerror}",
                help="free some space, or set TMPDIR to a folder that can be written to",
            ) from error
        return folder, lock


def sweep(parent: Path) -> None:
    """Removes what killed runs of this user left in ``parent``. Raises nothing."""
    with suppress(OSError):
        for folder in parent.glob(f"{_PREFIX}*"):
            with suppress(OSError):
                status = folder.lstat()
                if stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and _abandoned(folder):
                    _remove(folder)


def _abandoned(folder: Path) -> bool:
    """True when nobody holds the folder's lock; one without a tree may just be being made, before its lock is held."""
    being_made = not (folder / _TREE).exists() and time.time() - folder.lstat().st_mtime < _PATIENCE_S
    lock = os.open(folder / _LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(lock)
    return not being_made


def _give(tree: Path, identity: Identity) -> None:
    """Makes the identity the owner of everything; links are not followed."""
    for directory, folders, files in os.walk(tree):
        for name in (".", *folders, *files):
            os.chown(f"{directory}/{name}", identity.uid, identity.gid, follow_symlinks=False)


def _remove(folder: Path) -> None:
    """Removes all of it, also folders that the gate took its own rights away from (Go's module cache does)."""
    shutil.rmtree(folder, ignore_errors=True)
    if not os.path.lexists(folder):
        return
    for directory, _, _ in os.walk(folder):  # from the top, so that each is open before its folders are listed
        with suppress(OSError):
            Path(directory).chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)
