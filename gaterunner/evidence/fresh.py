"""Which files a gate wrote during its run. Shared by every kind of evidence that is read from files.

A result file proves nothing when it lay there before, came out of a cache or out of git. What counts as written by
this run, and why not simply "newer than the start": file times come from a coarse clock, `touch` sets them and a cache
restores them (docs/gates.md has the table). So a file that was there before counts only when its content is different,
it was replaced, or the kernel saw it being written; and any file only when it is not the committed one, its time is not
before the start, and its own timestamps are not either. Nothing of the user's is moved or deleted to find out.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from msgspec import Struct

from gaterunner.evidence.writes import WriteWatch
from gaterunner.redaction import Redactor

MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_FILES = 5_000
_TIME_SLACK_NS = 2_000_000_000  # some file systems keep times in steps of two seconds


class Dated(Protocol):
    """What a result file says. ``newest`` is the latest time that it tells of, in seconds since 1970, None for none."""

    @property
    def newest(self) -> float | None: ...


_Parsed = TypeVar("_Parsed", bound=Dated)


class _Seen(Struct, frozen=True):
    """A file as it was before the gate."""

    device: int
    inode: int
    digest: bytes | None


class _RefusedError(Exception):
    """A file that matches but must not be read; the argument is the sentence to tell."""


class FileWatch:
    """Made before a gate starts, asked once it has ended and nothing of it is alive any more.

    ``patterns`` are globs relative to ``cwd``; a directory stands for the files below it that ``in_directories``
    matches. ``committed`` maps paths of the judged tree to blob ids; a copy of any of them is no evidence. Raises
    nothing for what lies there.

    Once ``read`` is through, ``stale`` names what this run did not write, and ``unreadable`` says of the rest what is
    wrong with it. Names are relative to the root where a file lies in it.
    """

    def __init__(
        self,
        root: Path,
        cwd: Path,
        patterns: Sequence[str],
        *,
        in_directories: str,
        committed: Mapping[str, str] | None = None,
    ) -> None:
        self.root = root.resolve()
        self.cwd = cwd.resolve()
        self.patterns = tuple(patterns)
        self._in_directories = in_directories
        self._committed = frozenset((committed or {}).values())
        self._before = {path: seen for path in self._matches() if (seen := _look(path)) is not None}
        self.stale: list[str] = []
        self.unreadable: list[str] = []
        self._writes = WriteWatch(list(self._before))
        self._started_ns = time.time_ns()

    def read(self, parse: Callable[[bytes], _Parsed], *, redactor: Redactor) -> Iterator[tuple[str, bytes, _Parsed]]:
        """Name, content and meaning of what this run wrote, in order, one file at a time.

        ``parse`` raises ``ValueError`` for what it cannot read; its words may quote the file, and are redacted.
        """
        written = self._writes.stop()
        matches = self._matches()
        for path in matches[:MAX_FILES]:
            name = self._name(path)
            try:
                data = self._content(path)
                parsed = parse(data) if self._is_fresh(path, data, written) else None
            except (_RefusedError, ValueError) as error:
                self.unreadable.append(redactor(f"{name}: {error}"))
                continue
            if parsed is None or not self._ran_since(parsed.newest):
                self.stale.append(name)
            else:
                yield name, data, parsed
        if len(matches) > MAX_FILES:
            told = f"{' '.join(self.patterns)}: matches {len(matches)} files, more than {MAX_FILES}"
            self.unreadable.append(redactor(f"{told}; name them more exactly"))

    def _ran_since(self, newest: float | None) -> bool:
        """False when a file itself says that all of it is older: restored from a cache with a fresh file time."""
        return newest is None or newest * 1e9 >= self._started_ns - _TIME_SLACK_NS

    def _matches(self) -> list[Path]:
        """What the globs match, in order; no directory link is followed by `**`."""
        from wcmatch import glob

        flags = glob.GLOBSTAR | glob.BRACE | glob.NODIR
        flags_with_directories = glob.GLOBSTAR | glob.BRACE
        found: set[str] = set()
        for pattern in self.patterns:
            for match in glob.glob(pattern, flags=flags_with_directories, root_dir=self.cwd):
                path = self.cwd / match
                if path.is_dir() and not path.is_symlink():
                    found |= {
                        f"{path}/{inner}" for inner in glob.glob(self._in_directories, flags=flags, root_dir=path)
                    }
                else:
                    found.add(os.path.normpath(path))
        return [Path(name) for name in sorted(found)]

    def _name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)

    def _content(self, path: Path) -> bytes:
        # Nothing of the gate is alive, so what is checked here cannot be exchanged before it is read.
        if Path(os.path.realpath(path)) != path or not path.is_relative_to(self.root):
            raise _RefusedError("is reached through a symbolic link or lies outside of the repository")
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError as error:
            raise _RefusedError(f"could not be opened: {error.strerror}") from error
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise _RefusedError("is not a regular file")
            if status.st_size > MAX_FILE_BYTES:
                raise _RefusedError(f"is larger than {MAX_FILE_BYTES >> 20} MiB")
            try:
                return file.read(MAX_FILE_BYTES + 1)
            except OSError as error:
                raise _RefusedError(f"could not be read: {error.strerror}") from error

    def _is_fresh(self, path: Path, data: bytes, written: frozenset[Path]) -> bool:
        status = path.lstat()
        if status.st_mtime_ns < self._started_ns - _TIME_SLACK_NS:
            return False
        if not self._committed.isdisjoint(_blob_ids(data)):
            return False
        before = self._before.get(path)
        if before is None:
            return True
        replaced = (status.st_dev, status.st_ino) != (before.device, before.inode)
        return replaced or before.digest != hashlib.sha256(data).digest() or path in written


def _look(path: Path) -> _Seen | None:
    """A file's identity and content; None where there is none, no digest where it is no ordinary file of fair size."""
    try:
        status = path.lstat()
        ordinary = stat.S_ISREG(status.st_mode) and status.st_size <= MAX_FILE_BYTES
        digest = hashlib.sha256(path.read_bytes()).digest() if ordinary else None
    except OSError:
        return None
    return _Seen(status.st_dev, status.st_ino, digest)


def _blob_ids(data: bytes) -> tuple[str, str]:
    """The ids that git would give this content, in both of its object formats."""
    blob = b"blob %d\0" % len(data) + data
    return hashlib.sha1(blob, usedforsecurity=False).hexdigest(), hashlib.sha256(blob).hexdigest()
