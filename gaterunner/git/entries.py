"""The index: one row per path that git tracks."""

from __future__ import annotations

from msgspec import Struct

from gaterunner.git import raw

SUBMODULE = "160000"


class IndexEntry(Struct, frozen=True):
    """One path of the index. ``hidden``: flagged so that git does not look at it; ``skipped``: it need not exist."""

    path: bytes
    mode: str
    blob: str
    hidden: bool
    skipped: bool


def entries(data: bytes) -> list[IndexEntry]:
    """Reads ``ls-files -v --stage -z``: tag, mode, blob and stage before the tab. A lower-case tag is assume-unchanged,
    ``S`` is skip-worktree."""
    found: list[IndexEntry] = []
    for piece in raw.split(data):
        header, path = piece.split(b"\t", 1)
        tag, mode, blob, _stage = header.decode("ascii").split(" ")
        found.append(IndexEntry(path, mode, blob, tag.islower() or tag == "S", tag in "Ss"))
    return found
