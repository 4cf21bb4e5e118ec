"""Python, by its syntax tree: its strings, put together as far as the source tells, and its structured log calls."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator

from gaterunner.contract.boundaries.pieces import LogCall, Piece, Text
from gaterunner.contract.boundaries.python_models import uses
from gaterunner.migrations.python_code import Scope, argument, name_of
from gaterunner.observability.code_calls import is_logger
from gaterunner.observability.python import dotted

_EXECUTES = frozenset(
    {"execute", "executemany", "executescript", "raw", "RawSQL", "RunSQL", "mogrify", "copy_expert", "exec_driver_sql"}
    | {"fetchrow", "fetchval", "read_sql", "read_sql_query", "prepare"}
)
_LEVELS = frozenset(
    {"debug", "info", "warning", "warn", "error", "critical", "exception", "fatal", "trace", "success", "log", "msg"}
    | {"adebug", "ainfo", "awarning", "aerror", "acritical", "aexception", "alog", "notice"}
)
_BINDS = frozenset(
    {"bind", "new", "contextualize", "bind_contextvars", "bound_contextvars", "bind_threadlocal", "try_bind"}
)
_BINDS_ANYWHERE = frozenset({"bind_contextvars", "bound_contextvars", "bind_threadlocal"})
_NO_FIELDS = frozenset({"exc_info", "stack_info", "stacklevel", "msg", "event", "message", "level"})
_HOLDERS = frozenset({"extra", "attributes"})
_TEXTS = (ast.Constant, ast.JoinedStr, ast.BinOp, ast.Call)
_MOST = 2000  # characters of a call by which it is told from others


def read(text: str, _kind: str = "py") -> Iterator[Piece]:
    """The pieces of a module. Raises ``SyntaxError`` and its like for one that this interpreter cannot parse."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the code that is read, as of invalid escapes
        module = ast.parse(text)
    nodes = list(ast.walk(module))
    scope = Scope(module)
    yield from _texts(nodes, scope)
    yield from uses(nodes, scope)
    yield from (found for node in nodes if isinstance(node, ast.Call) and (found := _logged(node, scope)))


def _texts(nodes: list[ast.AST], scope: Scope) -> Iterator[Text]:
    executed = {id(each) for node in nodes if isinstance(node, ast.Call) for each in _handed_on(node, scope)}
    done = {id(node.value) for node in nodes if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)}
    for node in nodes:  # parents come before what they hold
        if not isinstance(node, _TEXTS) or id(node) in done:
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


def _handed_on(call: ast.Call, scope: Scope) -> Iterator[ast.expr]:
    """The expressions that a call hands to a database."""
    if name_of(call.func) not in _EXECUTES or not isinstance(call.func, ast.Attribute | ast.Name):
        return
    given = argument(call, 0, "sql", "query", "statement", "operation")
    found = scope.resolved(given)
    if found is not None:
        yield found
        if isinstance(found, ast.Call) and found.args:  # execute(text("…"))
            yield found.args[0]


def _logged(call: ast.Call, scope: Scope) -> LogCall | None:
    name = dotted(call.func)
    owner, _, method = name.rpartition(".")
    if method not in _BINDS_ANYWHERE:
        if method not in _LEVELS and method not in _BINDS:
            return None
        if not any(map(is_logger, owner.split("."))) and not name.startswith(("structlog.", "getLogger")):
            return None
    fields: list[str] = []
    opaque = False
    for keyword in call.keywords:
        if keyword.arg is None or keyword.arg in _HOLDERS:
            named = _keys(keyword.value, scope)
            fields += named or ()
            opaque = opaque or named is None
        elif keyword.arg not in _NO_FIELDS:
            fields.append(keyword.arg)
    return LogCall(
        line=call.lineno,
        end=call.end_lineno or call.lineno,
        code=ast.unparse(call)[:_MOST],
        fields=tuple(fields),
        opaque=opaque,
    )


def _keys(node: ast.expr, scope: Scope) -> list[str] | None:
    """The keys of a map that the source spells out; None where it does not, or not all of them."""
    found = scope.resolved(node)
    if isinstance(found, ast.Call) and name_of(found.func) == "dict" and not found.args:
        return None if any(each.arg is None for each in found.keywords) else [str(each.arg) for each in found.keywords]
    if not isinstance(found, ast.Dict):
        return None
    keys = [scope.text(key) if key is not None else None for key in found.keys]
    return None if None in keys else [key for key in keys if key is not None]
