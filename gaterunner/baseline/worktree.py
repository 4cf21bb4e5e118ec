"""A commit in a temporary folder that a gate can run in, gone afterwards.

The folder is outside of the work tree and belongs to whom gates run as. While root fills it, nobody else can get into
it: a gate that runs meanwhile could otherwise put a link in the way and have root write or give away what it leads to.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from gaterunner.errors import EvaluationError
from gaterunner.executors.identity import Identity
from gaterunner.git.repository import Repository
from gaterunner.git.worktree import write_checkout
from gaterunner.temporary import TemporaryFolder

_CLOSED = Path("/var/lib")  # root's alone wherever hier(7) is followed, and open to pass through
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Worktrees:
    """Makes folders for ``identity`` to work in.

    Those for gates in containers lie below ``parent``, which the engine must be able to mount and which may be the
    identity's own; all others, and without a ``parent`` all, lie outside of the checkout: tools that search no `.git`
    (jest, for one) would find no test in a folder below it.
    """

    def __init__(self, repository: Repository, *, identity: Identity | None, parent: Path | None = None) -> None:
        self._repository = repository
        self._identity = identity
        self._parent = parent

    @contextmanager
    def of(self, commit: str, *, contained: bool = False) -> Iterator[Path]:
        """A folder with the commit checked out, see ``write_checkout``; ``contained`` for a gate in a container.

        Raises ``EvaluationError``.
        """
        parent = self._parent.resolve() if contained and self._parent is not None else self._above()
        folder = TemporaryFolder(parent=parent)
        try:
            # A gate in a container that runs as the user that we are must not lead us out of the checkout either.
            shared = contained and self._parent is not None if self._identity is None else not _is_ours_alone(parent)
            if shared:
                self._copy_to(folder.path, commit)
            else:
                write_checkout(self._repository, commit, folder.path)
            if self._identity is not None and not shared:
                _give(folder.path, self._identity)
                folder.path.parent.chmod(0o711)  # last: nobody gets in before all of it is given
            yield folder.path
        finally:
            folder.remove()

    def _above(self) -> Path:
        """Where a gate of this machine gets its folder: if it can be, below none that another gate can write to.

        Many tools look for settings in all folders above (pytest.ini, go.work, .cargo/config.toml, package.json), and
        what an earlier gate left in the directory for temporary files would speak for the base.
        """
        closed = self._identity is not None and _is_ours_alone(_CLOSED) and os.access(_CLOSED, os.W_OK)
        return _CLOSED if closed else Path(tempfile.gettempdir()).resolve()

    def _copy_to(self, path: Path, commit: str) -> None:
        """Fills a folder that others could exchange for a link: through open descriptors, never by its name."""
        staging = TemporaryFolder()
        try:
            write_checkout(self._repository, commit, staging.path)
            with ExitStack() as opened:
                folders: list[int] = []
                for place in (path.parents[1], path.parent.name, path.name):
                    folders.append(os.open(place, _FOLDER, dir_fd=folders[-1] if folders else None))
                    opened.callback(os.close, folders[-1])
                _, outer, inner = folders
                if {os.fstat(outer).st_uid, os.fstat(inner).st_uid} != {os.geteuid()}:
                    raise _exchanged(path)
                _copy(staging.path, inner, self._identity)
                if self._identity is not None:
                    os.fchown(inner, self._identity.uid, self._identity.gid)
                    os.fchmod(outer, 0o711)
                if not (_is_same(path.parent, outer) and _is_same(path, inner)):
                    raise _exchanged(path)
        except OSError as error:
            raise EvaluationError(f"{path} could not be filled: {error.strerror}", help="free some space") from error
        finally:
            staging.remove()


def _exchanged(path: Path) -> EvaluationError:
    return EvaluationError(f"{path} was exchanged while it was filled", help="find out which gate does that")


def _is_same(path: Path, descriptor: int) -> bool:
    return os.path.samestat(path.lstat(), os.fstat(descriptor))


def _is_ours_alone(parent: Path) -> bool:
    """True when nobody but us can rename what we make in ``parent``, or ``parent`` itself."""
    for directory in (parent, *parent.parents):
        try:
            status = directory.stat()
        except OSError:
            return False
        shared = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not status.st_mode & stat.S_ISVTX
        if status.st_uid not in {0, os.geteuid()} or shared:
            return False
    return True


def _give(tree: Path, identity: Identity) -> None:
    """Makes the identity the owner of everything; links are not followed."""
    for directory, folders, files in os.walk(tree):
        for name in (".", *folders, *files):
            os.chown(f"{directory}/{name}", identity.uid, identity.gid, follow_symlinks=False)


def _copy(source: Path, into: int, identity: Identity | None) -> None:
    """Copies what lies in ``source`` into an open folder and gives it to the identity."""
    owner = (-1, -1) if identity is None else (identity.uid, identity.gid)  # -1: as it is
    for entry in os.scandir(source):
        if entry.is_symlink():
            os.symlink(Path(entry.path).readlink(), entry.name, dir_fd=into)
            os.chown(entry.name, *owner, dir_fd=into, follow_symlinks=False)
            continue
        mode = stat.S_IMODE(entry.stat(follow_symlinks=False).st_mode)
        if entry.is_dir(follow_symlinks=False):
            os.mkdir(entry.name, 0o700, dir_fd=into)
            copy = os.open(entry.name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=into)
        else:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            copy = os.open(entry.name, flags, 0o600, dir_fd=into)
        try:
            _fill(Path(entry.path), copy, identity)
            os.fchown(copy, *owner)
            os.fchmod(copy, mode)
        finally:
            os.close(copy)


def _fill(source: Path, copy: int, identity: Identity | None) -> None:
    if source.is_dir():
        _copy(source, copy, identity)
        return
    with source.open("rb") as content, os.fdopen(copy, "wb", closefd=False) as target:
        shutil.copyfileobj(content, target)
