"""What a change of a few files weakens, without a repository."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from gaterunner.model import FileChange, Finding
from gaterunner.policies.context import Blob, RepositoryReader, TreeEntry
from gaterunner.weakening.compare import compare

_ZERO = "0" * 40


class _Blobs:
    """The methods of a repository that are asked; it has one tree."""

    def __init__(self, tree: tuple[TreeEntry, ...] = ()) -> None:
        self._tree = tree
        self._contents: dict[str, bytes] = {}

    def keep(self, data: bytes) -> str:
        id = hashlib.sha1(data, usedforsecurity=False).hexdigest()
        self._contents[id] = data
        return id

    def tree(self, commit: str) -> tuple[TreeEntry, ...]:
        return self._tree

    def hold(self, paths: Mapping[str, str | bytes]) -> None:
        self._tree = tuple(TreeEntry(path=path, mode="100644", blob=self.keep(_bytes(paths[path]))) for path in paths)

    def blobs(self, ids: Iterable[str], *, max_bytes: int | None = None) -> Iterator[Blob]:
        for id in ids:
            data = self._contents[id]
            too_large = max_bytes is not None and len(data) > max_bytes
            yield Blob(id=id, size=len(data), data=None if too_large else data)


def weakened_by(old: Mapping[str, str | bytes], new: Mapping[str, str | bytes]) -> tuple[Finding, ...]:
    """The findings for a change of all these files."""
    blobs = _Blobs()
    blobs.hold(new)
    files = []
    for path in sorted({*old, *new}):
        ids = [blobs.keep(_bytes(side[path])) if path in side else _ZERO for side in (old, new)]
        if ids[0] == ids[1]:
            continue
        status = "A" if path not in old else "D" if path not in new else "M"
        files.append(
            FileChange(
                path=path,
                status=status,  # type: ignore[arg-type]  # one of the three letters
                old_mode="100644" if path in old else "000000",
                new_mode="100644" if path in new else "000000",
                old_blob=ids[0],
                new_blob=ids[1],
            )
        )
    return tuple(compare(files, cast("RepositoryReader", blobs), "judged"))


def _bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content
