"""How much of a Python test can fail: its assertions, without those that nothing reaches or that hold anyway."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from functools import cached_property

from gaterunner.weakening.python_skips import constant, last_name, own_expressions, shown
from gaterunner.weakening.syntax import children, same_source, walk
from gaterunner.weakening.types import Counted, Hollow

_CHECKS = re.compile(
    r"(?i)assert|expect(?!ed)|verif|check|ensure|should|^fail|^raises|^warns|^deprecated_call|snapshot|validate"
)
_SWALLOWING = frozenset({"AssertionError", "Exception", "BaseException"})
_COMPARING = re.compile(
    r"(?i)equal|raises|warns|contains|assert_(?:has_calls|called|awaited)|match|almost|snapshot|regex"
)
_RAISES = re.compile(r"raises|assertRaises(?:Regex)?|assert_raises|expect_raises")
_ASSERTS = re.compile(r"assert[A-Z_]|assert_?that$")
_EQUAL = re.compile(
    r"assert(?:(?:list|dict|set|tuple|count|sequence|multiline|almost|items|queryset)?equals?|jsonequal)"
)
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def count(function: _Function, checkers: Collection[str], plain: Collection[str]) -> Counted:
    """The assertions of a test. ``checkers`` are functions of its module that assert, ``plain`` those that do not."""
    return _Counter(function, checkers, plain).counted()


def is_never_run(function: _Function) -> bool:
    """A test with ``yield`` makes a generator that no runner asks for anything, unless a decorator does."""
    roots = {next(iter(_names(each)), "") for each in function.decorator_list}
    waiting: list[ast.AST] = list(function.body)
    while waiting and roots <= {"pytest"}:
        node = waiting.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            waiting += children(node)
    return False


def _names(node: ast.AST) -> Iterator[str]:
    """The names in an expression, the outermost object's first."""
    return (each.id for each in walk(node) if isinstance(each, ast.Name))


class _Counter:
    def __init__(self, function: _Function, checkers: Collection[str], plain: Collection[str]) -> None:
        self._assertions = self._strong = 0
        self._hollow: list[Hollow] = []
        self._checkers, self._plain = checkers, plain
        self._function = function
        self._block(function.body, swallowed=False)

    @cached_property
    def _used(self) -> set[str]:
        return set(_names(self._function))

    def counted(self) -> Counted:
        return Counted(assertions=self._assertions, strong=self._strong, hollow=tuple(self._hollow))

    def _block(self, statements: list[ast.stmt], *, swallowed: bool) -> None:
        for statement in statements:
            self._statement(statement, swallowed=swallowed)
            if isinstance(statement, ast.Return | ast.Raise | ast.Continue | ast.Break):
                return  # nothing reaches what follows

    def _statement(self, statement: ast.stmt, *, swallowed: bool) -> None:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            if statement.name in self._used or statement.decorator_list:
                self._block(statement.body, swallowed=swallowed)
            return
        if isinstance(statement, ast.Assert):
            self._assert(statement, swallowed=swallowed)
        elif isinstance(statement, ast.With | ast.AsyncWith) and _wants_failure(statement):
            first = next(item.context_expr for item in statement.items if _accepts_failure(item.context_expr))
            self._hollow.append(Hollow(shown(first), statement.lineno))
        else:
            for call in _calls(statement):
                self._call(call, swallowed=swallowed)
        for block, lost in _blocks(statement):
            self._block(block, swallowed=swallowed or lost)

    def _assert(self, statement: ast.Assert, *, swallowed: bool) -> None:
        if _always_holds(statement.test):
            self._hollow.append(Hollow(shown(statement), statement.lineno))
        elif not swallowed:
            self._assertions += 1
            self._strong += _is_strong(statement.test)

    def _call(self, call: ast.Call, *, swallowed: bool) -> None:
        name = last_name(call)
        known = isinstance(call.func, ast.Name) or last_name(getattr(call.func, "value", call.func)) in {"self", "cls"}
        if not (known and name in self._checkers) and (not _CHECKS.search(name) or (known and name in self._plain)):
            return
        if _is_hollow(call, name):
            self._hollow.append(Hollow(shown(call), call.lineno))
        elif not swallowed:
            self._assertions += 1
            self._strong += bool(_COMPARING.search(name))


def _calls(statement: ast.stmt) -> Iterator[ast.Call]:
    """The calls that a statement makes itself, outside of the statements within it."""
    return (node for node in own_expressions(statement) if isinstance(node, ast.Call))


def _blocks(statement: ast.stmt) -> Iterator[tuple[list[ast.stmt], bool]]:
    """The blocks within a statement that can be reached, and whether a failed assertion is lost in each."""
    if isinstance(statement, ast.If | ast.While):
        holds = constant(statement.test)
        if holds is not False:
            yield statement.body, False
        if holds is not True:
            yield statement.orelse, False
    elif isinstance(statement, ast.For | ast.AsyncFor):
        if constant(statement.iter) is not False:
            yield statement.body, False
        yield statement.orelse, False
    elif isinstance(statement, ast.Try | ast.TryStar):
        # What is left by `return` in `finally` takes the failure along.
        lost = any(isinstance(each, ast.Return | ast.Break | ast.Continue) for each in statement.finalbody)
        yield statement.body, lost or any(_swallows(handler) for handler in statement.handlers)
        yield from ((handler.body, lost) for handler in statement.handlers)
        yield statement.orelse, lost
        yield statement.finalbody, False
    elif isinstance(statement, ast.With | ast.AsyncWith):
        yield (
            statement.body,
            any(_suppresses(item.context_expr) for item in statement.items) or _wants_failure(statement),
        )
    elif isinstance(statement, ast.Match):
        yield from ((case.body, False) for case in statement.cases)
    elif isinstance(statement, ast.ClassDef):
        yield statement.body, False


def _swallows(handler: ast.ExceptHandler) -> bool:
    caught = {last_name(each) for each in _types(handler.type)} if handler.type else _SWALLOWING
    return bool(caught & _SWALLOWING) and not any(map(_tells, walk(handler)))


def _tells(node: ast.AST) -> bool:
    """True for what can tell of a failure: raising it, asserting what may not hold, returning something."""
    if isinstance(node, ast.Assert):
        return constant(node.test) is not True
    if isinstance(node, ast.Return):
        return node.value is not None and not isinstance(node.value, ast.Constant)
    return isinstance(node, ast.Raise) or (isinstance(node, ast.Call) and _CHECKS.search(last_name(node)) is not None)


def _wants_failure(statement: ast.With | ast.AsyncWith) -> bool:
    """``with pytest.raises(BaseException):`` around an assertion, whose failure is what it waits for."""
    return any(_accepts_failure(item.context_expr) for item in statement.items) and any(
        isinstance(node, ast.Assert) or (isinstance(node, ast.Call) and _ASSERTS.match(last_name(node)))
        for each in statement.body
        for node in walk(each)
    )


def _accepts_failure(expression: ast.expr) -> bool:
    return (
        isinstance(expression, ast.Call)
        and _RAISES.fullmatch(last_name(expression)) is not None
        and any(last_name(each) in _SWALLOWING for argument in expression.args[:1] for each in _types(argument))
    )


def _types(expression: ast.expr) -> list[ast.expr]:
    return list(expression.elts) if isinstance(expression, ast.Tuple) else [expression]


def _suppresses(expression: ast.expr) -> bool:
    return (
        isinstance(expression, ast.Call)
        and last_name(expression) == "suppress"
        and any(last_name(each) in _SWALLOWING for each in expression.args)
    )


def _is_hollow(call: ast.Call, name: str) -> bool:
    """``assertTrue(True)``, ``assertEqual(x, x)``; a call without an argument is somebody's own check."""
    lower = name.lower().replace("_", "")
    if not lower.startswith("assert") or not call.args:
        return False
    first = constant(call.args[0])
    if lower == "assertfalse":
        return first is False
    if lower in {"asserttrue", "assert"}:
        return _always_holds(call.args[0])
    if _EQUAL.fullmatch(lower) and len(call.args) > 1:
        return _always_holds(ast.Compare(call.args[0], [ast.Eq()], [call.args[1]]))
    return lower == "assertis" and len(call.args) > 1 and _compares_itself(call.args[0], call.args[1], calls=False)


def _always_holds(test: ast.expr) -> bool:
    """``True``, ``x == x``, ``f(x) == f(x)``, ``x == ANY``, ``len(x) >= 0``, ``isinstance(x, object)``."""
    if constant(test) is True:
        return True
    if isinstance(test, ast.Call):
        return last_name(test) == "isinstance" and len(test.args) > 1 and last_name(test.args[1]) == "object"
    if isinstance(test, ast.BoolOp):
        holding = [_always_holds(value) for value in test.values]
        return any(holding) if isinstance(test.op, ast.Or) else all(holding)
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return False
    left, operator, right = test.left, test.ops[0], test.comparators[0]
    if isinstance(operator, ast.Eq):
        return _compares_itself(left, right, calls=True) or "ANY" in (_name_of(left), _name_of(right))
    counted = isinstance(left, ast.Call) and last_name(left) == "len" and isinstance(right, ast.Constant)
    return counted and isinstance(operator, ast.GtE) and right.value == 0  # type: ignore[attr-defined]  # a constant


def _name_of(expression: ast.expr) -> str:
    return last_name(expression) if isinstance(expression, ast.Name | ast.Attribute) else ""


def _compares_itself(left: ast.expr, right: ast.expr, *, calls: bool) -> bool:
    """The same source on both sides; ``calls`` where calling twice may be taken to give equal things."""
    if any(isinstance(node, ast.Call | ast.Await) for node in walk(left)) and not calls:
        return False
    return same_source(left, right)


def _is_strong(test: ast.expr) -> bool:
    """True where an assertion compares with a value that is more than true, false or none."""
    if isinstance(test, ast.BoolOp):
        return all(_is_strong(value) for value in test.values)
    if not isinstance(test, ast.Compare) or isinstance(test.ops[0], ast.NotEq | ast.IsNot | ast.In | ast.NotIn):
        return False
    return not any(
        isinstance(side, ast.Constant) and side.value in (True, False, None) for side in (test.left, *test.comparators)
    )
