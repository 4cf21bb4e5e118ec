"""Files and folders below a folder's descriptor: no path is looked up twice, and no link is followed."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_MAX_LISTED = 5000
_OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_OPEN_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

Seen = tuple[int, int, int, int]
"""Inode, size, time of modification and time of change, in nanoseconds."""


@contextmanager
def opened(name: str | Path, above: int | None = None) -> Iterator[int]:
    """A folder's descriptor. Raises ``OSError``, also for a link."""
    descriptor = os.open(name, _OPEN_FOLDER, dir_fd=above)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def made(name: str, above: int) -> Iterator[int]:
    """The same of one of ours; it is made where there is none, and what lies in its place is removed."""
    with suppress(FileNotFoundError, IsADirectoryError):
        os.unlink(name, dir_fd=above)
    with suppress(FileExistsError):
        os.mkdir(name, 0o755, dir_fd=above)
    with entered(name, above) as descriptor:
        yield descriptor


@contextmanager
def entered(name: str, above: int) -> Iterator[int]:
    """The same of a folder that its owner may have closed for himself. Nobody else may be at work in it."""
    try:
        descriptor = os.open(name, _OPEN_FOLDER, dir_fd=above)
    except PermissionError:
        os.chmod(name, 0o700, dir_fd=above)
        descriptor = os.open(name, _OPEN_FOLDER, dir_fd=above)
    try:
        allow(descriptor)
        yield descriptor
    finally:
        os.close(descriptor)


def allow(folder: int) -> None:
    """Gives a folder's owner back what he may do in it, so that it can be cleared."""
    mode = stat.S_IMODE(os.fstat(folder).st_mode)
    if mode & stat.S_IRWXU != stat.S_IRWXU:
        os.fchmod(folder, mode | stat.S_IRWXU)


def newest(folder: int) -> list[str]:
    """The names of files, the newest first, at most as many as anybody needs."""
    with os.scandir(folder) as entries:
        found = [(_time(entry), entry.name) for entry in entries]
    return [name for _, name in sorted(found, reverse=True)[:_MAX_LISTED]]


def _time(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat(follow_symlinks=False).st_mtime_ns
    except OSError:
        return 0


def signatures(folder: int) -> Iterator[tuple[str, Seen]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):
                yield entry.name, signature(entry.stat(follow_symlinks=False))


def signature(found: os.stat_result) -> Seen:
    return (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def read(folder: int, name: str, *, limit: int) -> bytes | None:
    """A regular file's content; None for anything else, for one that is too large and for one that cannot be read."""
    try:
        with os.fdopen(os.open(name, _OPEN_FILE, dir_fd=folder), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return None
            content = file.read(limit + 1)
    except OSError:
        return None
    return content if len(content) <= limit else None


def put(folder: int, name: str, content: bytes) -> None:
    """Writes a file in one step, and only where it does not lie there already."""
    if read(folder, name, limit=len(content)) == content:
        return
    fresh = f".{secrets.token_hex(8)}"
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(fresh, flags, 0o666, dir_fd=folder), "wb") as file:
            file.write(content)
        try:
            os.rename(fresh, name, src_dir_fd=folder, dst_dir_fd=folder)
        except IsADirectoryError:
            _remove_folder(folder, name)
            os.rename(fresh, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with suppress(OSError):
            os.unlink(fresh, dir_fd=folder)
        raise


def clear_but(folder: int, kept: Iterable[str]) -> None:
    """Removes everything else. Raises the first ``OSError`` when all that can be removed is."""
    failed: OSError | None = None
    for name in set(os.listdir(folder)).difference(kept):
        try:
            remove(folder, name)
        except OSError as error:
            failed = failed or error
    if failed is not None:
        raise failed


def remove(folder: int, name: str) -> None:
    """Removes a file, a link, or a folder with all that is in it."""
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return
    except IsADirectoryError:
        _remove_folder(folder, name)


def _remove_folder(folder: int, name: str) -> None:
    """Level by level, each lifted into the one above, so that a tree deeper than any stack goes as well."""
    with entered(name, folder) as top:
        while names := os.listdir(top):  # noqa: PTH208 (a descriptor)
            for each in names:
                try:
                    os.unlink(each, dir_fd=top)
                except IsADirectoryError:
                    with entered(each, top) as inner:
                        for child in os.listdir(inner):  # noqa: PTH208 (a descriptor)
                            _lift(child, inner, top)
                    os.rmdir(each, dir_fd=top)
    os.rmdir(name, dir_fd=folder)


def _lift(name: str, folder: int, above: int) -> None:
    """Moves an entry of a folder up; a folder is only moved by somebody who may write to it (rename(2))."""
    fresh = secrets.token_hex(16)
    try:
        os.rename(name, fresh, src_dir_fd=folder, dst_dir_fd=above)
    except PermissionError:
        os.chmod(name, 0o700, dir_fd=folder)
        os.rename(name, fresh, src_dir_fd=folder, dst_dir_fd=above)
