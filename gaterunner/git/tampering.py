"""Whether somebody rewrote git objects while they were read.

Policies read objects while gates run, and a gate may run as the user who owns ``.git``. git does not check an object
against its id when it reads it, so a changed file there could show a policy other content under an honest id. Nobody
but root can set a file's change time back, so a file that was there before and has not changed since is what it was.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

_MOST_STORES = 20  # alternates may name others; git itself stops at a depth of five


class _Stamp(Struct, frozen=True):
    inode: int
    size: int
    modified_ns: int
    changed_ns: int


class ObjectWatch:
    """The object files of a repository at one moment, to be compared with those of a later one."""

    def __init__(self, objects: Path) -> None:
        self._objects = objects
        self._before = dict(_stamps(objects))

    def tampered(self) -> str | None:
        """A file that was changed, removed, or added where git would prefer it to an older one; None when none was.

        A new loose object is none of these: git finds what it already has in a pack, or in the file that was there.
        """
        now = dict(_stamps(self._objects))
        for path, stamp in self._before.items():
            if now.get(path) != stamp:
                return path
        return next((path for path in now if path not in self._before and not _is_loose(path)), None)


def _stamps(objects: Path) -> Iterator[tuple[str, _Stamp]]:
    stores, seen = [os.fspath(objects)], set[str]()
    while stores and len(seen) < _MOST_STORES:
        store = os.path.realpath(stores.pop())
        if store not in seen:
            seen.add(store)
            stores += _alternates(store)
            yield from _files(store)


def _files(folder: str) -> Iterator[tuple[str, _Stamp]]:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        try:
            if entry.is_dir(follow_symlinks=False):
                yield from _files(entry.path)
                continue
            status = entry.stat(follow_symlinks=False)
        except OSError:  # it ended between the two looks; the comparison sees that it is not there
            continue
        yield entry.path, _Stamp(status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _alternates(store: str) -> list[str]:
    try:
        lines = Path(store, "info", "alternates").read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return []
    return [os.path.join(store, line) for line in lines if line and not line.startswith("#")]  # noqa: PTH118 (as git)


def _is_loose(path: str) -> bool:
    folder = os.path.basename(os.path.dirname(path))  # noqa: PTH119, PTH120 (called for every object)
    return len(folder) == 2  # noqa: PLR2004 (git names these folders by the first two digits of the ids in them)
