"""What a Python file says about its tests, read by its syntax tree; nothing of it is imported or executed."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from gaterunner.weakening.bodies import digest
from gaterunner.weakening.python_imports import borrowed_by, borrowed_marks, imports, own_names
from gaterunner.weakening.python_module import Module
from gaterunner.weakening.python_skips import constant, last_name, of_body, of_decorator, of_marks, shown
from gaterunner.weakening.syntax import walk
from gaterunner.weakening.types import Borrowed, Shared, Sheet, Skip, Test, UnparsedError

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_SHARING = re.compile(r"^(?:pytest_\w+|set_?up\w*|tear_?down\w*|async_?set_?up)$", re.IGNORECASE)
# Marks that say how a test is run and not whether; every other one can be what a runner is told to leave out.
_HARMLESS = frozenset(
    {"parametrize", "usefixtures", "filterwarnings", "asyncio", "anyio", "trio", "django_db", "timeout", "xdist_group"}
)


_RUNNERS = frozenset({"pytest", "_pytest", "unittest"})


def read(data: bytes) -> Sheet:
    """All tests of a module. Raises ``UnparsedError``."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = ast.parse(data)
        return _Reader(Module(module, data), data.decode("utf-8", "replace").splitlines()).sheet()
    except (SyntaxError, ValueError, LookupError, RecursionError, MemoryError) as error:
        raise UnparsedError(str(error)) from None


class _Scope:
    """Where a test stands: the classes around it, and the skips that it has from there."""

    def __init__(
        self,
        prefix: str = "",
        skips: tuple[Skip, ...] = (),
        marks: tuple[str, ...] = (),
        borrows: tuple[Borrowed, ...] = (),
    ) -> None:
        self.prefix, self.skips, self.marks, self.borrows = prefix, skips, marks, borrows


class _Reader:
    def __init__(self, module: Module, lines: list[str]) -> None:
        self._module, self._lines = module, lines
        self._aliases = module.aliases
        self._imports = imports(module.tree)
        self._tests: dict[str, Test] = {}
        self._shared: list[Shared] = []
        self._functions: set[str] = set()
        self._ignored: list[str] = []

    def sheet(self) -> Sheet:
        body = self._module.tree.body
        whole = (*_module_marks(body, self._aliases), *of_body(body, self._aliases))
        self._block(body, _Scope(skips=whole, borrows=self._borrowed(body)))
        return Sheet(
            tests=tuple(self._tests.values()),
            shared=tuple(self._shared),
            functions=frozenset(self._functions),
            ignored=tuple(self._ignored),
            imported=self._imports,
            own=tuple(own_names(self._module.tree)),
        )

    def _block(self, statements: Sequence[ast.stmt], scope: _Scope) -> None:
        for statement in statements:
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                self._function(statement, scope)
            elif isinstance(statement, ast.ClassDef):
                self._class(statement, scope)
            elif isinstance(statement, ast.If):
                self._branches(statement, scope)
            elif isinstance(statement, ast.Try | ast.TryStar):
                for block in (statement.body, *(each.body for each in statement.handlers), statement.orelse):
                    self._block(block, scope)
            elif isinstance(statement, ast.With):
                self._block(statement.body, scope)
            else:
                self._assignment(statement, scope)

    def _branches(self, statement: ast.If, scope: _Scope) -> None:
        holds = constant(statement.test)
        condition = ast.unparse(statement.test)
        for block, reached, text in (
            (statement.body, holds, condition),
            (statement.orelse, None if holds is None else not holds, f"not ({condition})"),
        ):
            if reached is False:
                continue
            skip = Skip(
                key=f"defined if {text}",
                shown=f"if {text}"[:80],
                line=statement.lineno,
                always=False,
                word=f"defined only if {text[:60]}",
            )
            inherited = scope.skips if reached else (*scope.skips, skip)
            self._block(block, _Scope(scope.prefix, inherited, scope.marks, scope.borrows))

    def _assignment(self, statement: ast.stmt, scope: _Scope) -> None:
        """``test_x = None`` and ``del test_x`` take a test away; ``test_x.__test__ = False`` does as well."""
        targets = statement.targets if isinstance(statement, ast.Assign | ast.Delete) else []
        for target in targets:
            name = last_name(target)
            if isinstance(target, ast.Name):
                self._tests.pop(f"{scope.prefix}{name}", None)
            elif isinstance(target, ast.Attribute) and name == "__test__" and isinstance(statement, ast.Assign):
                self._uncollected(target, statement)
        if isinstance(statement, ast.Assign | ast.AugAssign | ast.AnnAssign) and statement.value is not None:
            names = {last_name(each) for each in targets} or {last_name(getattr(statement, "target", statement.value))}
            if names & {"collect_ignore", "collect_ignore_glob"}:
                self._ignored += [
                    node.value
                    for node in walk(statement.value)
                    if isinstance(node, ast.Constant) and isinstance(node.value, str)
                ]

    def _uncollected(self, target: ast.Attribute, statement: ast.Assign) -> None:
        test = self._tests.get(f"{last_name(target.value)}")
        if test is not None and constant(statement.value) is False:
            skip = Skip(key="skips", shown=shown(statement), line=statement.lineno, word="not collected")
            self._tests[test.name] = replace(test, skips=(*test.skips, skip))

    def _class(self, node: ast.ClassDef, scope: _Scope) -> None:
        skips = (*scope.skips, *self._decorated(node.decorator_list), *_module_marks(node.body, self._aliases))
        if not ("test" in node.name.lower() if not node.bases else True):
            self._helpers(node.body, f"{scope.prefix}{node.name}.")
            return
        inner = _Scope(
            f"{scope.prefix}{node.name}.",
            (*skips, *_uncollected_class(node)),
            (*scope.marks, *_marks(node.decorator_list)),
            (*scope.borrows, *self._borrowed(node.body, node.decorator_list)),
        )
        before = len(self._tests)
        self._functions.add(inner.prefix.rstrip("."))
        self._block(node.body, inner)
        if len(self._tests) == before and node.bases and re.search("(?i)test", node.name):
            # The tests of a class that only inherits them are lost with it.
            self._add(node.name, node, inner, body=[])

    def _helpers(self, statements: Sequence[ast.stmt], prefix: str) -> None:
        for statement in statements:
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                self._helper(statement, prefix)

    def _function(self, node: _Function, scope: _Scope) -> None:
        if not node.name.startswith("test") or any(last_name(each) == "fixture" for each in node.decorator_list):
            self._helper(node, scope.prefix)
            return
        inner = _Scope(
            scope.prefix,
            (*scope.skips, *self._decorated(node.decorator_list), *self._module.skips(node, _reached(node.body))),
            (*scope.marks, *_marks(node.decorator_list)),
            (*scope.borrows, *self._borrowed((), node.decorator_list), *borrowed_by(node, self._imports)),
        )
        self._add(node.name, node, inner, body=node.body)

    def _add(
        self,
        name: str,
        node: _Function | ast.ClassDef,
        scope: _Scope,
        *,
        body: list[ast.stmt],
    ) -> None:
        full = scope.prefix.rstrip(".") if isinstance(node, ast.ClassDef) else f"{scope.prefix}{name}"
        self._tests.pop(full, None)  # the last definition of a name is the one that is run
        end = node.end_lineno or node.lineno
        self._tests[full] = Test(
            name=full,
            bare=name,
            line=node.lineno,
            end=end,
            skips=scope.skips,
            marks=scope.marks,
            cases=_cases(node.decorator_list),
            digest=digest(self._lines[body[0].lineno - 1 : end]) if body else "",
            inherits=isinstance(node, ast.ClassDef),
            borrows=scope.borrows,
            uncounted=None if isinstance(node, ast.ClassDef) else self._module.uncounted(node),
        )

    def _helper(self, node: _Function, prefix: str) -> None:
        owner = f"{prefix}{node.name}"
        self._functions.add(owner)
        everywhere = _SHARING.match(node.name) is not None or any(
            "autouse" in shown(each) for each in node.decorator_list
        )
        self._shared += [
            Shared(owner=owner, skip=skip, reaching=everywhere) for skip in self._module.skips(node, node.body)
        ]

    def _borrowed(self, body: Sequence[ast.stmt], decorators: Sequence[ast.expr] = ()) -> tuple[Borrowed, ...]:
        """The marks from elsewhere that a module or class has, and decorators from elsewhere."""
        marks = [
            statement.value
            for statement in body
            if isinstance(statement, ast.Assign) and "pytestmark" in {last_name(each) for each in statement.targets}
        ]
        return tuple(borrowed_marks([*decorators, *marks], self._imports))

    def _decorated(self, decorators: Sequence[ast.expr]) -> tuple[Skip, ...]:
        return tuple(skip for each in decorators for skip in of_decorator(each, self._aliases))


def _reached(statements: list[ast.stmt]) -> list[ast.stmt]:
    """The statements up to the first that leaves the function for good."""
    for number, statement in enumerate(statements):
        if isinstance(statement, ast.Return):
            return statements[:number]
    return statements


def _module_marks(statements: Sequence[ast.stmt], aliases: dict[str, ast.expr]) -> Iterator[Skip]:
    for statement in statements:
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            names = {last_name(target) for target in targets}
            if "pytestmark" in names:
                yield from of_marks(statement.value, aliases)
            if "__test__" in names and constant(statement.value) is False:
                yield Skip(key="skips", shown="__test__ = False", line=statement.lineno, word="not collected")


def _uncollected_class(node: ast.ClassDef) -> Iterator[Skip]:
    """pytest leaves out a class with a constructor."""
    for statement in node.body:
        if not node.bases and isinstance(statement, ast.FunctionDef) and statement.name in {"__init__", "__new__"}:
            yield Skip(key="skips", shown=f"{node.name}.{statement.name}", line=statement.lineno, word="not collected")


def _marks(decorators: Sequence[ast.expr]) -> tuple[str, ...]:
    """Names of marks and tags by which a runner can be told to leave a test out."""
    found = []
    for decorator in decorators:
        function = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = last_name(function)
        if isinstance(function, ast.Attribute) and last_name(function.value) == "mark":
            if name not in _HARMLESS and not re.match(r"skip|xfail", name):
                found.append(name)
        elif name == "tag" and isinstance(decorator, ast.Call):
            found += [
                each.value for each in decorator.args if isinstance(each, ast.Constant) and isinstance(each.value, str)
            ]
    return tuple(found)


def _cases(decorators: Sequence[ast.expr]) -> int:
    """The number of cases that ``parametrize`` lists; 0 where it cannot be counted."""
    total = 0
    for decorator in decorators:
        if isinstance(decorator, ast.Call) and last_name(decorator) == "parametrize" and len(decorator.args) > 1:
            values = decorator.args[1]
            listed = values.elts if isinstance(values, ast.List | ast.Tuple) else [ast.Starred(values)]
            if any(isinstance(each, ast.Starred) for each in listed):
                return 0
            total = (total or 1) * len(listed)
    return total
