"""Reading a tree for conventions: each file once, decoded and parsed once, every fault with its position."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, TypeVar

from gaterunner.config.conventions.types import SourceError, Tree

T = TypeVar("T")

_JSON_KEY = re.compile(r'"((?:[^"\\]|\\.)*)"\s*:')
_TOML_TABLE = re.compile(r"\s*\[+([^\]]+)\]")
_TOML_KEY = re.compile(r"""\s*["']?([\w:-]+)["']?\s*[=.]""")

# A file that lists commands is written by hand. The bound keeps a hostile tree from spending our time and memory.
MAX_BYTES = 1024 * 1024

# `tomllib` tells the position only inside its message before Python 3.14.
_TOML_POSITION = re.compile(r"\(at line (\d+), column (\d+)\)")


class Subtree:
    """The part of a tree below one directory, as a tree of its own."""

    def __init__(self, tree: Tree, directory: str) -> None:
        self._tree = tree
        self._prefix = directory.strip("/") + "/"

    def read(self, path: str) -> bytes | None:
        return self._tree.read(self._prefix + path)

    def paths(self) -> tuple[str, ...]:
        cut = len(self._prefix)
        return tuple(path[cut:] for path in self._tree.paths() if path.startswith(self._prefix))


class Files:
    """A tree with a memory. Tables that were parsed are shared, so nobody may change them."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._texts: dict[str, str] = {}
        self._parsed: dict[str, Any] = {}

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """All file paths, sorted, so that nothing depends on the order of the tree."""
        return tuple(sorted(self._tree.paths()))

    @cached_property
    def _set(self) -> frozenset[str]:
        return frozenset(self.paths)

    def has(self, path: str) -> bool:
        return path in self._set

    def first(self, *paths: str) -> str | None:
        """The first of the given paths that is a file."""
        return next((path for path in paths if path in self._set), None)

    def at_root(self, suffix: str) -> tuple[str, ...]:
        """Files in the root directory whose name ends so."""
        return tuple(path for path in self.paths if "/" not in path and path.endswith(suffix))

    def text(self, path: str) -> str:
        """The content as text; raises ``SourceError`` when it is too large or not UTF-8. An absent file is empty."""
        if path not in self._texts:
            self._texts[path] = self._decode(path)
        return self._texts[path]

    def _decode(self, path: str) -> str:
        data = self._tree.read(path) if path in self._set else b""
        if data is None:
            raise SourceError("is not a regular file, so what it declares is unknown", path=path)
        if len(data) > MAX_BYTES:
            raise SourceError(f"is larger than {MAX_BYTES // 1024} KiB", path=path)
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            raise SourceError("is not UTF-8", path=path, line=line) from None

    def toml(self, path: str) -> dict[str, Any]:
        """A TOML file as a table; an absent file is an empty one. Raises ``SourceError``."""
        return self._parse(path, _parse_toml)

    def json(self, path: str) -> dict[str, Any]:
        """A JSON file whose top is an object; an absent file is an empty one. Raises ``SourceError``."""
        return self._parse(path, _parse_json)

    def parse(self, path: str, parser: Callable[[str, str], T]) -> T:
        """``parser(text, path)``; what nests too deep to be read is a fault like any other."""
        try:
            return parser(self.text(path), path)
        except (RecursionError, MemoryError):
            raise SourceError("is nested too deeply to be read", path=path) from None

    def _parse(self, path: str, parser: Callable[[str, str], dict[str, Any]]) -> dict[str, Any]:
        if path not in self._set:
            return {}
        if path not in self._parsed:
            self._parsed[path] = self.parse(path, parser)
        parsed: dict[str, Any] = self._parsed[path]
        return parsed

    def contains(self, pattern: str, paths: Iterable[str], *, at_most: int = 200) -> str | None:
        """The first of at most so many files that matches a regular expression; unreadable ones do not."""
        compiled = re.compile(pattern.encode(), re.MULTILINE)
        for _, path in zip(range(at_most), paths, strict=False):
            data = self._tree.read(path)
            if data is not None and compiled.search(data[:MAX_BYTES]):
                return path
        return None


def table(value: object, *keys: str) -> dict[str, Any]:
    """The table below the given keys; an empty one where anything on the way is not a table."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def line_of(text: str, pattern: str, start: int = 0) -> int | None:
    """The line of the first match of a regular expression, for formats whose parser keeps no positions."""
    found = re.compile(pattern, re.MULTILINE).search(text, start)
    return text.count("\n", 0, found.start()) + 1 if found else None


def json_lines(text: str, start: int = 0) -> dict[str, int]:
    """The line of the first use of each key behind ``start``; in one pass, because a file may hold thousands."""
    lines: dict[str, int] = {}
    line, counted = 1, 0
    for found in _JSON_KEY.finditer(text, max(start, 0)):
        line, counted = line + text.count("\n", counted, found.start()), found.start()
        lines.setdefault(found[1], line)
    return lines


def toml_lines(text: str, header: str) -> dict[str, int]:
    """The line where each name below ``[header]`` is defined, as an entry or as a table of its own."""
    lines: dict[str, int] = {}
    section = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if opened := _TOML_TABLE.match(line):
            section = opened[1].replace('"', "").replace("'", "").strip()
            if section.startswith(f"{header}."):
                lines.setdefault(section.removeprefix(f"{header}.").split(".")[0], number)
        elif section == header and (key := _TOML_KEY.match(line)):
            lines.setdefault(key[1], number)
    return lines


def _parse_toml(text: str, path: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _TOML_POSITION.search(str(error))
        line, column = (int(found[1]), int(found[2])) if found else (None, None)
        message = _TOML_POSITION.sub("", str(error)).strip()
        raise SourceError(f"is not valid TOML: {message}", path=path, line=line, column=column) from None


def _parse_json(text: str, path: str) -> dict[str, Any]:
    try:
        parsed = json.loads(text)
    except json.JSONDecodeError as error:
        raise SourceError(f"is not valid JSON: {error.msg}", path=path, line=error.lineno, column=error.colno) from None
    except ValueError:
        # Python refuses integers of more than 4,300 digits with a bare ValueError.
        raise SourceError("is not valid JSON: a number is too long", path=path) from None
    if not isinstance(parsed, dict):
        raise SourceError("is not a JSON object", path=path, line=1, column=1)
    return parsed
