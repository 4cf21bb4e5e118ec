"""Log calls of Python with the names of their fields, and what else a module writes of values."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from gaterunner.contract.boundaries.pieces import LogCall
from gaterunner.migrations.python_code import Scope, argument, name_of
from gaterunner.observability.code_calls import is_logger
from gaterunner.observability.python import dotted

_LEVELS = frozenset(
    {"debug", "info", "warning", "warn", "error", "critical", "exception", "fatal", "trace", "success", "log", "msg"}
    | {"adebug", "ainfo", "awarning", "aerror", "acritical", "aexception", "alog", "notice"}
)
_BINDS = frozenset(
    {"bind", "new", "contextualize", "bind_contextvars", "bound_contextvars", "bind_threadlocal", "try_bind"}
)
_BINDS_ANYWHERE = frozenset({"bind_contextvars", "bound_contextvars", "bind_threadlocal"})
_MAKERS = frozenset({"getLogger", "get_logger", "getChild", "get_task_logger", "LoggerAdapter"})
_NO_FIELDS = frozenset({"exc_info", "stack_info", "stacklevel", "msg", "event", "message", "level"})
_HOLDERS = frozenset({"extra", "attributes"})
_PRINTS = frozenset(
    {"print", "builtins.print", "pprint", "pprint.pprint", "sys.stdout.write", "sys.stderr.write"}
    | {"click.echo", "typer.echo", "warnings.warn"}
)
_PRINTED_BY = frozenset({"file", "end", "sep", "flush"})
_ERRORS = frozenset({"e", "ex", "err", "error", "exc", "exception"})
_CHANGES = frozenset({"update", "setdefault", "__setitem__"})
_MOST = 2000  # characters of a call by which it is told from others


def logs(nodes: Sequence[ast.AST], calls: Sequence[ast.Call], scope: Scope) -> Iterator[LogCall]:
    """The log calls of a module."""
    reading = _Logs(nodes, scope)
    yield from (found for call in calls if (found := reading.read(call)) is not None)


class _Logs:
    def __init__(self, nodes: Sequence[ast.AST], scope: Scope) -> None:
        self._scope = scope
        self._named, self._methods = _aliases(nodes)
        self._changed = {name for node in nodes if (name := _changed(node))}

    def read(self, call: ast.Call) -> LogCall | None:
        """The fields of a call; None for one that logs nothing."""
        name = dotted(call.func)
        if name in _PRINTS:
            return self._print(call)
        if name_of(call.func) == "LoggerAdapter":
            given = argument(call, 1, "extra")
            names, opaque = self._keys(given) if given is not None else ([], False)
            return _log_call(call, names, opaque=opaque)
        if not self._is_log(call, name):
            return None
        names = []
        opaque = any(map(self._tells_values, call.args))
        for keyword in call.keywords:
            if keyword.arg is None or keyword.arg in _HOLDERS:
                found, unclear = self._keys(keyword.value)
                names += found
                opaque = opaque or unclear
            elif keyword.arg not in _NO_FIELDS:
                names.append(keyword.arg)
                names += self._inner(keyword.value)
        return _log_call(call, names, opaque=opaque)

    def _is_log(self, call: ast.Call, name: str) -> bool:
        owner, _, method = name.rpartition(".")
        if method in _BINDS_ANYWHERE or name in self._methods:
            return True
        match call.func:
            case ast.Call(func=ast.Name(id="getattr"), args=[logger, *_]):  # getattr(logger, level)("text")
                return self._is_logger(dotted(logger))
        if method not in _LEVELS and method not in _BINDS:
            return False
        return any(map(self._is_logger, owner.split("."))) or name.startswith(("structlog.", "getLogger"))

    def _is_logger(self, name: str) -> bool:
        return is_logger(name) or name in self._named or name == "logfire"

    def _print(self, call: ast.Call) -> LogCall | None:
        elsewhere = any(each.arg == "file" for each in call.keywords)
        return _log_call(call, [], opaque=True) if not elsewhere and any(map(self._tells_values, call.args)) else None

    def _tells_values(self, given: ast.expr) -> bool:
        """Whether an argument is more than a text as it stands, a level or the error."""
        if isinstance(given, ast.Constant) or self._scope.text(given) is not None:
            return False
        name = dotted(given)
        return not (name.rpartition(".")[2].isupper() or name in _ERRORS)

    def _keys(self, node: ast.expr) -> tuple[list[str], bool]:
        """The keys of a map as far as the source spells them out, and whether there may be more."""
        found = self._scope.resolved(node)
        is_changed = isinstance(node, ast.Name) and node.id in self._changed
        match found:
            case ast.Call(func=function, args=[], keywords=keywords) if name_of(function) == "dict":
                return [each.arg for each in keywords if each.arg], is_changed or any(not each.arg for each in keywords)
            case ast.Dict(keys=keys):
                texts = [self._scope.text(key) if key is not None else None for key in keys]
                names = [text for text in texts if text is not None]
                return [
                    *names,
                    *(inner for each in found.values for inner in self._inner(each)),
                ], is_changed or None in texts
        return [], True

    def _inner(self, value: ast.expr) -> list[str]:
        """The keys of a map that is the value of a field."""
        return self._keys(value)[0] if isinstance(value, ast.Dict) else []


def _log_call(call: ast.Call, names: list[str], *, opaque: bool) -> LogCall:
    return LogCall(
        line=call.lineno,
        end=call.end_lineno or call.lineno,
        code=ast.unparse(call)[:_MOST],
        fields=tuple(names),
        opaque=opaque,
    )


def _aliases(nodes: Sequence[ast.AST]) -> tuple[set[str], set[str]]:
    """Names that stand for a logger, and for one of its methods."""
    loggers: set[str] = set()
    methods: set[str] = set()
    for node in nodes:
        match node:
            case ast.ImportFrom(names=names):
                loggers |= {each.asname for each in names if each.asname and is_logger(each.name)}
            case ast.Import(names=names):
                loggers |= {each.asname for each in names if each.asname and each.name in {"logging", "structlog"}}
            case ast.Assign(targets=targets, value=ast.Call(func=function)) if name_of(function) in _MAKERS | {
                "bind",
                "new",
            }:
                loggers |= {dotted(target).rpartition(".")[2] for target in targets}
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Attribute(attr=method) as value) if (
                method in _LEVELS
            ):
                if any(map(is_logger, dotted(value.value).split("."))):
                    methods.add(name)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Name(id=given)) if is_logger(given):
                loggers.add(name)
    return loggers - {""}, methods


def _changed(node: ast.AST) -> str:
    """The name of a map that something is put into."""
    match node:
        case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store()):
            return name
        case ast.Call(func=ast.Attribute(attr=method, value=ast.Name(id=name))) if method in _CHANGES:
            return name
        case ast.AugAssign(target=ast.Name(id=name)):
            return name
    return ""
