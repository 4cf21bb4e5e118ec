"""A file that has to be a plain one: whatever else lies there is told, and never taken for nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

import pytest

from gaterunner.policies.context import Blob, RepositoryReader, TreeEntry
from gaterunner.policies.plain_files import TooLarge, content, entry_at, find

PATH = ".gaterunner/log"


class Tree:
    """A repository whose every commit holds this one entry, of 20 bytes."""

    def __init__(self, mode: str, path: str) -> None:
        self.entry = TreeEntry(mode=mode, blob="b" * 40, path=path)

    def tree(self, commit: str) -> tuple[TreeEntry, ...]:
        assert commit == "head"
        return (self.entry,)

    def blobs(self, ids: Iterable[str], *, max_bytes: int | None = None) -> Iterator[Blob]:
        for id in ids:
            yield Blob(id=id, size=20, data=b"x" * 20 if max_bytes is None or max_bytes >= 20 else None)


def tree(mode: str, path: str) -> RepositoryReader:
    return cast("RepositoryReader", Tree(mode, path))


@pytest.mark.parametrize(
    ("mode", "path", "fault"),
    [
        ("100644", PATH, None),
        ("100755", PATH, None),
        ("120000", PATH, ".gaterunner/log is a symbolic link, expected a plain file"),
        ("160000", PATH, ".gaterunner/log is a submodule, expected a plain file"),
        ("100644", f"{PATH}/x", ".gaterunner/log is a folder, expected a plain file"),
        ("100644", ".gaterunner", ".gaterunner is a file, expected a folder with .gaterunner/log in it"),
        ("120000", ".gaterunner", ".gaterunner is a symbolic link, expected a folder with .gaterunner/log in it"),
    ],
)
def test_what_is_there_is_told(mode: str, path: str, fault: str | None) -> None:
    repository = tree(mode, path)
    found = find(repository, "head", PATH)

    assert found.entry is not None
    assert (found.entry.path, found.fault) == (path, fault)
    assert (entry_at(repository, "head", PATH) is None) == (path != PATH)


@pytest.mark.parametrize("path", [".gaterunner/logs", ".gaterunner/lo", "log", ".gaterunnerx/log"])
def test_what_is_not_there_is_nothing(path: str) -> None:
    found = find(tree("100644", path), "head", PATH)

    assert (found.entry, found.fault) == (None, None)


def test_a_file_that_is_too_large_is_not_read() -> None:
    repository = tree("100644", PATH)
    entry = entry_at(repository, "head", PATH)
    assert entry is not None

    assert content(repository, entry, max_bytes=20) == b"x" * 20
    assert content(repository, entry, max_bytes=19) == TooLarge(".gaterunner/log holds 20 bytes, expected at most 19")
