"""What a change of a few files writes without structure, without a repository."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from gaterunner.model import Change, Event, FileChange, Finding, Hunk
from gaterunner.observability import unstructured
from gaterunner.observability.settings import Unstructured
from gaterunner.policies.context import Blob, PolicyContext, RepositoryReader, SecretScanner

_ZERO = "0" * 40


class _Reader:
    """The methods of a repository that are asked."""

    def __init__(self, old: Mapping[str, str], new: Mapping[str, str]) -> None:
        self._old, self._new = old, new
        self._contents = {id_of(text): text.encode() for text in (*old.values(), *new.values())}

    def blobs(self, ids: Iterable[str], *, max_bytes: int | None = None) -> Iterator[Blob]:
        for id in ids:
            data = self._contents[id]
            too_large = max_bytes is not None and len(data) > max_bytes
            yield Blob(id=id, size=len(data), data=None if too_large else data)

    def hunks(self, _a: str, _b: str) -> Mapping[str, tuple[Hunk, ...]]:
        return {path: tuple(_hunks(self._old.get(path, ""), self._new.get(path, ""))) for path in self._new}


def _hunks(old: str, new: str) -> Iterator[Hunk]:
    matcher = difflib.SequenceMatcher(None, old.splitlines(), new.splitlines(), autojunk=False)
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind != "equal":
            yield Hunk(i1 + (i1 < i2), i2 - i1, j1 + (j1 < j2), j2 - j1)


def id_of(text: str) -> str:
    """The id that a content has here."""
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def written_by(
    old: Mapping[str, str], new: Mapping[str, str], options: Unstructured | None = None
) -> tuple[Finding, ...]:
    """The findings for a change of all these files."""
    reader = _Reader(old, new)
    change = Change(
        event=Event.PULL_REQUEST,
        base="base",
        base_tip="base",
        law="base",
        head="judged",
        judged="judged",
        merge=None,
        branch="feat/x",
        target="main",
        dirty=False,
        commits=(),
        files=tuple(_file(path, old.get(path), new.get(path)) for path in sorted({*old, *new})),
    )
    context = PolicyContext(
        change=change,
        repository=cast("RepositoryReader", reader),
        secrets=cast("SecretScanner", None),  # nothing is searched for secrets here
    )
    return tuple(unstructured(context, options or Unstructured()))


def _file(path: str, old: str | None, new: str | None) -> FileChange:
    return FileChange(
        path=path,
        status="A" if old is None else "D" if new is None else "M",
        old_mode="000000" if old is None else "100644",
        new_mode="000000" if new is None else "100644",
        old_blob=_ZERO if old is None else id_of(old),
        new_blob=_ZERO if new is None else id_of(new),
        insertions=0 if new is None or old == new else 1,
    )
