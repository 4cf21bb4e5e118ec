"""The one place where outside text becomes text that an XML 1.0 document may hold.

Escaping markup is the encoder's work. What it cannot do is write a character that XML does not have at all: most
control characters, lone surrogates, U+FFFE and U+FFFF (XML 1.0, 2.2 Characters). One of them makes a whole file
unreadable. They become visible escapes, and so do those that a reader could not see or that reorder what is seen.
"""

from __future__ import annotations

import unicodedata
from functools import cache

from gaterunner.reporters.escape_path import escape_path

_ESCAPED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_KEPT = "\n\t"
_ONE_BYTE = 0x100
_BASIC_PLANE = 0x10000


def lines(text: str, *, limit: int) -> str:
    """``text`` with its lines and tabs, for the content of an element; ``limit`` in characters."""
    plain = escape_path(text).replace("\r\n", "\n")
    if not plain.isprintable():
        plain = "".join(map(_visible, plain))
    return plain if len(plain) <= limit else plain[: limit - 1] + "…"


def line(text: str, *, limit: int) -> str:
    """``text`` on one line, for an attribute; ``limit`` in characters."""
    return lines(" ".join(text.split()), limit=limit)


@cache
def _visible(character: str) -> str:
    if character in _KEPT or unicodedata.category(character) not in _ESCAPED:
        return character
    code = ord(character)
    if code < _ONE_BYTE:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < _BASIC_PLANE else f"\\U{code:08x}"
