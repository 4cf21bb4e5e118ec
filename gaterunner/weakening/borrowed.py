"""What tests have from modules of the judged tree: whether such a name skips, and whether it is still defined there."""

from __future__ import annotations

import ast
import posixpath
import warnings
from collections.abc import Iterator
from functools import cached_property

from gaterunner.policies.context import RepositoryReader
from gaterunner.weakening.paths import Rank, rank
from gaterunner.weakening.python_imports import CONFTEST, imports
from gaterunner.weakening.python_skips import aliases_of, constant, is_skip_call, last_name, of_body, of_decorator
from gaterunner.weakening.syntax import walk
from gaterunner.weakening.types import Borrowed, Skip

_MAX_BYTES = 256 * 1024
_MOST_READ = 200
_MOST_HOPS = 3


class Helpers:
    """Reads the modules that a name leads to, each once and only when asked for."""

    def __init__(self, repository: RepositoryReader, commit: str) -> None:
        self._repository, self._commit = repository, commit
        self._modules: dict[str, ast.Module | None] = {}

    def skip_of(self, path: str, borrowed: Borrowed) -> Skip | None:
        """The skip that a test at ``path`` has from elsewhere; None where it has none, or only under a condition."""
        is_fixture = borrowed.module == CONFTEST
        for place in self._places(path, borrowed.module):
            found = self._definition(place, borrowed.name)
            if found is None:
                continue
            where, definition, module = found
            if not _skips(definition, module, is_fixture=is_fixture):
                return None
            word = f"skipped by {borrowed.name} of {where}"
            return Skip(key=f"skips by {borrowed.name}", shown=borrowed.shown, line=borrowed.line, word=word)
        return None

    def source_of(self, path: str, module: str, name: str) -> str | None:
        """The file, none of tests, that defines what a test at ``path`` had imported; None where there is none."""
        for place in self._places(path, module):
            found = self._definition(place, name)
            if found is not None and rank(found[0]) is Rank.NONE:
                return found[0]
        return None

    @cached_property
    def _blobs(self) -> dict[str, str]:
        return {entry.path: entry.blob for entry in self._repository.tree(self._commit) if entry.path.endswith(".py")}

    def _places(self, path: str, module: str) -> Iterator[str]:
        """The files of the tree that a module's name can stand for, seen from a test; the nearest first."""
        folders = _ancestors(path)
        level = len(module) - len(module.lstrip("."))
        if level:
            folders = folders[level - 1 : level]
        inner = module[level:].replace(".", "/")
        for folder in folders:
            for root in (folder, posixpath.join(folder, "src")):
                stem = posixpath.join(root, inner) if inner else root
                yield from (each for each in (f"{stem}.py", posixpath.join(stem, "__init__.py")) if each in self._blobs)

    def _definition(self, place: str, name: str) -> tuple[str, ast.stmt, ast.Module] | None:
        """Where a name is defined, followed through modules that import it themselves."""
        for _ in range(_MOST_HOPS):
            module = self._module(place)
            if module is None:
                return None
            for statement in reversed(module.body):
                if name in _defined(statement):
                    return place, statement, module
            if name not in (known := imports(module)) or not known[name][1]:
                return None
            origin, name = known[name]
            following = next(self._places(place, origin), None)
            if following is None:
                return None
            place = following
        return None

    def _module(self, place: str) -> ast.Module | None:
        if place not in self._modules:
            self._modules[place] = self._read(place) if len(self._modules) < _MOST_READ else None
        return self._modules[place]

    def _read(self, place: str) -> ast.Module | None:
        data = next(self._repository.blobs([self._blobs[place]], max_bytes=_MAX_BYTES)).data
        if data is None:
            return None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse(data)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def _ancestors(path: str) -> list[str]:
    folder, found = posixpath.dirname(path), []
    while True:
        found.append(folder)
        if not folder:
            return found
        folder = posixpath.dirname(folder)


def _defined(statement: ast.stmt) -> frozenset[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return frozenset({statement.name})
    if isinstance(statement, ast.Assign):
        return frozenset(each.id for each in statement.targets if isinstance(each, ast.Name))
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return frozenset({statement.target.id})
    return frozenset()


def _skips(definition: ast.stmt, module: ast.Module, *, is_fixture: bool) -> bool:
    """Whether whatever has this is skipped, whatever the machine."""
    aliases = aliases_of(module)
    if isinstance(definition, ast.Assign | ast.AnnAssign):
        value = definition.value
        return value is not None and not is_fixture and any(skip.always for skip in of_decorator(value, aliases))
    if not isinstance(definition, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    if is_fixture and not any(last_name(each) == "fixture" for each in definition.decorator_list):
        return False
    if any(skip.always for skip in of_body(definition.body, aliases)):
        return True
    return not is_fixture and not _asks(definition) and any(_is_skip(each, aliases) for each in walk(definition))


def _asks(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether something within is decided while it runs."""
    return any(
        constant(node.test) is None if isinstance(node, ast.If | ast.IfExp) else isinstance(node, ast.Try | ast.Match)
        for node in walk(function)
    )


def _is_skip(node: ast.AST, aliases: dict[str, ast.expr]) -> bool:
    """``pytest.mark.skip`` that is returned or applied, and a call within the function that is given back."""
    if isinstance(node, ast.Attribute) and last_name(node.value) == "mark":
        return any(skip.always for skip in of_decorator(node, aliases)) and node.attr in {"skip", "xfail"}
    raised = isinstance(node, ast.Raise) and node.exc is not None and last_name(node.exc) == "SkipTest"
    return raised or is_skip_call(node, aliases)
