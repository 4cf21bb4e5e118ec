"""Log calls of Go with the names of their fields: slog, zap, logrus, zerolog, and what prints."""

from __future__ import annotations

import re

from gaterunner.contract.boundaries.log_fields import Fields, first_string, tells_values, unquoted
from gaterunner.observability.code_calls import called, is_logger
from gaterunner.weakening.code import Code

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


def go_fields(code: Code, opening: int) -> Fields | None:
    """The fields of the call that a bracket opens; None for one that logs nothing."""
    chain = called(code, opening - 1)
    method = chain[-1]
    arguments = code.arguments(opening)
    if chain[0] in _GO_FIELD_PACKAGES and len(chain) > 1 and _GO_TYPES.match(method):
        return first_string(code, arguments)
    if chain[0] in {"fmt", "log"} and _GO_PRINTS.match(method):
        return ([], True) if tells_values(code, arguments) else None
    if (
        chain[0] == "fmt"
        and method.startswith("Fprint")
        and arguments
        and code.key(*arguments[0]).startswith("os . Std")
    ):
        return ([], True) if tells_values(code, arguments[1:]) else None
    if any(map(_is_go_logger, chain[:-1])):
        return _go_of_logger(code, opening, arguments)
    return None


def _go_of_logger(code: Code, opening: int, arguments: list[tuple[int, int]]) -> Fields | None:
    chain = called(code, opening - 1)
    method = chain[-1]
    if _GO_FORMATS.match(method):
        return ([], True) if tells_values(code, arguments) else None
    if _GO_TYPES.match(method) or method == "WithField":
        return first_string(code, arguments)
    if method == "WithFields":
        return _go_map(code, opening)
    if method in _GO_LEVELS:
        given = [each for each in arguments if code.text(each[0]) != "ctx"]
        names, opaque = _pairs(code, given[1:])
        return names, opaque or tells_values(code, given[:1])
    return _pairs(code, arguments) if method in {"With", "WithValues"} and chain[0] != "zap" else None


def _is_go_logger(name: str) -> bool:
    return is_logger(name) or name.rstrip("()") in {"slog", "zlog", "klog", "logrus", "zerolog", "sugar"}


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
            names.append(unquoted(code.text(start)))
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
    return [unquoted(code.text(first)) for first, _ in pieces if code.kind(first) == "string"], False
