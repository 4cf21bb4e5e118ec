"""Both sides of a change: what a path held at the base, and what it holds in the judged tree."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property

from msgspec import Struct

from gaterunner.model import Change, FileChange
from gaterunner.policies.context import PolicyContext, RepositoryReader, TreeEntry

MAX_BYTES = 1024 * 1024
"""A guarded file is written by hand; a larger one is told as one that cannot be compared."""

_MOST_STARS = 8

PLAIN = frozenset({"100644", "100755"})


class Unread(Exception):  # noqa: N818 - a guarded file that nobody can compare is a finding, not a fault of ours
    """A file that had to be compared and cannot be: ``reason`` is the rest of a sentence about it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Contents:
    """Blobs, each read once; ``prefetch`` reads many through one git process."""

    def __init__(self, repository: RepositoryReader) -> None:
        self._repository = repository
        self._known: dict[str, bytes | None] = {}

    def prefetch(self, ids: Iterable[str]) -> None:
        missing = [id for id in dict.fromkeys(ids) if id not in self._known and id.strip("0")]
        if missing:
            blobs = self._repository.blobs(missing, max_bytes=MAX_BYTES)
            self._known.update((blob.id, blob.data) for blob in blobs)

    def get(self, id: str) -> bytes:
        """The content; raises ``Unread`` when it is too large to be compared."""
        self.prefetch((id,))
        data = self._known[id]
        if data is None:
            raise Unread(f"is larger than {MAX_BYTES // 1024} KiB")
        return data


class Side:
    """One commit's tree; also a ``config.conventions.Tree``."""

    def __init__(self, contents: Contents, entries: Iterable[TreeEntry]) -> None:
        self.contents = contents
        self._entries = tuple(entries)

    @cached_property
    def by_path(self) -> Mapping[str, TreeEntry]:
        return {entry.path: entry for entry in self._entries}

    def paths(self) -> tuple[str, ...]:
        """The paths of all files that are plain files."""
        return tuple(entry.path for entry in self._entries if entry.mode in PLAIN)

    def has(self, path: str) -> bool:
        entry = self.by_path.get(path)
        return entry is not None and entry.mode in PLAIN

    def matching(self, pattern: str) -> list[str]:
        """The paths that a pattern of a Makefile means: ``*`` is anything within one folder."""
        if pattern.count("*") > _MOST_STARS:
            return []  # an expression for it could take time without end
        expression = re.compile(re.escape(pattern).replace(r"\*", "[^/]*"))
        return [path for path in self.paths() if expression.fullmatch(path)]

    @cached_property
    def folders(self) -> frozenset[str]:
        """Every folder that holds a file, at any depth."""
        found: set[str] = set()
        for entry in self._entries:
            folder = entry.path.rpartition("/")[0]
            while folder and folder not in found:
                found.add(folder)
                folder = folder.rpartition("/")[0]
        return frozenset(found)

    def read(self, path: str) -> bytes | None:
        """The content of a plain file; None where there is none, or one too large to be compared."""
        entry = self.by_path.get(path)
        if entry is None or entry.mode not in PLAIN:
            return None
        try:
            return self.contents.get(entry.blob)
        except Unread:
            return None

    def text(self, path: str) -> str | None:
        """The same as text, whatever its bytes are."""
        data = self.read(path)
        return None if data is None else data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")


class Sides(Struct, frozen=True):
    """The base's tree and the judged one, and the files that differ between them, by path."""

    old: Side
    new: Side
    files: Mapping[str, FileChange]
    contents: Contents

    def pair(self, file: FileChange) -> tuple[bytes | None, bytes | None]:
        """Both contents of a changed file, None on a side without a plain file. Raises ``Unread``."""
        self.contents.prefetch(
            id for id, mode in ((file.old_blob, file.old_mode), (file.new_blob, file.new_mode)) if mode in PLAIN
        )
        old = self.contents.get(file.old_blob) if file.old_mode in PLAIN else None
        new = self.contents.get(file.new_blob) if file.new_mode in PLAIN else None
        return old, new


def sides_of(context: PolicyContext) -> Sides:
    """Both sides of the change of a run."""
    change: Change = context.change
    contents = Contents(context.repository)
    return Sides(
        old=Side(contents, context.repository.tree(change.base)),
        new=Side(contents, context.repository.tree(change.judged)),
        files={file.path: file for file in change.files},
        contents=contents,
    )
