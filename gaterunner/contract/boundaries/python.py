"""Python, by its syntax tree: its strings, put together as far as the source tells, and what runs or logs them."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Sequence

from gaterunner.contract.boundaries.pieces import COMPUTED, Piece, Statement, Text, Touched
from gaterunner.contract.boundaries.python_logs import logs
from gaterunner.contract.boundaries.python_models import uses
from gaterunner.migrations.python_code import Scope, argument, name_of
from gaterunner.observability.python import dotted

_EXECUTES = frozenset(
    {"execute", "executemany", "executescript", "raw", "RawSQL", "RunSQL", "mogrify", "copy_expert", "exec_driver_sql"}
    | {"fetch", "fetchrow", "fetchval", "read_sql", "read_sql_query", "prepare", "sql"}
)
# Only what belongs to a database runs a statement under these names.
_AMBIGUOUS = frozenset({"execute", "raw", "prepare", "fetch", "sql"})
_DATABASE = re.compile(
    r"(?i)^(?:\w*(?:db|conn|connection|cursor|session|engine|database|pool|objects)|c|cur|s|tx|transaction|schema_editor|op|self"
    r"|client|bq|duckdb|spark)(?:\(\))?$"
)
_TEXTS = (ast.Constant, ast.JoinedStr, ast.BinOp, ast.Call)
_MOST = 2000  # characters of a call by which it is told from others
_PLACE = re.compile(r"%(?:\(\w+\))?[-#0 +]*\d*(?:\.\d+)?[srdifa]|%%")
_FIELD = re.compile(r"\{\{|\}\}|\{[^{}]*\}")


class Strings(Scope):
    """What strings come to, also those of bytes, and those that are set into others."""

    def partial(self, node: ast.expr | None, depth: int = 0) -> str | None:
        """The text with a mark for each computed piece; None where it is no string at all."""
        match node:
            case ast.Constant(value=bytes(data)):
                return data.decode("latin-1")
            case ast.BinOp(op=ast.Mod(), left=left, right=right):
                pieces = right.elts if isinstance(right, ast.Tuple) else [right]
                return self._filled(_PLACE, left, pieces, depth)
            case ast.Call(func=ast.Attribute(attr="replace", value=left), args=[old, new, *_]):
                return self._replaced(left, old, new, depth)
            case ast.Call(func=ast.Attribute(attr="format", value=left), args=pieces):
                return self._filled(_FIELD, left, pieces, depth)
        return super().partial(node, depth)

    def _replaced(self, left: ast.expr, old: ast.expr, new: ast.expr, depth: int) -> str | None:
        whole, was, is_now = (self.partial(each, depth + 1) for each in (left, old, new))
        if whole is None:
            return None
        return whole.replace(was, is_now) if was and is_now is not None else whole + COMPUTED

    def _filled(self, places: re.Pattern[str], left: ast.expr, pieces: Sequence[ast.expr], depth: int) -> str | None:
        whole = self.partial(left, depth + 1)
        if whole is None:
            return None
        given = iter([self.partial(each, depth + 1) or COMPUTED for each in pieces])
        doubled = {"%%": "%", "{{": "{", "}}": "}"}
        return places.sub(lambda found: doubled.get(found[0]) or _next_of(found[0], given), whole)


def _next_of(place: str, given: Iterator[str]) -> str:
    """A value by its place; one by a name is computed."""
    is_named = "(" in place or (place.startswith("{") and place != "{}")
    return COMPUTED if is_named else next(given, COMPUTED)


def read(text: str, _kind: str, touched: Touched) -> Iterator[Piece]:
    """The pieces of a module. Raises ``SyntaxError`` and its like for one that this interpreter cannot parse."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the code that is read, as of invalid escapes
        module = ast.parse(text)
    nodes = list(ast.walk(module))
    scope = Strings(module)
    calls = [
        node for node in nodes if isinstance(node, ast.Call) and touched(node.lineno, node.end_lineno or node.lineno)
    ]
    yield from _texts(nodes, calls, scope, touched)
    yield from _runs_unseen(calls, scope)
    yield from uses(nodes, calls, scope)
    yield from logs(nodes, calls, scope)


def _texts(nodes: list[ast.AST], calls: list[ast.Call], scope: Scope, touched: Touched) -> Iterator[Text]:
    executed = {id(each) for call in calls for each in _handed_on(call, scope)}
    done = {id(node.value) for node in nodes if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)}
    for node in nodes:  # parents come before what they hold
        if not isinstance(node, _TEXTS) or id(node) in done:
            continue
        if not touched(node.lineno, node.end_lineno or node.lineno):
            continue
        text = scope.partial(node)
        if text is None:
            continue
        done.update(_parts(node))
        is_executed = id(node) in executed
        yield Text(text=text, line=node.lineno, end=node.end_lineno or node.lineno, executed=is_executed)


def _parts(node: ast.expr) -> Iterator[int]:
    """The strings of which a text is put together; not those of calls that give a part of it."""
    waiting: list[ast.AST] = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, ast.Constant | ast.JoinedStr | ast.BinOp):
            yield id(each)
        if each is node or not isinstance(each, ast.Call):
            waiting += ast.iter_child_nodes(each)


def _given(call: ast.Call) -> ast.expr | None:
    """The expression that a call hands to a database; None where it hands on none."""
    if name_of(call.func) not in _EXECUTES:
        return None
    return argument(call, 0, "sql", "query", "statement", "operation")


def _handed_on(call: ast.Call, scope: Scope) -> Iterator[ast.expr]:
    found = scope.resolved(_given(call))
    if found is not None:
        yield found
        if isinstance(found, ast.Call) and found.args:  # execute(text("…"))
            yield found.args[0]


def _runs_unseen(calls: list[ast.Call], scope: Scope) -> Iterator[Statement]:
    """Calls that hand on what the source does not spell out here."""
    for call in calls:
        given = _given(call)
        is_spread = bool(call.args) and isinstance(call.args[0], ast.Starred) and name_of(call.func) in _EXECUTES
        if not is_spread and (given is None or scope.partial(scope.resolved(given)) is not None):
            continue
        owner = dotted(call.func).rpartition(".")[0].rpartition(".")[2]
        if name_of(call.func) not in _AMBIGUOUS or _DATABASE.match(owner):
            end = call.end_lineno or call.lineno
            yield Statement(line=call.lineno, end=end, code=ast.unparse(call)[:_MOST], opaque=True)
