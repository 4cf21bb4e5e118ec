"""A tree made of a mapping, for tests of name resolution."""

from __future__ import annotations

from collections.abc import Mapping


class MappingTree:
    def __init__(self, files: Mapping[str, str | bytes | None]) -> None:
        self._files = {
            path: content.encode() if isinstance(content, str) else content for path, content in files.items()
        }
        self.reads: list[str] = []

    def read(self, path: str) -> bytes | None:
        self.reads.append(path)
        return self._files.get(path)

    def paths(self) -> tuple[str, ...]:
        return tuple(self._files)
