"""What a Python test has from other modules: marks, calls and fixtures that may skip it, and what it tests."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from gaterunner.weakening.python_skips import last_name, shown
from gaterunner.weakening.types import Borrowed, Own

CONFTEST = "conftest"
"""Stands for the conftest.py files that a test's fixtures come from."""

_PARTS = 2
_LIBRARIES = frozenset(
    {"pytest", "_pytest", "unittest", "typing", "collections", "functools", "contextlib", "dataclasses"}
)
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_MADE = frozenset({"Mock", "MagicMock", "AsyncMock", "partial", "SimpleNamespace"})

Imports = Mapping[str, tuple[str, str]]
"""A name of the module, and the module and name that it stands for; the name is empty for a module itself."""


def imports(module: ast.Module) -> dict[str, tuple[str, str]]:
    """What the module imports at its own level, be it tried or under a condition."""
    return dict(_imports(module.body))


def _imports(statements: Sequence[ast.stmt]) -> Iterator[tuple[str, tuple[str, str]]]:
    for statement in statements:
        if isinstance(statement, ast.ImportFrom):
            origin = "." * statement.level + (statement.module or "")
            if origin.split(".")[0] not in _LIBRARIES:
                yield from ((each.asname or each.name, (origin, each.name)) for each in statement.names)
        elif isinstance(statement, ast.Import):
            for each in statement.names:
                if each.name.split(".")[0] not in _LIBRARIES:
                    yield each.asname or each.name, (each.name, "")
        elif isinstance(statement, ast.Try | ast.If):
            yield from _imports([*statement.body, *statement.orelse])


def borrowed_marks(expressions: Sequence[ast.expr], known: Imports) -> Iterator[Borrowed]:
    """Decorators and items of ``pytestmark`` that come from other modules."""
    for expression in expressions:
        items = expression.elts if isinstance(expression, ast.List | ast.Tuple) else [expression]
        for item in items:
            found = _origin(item, known)
            if found is not None:
                yield Borrowed(*found, shown=f"@{shown(item)}", line=item.lineno)


def borrowed_by(function: _Function, known: Imports) -> Iterator[Borrowed]:
    """What a test calls right in its body, and its fixtures."""
    for statement in function.body:
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            found = _origin(statement.value, known)
            if found is not None:
                yield Borrowed(*found, shown=shown(statement.value), line=statement.lineno)
    for argument in (*function.args.args, *function.args.kwonlyargs):
        if argument.arg not in {"self", "cls"}:
            yield Borrowed(CONFTEST, argument.arg, shown=f"fixture {argument.arg}", line=function.lineno)


def _origin(expression: ast.expr, known: Imports) -> tuple[str, str] | None:
    """The module and name behind ``later``, ``helpers.later`` and ``tests.helpers.later(…)``."""
    while isinstance(expression, ast.Call):
        expression = expression.func
    if isinstance(expression, ast.Name) and known.get(expression.id, ("", ""))[1]:
        return known[expression.id]
    if not isinstance(expression, ast.Attribute):
        return None
    owner = ast.unparse(expression.value)
    if owner not in known:
        return None
    module, name = known[owner]
    joined = f"{module}{'' if module.endswith('.') else '.'}{name}" if name else module
    return joined, expression.attr


def own_names(module: ast.Module) -> Iterator[Own]:
    """The functions and classes that the module defines, and what stands in their place, in it or in its tests."""
    waiting: list[tuple[ast.stmt, int]] = [(each, 0) for each in module.body]
    while waiting:
        statement, depth = waiting.pop()
        if isinstance(statement, _Function):
            if not any(last_name(each) == "fixture" for each in statement.decorator_list):
                yield Own(statement.name, statement.lineno)
        elif isinstance(statement, ast.ClassDef):
            yield Own(statement.name, statement.lineno)
        elif isinstance(statement, ast.Assign) and _stands_in(statement.value):
            yield from (Own(each.id, statement.lineno) for each in statement.targets if isinstance(each, ast.Name))
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.If | ast.Try):
            is_test = isinstance(statement, ast.If | ast.Try | ast.ClassDef) or statement.name.startswith("test")
            if is_test and depth < _PARTS:
                waiting += [(each, depth + isinstance(statement, ast.ClassDef)) for each in statement.body]


def _stands_in(value: ast.expr) -> bool:
    return isinstance(value, ast.Lambda) or (isinstance(value, ast.Call) and last_name(value) in _MADE)
