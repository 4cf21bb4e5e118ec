"""Settings files that lie in the work tree and are not part of what is judged: an ignored `.env`, above all.

Gates run in the work tree and read them like the others, so leaving them out would be looking away.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from pathlib import Path

LARGEST = 1024 * 1024


def settings_beside(root: Path, tracked: Collection[str], is_wanted: Callable[[str], bool]) -> dict[str, bytes | None]:
    """Files beside those of ``tracked`` that are wanted, by path: their content, None where it cannot be read.

    Looked at are the folders that hold a tracked file, so that nothing descends into what tools have installed.
    """
    known = frozenset(tracked)
    found: dict[str, bytes | None] = {}
    for folder in sorted({path.rpartition("/")[0] for path in known} | {""}):
        try:
            with os.scandir(root / folder) as entries:
                names = sorted(entry.name for entry in entries if not entry.is_dir())
        except OSError:  # it is not checked out
            continue
        for name in names:
            path = f"{folder}/{name}" if folder else name
            if path not in known and is_wanted(path):
                found[path] = _content(root / path)
    return found


def _content(path: Path) -> bytes | None:
    try:
        # Without waiting: of a named pipe nothing would ever come.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            data = file.read(LARGEST + 1)
    except (OSError, ValueError):
        return None
    return data if len(data) <= LARGEST else None
