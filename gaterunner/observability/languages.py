"""Which reader knows a file's language. A reader is loaded when a change touches a file of its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module
from typing import cast

from msgspec.structs import replace

from gaterunner.observability.found import Output
from gaterunner.weakening.paths import extension

_READERS = {
    "py": "python",
    "go": "go",
    "java": "java",
    "rb": "ruby",
    **dict.fromkeys(("js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts"), "javascript"),
}
# Of every language at once: one of these stands in whatever a reader finds, and files without any are most.
_MAY_WRITE = re.compile(
    rb"(?i)print|puts|\bpp?\b|console|std(?:out|err)|\bwarn\b|\bap\b|os\.write|dumpStack|log"
    rb"|System *\. *(?:out|err)|zap|sugar|spew|(?:get|make)_?child"
    rb"|\.(?:debug|info|warn(?:ing)?|error|critical|exception|fatal|trace|success)\b"
)
_GENERATED = re.compile(rb"(?m)^[ \t]{0,8}(?:#|//|/?\*).{0,200}(?:\bDO NOT EDIT\b|@generated\b)")
# Where git counts no line: what follows would otherwise stand in a comment, or on another line than it does.
_LINE_END = re.compile(r"\r(?!\n)")
_LINE_ENDS = {"javascript": re.compile(r"\r(?!\n)|[\u2028\u2029]")}
_HEAD = 2000
_LONG_LINE = 1000
_LONGEST_LINE = 2000


def reads(path: str) -> bool:
    """True for a file in one of the languages."""
    return extension(path) in _READERS


def may_write(data: bytes) -> bool:
    """False for what holds nothing that a reader could find, and for what a tool has written."""
    return _MAY_WRITE.search(data) is not None and not _is_generated(data)


def _is_generated(data: bytes) -> bool:
    if _GENERATED.search(data[:_HEAD]):
        return True
    return sum(len(line) for line in data.split(b"\n") if len(line) > _LONG_LINE) > len(data) // 2


def read_outputs(path: str, text: str) -> tuple[Output, ...]:
    """What a file writes, in the order of its lines; nothing for a language that nobody here reads."""
    module = _READERS.get(extension(path))
    if module is None:
        return ()
    text, lines = _with_newlines(text, module)
    try:
        found = _read(module, text if module == "python" else _without_long_lines(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        found = _read("python_lines", _without_long_lines(text))  # Python of another version, or broken
    if lines is not None:
        found = tuple(replace(each, line=lines[each.line - 1], end=lines[each.end - 1]) for each in found)
    return tuple(sorted(found, key=lambda each: (each.line, each.end)))


def _with_newlines(text: str, module: str) -> tuple[str, list[int] | None]:
    """The text with a newline for whatever ends a line in its language, and the number that each line has for git."""
    ends = _LINE_ENDS.get(module, _LINE_END)
    if not ends.search(text):
        return text, None
    lines, number = [1], 1
    for end in re.finditer(f"{ends.pattern}|\n", text):
        number += end[0] == "\n"
        lines.append(number)
    return ends.sub("\n", text), lines


def _without_long_lines(text: str) -> str:
    """The text with empty lines for those that nobody has written: data, and what would take long to be split."""
    if max(map(len, text.split("\n"))) <= _LONGEST_LINE:
        return text
    return "\n".join("" if len(line) > _LONGEST_LINE else line for line in text.split("\n"))


def _read(module: str, text: str) -> tuple[Output, ...]:
    read = cast("Callable[[str], tuple[Output, ...]]", import_module(f"gaterunner.observability.{module}").read)
    return read(text)
