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


def is_generated(data: bytes) -> bool:
    """Whether a tool has written it, as it says itself or its long lines do."""
    if _GENERATED.search(data[:_HEAD]):
        return True
    return sum(filter(_LONG_LINE.__lt__, map(len, data.split(b"\n")))) > len(data) // 2


def read_outputs(path: str, text: str, *, programs: bool = True) -> tuple[Output, ...]:
    """What a file writes, in the order of its lines; nothing for a language that nobody here reads.

    Without ``programs`` a file that is one as a whole may be left unread.
    """
    module = _READERS.get(extension(path))
    if module is None:
        return ()
    text, lines = _with_newlines(text, module)
    try:
        found = _read(module, text if module == "python" else _without_long_lines(text), programs)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        found = _read("python_lines", _without_long_lines(text), programs)  # Python of another version, or broken
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


def _read(module: str, text: str, programs: bool) -> tuple[Output, ...]:
    reader = import_module(f"gaterunner.observability.{module}")
    # A syntax tree tells more of this than a look at the text.
    if not programs and module != "python" and cast("Callable[[str], bool]", reader.is_program)(text):
        return ()
    return cast("Callable[[str], tuple[Output, ...]]", reader.read)(text)
