"""What a Python migration's source says, without running it: literals, constants, calls, and the SQL in strings."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from gaterunner.migrations.effects import Effect, Kind
from gaterunner.migrations.sql_keywords import destructive_word
from gaterunner.migrations.sql_statements import COMPUTED_NAME

_DYNAMIC = "\ue000"  # stands for what is computed inside a string; no SQL holds a private-use character
_LONGEST = 1_000_000


class Scope:
    """The names that a module binds once, at its top level or in the class or function at hand, to a literal."""

    def __init__(self, module: ast.Module) -> None:
        self._values: dict[str, ast.expr] = {}
        nodes = list(ast.walk(module))
        self._imports = dict(_imported(nodes))
        seen: set[str] = set()
        for node in nodes:
            for name, value in _bindings(node):
                if name in seen or value is None:
                    self._values.pop(name, None)
                else:
                    self._values[name] = value
                seen.add(name)

    def text(self, node: ast.expr | None) -> str | None:
        """A string that the source spells out; None where any of it is computed."""
        found = self.partial(node)
        return None if found is None or _DYNAMIC in found else found

    def partial(self, node: ast.expr | None, depth: int = 0) -> str | None:  # noqa: PLR0911 - one for each kind
        """The same with a mark for each computed piece; None where it is no string at all, as far as can be seen."""
        if node is None or depth > 20:  # noqa: PLR2004 - names that name each other
            return None
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else None
        if isinstance(node, ast.Name):
            return self.partial(self._values.get(node.id), depth + 1)
        if isinstance(node, ast.JoinedStr):
            return "".join(
                self.partial(part.value if isinstance(part, ast.FormattedValue) else part, depth + 1) or _DYNAMIC
                for part in node.values
            )
        if isinstance(node, ast.BinOp):
            return self._operation(node, depth)
        if isinstance(node, ast.Call):
            return self._call(node, depth)
        return None

    def called(self, call: ast.Call) -> tuple[str, str]:
        """What is called, under its own name, and the package that it was imported from; empty where it is from here.

        ``from package import drop as keep`` and ``keep = package.drop`` hide nothing.
        """
        function = self.resolved(call.func) or call.func
        name, root = name_of(function), function
        while isinstance(root, ast.Attribute):
            root = root.value
        bound = root.id if isinstance(root, ast.Name) else ""
        module, original = self._imports.get(bound, ("", ""))
        return (original or name) if isinstance(function, ast.Name) and original else name, module.partition(".")[0]

    def _operation(self, node: ast.BinOp, depth: int) -> str | None:
        left = self.partial(node.left, depth + 1)
        if isinstance(node.op, ast.Mod):
            return left.replace("%s", _DYNAMIC).replace("%d", _DYNAMIC) if left is not None else None
        if not isinstance(node.op, ast.Add):
            return None
        right = self.partial(node.right, depth + 1)
        if left is None and right is None:
            return None
        whole = (left or _DYNAMIC) + (right or _DYNAMIC)
        return whole if len(whole) < _LONGEST else None

    def _call(self, node: ast.Call, depth: int) -> str | None:
        """``text("…")``, ``dedent("…")``, ``"…".format(…)``, ``", ".join(["…"])``."""
        name = name_of(node.func)
        if name in {"text", "dedent", "cleandoc", "DDL", "SQL", "str"} and node.args:
            return self.partial(node.args[0], depth + 1)
        if not isinstance(node.func, ast.Attribute):
            return None
        owner = self.partial(node.func.value, depth + 1)
        if owner is None:
            return None
        if name in {"strip", "lstrip", "rstrip", "encode", "replace", "bindparams", "execution_options"}:
            return owner
        if name == "join" and node.args and isinstance(node.args[0], ast.List | ast.Tuple):
            return owner.join(self.partial(each, depth + 1) or _DYNAMIC for each in node.args[0].elts)
        return owner + _DYNAMIC if name == "format" else None

    def resolved(self, node: ast.expr | None) -> ast.expr | None:
        """The expression that a name stands for, or the expression itself."""
        steps = 0
        while isinstance(node, ast.Name) and node.id in self._values and steps < 20:  # noqa: PLR2004 - as above
            node = self._values[node.id]
            steps += 1
        return node


def _bindings(node: ast.AST) -> Iterator[tuple[str, ast.expr | None]]:
    """What a statement binds; None for a value that the source does not spell out here."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            for part in ast.walk(target):
                if isinstance(part, ast.Name):
                    yield part.id, node.value if isinstance(target, ast.Name) else None
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        yield node.target.id, node.value
    elif isinstance(node, ast.AugAssign | ast.For | ast.AsyncFor | ast.comprehension | ast.NamedExpr):
        yield from ((part.id, None) for part in ast.walk(node.target) if isinstance(part, ast.Name))
    elif isinstance(node, ast.arg):
        yield node.arg, None
    elif isinstance(node, ast.withitem) and node.optional_vars is not None:
        yield from ((part.id, None) for part in ast.walk(node.optional_vars) if isinstance(part, ast.Name))


def _imported(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Every imported name with its module and what it is called there (empty for a module itself)."""
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.asname or alias.name.partition(".")[0], (alias.name, "")
        elif isinstance(node, ast.ImportFrom):
            source = "." * node.level + (node.module or "")
            for alias in node.names:
                yield alias.asname or alias.name, (source, alias.name)


def name_of(function: ast.expr) -> str:
    """The last part of what is called: ``drop_table`` for ``op.drop_table``."""
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def argument(call: ast.Call, place: int, *names: str) -> ast.expr | None:
    """An argument by its place (counted from 0, negative for none) or one of its names."""
    for keyword in call.keywords:
        if keyword.arg in names:
            return keyword.value
    before = call.args[: place + 1]
    if place < 0 or len(before) <= place or any(isinstance(each, ast.Starred) for each in before):
        return None
    return before[place]


def as_sql(text: str) -> str:
    """A string with computed pieces as SQL in which each is a parameter's place."""
    return text.replace(_DYNAMIC, f" {COMPUTED_NAME} ")


def is_computed(text: str) -> bool:
    """Whether any piece of the string is computed."""
    return _DYNAMIC in text


def words_in(nodes: Iterable[ast.AST], scope: Scope) -> str | None:
    """A destructive keyword in any string under the nodes, pieces put together; None where there is none."""
    for node in nodes:
        for part in ast.walk(node):
            if isinstance(part, ast.Constant | ast.JoinedStr | ast.BinOp | ast.Call):
                text = scope.partial(part)
                word = destructive_word(as_sql(text)) if text else None
                if word:
                    return word
    return None


def opaque(node: ast.AST, says: str, word: str | None = None) -> Effect:
    """Something that only running tells, with the destructive keyword in it, if any."""
    what = f"{says} with {word} in it" if word else says
    return Effect(kind=Kind.OPAQUE, line=getattr(node, "lineno", 1), says=what, harmful=word is not None)
