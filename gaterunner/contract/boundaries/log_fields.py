"""What the readers of log calls of several languages have in common."""

from __future__ import annotations

import re

from gaterunner.migrations.words import words
from gaterunner.weakening.code import Code

LEVELS = words("trace debug info warn warning error fatal critical verbose silly notice alert emergency success log")
BINDS = frozenset({"child", "with", "withContext", "withFields", "tagged"})
_ERRORS = frozenset(
    {"e", "ex", "err", "error", "exc", "exception", "t", "cause", "$e", "$ex", "$exception", "nil", "null", "None"}
)
MOST_TOKENS = 300  # by which a call is told from others
Fields = tuple[list[str], bool]
"""The names of a call's fields, and whether it may log more than those."""

# What is set into a string: `${x}`, `#{x}`, `{$x}`, `$x`.
_SET_IN = re.compile(r"[$#]\{|\{\$|\$[a-z_]")


def tells_values(code: Code, pieces: list[tuple[int, int]]) -> bool:
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


def unquoted(text: str) -> str:
    """A key without what marks it as a text or a symbol."""
    return text.strip("\"'`:")


def first_string(code: Code, arguments: list[tuple[int, int]]) -> Fields:
    """The first argument as the only field, where it is a text as it stands."""
    if arguments and code.kind(arguments[0][0]) == "string" and arguments[0][1] == arguments[0][0] + 1:
        return [unquoted(code.text(arguments[0][0]))], False
    return [], True
