"""Structured log calls of languages that are read by their tokens, with the names of their fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gaterunner.contract.boundaries.go_logs import go_fields
from gaterunner.contract.boundaries.log_fields import (
    BINDS,
    LEVELS,
    MOST_TOKENS,
    Fields,
    first_string,
    tells_values,
    unquoted,
)
from gaterunner.contract.boundaries.pieces import LogCall, Touched
from gaterunner.contract.boundaries.ruby_logs import ruby_fields, without_brackets
from gaterunner.observability.code_calls import called, is_logger
from gaterunner.weakening.code import Code

_JAVA_KEYS = frozenset({"addKeyValue", "kv", "keyValue", "v", "value"})
_PRINTS = frozenset({"print", "println", "printf"})
_PHP_PRINTS = frozenset({"error_log", "print_r", "var_dump", "syslog", "dump"})
_PYTHON_NO_FIELDS = frozenset(
    {"exc_info", "stack_info", "stacklevel", "msg", "event", "message", "level", "file", "end", "sep", "flush"}
)


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
        yield from (each for each in without_brackets(code) if touched(each.line, each.end))


def _call(code: Code, start: int, opening: int, found: Fields) -> LogCall:
    end = code.end_of(opening)
    return LogCall(
        line=code.line(start),
        end=code.line(end),
        code=code.key(start, min(end + 1, opening + MOST_TOKENS)),
        fields=tuple(found[0]),
        opaque=found[1],
    )


def _is_by_key(code: Code, opening: int) -> bool:
    return (
        code.text(opening - 3) == "["
        and is_logger(code.text(opening - 4))
        and unquoted(code.text(opening - 2)) in LEVELS
    )


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
                names.append(unquoted(code.text(first)))
                inner, unclear = _objects(code, [(first + 2, last)] if code.text(first + 2) == "{" else [])
                names += inner
                opaque = opaque or unclear
    return names, opaque


def _javascript(code: Code, opening: int) -> Fields | None:
    chain = called(code, opening - 1)
    pieces = code.arguments(opening)
    if chain in {("process", "stdout", "write"), ("process", "stderr", "write")}:
        return ([], True) if tells_values(code, pieces) else None
    is_console = (chain[0] == "console" and len(chain) > 1) or chain == ("debug",)
    if not is_console and (chain[-1] not in LEVELS | BINDS or not any(map(_is_js_logger, chain[:-1]))):
        return None
    names, opaque = _objects(code, pieces)
    others = [each for each in pieces if code.text(each[0]) != "{"]
    if is_console and not names and not opaque and not tells_values(code, others):
        return None
    return names, opaque or tells_values(code, others)


def _is_js_logger(name: str) -> bool:
    return is_logger(name) or name in {"winston", "bunyan", "pino()", "log4js"}


def _java(code: Code, opening: int) -> Fields | None:
    chain = called(code, opening - 1)
    pieces = code.arguments(opening)
    if chain[-1] in _JAVA_KEYS - {"v", "value"} or chain[-2:] in {
        ("MDC", "put"),
        ("MDC", "putCloseable"),
        ("ThreadContext", "put"),
    }:
        return first_string(code, pieces)
    if chain[-2:-1] in {("out",), ("err",)} or chain[0] == "println" or (len(chain) == 1 and chain[0] in _PRINTS):
        return ([], True) if chain[-1] in _PRINTS and tells_values(code, pieces) else None
    if chain[-1] not in LEVELS or not any(map(is_logger, chain[:-1])):
        return None
    names: list[str] = []
    others: list[tuple[int, int]] = []
    for start, end in pieces:
        name = code.text(start)
        within = code.arguments(start + 1) if code.text(start + 1) == "(" else []
        if name in {"v", "value"} and within and code.kind(within[0][0]) == "string":
            names.append(unquoted(code.text(within[0][0])))
        elif name not in _JAVA_KEYS:
            others.append((start, end))
    return names, tells_values(code, others)


def _python(code: Code, opening: int) -> Fields | None:
    """For modules that no interpreter at hand can parse."""
    chain = called(code, opening - 1)
    if chain != ("print",) and (chain[-1] not in LEVELS | {"bind", "exception"} or not any(map(is_logger, chain[:-1]))):
        return None
    names: list[str] = []
    others: list[tuple[int, int]] = []
    opaque = False
    for start, end in code.arguments(opening):
        if code.kind(start) == "word" and code.text(start + 1) == "=" and code.text(start + 2) != "=":
            name = code.text(start)
            if name in {"extra", "attributes"}:
                pieces = code.arguments(start + 2) if code.text(start + 2) == "{" else []
                keys = [unquoted(code.text(first)) for first, _ in pieces if code.kind(first) == "string"]
                names += keys
                opaque = opaque or not pieces or len(keys) < len(pieces)
            elif name not in _PYTHON_NO_FIELDS:
                names.append(name)
        else:
            others.append((start, end))
    opaque = opaque or tells_values(code, others)
    return None if chain == ("print",) and not opaque else (names, opaque)


def _php(code: Code, opening: int) -> Fields | None:
    method = code.text(opening - 1)
    pieces = code.arguments(opening)
    arrow = code.key(opening - 3, opening - 1)
    if arrow not in {"- >", ": :"}:
        if method in {"logger", "logs", "info"} and pieces:
            return _php_arrays(code, pieces)
        return ([], True) if method in _PHP_PRINTS and tells_values(code, pieces) else None
    owner = opening - 4
    if code.kind(owner) != "word":
        opened = code.opened_at(owner)
        owner = opened - 1 if opened is not None else owner
    if method not in LEVELS | BINDS or not (is_logger(code.text(owner)) or code.text(owner) in {"channel", "stack"}):
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
                names.append(unquoted(code.text(first)))
                inner, unclear = _php_arrays(
                    code, [(first + 3, last)] if code.text(first + 3) in {"[", "array"} else []
                )
                names += inner
                opaque = opaque or unclear
            else:
                opaque = True
    return names, opaque or tells_values(code, others)


LANGUAGES: dict[str, Callable[[Code, int], Fields | None]] = {
    **dict.fromkeys(
        ("js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts", "vue", "svelte", "astro", "ejs"), _javascript
    ),
    "go": go_fields,
    **dict.fromkeys(("java", "kt", "kts", "scala", "groovy"), _java),
    "py": _python,
    "rb": ruby_fields,
    "php": _php,
}
"""How a log call's fields are read, by the extension of a file's name; None for what is no log call."""
