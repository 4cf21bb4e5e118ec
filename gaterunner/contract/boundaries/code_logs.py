"""Structured log calls of languages that are read by their tokens, with the names of their fields."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from gaterunner.contract.boundaries.pieces import LogCall
from gaterunner.migrations.words import words
from gaterunner.observability.code_calls import called, is_logger
from gaterunner.weakening.code import Code

_LEVELS = words("trace debug info warn warning error fatal critical verbose silly notice alert emergency success log")
_GO_LEVELS = frozenset(
    f"{level}{end}"
    for level in ("Trace", "Debug", "Info", "Warn", "Error", "DPanic", "Panic", "Fatal", "Log")
    for end in ("", "Context", "w")
)
_GO_TYPES = re.compile(
    r"^(?:Str|String|Strings|Strs|Stringer|Int|Int8|Int16|Int32|Int64|Ints|Uint\d*|Float32|Float64|Bool|Bools|Time|Dur|Duration"
    r"|Any|Interface|Reflect|Object|Array|Bytes|ByteString|Binary|Hex|RawJSON|Dict|Group|NamedError|AnErr|Inline|IPAddr)$"
)
_GO_FIELD_PACKAGES = frozenset({"slog", "zap"})
_JAVA_KEYS = frozenset({"addKeyValue", "kv", "keyValue"})
_BINDS = frozenset({"child", "with", "withContext", "withFields", "tagged"})
_MOST_TOKENS = 300


def logged(code: Code, kind: str) -> Iterator[LogCall]:
    """The structured log calls of a file."""
    fields = LANGUAGES[kind]
    for at in range(1, code.size):
        if code.text(at) == "(" and at in code.close and code.kind(at - 1) == "word":
            found = fields(code, at)
            if found is not None:
                names, opaque = found
                end = code.end_of(at)
                yield LogCall(
                    line=code.line(at - 1),
                    end=code.line(end),
                    code=code.key(at - 1, min(end + 1, at + _MOST_TOKENS)),
                    fields=tuple(names),
                    opaque=opaque,
                )


Fields = tuple[list[str], bool]


def _unquoted(text: str) -> str:
    return text.strip("\"'`:")


def _javascript(code: Code, opening: int) -> Fields | None:
    chain = called(code, opening - 1)
    if chain[-1] not in _LEVELS | _BINDS or not any(map(is_logger, chain[:-1])):
        return None
    names: list[str] = []
    opaque = False
    for start, end in code.arguments(opening):
        if code.text(start) == "{":
            for first, last in code.split(start + 1, end - 1):
                if code.text(first) == "." or code.text(first) == "[":
                    opaque = True  # ...spread, [computed]
                elif last == first + 1 or code.text(first + 1) in {":", "("}:
                    names.append(_unquoted(code.text(first)))
        elif code.kind(start) == "word" and end == start + 1 and (start, end) != code.arguments(opening)[0]:
            opaque = True  # logger.info("text", fields)
    return names, opaque


def _go(code: Code, opening: int) -> Fields | None:
    chain = called(code, opening - 1)
    method = chain[-1]
    arguments = code.arguments(opening)
    if chain[0] in _GO_FIELD_PACKAGES and len(chain) > 1 and _GO_TYPES.match(method):
        return _first_string(code, arguments)
    if not any(_is_go_logger(part) for part in chain[:-1]):
        return None
    if _GO_TYPES.match(method) or method == "WithField":
        return _first_string(code, arguments)
    if method == "WithFields":
        return _go_map(code, opening)
    if method in _GO_LEVELS:
        return _pairs(code, [each for each in arguments if code.text(each[0]) != "ctx"][1:])
    return _pairs(code, arguments) if method == "With" and chain[0] != "zap" else None


def _is_go_logger(name: str) -> bool:
    return is_logger(name) or name.rstrip("()") in {"slog", "zlog", "logrus", "zerolog", "sugar"}


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
    if chain[-1] in _JAVA_KEYS or chain[-2:] == ("MDC", "put"):
        return _first_string(code, code.arguments(opening))
    return None


def _ruby(code: Code, opening: int) -> Fields | None:
    chain = called(code, opening - 1)
    if chain[-1] not in _LEVELS | _BINDS or not any(map(is_logger, chain[:-1])):
        return None
    names: list[str] = []
    opaque = False
    for start, end in code.arguments(opening):
        if code.kind(start) == "word" and code.text(start + 1) == ":" and code.text(start + 2) != ":":
            names.append(code.text(start))
        elif code.text(start) == "*":
            opaque = True
        elif code.text(start) == "{" and end > start + 1:
            names += [code.text(first) for first, _ in code.split(start + 1, end - 1) if code.text(first + 1) == ":"]
    return names, opaque


def _php(code: Code, opening: int) -> Fields | None:
    owner = opening - 4
    if code.key(opening - 3, opening - 1) not in {"- >", ": :"} or code.text(opening - 1) not in _LEVELS | _BINDS:
        return None
    if code.kind(owner) != "word":
        opened = code.opened_at(owner)
        owner = opened - 1 if opened is not None else owner
    if not is_logger(code.text(owner)):
        return None
    names: list[str] = []
    opaque = False
    for start, end in code.arguments(opening)[1 if code.text(opening - 1) in _LEVELS else 0 :]:
        if code.text(start) != "[":
            opaque = True
            continue
        for first, last in code.split(start + 1, end - 1):
            if code.kind(first) == "string" and code.key(first + 1, min(last, first + 3)) == "= >":
                names.append(_unquoted(code.text(first)))
            else:
                opaque = True
    return names, opaque


LANGUAGES: dict[str, Callable[[Code, int], Fields | None]] = {
    **dict.fromkeys(("js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts"), _javascript),
    "go": _go,
    "java": _java,
    "rb": _ruby,
    "php": _php,
}
"""How a log call's fields are read, by the extension of a file's name; None for what is no log call."""
