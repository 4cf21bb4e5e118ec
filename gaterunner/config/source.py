"""From the bytes of a workflow file to text that is safe to hand to a YAML parser."""

from __future__ import annotations

import re
from typing import NoReturn

from gaterunner.config.problems import Problems
from gaterunner.config.types import Position

MAX_BYTES = 1_000_000

_UTF8_BOM = b"\xef\xbb\xbf"
_OTHER_BOMS = {
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
# C0 but tab, line feed and carriage return; DEL and C1; the separators that YAML 1.1 counts as line breaks while
# editors do not, which would shift every position; a byte order mark that is not at the start; non-characters.
_CONTROL = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff"
# Directional overrides make a line read differently from what it says (CVE-2021-42574).
_DIRECTION = "\u202a-\u202e\u2066-\u2069"
HIDDEN = f"{_CONTROL}{_DIRECTION}"
"""Of what a file's text may not hold, as the inside of a class of an expression."""
_FORBIDDEN = re.compile(f"[{HIDDEN}]")


def read_text(data: bytes, problems: Problems) -> str:
    """The text without a byte order mark; raises ``WorkflowFileError`` when it cannot be read as text."""
    if len(data) > MAX_BYTES:
        _refuse(problems, None, f"the file holds {len(data):,} bytes, expected at most {MAX_BYTES:,}")
    for mark, encoding in _OTHER_BOMS.items():
        if data.startswith(mark):
            _refuse(problems, Position(1, 1), f"the file is {encoding}, expected UTF-8", "save the file as UTF-8")
    data = data.removeprefix(_UTF8_BOM)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        _refuse_bytes(data, error.start, problems)
    _refuse_characters(text, problems)
    return text


def _refuse_bytes(data: bytes, offset: int, problems: Problems) -> NoReturn:
    before = data[:offset].decode("utf-8")
    message = f"byte 0x{data[offset]:02x} at offset {offset} is not valid UTF-8"
    _refuse(problems, position_of(before, len(before)), message, "save the file as UTF-8")


def _refuse_characters(text: str, problems: Problems) -> None:
    match = _FORBIDDEN.search(text)
    if match is None:
        return
    code = f"U+{ord(match.group()):04X}"
    position = position_of(text, match.start())
    if match.group() == "\x00":
        _refuse(problems, position, "the file holds a NUL byte, expected text", "save the file as UTF-8 text")
    _refuse(problems, position, f"the invisible character {code} is not allowed here", "delete it, or type it again")


def _refuse(problems: Problems, position: Position | None, message: str, help: str | None = None) -> NoReturn:
    problems.add(position, message, help)
    raise problems.error()


def position_of(text: str, index: int) -> Position:
    """Where a character of the text stands, counting lines as YAML does: by LF, CR LF, or CR alone."""
    before = text[:index].replace("\r\n", "\n").replace("\r", "\n")
    return Position(before.count("\n") + 1, len(before) - before.rfind("\n"))
