"""Sees whether a gate ran on just the inputs that its key names, from its start to its end.

A file's signature (inode, size, times, mode) is taken before and after. The kernel sets the time of change (ctime) at
every write, also at one that puts the old content and the old modification time back, and lets nobody choose it. What
has kept its signature is then read once and compared with the judged tree. Only a file written in the very tick of the
clock in which its first signature was taken could be written again unseen: such a file is also read before.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from gaterunner.errors import EvaluationError
from gaterunner.policies.context import TreeEntry
from gaterunner.store.inputs import SUBMODULE, SYMLINK

_EXECUTABLE = "100755"
_SHA1_DIGITS = 40
_CHUNK = 1 << 20
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"
_LFS_MAX = 1024
# Linux counts file times in ticks of at most 10 ms; file systems that only know seconds show none of their fractions.
_TICK_NS = 100_000_000
_SECOND_NS = 1_000_000_000

Signature = tuple[int, int, int, int, int, int]


class Contents:
    """What has been read of the work tree, so that several gates with the same inputs read them once."""

    def __init__(self, root: Path, pointer: Callable[[str], bytes]) -> None:
        """``pointer`` gives the content of a small blob of the judged tree."""
        self.root = root
        self._pointer = pointer
        self._right: dict[tuple[str, str], Signature] = {}

    def differs(self, entry: TreeEntry, signature: Signature) -> str | None:
        """Why what lies on the disk is not what the judged tree holds; None when it is. Raises ``OSError``."""
        if self._right.get((entry.path, entry.blob)) == signature:
            return None
        told = self._told(entry, signature)
        if told is None:
            self._right[(entry.path, entry.blob)] = signature
        return told

    def _told(self, entry: TreeEntry, signature: Signature) -> str | None:
        path = self.root / entry.path
        if entry.mode == SYMLINK:
            if not stat.S_ISLNK(signature[0]):
                return "is no symbolic link any more"
            return _other(_blob_id(entry.blob, os.fsencode(path.readlink())), entry)
        if not stat.S_ISREG(signature[0]):
            return "is no regular file any more"
        if bool(signature[0] & stat.S_IXUSR) != (entry.mode == _EXECUTABLE):
            return "has another executable bit than in the judged tree"
        return self._read(path, entry, signature)

    def _read(self, path: Path, entry: TreeEntry, signature: Signature) -> str | None:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            if _signature(os.fstat(file.fileno())) != signature:
                return "was changed"
            digest, large = _blob_hash(entry.blob, signature[1]), hashlib.sha256()
            head = file.read(_CHUNK)
            if head.startswith(_LFS_POINTER) and signature[1] <= _LFS_MAX:
                return "is a Git LFS pointer whose content is not checked out"
            chunk = head
            while chunk:
                digest.update(chunk)
                large.update(chunk)
                chunk = file.read(_CHUNK)
        if digest.hexdigest() == entry.blob:
            return None
        return None if self._is_pointer_to(entry, large.hexdigest()) else _OTHER

    def _is_pointer_to(self, entry: TreeEntry, sha256: str) -> bool:
        """The judged tree holds a Git LFS pointer to just this content."""
        content = self._pointer(entry.blob)
        return content.startswith(_LFS_POINTER) and f"oid sha256:{sha256}".encode() in content.split(b"\n")


_OTHER = "has another content than in the judged tree"


class Watch:
    """The inputs of one gate from now on. Raises nothing; what cannot be looked at is a reason not to keep a result."""

    def __init__(self, entries: Iterable[TreeEntry], contents: Contents) -> None:
        self._contents = contents
        self._entries = {entry.path: entry for entry in entries}
        self._folders = sorted({folder for path in self._entries if (folder := path.rpartition("/")[0])})
        self._before: dict[str, Signature] = {}
        self._reason = self._guarded(self._take)

    def unchanged(self) -> str | None:
        """Why the gate may have seen other inputs than those of the judged tree; None when it saw just those."""
        return self._reason or self._guarded(self._compare)

    def _guarded(self, look: Callable[[], str | None]) -> str | None:
        try:
            return look()
        except FileNotFoundError as error:
            return f"{_named(error, self._contents.root)} is not there (removed, or not checked out)"
        except OSError as error:
            return f"{_named(error, self._contents.root)} could not be looked at: {error.strerror}"
        except EvaluationError as error:
            return error.message

    def _take(self) -> str | None:
        now = time.time_ns()
        for path, entry in self._entries.items():
            if entry.mode == SUBMODULE:
                if reason := self._submodule(path):
                    return reason
                continue
            signature = self._before[path] = _signature(os.lstat(self._full(path)))
            if _is_fresh(signature, now) and (reason := self._contents.differs(entry, signature)):
                return f"{path!r} {reason}"
        return self._through_links()

    def _compare(self) -> str | None:
        for path, signature in self._before.items():
            if _signature(os.lstat(self._full(path))) != signature:
                return f"{path!r} was written to or replaced while the gate ran"
            if reason := self._contents.differs(self._entries[path], signature):
                return f"{path!r} {reason}"
        return self._through_links()

    def _full(self, path: str) -> str:
        return f"{self._contents.root}/{path}"

    def _submodule(self, path: str) -> str | None:
        """Its commit is in the key, but what lies in its folder is not looked at."""
        try:
            empty = not os.listdir(self._full(path))  # noqa: PTH208 (thousands of Path objects are slow)
        except FileNotFoundError:
            empty = True
        return None if empty else f"{path!r} is a submodule that is checked out, and what lies in it is not looked at"

    def _through_links(self) -> str | None:
        """A folder that has become a link shows other files under the same names."""
        for folder in self._folders:
            parts = folder.split("/")
            for count in range(1, len(parts) + 1):
                on_the_way = "/".join(parts[:count])
                if not stat.S_ISDIR(os.lstat(self._full(on_the_way)).st_mode):
                    return f"{on_the_way!r} is no folder any more"
        return None


def _signature(found: os.stat_result) -> Signature:
    return (found.st_mode, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_dev)


def _is_fresh(signature: Signature, now: int) -> bool:
    changed = signature[3]
    coarse = changed % _SECOND_NS == 0
    return changed > now - (2 * _SECOND_NS if coarse else _TICK_NS)


def _blob_hash(like: str, size: int) -> hashlib._Hash:
    """One that gives the id git would give the content; ``like`` is an id of the repository's format."""
    algorithm = hashlib.sha1 if len(like) == _SHA1_DIGITS else hashlib.sha256
    return algorithm(b"blob %d\0" % size, usedforsecurity=False)


def _blob_id(like: str, content: bytes) -> str:
    digest = _blob_hash(like, len(content))
    digest.update(content)
    return digest.hexdigest()


def _other(id: str, entry: TreeEntry) -> str | None:
    return None if id == entry.blob else _OTHER


def _named(error: OSError, root: Path) -> str:
    return repr(str(error.filename or "a file").removeprefix(f"{root}/"))
