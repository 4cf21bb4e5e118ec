"""Python, by its syntax tree: ``print`` and its like, and messages that are composed before a logger sees them."""

from __future__ import annotations

import ast
import re
import warnings
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from gaterunner.observability.found import Output
from gaterunner.observability.python_programs import own_lines

_LEVELS = frozenset({"debug", "info", "warning", "warn", "error", "critical", "exception", "fatal", "trace", "success"})
_LOGGER = re.compile(r"(?i)^_*(?:log|logging|logs|l?logger|\w*_log|\w*logger)$")
_MAKERS = frozenset({"getLogger", "get_logger", "getChild", "get_task_logger", "bind"})
_STREAMS = frozenset({"sys.stdout", "sys.stderr", "sys.__stdout__", "sys.__stderr__"})
# By name, and where among the arguments a file may stand.
_TRACES = {
    "traceback.print_exc": 1,
    "traceback.print_exception": 4,
    "traceback.print_last": 1,
    "traceback.print_stack": 2,
    "traceback.print_tb": 2,
}
_PRETTY = frozenset({"pprint.pprint", "pprint.pp"})
_DESCRIPTORS = frozenset({"sys.stdout.fileno", "sys.stderr.fileno"})
_PRINTS = frozenset({"print", "builtins.print"})
_MODULES = frozenset({"builtins", "os", "pprint", "sys", "traceback"})
# A name that is given one of these, and nothing else, stands for it.
_NAMED = _PRINTS | _PRETTY | _STREAMS | {f"{stream}.write" for stream in _STREAMS} | _TRACES.keys()
_ANY_LEVEL = "*"
_PASSED_THROUGH = frozenset({"_", "cleandoc", "dedent", "gettext", "str"})
_MOST_NODES = 300  # of one call that are told apart by: calls can stand in calls, each with all that is in it
_DUMPS = frozenset({"dumps", "model_dump_json", "to_json", "serialize"})


def read(text: str) -> tuple[Output, ...]:
    """What a module writes. Raises ``SyntaxError`` and its like for one that this interpreter cannot parse."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the code that is read, as of invalid escapes
        module = ast.parse(text)
    return tuple(_Module(module).outputs())


class _Module:
    """One module and what its names stand for."""

    def __init__(self, module: ast.Module) -> None:
        self._nodes = list(ast.walk(module))
        self._own = own_lines(module, self._nodes)
        self._loggers: set[str] = set()
        self._defined = {each.name for each in module.body if isinstance(each, ast.FunctionDef)}
        self._imported: dict[str, str] = {}
        for node in self._nodes:
            self._learn(node)
        self._imported |= self._aliases()

    def _learn(self, node: ast.AST) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname and alias.name in _MODULES:
                    self._imported[alias.asname] = alias.name
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            if _last(node.value.func) in _MAKERS:
                self._loggers |= {name for target in node.targets if (name := dotted(target))}
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                self._imported[alias.asname or alias.name] = f"{node.module}.{alias.name}"

    def _aliases(self) -> dict[str, str]:
        """Names that stand for what writes: ``out = sys.stdout``, and nowhere for something else."""
        given: dict[str, str] = {}
        for node in self._nodes:
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Name() | ast.Attribute() as value):
                    full = self._full(dotted(value))
                    if full in _NAMED:
                        given[name] = full
        if not given:
            return {}
        bound = Counter(
            node.arg if isinstance(node, ast.arg) else node.id
            for node in self._nodes
            if isinstance(node, ast.arg) or (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
        )
        return {name: full for name, full in given.items() if bound[name] == 1}

    def _full(self, name: str) -> str:
        """The name under which everybody knows it, as ``sys.stdout`` for ``s.stdout`` after ``import sys as s``."""
        head, dot, rest = name.partition(".")
        return self._imported.get(name) or f"{self._imported.get(head, head)}{dot}{rest}"

    def outputs(self) -> Iterator[Output]:
        for node in self._nodes:
            if not isinstance(node, ast.Call):
                continue
            name = dotted(node.func)
            if self._is_print(node, name):
                yield self._output(node, "print", name)
            elif self._hands_print_on(node):
                yield self._output(node, "print", "print")
            elif (how := self._composed(node, name)) is not None:
                yield self._output(node, "formatted-log-call", name, how)

    def _output(self, node: ast.Call, kind: str, name: str, how: str = "") -> Output:
        return Output(
            kind="print" if kind == "print" else "formatted-log-call",
            call=name,
            how=how,
            line=node.lineno,
            end=node.end_lineno or node.lineno,
            code=" ".join(map(repr, _parts(node))),
            outline=f"{name} {' '.join(_names(node))}",
            own=kind == "print" and node.lineno in self._own,
        )

    def _is_print(self, node: ast.Call, name: str) -> bool:
        full = self._full(name.replace("__builtins__", "builtins"))
        if name in self._defined or _is_data(node):
            return False
        if full in _TRACES:
            return len(node.args) <= _TRACES[full] and self._reaches_a_stream(node)
        if full in _PRETTY:
            return _given(node, "stream") is None
        if full in _PRINTS:
            return self._reaches_a_stream(node)
        return self._is_write(node, full)

    def _is_write(self, node: ast.Call, full: str) -> bool:
        if full == "os.write":
            return len(node.args) > 1 and self._is_descriptor(node.args[0]) and _is_text_as_bytes(node.args[1])
        owner, _, method = full.rpartition(".")
        if owner.endswith(".buffer"):
            return owner.removesuffix(".buffer") in _STREAMS and any(map(_is_text_as_bytes, node.args))
        return method in {"write", "writelines"} and owner in _STREAMS

    def _hands_print_on(self, node: ast.Call) -> bool:
        """``map(print, orders)``."""
        return "print" not in self._defined and any(
            isinstance(each, ast.Name) and self._full(each.id) in _PRINTS for each in node.args
        )

    def _is_descriptor(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Constant):
            return node.value in (1, 2)
        return isinstance(node, ast.Call) and self._full(dotted(node.func)) in _DESCRIPTORS

    def _reaches_a_stream(self, node: ast.Call) -> bool:
        file = _given(node, "file")
        if file is None or (isinstance(file, ast.Constant) and file.value is None):
            return True
        return self._full(dotted(file)) in _STREAMS

    def _composed(self, node: ast.Call, name: str) -> str | None:
        """How the message of a log call is composed; None where it is not, or where nothing is logged."""
        owner, _, method = name.rpartition(".")
        if method not in _LEVELS and method not in {"log", _ANY_LEVEL}:
            return None
        if not (any(map(_LOGGER.match, owner.split("."))) or owner in self._loggers or _makes_a_logger(node.func)):
            return None
        message = _given(node, "msg") or _given(node, "event") or _given(node, "message")
        at = 1 if method == "log" else 0
        if message is None and len(node.args) > at:
            message = node.args[at]
        return composed(message) if message is not None else None


def composed(message: ast.expr) -> str | None:
    """``an f-string`` and the like; None for a text as it stands and for what cannot be told."""
    if isinstance(message, ast.JoinedStr):
        return "an f-string" if any(isinstance(part, ast.FormattedValue) for part in message.values) else None
    if isinstance(message, ast.BinOp) and isinstance(message.op, ast.Mod) and _is_text(message.left):
        return "`%`"
    if isinstance(message, ast.BinOp) and isinstance(message.op, ast.Add):
        return _added(message)
    if isinstance(message, ast.IfExp):
        return composed(message.body) or composed(message.orelse)
    if isinstance(message, ast.NamedExpr):
        return composed(message.value)
    return _made(message) if isinstance(message, ast.Call) else None


def _made(call: ast.Call) -> str | None:
    """How a call composes a message."""
    if isinstance(call.func, ast.Attribute) and _is_text(call.func.value):
        if call.func.attr in {"format", "format_map"}:
            return "`.format`"
        if call.func.attr == "join" and len(call.args) == 1 and isinstance(call.args[0], ast.List | ast.Tuple):
            parts = call.args[0].elts
            return "`.join`" if 0 < sum(map(_is_text, parts)) < len(parts) else None
    return composed(call.args[0]) if len(call.args) == 1 and _last(call.func) in _PASSED_THROUGH else None


def _added(message: ast.BinOp) -> str | None:
    parts: list[ast.expr] = []
    rest: ast.expr = message
    while isinstance(rest, ast.BinOp) and isinstance(rest.op, ast.Add):
        parts.append(rest.right)
        rest = rest.left
    parts.append(rest)
    inner = next((how for part in parts if (how := composed(part))), None)
    if inner is not None:
        return inner
    texts = sum(_is_text(part) or (isinstance(part, ast.Name) and part.id.isupper()) for part in parts)
    return "`+`" if 0 < texts < len(parts) else None


def _is_text(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _is_text(node.left) and _is_text(node.right)
    if isinstance(node, ast.Call) and len(node.args) == 1 and _last(node.func) in _PASSED_THROUGH - {"str"}:
        return _is_text(node.args[0])
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _is_text_as_bytes(node: ast.expr) -> bool:
    """Bytes from elsewhere are mostly data in a machine's form; those of a text are none."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, bytes)
    return isinstance(node, ast.Call) and _last(node.func) == "encode"


def _is_data(node: ast.Call) -> bool:
    """Whether all that is written is one value in a machine's form: that is structured."""
    return len(node.args) == 1 and isinstance(node.args[0], ast.Call) and _last(node.args[0].func) in _DUMPS


def _given(node: ast.Call, keyword: str) -> ast.expr | None:
    return next((each.value for each in node.keywords if each.arg == keyword), None)


def _makes_a_logger(function: ast.expr) -> bool:
    """``logging.getLogger("x").info``."""
    return (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Call)
        and _last(function.value.func) in _MAKERS - {"bind"}
    )


def _last(node: ast.expr) -> str:
    return dotted(node).rpartition(".")[2]


def dotted(node: ast.expr) -> str:
    """``self.log.info`` for such an expression, also where ``getattr`` gives it; what is called or indexed on the way
    is left out, and a name that is not known is ``*``."""
    parts: list[str] = []
    while True:
        if isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        elif isinstance(node, ast.Call) and _is_getattr(node):
            named = node.args[1]
            parts.append(
                named.value if isinstance(named, ast.Constant) and isinstance(named.value, str) else _ANY_LEVEL
            )
            node = node.args[0]
        elif isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, ast.Subscript):
            node = node.value
        else:
            break
    if isinstance(node, ast.Name):
        parts.append(node.id)
    return ".".join(reversed(parts))


def _is_getattr(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Name) and node.func.id == "getattr" and len(node.args) > 1


def _parts(node: ast.Call) -> Iterator[object]:
    """What tells one call from another, however it is laid out."""
    for each in islice(ast.walk(node), _MOST_NODES):
        yield type(each).__name__
        yield from (
            value for _, value in ast.iter_fields(each) if not isinstance(value, ast.AST | list) and value is not None
        )


def _names(node: ast.Call) -> Iterator[str]:
    for each in islice(ast.walk(node), _MOST_NODES):
        if isinstance(each, ast.Name):
            yield each.id
        elif isinstance(each, ast.Attribute):
            yield each.attr
