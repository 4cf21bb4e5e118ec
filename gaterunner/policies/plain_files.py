"""A file of a commit that has to be a plain one: no link is followed, and what is in its way is told. Pure."""

from __future__ import annotations

from msgspec import Struct

from gaterunner.policies.context import RepositoryReader, TreeEntry

_PLAIN = ("100644", "100755")
_KINDS = {"120000": "a symbolic link", "160000": "a submodule"}


class Found(Struct, frozen=True, kw_only=True):
    """What a commit has at a path. ``entry`` is what lies there or is in the way, None where nothing is.

    ``fault`` says why that is no plain file.
    """

    entry: TreeEntry | None = None
    fault: str | None = None


def entry_at(repository: RepositoryReader, commit: str, path: str) -> TreeEntry | None:
    """What lies at exactly this path. Raises ``EvaluationError`` when the tree cannot be had."""
    return next((entry for entry in repository.tree(commit) if entry.path == path), None)


def find(repository: RepositoryReader, commit: str, path: str) -> Found:
    """The file, or what is there instead. Raises ``EvaluationError`` when the tree cannot be had."""
    entry = entry_at(repository, commit, path)
    if entry is None:
        return _in_the_way(repository, commit, path)
    if entry.mode in _PLAIN:
        return Found(entry=entry)
    return Found(entry=entry, fault=f"{path} is {_KINDS.get(entry.mode, 'no file')}, expected a plain file")


def _in_the_way(repository: RepositoryReader, commit: str, path: str) -> Found:
    for entry in repository.tree(commit):
        if entry.path.startswith(f"{path}/"):
            return Found(entry=entry, fault=f"{path} is a folder, expected a plain file")
        if path.startswith(f"{entry.path}/"):
            kind = _KINDS.get(entry.mode, "a file")
            return Found(entry=entry, fault=f"{entry.path} is {kind}, expected a folder with {path} in it")
    return Found()


class TooLarge(Struct, frozen=True):
    """A content that is not read; ``told`` says how large it is, and how large it may be."""

    told: str


def content(repository: RepositoryReader, entry: TreeEntry, *, max_bytes: int) -> bytes | TooLarge:
    """The bytes of a file. Raises ``EvaluationError`` when they cannot be had."""
    (blob,) = repository.blobs([entry.blob], max_bytes=max_bytes)
    if blob.data is None:
        return TooLarge(f"{entry.path} holds {blob.size:,} bytes, expected at most {max_bytes:,}")
    return blob.data
