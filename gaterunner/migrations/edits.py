"""What an edit of an existing migration amounts to."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from gaterunner.migrations.kinds import Tool, UnreadableError


class Kind(StrEnum):
    """From harmless to harmful; in doubt the harmful one."""

    COSMETIC = "cosmetic"  # applying and reverting do the same as before
    DOWN = "down"  # only reverting differs
    SEMANTIC = "semantic"


class Edit(Struct, frozen=True, kw_only=True):
    """``why`` is set where the kind rests on the file being unreadable. ``line`` is the first one that differs."""

    kind: Kind
    line: int
    why: str = ""


def classify(tool: Tool, path: str, old: bytes, new: bytes) -> Edit:
    """Compares two versions of one file with everything cosmetic taken away."""
    line = first_changed_line(old, new)
    try:
        before, after = tool.parts(path, old), tool.parts(path, new)
    except UnreadableError as error:
        return Edit(kind=Kind.SEMANTIC, line=line, why=str(error))
    if before.up != after.up:
        return Edit(kind=Kind.SEMANTIC, line=line)
    return Edit(kind=Kind.COSMETIC if before.down == after.down else Kind.DOWN, line=line)


def first_changed_line(old: bytes, new: bytes) -> int:
    """Counts from 1, in the new version; its last line when only something after it was removed."""
    before, after = old.split(b"\n"), new.split(b"\n")
    for number, (one, other) in enumerate(zip(before, after, strict=False), start=1):
        if one != other:
            return number
    return max(1, min(len(before), len(after)))
