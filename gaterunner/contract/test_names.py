"""How result files may spell the test that stands in a file. Pure.

A result file knows ids, a source file functions. What joins them depends on the tool: pytest writes the file's path
with dots, Java's tools the package, Go's the folder, JavaScript's the titles alone.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from gaterunner.weakening.paths import extension

if TYPE_CHECKING:
    from gaterunner.weakening.types import Test

_WORD = re.compile(r"\w+")
_SOURCES = ("src/test/java/", "src/test/kotlin/", "src/test/scala/", "src/test/groovy/", "src/")


def spellings(path: str, name: str, roots: Sequence[str]) -> tuple[str, ...]:
    """The ids that the test ``name`` of a file may have; ``roots`` are the folders that its gates run in.

    With a leading folder taken away only where that is a root, so that no two files get the same ones by chance.
    """
    found: list[str] = []
    for local in _locals(path, roots):
        stem = local.rpartition(".")[0] or local
        folder, _, _ = local.rpartition("/")
        found += [f"{stem.replace('/', '.')}.{name}", f"{local}::{name.replace('.', '::')}", f"{local}.{name}"]
        found.append(f"{folder}.{name}" if folder else name)
    if extension(path) != "py":  # these name no file
        found += [name, name.rpartition(".")[2]]
    return tuple(dict.fromkeys(found))


def spelt_in_full(path: str, ids: Iterable[str]) -> tuple[str, ...]:
    """Those of the spellings of a test that name the whole path of its file."""
    dotted = (path.rpartition(".")[0] or path).replace("/", ".")
    return tuple(id for id in ids if id.startswith((f"{dotted}.", f"{path}.", f"{path}::")))


def is_within(path: str, root: str) -> bool:
    """Whether a path lies in the folder that a gate runs in; both are relative to the repository's root."""
    return root == "." or path.startswith(f"{root}/")


def _locals(path: str, roots: Sequence[str]) -> list[str]:
    """The path as gates see it from where they run, and from where their sources begin."""
    seen = [path, *(path[len(root) + 1 :] for root in roots if root != "." and path.startswith(f"{root}/"))]
    inner = [local.partition(start)[2] for local in seen for start in _SOURCES if start in f"/{local}"]
    return list(dict.fromkeys(local for local in (*seen, *inner) if local))


class ToldTests:
    """The tests that result files tell of, by their ids, to be asked about tests of the code."""

    def __init__(self, ids: Iterable[str]) -> None:
        known = tuple(ids)
        self._text = "\n".join(known)
        self._words = frozenset(_WORD.findall(self._text))
        self._by_name: defaultdict[str, set[tuple[str, ...]]] = defaultdict(set)
        for id in known:
            parts = tuple(id.partition("[")[0].split("."))
            self._by_name[parts[-1]].add(parts)

    def hold(self, path: str, test: Test, *, root: str = ".") -> bool:
        """Whether one of them is the test of a file, with whatever parameters; ``root`` is the folder that they ran in.

        A Python test is known by its module and its whole name, and no file lends its results to another one of its
        name: of the file's path and the id's, one is the end of the other, as gates run above it or below. Other tools
        leave the file out, and put the suites before a name in ways of their own, so there its name alone does. What
        lies outside of the folder has to be named by its whole path: packages of one repository often look alike.
        """
        is_outside = not is_within(path, root)
        if extension(path) != "py":
            return not is_outside and self._tell_of(test.bare)
        parts = tuple(f"{path.removesuffix('.py').replace('/', '.')}.{test.name}".split("."))
        least = len(parts) if is_outside else test.name.count(".") + 2
        return any(len(id) >= least and _is_end(id, parts) for id in self._by_name.get(parts[-1], ()))

    def _tell_of(self, name: str) -> bool:
        """Whether a name stands in one of the ids, and not within a word."""
        words = _WORD.findall(name)
        if not name.strip() or "\n" in name or not self._words.issuperset(words):
            return False
        if words == [name]:
            return True
        at = self._text.find(name)
        while at >= 0:
            end = at + len(name)
            if not (_WORD.match(self._text[at - 1 : at]) or _WORD.match(self._text[end : end + 1])):
                return True
            at = self._text.find(name, at + 1)
        return False


def _is_end(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether the shorter of the two is the end of the longer."""
    shared = min(len(one), len(other))
    return one[-shared:] == other[-shared:]
