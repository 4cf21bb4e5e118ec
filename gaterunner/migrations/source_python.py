"""Python migrations without their cosmetics, by ``ast``; nothing of the branch is ever imported.

Taken away: comments, formatting, docstrings, annotations that only name types, imports that nothing uses. What runs
when the module is loaded stays: a call in an annotation or a default, an import of a module that is not known to be
harmless.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import TypeGuard

from gaterunner.migrations import source_sql
from gaterunner.migrations.kinds import Parts, UnreadableError
from gaterunner.weakening.syntax import parts

MAX_BYTES = 2 * 1024 * 1024
"""Of Python that is read: a syntax tree takes a hundred times as much memory, and a second for every 100 KB."""

# Packages whose import does nothing to a database. Any other could, so adding or removing its import is an edit.
# fmt: off
_HARMLESS = frozenset({
    "__future__", "alembic", "collections", "contextlib", "dataclasses", "datetime", "decimal", "django", "enum",
    "functools", "itertools", "json", "logging", "math", "os", "pathlib", "re", "sqlalchemy", "string", "sys",
    "time", "typing", "typing_extensions", "uuid",
})
# fmt: on
_TAKES_SQL = frozenset({"execute", "RunSQL"})
_REFLECTION = frozenset({"eval", "exec", "globals", "locals", "vars", "getattr", "__import__", "__doc__", "inspect"})
_ANNOTATION_NODES = (ast.Name, ast.Attribute, ast.Subscript, ast.Constant, ast.BinOp, ast.BitOr, ast.Tuple, ast.List)

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def parse(data: bytes) -> ast.Module:
    """The module's tree, honouring a coding line; raises ``UnreadableError`` with the place of the first error."""
    if data.startswith(b"version https://git-lfs.github.com/spec/"):
        raise UnreadableError("it is a Git LFS pointer, its content is not in the repository")
    if len(data) > MAX_BYTES:
        raise UnreadableError(f"it has {len(data):,} bytes, more than the {MAX_BYTES:,} of Python that are read")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(data)
    except SyntaxError as error:
        raise UnreadableError(f"it is not valid Python at line {error.lineno or 1}") from None
    except (ValueError, RecursionError, MemoryError):
        raise UnreadableError("it is not valid Python") from None


def reduce(data: bytes, remove_down: Callable[[ast.Module], None]) -> Parts:
    """Both parts of a module; ``remove_down`` takes from the tree what only the way back uses, in place."""
    try:
        # Parsed once for each, as reducing takes the tree apart: copying one takes several times as long.
        whole = _reduced(parse(data))
        module = parse(data)
        remove_down(module)
        remove_unused_functions(module)
        return Parts(up=_reduced(module), down=whole)
    except RecursionError:
        raise UnreadableError("it is nested too deeply") from None


def names_used(nodes: Iterable[ast.AST]) -> set[str]:
    """Every name that the nodes could refer to, strings included."""
    used: set[str] = set()
    waiting = list(nodes)
    while waiting:
        part = waiting.pop()
        if isinstance(part, ast.Name):
            used.add(part.id)
        elif isinstance(part, ast.Attribute):
            used.add(part.attr)
        elif isinstance(part, ast.Constant) and isinstance(part.value, str):
            used.add(part.value)
        elif isinstance(part, ast.Global | ast.Nonlocal):
            used.update(part.names)
        waiting += parts(part)
    return used


def plain_function(node: ast.stmt) -> TypeGuard[_Function]:
    """True for a function whose definition runs nothing: no decorator, no default, annotations that only name types."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.decorator_list:
        return False
    arguments = node.args
    if arguments.defaults or any(default is not None for default in arguments.kw_defaults):
        return False
    annotations = [argument.annotation for argument in _arguments(node)] + [node.returns]
    return all(annotation is None or _is_harmless(annotation) for annotation in annotations)


def _arguments(node: _Function) -> Iterator[ast.arg]:
    arguments = node.args
    yield from (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    yield from (argument for argument in (arguments.vararg, arguments.kwarg) if argument)


def _is_harmless(annotation: ast.expr) -> bool:
    return all(isinstance(node, (*_ANNOTATION_NODES, ast.expr_context)) for node in ast.walk(annotation))


def _canonical(argument: ast.expr) -> ast.expr:
    if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
        return argument
    return ast.Constant(value=f"\0sql {source_sql.canonical(argument.value)}", kind=None)


class _Cosmetics(ast.NodeTransformer):
    """Removes docstrings and annotations that only name types."""

    def __init__(self, *, keep_docstrings: bool) -> None:
        self._keep_docstrings = keep_docstrings
        self._fields_count = False  # inside a decorated class, where an annotation may make a field

    def _without_docstring(self, body: list[ast.stmt]) -> list[ast.stmt]:
        first = body[0] if body else None
        docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
        if self._keep_docstrings or not docstring or not isinstance(first.value.value, str):  # type: ignore[union-attr]  # checked by `docstring`
            return body
        return body[1:] or [ast.Pass()]

    def visit_Module(self, node: ast.Module) -> ast.Module:
        node.body = self._without_docstring(node.body)
        self.generic_visit(node)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        node.body = self._without_docstring(node.body)
        outer, self._fields_count = self._fields_count, bool(node.decorator_list)
        self.generic_visit(node)
        self._fields_count = outer
        return node

    def _function(self, node: _Function) -> _Function:
        node.body = self._without_docstring(node.body)
        if node.returns is not None and _is_harmless(node.returns):
            node.returns = None
        for argument in _arguments(node):
            if argument.annotation is not None and _is_harmless(argument.annotation):
                argument.annotation = None
        outer, self._fields_count = self._fields_count, False
        self.generic_visit(node)
        self._fields_count = outer
        return node

    visit_FunctionDef = _function  # noqa: N815 - the names that ast looks up
    visit_AsyncFunctionDef = _function  # noqa: N815 - the same

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt:
        self.generic_visit(node)
        if self._fields_count or node.value is None or not node.simple or not _is_harmless(node.annotation):
            return node
        return ast.Assign(targets=[node.target], value=node.value, lineno=node.lineno)

    def visit_Call(self, node: ast.Call) -> ast.Call:
        """SQL that is handed to a tool as it stands counts by its statements, not by how it is indented."""
        self.generic_visit(node)
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in _TAKES_SQL:
            node.args = [_canonical(argument) for argument in node.args]
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        return ast.Constant(value=node.value, kind=None)


def _reduced(module: ast.Module) -> str:
    """A canonical text of the module, which is not to be used afterwards."""
    used = names_used([module])
    tree = _Cosmetics(keep_docstrings="__doc__" in used).visit(module)
    body = tree.body
    leading = 0
    while leading < len(body) and isinstance(body[leading], ast.Import | ast.ImportFrom):
        leading += 1
    imports = _imports(body[:leading], body[leading:])
    return "\n".join([*imports, *(ast.dump(statement) for statement in body[leading:])])


def _imports(imports: list[ast.stmt], rest: list[ast.stmt]) -> list[str]:
    """The imports at the top, one name each: in their order if that can matter, else sorted and only what counts."""
    bindings: list[tuple[str, str, str]] = []
    objects: dict[str, set[str]] = {}  # what each name is bound to: `import a.b` and `import a.c` bind the same `a`
    for statement in imports:
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                package = alias.name.partition(".")[0]
                bound = alias.asname or package
                bindings.append((bound, alias.name, f"import {alias.name} as {alias.asname}"))
                objects.setdefault(bound, set()).add(alias.name if alias.asname else package)
        elif isinstance(statement, ast.ImportFrom):
            source = "." * statement.level + (statement.module or "")
            for alias in statement.names:
                bound = alias.asname or alias.name
                bindings.append((bound, source, f"from {source} import {alias.name}"))
                objects.setdefault(bound, set()).add(f"{source}:{alias.name}")
    # Every __future__ feature but one is Python 3 itself or only about annotations.
    lines = [line for _, source, line in bindings if source != "__future__" or line.endswith(" barry_as_FLUFL")]
    used = names_used(rest)
    if "*" in objects or any(len(each) > 1 for each in objects.values()) or used & _REFLECTION:
        return lines
    return sorted(
        line
        for bound, source, line in bindings
        if line in lines and (bound in used or source.partition(".")[0] not in _HARMLESS)
    )


def _is_found_by_name(function: _Function) -> bool:
    """True for what a tool or Python itself looks up in the module without anybody naming it there."""
    return function.name == "upgrade" or function.name.startswith("__")


def remove_unused_functions(module: ast.Module) -> None:
    """Drops functions that nothing else names, until none is left: the helpers of a removed way back."""
    used = {node: names_used([node]) for node in module.body}
    if any(names & _REFLECTION for names in used.values()):
        return
    while True:
        functions = [node for node in module.body if plain_function(node)]
        unused = [
            function
            for function in functions
            if not any(function.name in used[node] for node in module.body if node is not function)
        ]
        # A second definition of the same name replaces the first: leave such a module as it is.
        names = [function.name for function in functions]
        unused = [
            function for function in unused if names.count(function.name) == 1 and not _is_found_by_name(function)
        ]
        if not unused:
            return
        module.body = [node for node in module.body if node not in unused]
