"""Which reader knows a file's language. A reader is loaded when a change touches a file of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import cast

from gaterunner.contract.boundaries.pieces import Piece
from gaterunner.weakening.paths import extension

_BRACES = ("go", "java", "rb", "php", "js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts")
_READERS = {"py": "python", "pyi": "python", **dict.fromkeys(_BRACES, "code")}
# Each of the two stands in whatever a reader finds of its kind; files without any are most.
_STATEMENT = re.compile(
    r"(?i)[\"'`(\n][ \t(]{0,12}"
    r"(?:select|insert|update|delete|merge|with|truncate|alter|drop|create|copy|replace)\s[^=:;{]"
    r"|\bexec\w{0,30}\W|\braw\b|find_by_sql|\bop\.|__tablename__|\bdb_table\b"
)
_LOG_CALL = re.compile(
    r"(?i)log\w{0,30}(?:\([^()\n]{0,80}\)){0,2}\s{0,80}(?:\??\.|->|::)\s{0,80}\w|\b(?:zap|slog)\.|\bMDC\b|addKeyValue"
    r"|\bkv\(|keyValue\(|contextvars|\bbind\("
)
_LONGEST_LINE = 5000


def is_sql_file(path: str) -> bool:
    """True for a file that is SQL as a whole."""
    return extension(path) == "sql"


def is_python(path: str) -> bool:
    """True for a file of Python."""
    return _READERS.get(extension(path)) == "python"


def reads(path: str) -> bool:
    """True for a file in which statements and log calls are looked for."""
    return extension(path) in _READERS


def may_hold_statements(text: str) -> bool:
    """False for what holds no statement."""
    return _STATEMENT.search(text) is not None


def may_log(text: str) -> bool:
    """False for what holds no log call."""
    return _LOG_CALL.search(text) is not None


def read_pieces(path: str, text: str) -> tuple[Piece, ...]:
    """The strings and log calls of a file, as far as its reader sees them."""
    kind = extension(path)
    try:
        return tuple(_reader(_READERS[kind])(_without_long_lines(text), kind))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return tuple(_reader("code")(_without_long_lines(text), kind))  # Python of another version, or broken


def _reader(module: str) -> Callable[[str, str], Iterable[Piece]]:
    found = import_module(f"gaterunner.contract.boundaries.{module}")
    return cast("Callable[[str, str], Iterable[Piece]]", found.read)


def _without_long_lines(text: str) -> str:
    """The text with empty lines for those that nobody has written: data, and what would take long to be split."""
    if max(map(len, text.split("\n"))) <= _LONGEST_LINE:
        return text
    return "\n".join("" if len(line) > _LONGEST_LINE else line for line in text.split("\n"))
