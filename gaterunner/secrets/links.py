"""Says where a symbolic link leads, by its own text. Pure.

The text is all that can be judged: what lies outside the tree differs from machine to machine, which is the danger. A
gate that follows ``docs/a -> /proc/self/environ`` publishes what its runner holds.
"""

from __future__ import annotations

import posixpath
import re

SYMLINK = "120000"

_DRIVE = re.compile(r"[A-Za-z]:[\\/]|\\\\")


def leads_outside(path: str, target: str) -> str | None:
    """Why a link at ``path`` leads to what the tree does not hold; None when it stays inside.

    ``down/../up`` is not taken for ``up``: where ``down`` is a link itself, it is another place.
    """
    if target.startswith("/") or _DRIVE.match(target):
        return "to an absolute path"
    parts = [part for part in target.split("/") if part not in ("", ".")]
    climbs = next((at for at, part in enumerate(parts) if part != ".."), len(parts))
    if climbs > path.count("/"):
        return "out of the repository"
    if ".." in parts[climbs:]:
        return "up again after a way down, which may be out of the repository"
    resolved = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    if resolved.split("/", 1)[0].casefold() == ".git":
        return "into git's own folder"
    return None
