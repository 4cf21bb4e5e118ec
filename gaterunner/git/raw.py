"""Readers for what git prints with ``-z``. Pure: bytes in, types out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import IO, Literal, cast

from msgspec import Struct

from gaterunner.errors import EvaluationError
from gaterunner.git.command import decode
from gaterunner.model import BlobRecord, Commit, FileChange
from gaterunner.policies.context import TreeEntry

_CHUNK = 1 << 16

# Fields end with NUL, which no field of a commit can hold.
COMMIT_FORMAT = "%H%x00%P%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%s"
_COMMIT_FIELDS = 9


def tokens(stream: IO[bytes]) -> Iterator[bytes]:
    """The NUL-ended pieces of a stream, in bounded memory. Raises ``EvaluationError`` when the last one is cut off."""
    rest = b""
    while chunk := stream.read(_CHUNK):
        *whole, rest = (rest + chunk).split(b"\0")
        yield from whole
    if rest:
        raise EvaluationError("git's answer ended in the middle of a record")


def split(data: bytes) -> list[bytes]:
    """The NUL-ended pieces of an answer."""
    return data.split(b"\0")[:-1]


def _next(pieces: Iterator[bytes]) -> bytes:
    try:
        return next(pieces)
    except StopIteration:
        raise EvaluationError("git's answer ended in the middle of a record") from None


class Row(Struct, frozen=True):
    """One touched path of one commit: a mode and an id per parent, then those of the commit itself."""

    commit: str
    modes: tuple[str, ...]
    ids: tuple[str, ...]
    status: str
    path: bytes


def rows(pieces: Iterable[bytes]) -> Iterator[Row]:
    """Reads ``diff-tree --stdin -r -c --root --raw -z``: a commit's id, then its rows.

    A row of an ordinary commit is ``:old-mode new-mode old-blob new-blob status``; one of a merge has as many colons,
    old modes and old blobs as the commit has parents. The path is the next piece, whatever it looks like.
    """
    stream = iter(pieces)
    commit = ""
    for piece in stream:
        if not piece.startswith(b":"):
            commit = piece.decode("ascii")
            continue
        *sides, status = piece.lstrip(b":").decode("ascii").split(" ")
        half = len(sides) // 2
        yield Row(commit, tuple(sides[:half]), tuple(sides[half:]), status, _next(stream))


def record(row: Row) -> BlobRecord:
    """A row as the policies see it."""
    return BlobRecord(
        commit=row.commit,
        path=decode(row.path),
        status=row.status,
        mode=row.modes[-1],
        blob=row.ids[-1],
        parent_blobs=row.ids[:-1],
    )


def files(data: bytes) -> tuple[FileChange, ...]:
    """Reads ``diff-tree -r --raw --numstat -z`` of two trees: all raw rows first, then all counts."""
    stream = iter(split(data))
    rows: list[tuple[list[str], bytes]] = []
    counts: dict[bytes, tuple[int | None, int | None]] = {}
    for piece in stream:
        if piece.startswith(b":"):
            rows.append((piece[1:].decode("ascii").split(" "), _next(stream)))
            continue
        added, removed, path = piece.split(b"\t", 2)
        counts[path] = (_count(added), _count(removed))
    return tuple(_file(fields, path, counts.get(path, (0, 0))) for fields, path in rows)


def differences(data: bytes) -> Iterator[tuple[FileChange, ...]]:
    """Reads ``diff-tree --stdin -r --raw -z`` that is fed with pairs of trees: the rows of each pair, without counts.

    A pair begins with both ids and a line end, also with ``-z``, right before its first row.
    """
    stream = iter(split(data))
    rows: list[FileChange] | None = None
    for piece in stream:
        header, found, row = piece.rpartition(b"\n")
        if found:
            if rows is not None:
                yield tuple(rows)
            yield from [()] * header.count(b"\n")
            rows = []
        if rows is None or not row.startswith(b":"):
            raise EvaluationError("git's answer begins in the middle of a record")
        rows.append(_file(row[1:].decode("ascii").split(" "), _next(stream), (None, None)))
    if rows is not None:
        yield tuple(rows)


def _count(text: bytes) -> int | None:
    return None if text == b"-" else int(text)


def _file(fields: list[str], path: bytes, counts: tuple[int | None, int | None]) -> FileChange:
    old_mode, new_mode, old_blob, new_blob, status = fields
    return FileChange(
        path=decode(path),
        status=cast('Literal["A", "M", "D", "T"]', status[0]),
        old_mode=old_mode,
        new_mode=new_mode,
        old_blob=old_blob,
        new_blob=new_blob,
        insertions=counts[0],
        deletions=counts[1],
    )


def commits(data: bytes) -> tuple[Commit, ...]:
    """Reads ``log -z`` with ``COMMIT_FORMAT``."""
    texts = [piece.decode("utf-8", "replace") for piece in split(data)]
    rows = [texts[at : at + _COMMIT_FIELDS] for at in range(0, len(texts), _COMMIT_FIELDS)]
    return tuple(
        Commit(
            sha=sha,
            parents=tuple(parents.split()),
            author=author,
            author_email=author_email,
            authored=time(authored),
            committer=committer,
            committer_email=committer_email,
            committed=time(committed),
            subject=subject,
        )
        for sha, parents, author, author_email, authored, committer, committer_email, committed, subject in rows
    )


def time(seconds: str) -> str:
    """ISO 8601 in UTC; a commit may state any number, and the ones no calendar holds are told as the epoch."""
    try:
        stated = datetime.fromtimestamp(int(seconds or "0"), UTC)
    except (OverflowError, OSError, ValueError):
        stated = datetime.fromtimestamp(0, UTC)
    return stated.strftime("%Y-%m-%dT%H:%M:%SZ")


def tree(data: bytes) -> tuple[TreeEntry, ...]:
    """Reads ``ls-tree -r -z``."""
    entries: list[TreeEntry] = []
    for piece in split(data):
        header, path = piece.split(b"\t", 1)
        mode, _kind, blob = header.decode("ascii").split(" ")
        entries.append(TreeEntry(mode=mode, blob=blob, path=decode(path)))
    return tuple(entries)
