"""The work tree as a tree for conventions: what git follows or does not ignore, as it lies."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from gaterunner.config.conventions.files import MAX_BYTES
from gaterunner.git import snapshot
from gaterunner.git.repository import Repository


class WorkTree:
    """Reads plain files of a checkout; a link, or what lies behind one, is no file of it."""

    def __init__(self, repository: Repository) -> None:
        self._root = repository.root
        self._paths = tuple(path for path in snapshot.files(repository) if self._is_plain(path))

    def paths(self) -> tuple[str, ...]:
        """All files, sorted."""
        return self._paths

    def read(self, path: str) -> bytes | None:
        """The content, of a too large file only as much as tells that it is; None where there is no plain file."""
        if not self._is_plain(path):
            return None
        try:
            with (self._root / path).open("rb") as file:
                return file.read(MAX_BYTES + 1)
        except OSError:
            return None

    def _is_plain(self, path: str) -> bool:
        file = self._root / path
        try:
            return stat.S_ISREG(file.lstat().st_mode) and Path(os.path.realpath(file.parent)) == file.parent
        except OSError:
            return False
