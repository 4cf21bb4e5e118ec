"""From the name that a coverage file gives a source to the file of the checkout that it means."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Collection
from pathlib import Path


class SourceFinder:
    """Gives paths relative to the checkout's root, with ``/``.

    ``paths`` are those of the judged tree. ``mounted_at`` is a second name of the root: where it lay in the container
    that wrote the coverage.
    """

    def __init__(self, root: Path, cwd: Path, paths: Collection[str], *, mounted_at: str | None) -> None:
        self._root = root.as_posix()
        self._cwd = cwd.as_posix()
        self._paths = paths
        self._mounted_at = posixpath.normpath(mounted_at) if mounted_at else None
        self._by_name: dict[str, list[str]] | None = None

    def find(self, name: str, roots: tuple[str, ...]) -> str | None:
        """The file that ``name`` means, under one of the file's own ``roots`` if it has any; None when there is none.

        A relative name that lies under several roots, or is the end of several paths, means none of them.
        """
        name = name.replace("\\", "/")
        if not name or "\0" in name:
            return None
        if name.startswith("/"):
            return self._existing(name)
        if roots:
            under = {self._existing(posixpath.join(self._cwd, self._own(root), name)) for root in roots} - {None}
            return under.pop() if len(under) == 1 else None if under else self._by_suffix(name)
        return (
            self._existing(posixpath.join(self._cwd, name))
            or self._existing(posixpath.join(self._root, name))
            or self._by_suffix(name)
        )

    def _own(self, path: str) -> str:
        """A directory as this machine names it."""
        path = posixpath.normpath(path.replace("\\", "/"))
        mounted = self._mounted_at
        if mounted is not None and (path == mounted or path.startswith(f"{mounted}/")):
            return self._root + path[len(mounted) :]
        return path

    def _existing(self, path: str) -> str | None:
        path = self._own(path)
        if not path.startswith(f"{self._root}/"):
            return None
        relative = path[len(self._root) + 1 :]
        if relative in self._paths:
            return relative
        try:  # what a build generated
            return relative if os.path.realpath(path) == path and Path(path).is_file() else None
        except (OSError, ValueError):
            return None

    def _by_suffix(self, name: str) -> str | None:
        """The only file of the judged tree whose path ends with ``name``, as with JaCoCo's `com/acme/Main.java`."""
        if self._by_name is None:
            self._by_name = {}
            for path in self._paths:
                self._by_name.setdefault(posixpath.basename(path), []).append(path)
        name = posixpath.normpath(name)
        if name.startswith("../") or "/" not in name:
            return None
        candidates = self._by_name.get(posixpath.basename(name), ())
        matches = [path for path in candidates if path == name or path.endswith(f"/{name}")]
        return matches[0] if len(matches) == 1 else None
