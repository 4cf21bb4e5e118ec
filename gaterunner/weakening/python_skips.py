"""What keeps a Python test from counting: marks of pytest and unittest, and calls in its body."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence

from gaterunner.weakening.syntax import children, same_source, walk
from gaterunner.weakening.types import Skip

_CALLS = frozenset({"skip", "skipTest", "xfail", "importorskip", "SkipTest", "Skipped"})
_MARK = re.compile(r"(?i)^_*(skip|x_?fail|expected_?fail|disable[ds]?_?test)")
_CONDITIONAL = re.compile(r"(?i)^_*(skip_?if|skip_?unless|skip_\w+|skip[A-Z]\w+)")
# Ways of pytest that need no import to work; a bare `skip` or `xfail` does.
_OWNERS = frozenset({"pytest", "unittest", "self", "cls", "mark", "case", "nose", "testtools"})
_LIBRARIES = frozenset({"pytest", "_pytest", "mark", "unittest"})
_SHOWN = 80
_STATEMENTS = (ast.stmt, ast.ExceptHandler, ast.match_case)

Aliases = Mapping[str, ast.expr]


def last_name(expression: ast.expr) -> str:
    """``skipif`` of ``pytest.mark.skipif(...)``; empty where there is no name.

    ``getattr(pytest.mark, "skip" + "if")`` is one as well. What is looked up there under a name that the source does
    not give counts as ``skip``: nothing else needs to be hidden.
    """
    while isinstance(expression, ast.Call):
        if isinstance(expression.func, ast.Name) and expression.func.id == "getattr" and len(expression.args) > 1:
            owner, name = last_name(expression.args[0]), _text(expression.args[1])
            return name if name is not None else "skip" if owner in _LIBRARIES else ""
        expression = expression.func
    if isinstance(expression, ast.Attribute):
        return expression.attr
    return expression.id if isinstance(expression, ast.Name) else ""


def _text(expression: ast.expr) -> str | None:
    """The text that an expression of constants makes; None for any other."""
    if isinstance(expression, ast.Constant):
        return str(expression.value)
    if isinstance(expression, ast.JoinedStr):
        parts = [_text(part) for part in expression.values]
    elif isinstance(expression, ast.BinOp) and isinstance(expression.op, ast.Add):
        parts = [_text(expression.left), _text(expression.right)]
    else:
        return None
    return None if None in parts else "".join(part for part in parts if part)


def shown(node: ast.AST) -> str:
    """A node's source on one line, shortened."""
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def constant(expression: ast.expr) -> bool | None:
    """What an expression is, true or false, when that stands in the source; None when it depends on anything."""
    if isinstance(expression, ast.Constant):
        return bool(expression.value)
    if isinstance(expression, ast.Tuple | ast.List | ast.Set):
        return bool(expression.elts)
    if isinstance(expression, ast.BoolOp):
        return _joined(expression)
    if isinstance(expression, ast.UnaryOp) and isinstance(expression.op, ast.Not):
        inner = constant(expression.operand)
        return None if inner is None else not inner
    return False if last_name(expression) == "TYPE_CHECKING" else _compared(expression)


def _joined(expression: ast.BoolOp) -> bool | None:
    parts = [constant(part) for part in expression.values]
    decides = isinstance(expression.op, ast.Or)
    if decides in parts:
        return decides
    return None if None in parts else not decides


def _compared(expression: ast.expr) -> bool | None:
    """``1 == 1`` and ``x is x``, but nothing that calls."""
    if not isinstance(expression, ast.Compare) or len(expression.ops) != 1:
        return None
    left, operator, right = expression.left, expression.ops[0], expression.comparators[0]
    same = same_source(left, right)
    if isinstance(left, ast.Constant) and isinstance(right, ast.Constant):
        if isinstance(operator, ast.Eq | ast.Is):
            return same
        return not same if isinstance(operator, ast.NotEq | ast.IsNot) else None
    if isinstance(left, ast.Constant) or any(isinstance(node, ast.Call) for node in walk(left)):
        return None
    return True if same and isinstance(operator, ast.Eq | ast.Is | ast.GtE | ast.LtE) else None


def of_decorator(decorator: ast.expr, aliases: Aliases) -> Iterator[Skip]:
    """The skips that a decorator (or an item of ``pytestmark``) puts on what it decorates."""
    name = last_name(decorator)
    target = aliases.get(name) if not isinstance(decorator, ast.Attribute) else None
    if target is not None:
        called = ast.Call(target, decorator.args, decorator.keywords) if isinstance(decorator, ast.Call) else target
        for skip in of_decorator(called, {}):
            yield _mark(decorator, last_name(called), always=skip.always, condition=skip.key.partition(" ")[2])
    elif _MARK.match(name):
        condition = _condition(decorator, name)
        yield _mark(decorator, name, always=condition is True, condition=condition if condition is not True else "")
    elif name == "parametrize":
        yield from _of_cases(decorator)


def _mark(decorator: ast.expr, name: str, *, always: bool, condition: str | bool) -> Skip:
    fails = "fail" in name.lower()
    call = decorator if isinstance(decorator, ast.Call) else None
    return Skip(
        key=f"{'fails' if fails else 'skips'} {condition or ''}".strip(),
        shown=f"@{shown(decorator)}",
        line=getattr(decorator, "lineno", 1),
        always=always,
        reason=_reason(call, name),
        word="expected to fail" if fails else "skipped",
    )


def _condition(decorator: ast.expr, name: str) -> str | bool:
    """True where a mark holds always, otherwise what it depends on."""
    call = decorator if isinstance(decorator, ast.Call) else None
    keyword = next((each.value for each in call.keywords if each.arg == "condition"), None) if call else None
    lower = name.lower().replace("_", "")
    first = keyword or (call.args[0] if call and call.args else None)
    if first is not None and lower.startswith(("skipif", "skipunless", "xfail")):
        if isinstance(first, ast.Constant) and isinstance(first.value, str):  # pytest evaluates it
            return first.value.strip() in {"True", "1"} or first.value
        holds = constant(first)
        return holds is (not lower.startswith("skipunless")) or ast.unparse(first)
    if lower == "xfail":
        return True
    return ast.unparse(decorator) if _CONDITIONAL.match(name) and lower != "skiptest" else True


def _reason(call: ast.Call | None, name: str) -> str | None:
    if call is None:
        return None
    named = [each.value for each in call.keywords if each.arg in {"reason", "msg"}]
    texts = [*named, *call.args[:1], *call.args[1:2]] if "if" in name.lower() else [*named, *call.args[:1]]
    for each in texts:
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            return " ".join(each.value.split())[:120] or None
    return None


def _of_cases(decorator: ast.expr) -> Iterator[Skip]:
    """``pytest.param(..., marks=pytest.mark.skip)`` within ``parametrize``: some of the cases; or no case at all."""
    cases = decorator.args[1:2] if isinstance(decorator, ast.Call) and last_name(decorator) == "parametrize" else []
    if any(isinstance(each, ast.List | ast.Tuple | ast.Set) and not each.elts for each in cases):
        word = "skipped: parametrize lists no case"  # pytest's default for an empty set of parameters
        yield Skip(key="no case", shown=shown(decorator), line=decorator.lineno, always=True, word=word)
    for node in walk(decorator):
        if isinstance(node, ast.Call) and last_name(node) == "param":
            for keyword in node.keywords:
                if keyword.arg == "marks" and any(_MARK.match(last_name(each)) for each in _items(keyword.value)):
                    yield Skip(
                        key=f"case {ast.unparse(node)}",
                        shown=shown(node),
                        line=node.lineno,
                        always=False,
                        word=f"skipped for the case {shown(node)[:60]}",
                    )


def _items(expression: ast.expr) -> list[ast.expr]:
    return list(expression.elts) if isinstance(expression, ast.List | ast.Tuple) else [expression]


def of_marks(value: ast.expr, aliases: Aliases) -> Iterator[Skip]:
    """The skips in what is assigned to ``pytestmark``."""
    for item in _items(value):
        yield from of_decorator(item, aliases)


def is_skip_call(node: ast.AST, aliases: Aliases) -> bool:
    """True for ``pytest.skip(...)``, ``self.skipTest(...)``, ``SkipTest(...)`` and what was imported as one."""
    if not isinstance(node, ast.Call):
        return False
    name = last_name(node)
    if isinstance(node.func, ast.Call):
        return last_name(node.func.func) == "getattr" and name in _CALLS
    if not isinstance(node.func, ast.Name | ast.Attribute):
        return False
    if isinstance(node.func, ast.Name):
        return (name in aliases and last_name(aliases[name]) in _CALLS) or name == "SkipTest"
    owner = last_name(node.func.value)
    owner = last_name(aliases[owner]) if owner in aliases else owner
    return name in _CALLS and (owner in _OWNERS or owner in {"skip", "outcomes"} or name in {"skipTest", "SkipTest"})


_Place = tuple[ast.stmt, tuple[str, ...]]


def of_body(statements: Sequence[ast.stmt], aliases: Aliases) -> Iterator[Skip]:
    """The skips that executing these statements can reach; nested functions are somebody else's."""
    waiting: list[_Place] = [(each, ()) for each in reversed(statements)]
    while waiting:
        statement, conditions = waiting.pop()
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        waiting.extend(reversed(list(_inner(statement, conditions))))
        for node in own_expressions(statement):
            if is_skip_call(node, aliases) or (
                isinstance(statement, ast.Raise) and last_name(statement.exc or ast.Constant(0)) == "SkipTest"
            ):
                yield _call(node if isinstance(node, ast.Call) else statement, conditions)
                break


def _call(node: ast.AST, conditions: tuple[str, ...]) -> Skip:
    name = last_name(node) if isinstance(node, ast.expr) else "skip"
    optional = f"without {shown(node)}" if name == "importorskip" else ""
    condition = " and ".join((*conditions, *([optional] if optional else [])))
    fails = name == "xfail"
    return Skip(
        key=f"{'fails' if fails else 'skips'} {condition}".strip(),
        shown=shown(node),
        line=getattr(node, "lineno", 1),
        always=not condition,
        reason=_reason(node, name) if isinstance(node, ast.Call) else None,
        word="expected to fail" if fails else "skipped",
    )


def _inner(statement: ast.stmt, conditions: tuple[str, ...]) -> Iterator[_Place]:
    """The statements within one, each with what must hold for it to be reached."""
    if isinstance(statement, ast.If | ast.While):
        holds = constant(statement.test)
        text = ast.unparse(statement.test)
        if holds is not False:
            yield from ((each, conditions if holds else (*conditions, text)) for each in statement.body)
        if holds is not True:
            yield from (
                (each, conditions if holds is False else (*conditions, f"not {text}")) for each in statement.orelse
            )
    elif isinstance(statement, ast.For | ast.AsyncFor):
        yield from ((each, (*conditions, "in a loop")) for each in (*statement.body, *statement.orelse))
    elif isinstance(statement, ast.Try | ast.TryStar):
        yield from ((each, conditions) for each in (*statement.body, *statement.orelse, *statement.finalbody))
        for handler in statement.handlers:
            caught = ast.unparse(handler.type) if handler.type else "anything"
            yield from ((each, (*conditions, f"on {caught}")) for each in handler.body)
    elif isinstance(statement, ast.With | ast.AsyncWith):
        yield from ((each, conditions) for each in statement.body)
    elif isinstance(statement, ast.Match):
        for case in statement.cases:
            yield from ((each, (*conditions, ast.unparse(case.pattern))) for each in case.body)


def own_expressions(statement: ast.stmt) -> Iterator[ast.AST]:
    """What a statement itself evaluates, without the statements within it."""
    waiting = [each for each in children(statement) if not isinstance(each, _STATEMENTS)]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(children(node))


def aliases_of(module: ast.Module) -> dict[str, ast.expr]:
    """The names of a module that stand for a skip of pytest or unittest, or for one of their modules."""
    return dict(_aliases(module))


def _aliases(module: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """Names of this module that stand for a skip: imported under any name, or assigned."""
    for statement in module.body:
        if isinstance(statement, ast.ImportFrom) and (statement.module or "").split(".")[0] in {
            "pytest",
            "unittest",
            "_pytest",
        }:
            for name in statement.names:
                yield name.asname or name.name, ast.Name(name.name)
        elif isinstance(statement, ast.Import):
            for name in statement.names:
                if name.asname and name.name in {"pytest", "unittest"}:
                    yield name.asname, ast.Name(name.name)
        elif isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            name_of = last_name(statement.value)
            if isinstance(statement.targets[0], ast.Name) and re.match(r"(?i)skip|xfail|expectedFailure", name_of):
                yield statement.targets[0].id, statement.value


def skips_among(aliases: Aliases) -> Iterator[str]:
    """The names of a module that stand for a call which skips."""
    return (name for name, stands_for in aliases.items() if last_name(stands_for) in _CALLS)
