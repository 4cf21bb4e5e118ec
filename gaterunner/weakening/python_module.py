"""A module of Python by its lines and its syntax tree: what its tests depend on, looked at only as far as asked."""

from __future__ import annotations

import ast
import re
from collections import deque
from collections.abc import Iterator, Sequence
from functools import cached_property, partial

from gaterunner.weakening.python_assertions import count, is_never_run
from gaterunner.weakening.python_skips import aliases_of, of_body, skips_among
from gaterunner.weakening.types import Counted, Skip, Uncounted

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_BLOCKS = ("body", "handlers", "cases", "orelse", "finalbody")
# Without one of these, or a name that stands for one, nothing in a function can skip.
_SKIPPING = ("[sS]kip", "xfail", "getattr")


class Module:
    """The parsed module, and the bytes that it was parsed from."""

    def __init__(self, tree: ast.Module, data: bytes) -> None:
        self.tree = tree
        self.aliases = aliases_of(tree)
        self._lines = data.splitlines()  # of bytes, as Python numbers them: a form feed ends no line
        self._encoding = [line for line in self._lines[:2] if b"coding" in line]

    def skips(self, function: _Function, statements: Sequence[ast.stmt]) -> Iterator[Skip]:
        """The skips that executing these statements of a function can reach."""
        return of_body(statements, self.aliases) if self._may_skip(function) else iter(())

    def uncounted(self, test: _Function) -> Uncounted:
        """What a test asserts."""
        source = b"\n".join((*self._encoding, self._source(test))).decode("utf-8", "backslashreplace")
        return Uncounted(source, self._around, partial(self._count, test))

    def _count(self, test: _Function) -> Counted:
        if (self._encoding or b"yield" in self._source(test)) and is_never_run(test):
            return Counted()
        return count(test, *self._checkers)

    def _source(self, function: _Function) -> bytes:
        first = min((each.lineno for each in function.decorator_list), default=function.lineno)
        return b"\n".join(self._lines[first - 1 : function.end_lineno])

    def _around(self) -> frozenset[tuple[str, bool]]:
        asserting, plain = self._checkers
        return frozenset([*((name, True) for name in asserting), *((name, False) for name in plain)])

    @cached_property
    def _beside(self) -> dict[str, _Function]:
        """The functions that are no tests, by name; of those that share one, the last."""
        return {each.name: each for each in _functions(self.tree) if not each.name.startswith("test")}

    @cached_property
    def _checkers(self) -> tuple[frozenset[str], frozenset[str]]:
        """The module's own functions that assert, be it through each other, and those that do not."""
        asserting: set[str] = set()
        rest = self._beside
        for _ in range(3):
            found = {name for name, node in rest.items() if count(node, asserting, rest.keys() - asserting).assertions}
            if found <= asserting:
                break
            asserting |= found
        return frozenset(asserting), frozenset(rest.keys() - asserting)

    @cached_property
    def _skipping(self) -> re.Pattern[bytes]:
        return re.compile("|".join((*_SKIPPING, *map(re.escape, skips_among(self.aliases)))).encode())

    def _may_skip(self, function: _Function) -> bool:
        """Always where the lines may not say what the tree does: letters that Python takes for others, an encoding."""
        source = self._source(function)
        return bool(self._encoding) or not source.isascii() or self._skipping.search(source) is not None


def _functions(tree: ast.Module) -> Iterator[_Function]:
    """In the order of ``ast.walk``: one level after the other."""
    waiting: deque[ast.AST] = deque([tree])
    while waiting:
        node = waiting.popleft()
        if isinstance(node, _Function):
            yield node
        for name in _BLOCKS:
            waiting.extend(getattr(node, name, ()))
