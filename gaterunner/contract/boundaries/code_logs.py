"""Structured log calls of languages that are read by their tokens, with the names of their fields."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from gaterunner.contract.boundaries.effort import Effort
from gaterunner.contract.boundaries.pieces import LogCall, Touched
from gaterunner.migrations.words import words
from gaterunner.observability.code_calls import called, is_logger
from gaterunner.weakening.code import Code

_LEVELS = words("trace debug info warn warning error fatal critical verbose silly notice alert emergency success log")
_GO_LEVELS = frozenset(
    f"{level}{end}"
    for level in ("Trace", "Debug", "Info", "Warn", "Error", "DPanic", "Panic", "Fatal", "Log")
    for end in ("", "Context", "w", "S")
)
_GO_TYPES = re.compile(
    r"^(?:Str|String|Strings|Strs|Stringer|Int|Int8|Int16|Int32|Int64|Ints|Uint\d*|Float32|Float64|Bool|Bools|Time|Dur|Duration"
    r"|Any|Interface|Reflect|Object|Array|Bytes|ByteString|Binary|Hex|RawJSON|Dict|Group|NamedError|AnErr|Inline|IPAddr)$"
)
_GO_FIELD_PACKAGES = frozenset({"slog", "zap"})
_GO_PRINTS = re.compile(r"^(?:Print|Fatal|Panic)(?:f|ln)?$")
_GO_FORMATS = re.compile(r"^(?:Trace|Debug|Info|Warn|Warning|Error|Panic|Fatal|Log)(?:f|ln)$")
_JAVA_KEYS = frozenset({"addKeyValue", "kv", "keyValue", "v", "value"})
_JAVA_MAPS = frozenset({"entries", "fields", "putAll"})
_PRINTS = frozenset({"print", "println", "printf"})
_ERRORS = frozenset(
    {"e", "ex", "err", "error", "exc", "exception", "t", "cause", "$e", "$ex", "$exception", "nil", "null", "None"}
)
_RUBY_PRINTS = frozenset({"puts", "p", "pp", "print", "warn"})
_PHP_PRINTS = frozenset({"error_log", "print_r", "var_dump", "syslog", "dump"})
_PYTHON_NO_FIELDS = frozenset(
    {"exc_info", "stack_info", "stacklevel", "msg", "event", "message", "level", "file", "end", "sep", "flush"}
)
_BINDS = frozenset({"child", "with", "withContext", "withFields", "tagged"})
_RUBY_METHODS = _LEVELS | _BINDS | _RUBY_PRINTS
_MOST_TOKENS = 300
_MOST_OF_LINES = 1_000_000  # tokens of all calls without brackets, one of which may lie within another


def logged(code: Code, kind: str, touched: Touched) -> Iterator[LogCall]:
    """The structured log calls of a file, and what else it writes of values."""
    fields = LANGUAGES[kind]
    for at in range(1, code.size):
        if code.text(at) != "(" or at not in code.close or not touched(code.line(at - 1), code.line(code.end_of(at))):
            continue
        if code.text(at - 1) == "]" and code.kind(at - 2) == "string" and _is_by_key(code, at):
            yield _call(code, at - 4, at, (_objects(code, code.arguments(at))[0], True))  # logger["info"](…)
        elif code.kind(at - 1) == "word" and (found := fields(code, at)) is not None:
            yield _call(code, at - 1, at, found)
    if kind == "rb":
        yield from (each for each in _ruby_without_brackets(code) if touched(each.line, each.end))


def _call(code: Code, start: int, opening: int, found: Fields) -> LogCall:
    end = code.end_of(opening)
    return LogCall(
        line=code.line(start),
        end=code.line(end),
        code=code.key(start, min(end + 1, opening + _MOST_TOKENS)),
        fields=tuple(found[0]),
        opaque=found[1],
    )


def _is_by_key(code: Code, opening: int) -> bool:
    return (
        code.text(opening - 3) == "["
        and is_logger(code.text(opening - 4))
        and _unquoted(code.text(opening - 2)) in _LEVELS
    )


def _tells_values(code: Code, pieces: list[tuple[int, int]]) -> bool:
    """Whether any argument is more than a text as it stands, a number, or the error."""
    return any(not _is_plain(code, start, end) for start, end in pieces)


def _is_plain(code: Code, start: int, end: int) -> bool:
    if end == start + 1 and code.text(start) in _ERRORS:
        return True
    # It ends at the first that is none: an argument may hold calls within calls, each of which is asked.
    return all(
        code.text(at) in {"+", "."}
        or (
            code.kind(at) in {"string", "number"}
            and (code.text(at).startswith("'") or not _SET_IN.search(code.text(at)))
        )
        for at in range(start, end)
    )


# What is set into a string: `${x}`, `#{x}`, `{$x}`, `$x`.
_SET_IN = re.compile(r"[$#]\{|\{\$|\$[a-z_]")


Fields = tuple[list[str], bool]


def _unquoted(text: str) -> str:
    return text.strip("\"'`:")


def _objects(code: Code, pieces: list[tuple[int, int]]) -> Fields:
    """The keys of the objects among the arguments, with those of objects within."""
    names: list[str] = []
    opaque = False
    for start, _ in pieces:
        if code.text(start) != "{":
            continue
        for first, last in code.arguments(start):
            if code.text(first) in {".", "["}:
                opaque = True  # ...spread, [computed]
            elif last == first + 1 or code.text(first + 1) in {":", "("}:
                names.append(_unquoted(code.text(first)))
                inner, unclear = _objects(code, [(first + 2, last)] if code.text(first + 2) == "{" else [])
                names += inner
                opaque = opaque or unclear
    return names, opaque


def _javascript(code: Code, opening: int) -> Fields | None:
    chain = called(code, opening - 1)
    pieces = code.arguments(opening)
    if chain in {("process", "stdout", "write"), ("process", "stderr", "write")}:
        return ([], True) if _tells_values(code, pieces) else None
    is_console = (chain[0] == "console" and len(chain) > 1) or chain == ("debug",)
    if not is_console and (chain[-1] not in _LEVELS | _BINDS or not any(map(_is_js_logger, chain[:-1]))):
        return None
    names, opaque = _objects(code, pieces)
    others = [each for each in pieces if code.text(each[0]) != "{"]
    if is_console and not names and not opaque and not _tells_values(code, others):
        return None
    return names, opaque or _tells_values(code, others)


def _is_js_logger(name: str) -> bool:
    return is_logger(name) or name in {"winston", "bunyan", "pino()", "log4js"}


def _go(code: Code, opening: int) -> Fields | None:
    chain = called(code, opening - 1)
    method = chain[-1]
    arguments = code.arguments(opening)
    if chain[0] in _GO_FIELD_PACKAGES and len(chain) > 1 and _GO_TYPES.match(method):
        return _first_string(code, arguments)
    if chain[0] in {"fmt", "log"} and _GO_PRINTS.match(method):
        return ([], True) if _tells_values(code, arguments) else None
    if (
        chain[0] == "fmt"
        and method.startswith("Fprint")
        and arguments
        and code.key(*arguments[0]).startswith("os . Std")
    ):
        return ([], True) if _tells_values(code, arguments[1:]) else None
    if any(map(_is_go_logger, chain[:-1])):
        return _go_of_logger(code, opening, arguments)
    return None


def _go_of_logger(code: Code, opening: int, arguments: list[tuple[int, int]]) -> Fields | None:
    chain = called(code, opening - 1)
    method = chain[-1]
    if _GO_FORMATS.match(method):
        return ([], True) if _tells_values(code, arguments) else None
    if _GO_TYPES.match(method) or method == "WithField":
        return _first_string(code, arguments)
    if method == "WithFields":
        return _go_map(code, opening)
    if method in _GO_LEVELS:
        given = [each for each in arguments if code.text(each[0]) != "ctx"]
        names, opaque = _pairs(code, given[1:])
        return names, opaque or _tells_values(code, given[:1])
    return _pairs(code, arguments) if method in {"With", "WithValues"} and chain[0] != "zap" else None


def _is_go_logger(name: str) -> bool:
    return is_logger(name) or name.rstrip("()") in {"slog", "zlog", "klog", "logrus", "zerolog", "sugar"}


def _first_string(code: Code, arguments: list[tuple[int, int]]) -> Fields:
    if arguments and code.kind(arguments[0][0]) == "string" and arguments[0][1] == arguments[0][0] + 1:
        return [_unquoted(code.text(arguments[0][0]))], False
    return [], True


def _pairs(code: Code, arguments: list[tuple[int, int]]) -> Fields:
    """``"key", value, slog.Int("key", 1)``: calls in between are fields by themselves, and are found as such."""
    names: list[str] = []
    opaque = False
    at = 0
    while at < len(arguments):
        start, end = arguments[at]
        if end > start + 1 and code.text(end - 1) == ")":
            at += 1
            continue
        if code.kind(start) == "string" and end == start + 1:
            names.append(_unquoted(code.text(start)))
        else:
            opaque = True
        at += 2
    return names, opaque


def _go_map(code: Code, opening: int) -> Fields:
    """``logrus.Fields{"key": value}``."""
    brace = next((at for at in range(opening + 1, opening + 6) if code.text(at) == "{" and at in code.close), None)
    if brace is None:
        return [], True
    pieces = code.split(brace + 1, code.end_of(brace))
    return [_unquoted(code.text(first)) for first, _ in pieces if code.kind(first) == "string"], False


def _java(code: Code, opening: int) -> Fields | None:
    chain = called(code, opening - 1)
    pieces = code.arguments(opening)
    if chain[-1] in _JAVA_KEYS - {"v", "value"} or chain[-2:] in {
        ("MDC", "put"),
        ("MDC", "putCloseable"),
        ("ThreadContext", "put"),
    }:
        return _first_string(code, pieces)
    if chain[-2:-1] in {("out",), ("err",)} or chain[0] == "println" or (len(chain) == 1 and chain[0] in _PRINTS):
        return ([], True) if chain[-1] in _PRINTS and _tells_values(code, pieces) else None
    if chain[-1] not in _LEVELS or not any(map(is_logger, chain[:-1])):
        return None
    names: list[str] = []
    others: list[tuple[int, int]] = []
    for start, end in pieces:
        name = code.text(start)
        within = code.arguments(start + 1) if code.text(start + 1) == "(" else []
        if name in {"v", "value"} and within and code.kind(within[0][0]) == "string":
            names.append(_unquoted(code.text(within[0][0])))
        elif name not in _JAVA_KEYS:
            others.append((start, end))
    return names, _tells_values(code, others)


def _ruby(code: Code, opening: int) -> Fields | None:
    chain = called(code, opening - 1)
    if not _is_ruby_log(chain):
        return None
    return _ruby_fields(code, code.arguments(opening), is_print=len(chain) == 1)


def _is_ruby_log(chain: tuple[str, ...]) -> bool:
    if len(chain) == 1:
        return chain[0] in _RUBY_PRINTS
    return chain[-1] in _LEVELS | _BINDS and any(map(is_logger, chain[:-1]))


def _ruby_fields(code: Code, pieces: list[tuple[int, int]], *, is_print: bool = False) -> Fields | None:
    names: list[str] = []
    opaque = False
    others: list[tuple[int, int]] = []
    for start, end in pieces:
        if code.text(start) == "{" and end > start + 1:
            inner = _ruby_fields(code, code.arguments(start))
            names += inner[0] if inner else ()
            opaque = opaque or inner is None or inner[1]
        elif (name := _ruby_key(code, start)) is not None:
            names.append(name)
        else:
            others.append((start, end))
    opaque = opaque or _tells_values(code, others)
    return None if is_print and not names and not opaque else (names, opaque)


def _ruby_key(code: Code, start: int) -> str | None:
    """``a: 1``, ``"a": 1``, ``:a => 1``, ``"a" => 1``."""
    if code.kind(start) in {"word", "string"} and code.text(start + 1) == ":" and code.text(start + 2) != ":":
        return _unquoted(code.text(start))
    name = start + 1 if code.text(start) == ":" else start
    if code.key(name + 1, name + 3) == "= >" and (name > start or code.kind(start) == "string"):
        return _unquoted(code.text(name))
    return None


def _ruby_without_brackets(code: Code) -> Iterator[LogCall]:
    """``logger.info "text", a: 1`` and ``logger.info { "text" }``, to the end of the line or further."""
    effort = Effort(_MOST_OF_LINES)
    for at in range(code.size):
        if code.kind(at) != "word" or code.text(at) not in _RUBY_METHODS:
            continue
        if code.text(at + 1) in {"(", "=", ".", ""} or code.text(at - 1) in {"def", ":", "@"}:
            continue
        chain = called(code, at)
        if not _is_ruby_log(chain) or (len(chain) == 1 and not _begins(code, at)):
            continue
        end = _end_of_line(code, at)
        effort.spend(end - at)
        if end == at + 1:
            continue
        found = (
            ([], True)
            if code.text(at + 1) == "{"
            else _ruby_fields(code, code.split(at + 1, end), is_print=len(chain) == 1)
        )
        if found is not None:
            key = code.key(at, min(end, at + _MOST_TOKENS))
            yield LogCall(line=code.line(at), end=code.line(end - 1), code=key, fields=tuple(found[0]), opaque=found[1])


def _begins(code: Code, at: int) -> bool:
    """Whether a statement begins at an index."""
    return at == 0 or code.line(at - 1) < code.line(at) or code.text(at - 1) in {";", "{", "|", "then", "else", "do"}


def _end_of_line(code: Code, at: int) -> int:
    """Where a call without brackets ends: with its line, unless that goes on."""
    line = code.line(at)
    end = at + 1
    while end < min(code.size, at + _MOST_TOKENS) and (code.line(end) == line or code.text(end - 1) == ","):
        if code.text(end) in {";", "}", "if", "unless", "do"} or code.text(end) in {")", "]"}:
            break
        line = code.line(end)
        end = code.end_of(end) + 1 if end in code.close else end + 1
        line = max(line, code.line(end - 1))
    return end


def _python(code: Code, opening: int) -> Fields | None:
    """For modules that no interpreter at hand can parse."""
    chain = called(code, opening - 1)
    if chain != ("print",) and (
        chain[-1] not in _LEVELS | {"bind", "exception"} or not any(map(is_logger, chain[:-1]))
    ):
        return None
    names: list[str] = []
    others: list[tuple[int, int]] = []
    opaque = False
    for start, end in code.arguments(opening):
        if code.kind(start) == "word" and code.text(start + 1) == "=" and code.text(start + 2) != "=":
            name = code.text(start)
            if name in {"extra", "attributes"}:
                pieces = code.arguments(start + 2) if code.text(start + 2) == "{" else []
                keys = [_unquoted(code.text(first)) for first, _ in pieces if code.kind(first) == "string"]
                names += keys
                opaque = opaque or not pieces or len(keys) < len(pieces)
            elif name not in _PYTHON_NO_FIELDS:
                names.append(name)
        else:
            others.append((start, end))
    opaque = opaque or _tells_values(code, others)
    return None if chain == ("print",) and not opaque else (names, opaque)


def _php(code: Code, opening: int) -> Fields | None:
    method = code.text(opening - 1)
    pieces = code.arguments(opening)
    arrow = code.key(opening - 3, opening - 1)
    if arrow not in {"- >", ": :"}:
        if method in {"logger", "logs", "info"} and pieces:
            return _php_arrays(code, pieces)
        return ([], True) if method in _PHP_PRINTS and _tells_values(code, pieces) else None
    owner = opening - 4
    if code.kind(owner) != "word":
        opened = code.opened_at(owner)
        owner = opened - 1 if opened is not None else owner
    if method not in _LEVELS | _BINDS or not (is_logger(code.text(owner)) or code.text(owner) in {"channel", "stack"}):
        return None
    return _php_arrays(code, pieces)


def _php_arrays(code: Code, pieces: list[tuple[int, int]]) -> Fields:
    """The keys of the arrays among the arguments."""
    names: list[str] = []
    opaque = False
    others: list[tuple[int, int]] = []
    for start, end in pieces:
        opening = start + 1 if code.text(start) == "array" and code.text(start + 1) == "(" else start
        if code.text(opening) not in {"[", "("}:
            others.append((start, end))
            continue
        for first, last in code.arguments(opening):
            if code.kind(first) == "string" and code.key(first + 1, min(last, first + 3)) == "= >":
                names.append(_unquoted(code.text(first)))
                inner, unclear = _php_arrays(
                    code, [(first + 3, last)] if code.text(first + 3) in {"[", "array"} else []
                )
                names += inner
                opaque = opaque or unclear
            else:
                opaque = True
    return names, opaque or _tells_values(code, others)


LANGUAGES: dict[str, Callable[[Code, int], Fields | None]] = {
    **dict.fromkeys(
        ("js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts", "vue", "svelte", "astro", "ejs"), _javascript
    ),
    "go": _go,
    **dict.fromkeys(("java", "kt", "kts", "scala", "groovy"), _java),
    "py": _python,
    "rb": _ruby,
    "php": _php,
}
"""How a log call's fields are read, by the extension of a file's name; None for what is no log call."""
