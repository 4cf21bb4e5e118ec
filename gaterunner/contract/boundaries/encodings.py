"""The text of a file whose bytes nobody vouches for. Pure."""

from __future__ import annotations

import codecs
import re

from msgspec import Struct

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)
# PEP 263: in one of the first two lines of a module.
_DECLARED = re.compile(rb"\A(?:[^\n]*\n)?[ \t\f]*#[^\n]*?coding[:=][ \t]*([-\w.]+)")
# In all of them what is ASCII stands for itself.
_PLAIN = re.compile(
    r"utf-?8(?:-sig)?|us-ascii|ascii|(?:iso-?8859|latin|cp|windows|koi8|mac)[-_\w]*|(?:gb|big5|euc)[-_\w]*"
)
_SAMPLE = 512
_MOSTLY = 0.4


class Decoded(Struct, frozen=True):
    """``text`` is None for what is none. ``by_lines`` is False where git's lines may be others than the text's."""

    text: str | None
    by_lines: bool = True


def decoded(data: bytes, *, is_code: bool) -> Decoded:
    """The text of a file; what is code by its name is read whatever it holds."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            wide = encoding != "utf-8-sig"
            return Decoded(data.decode(encoding, "replace"), by_lines=not wide)
    if b"\0" in data:
        wide_order = _order(data)
        if wide_order:
            return Decoded(data.decode(wide_order, "replace"), by_lines=False)
    try:
        return Decoded(data.decode("utf-8"))
    except UnicodeDecodeError:
        return Decoded(data.decode("latin-1")) if is_code or b"\0" not in data else Decoded(None)


def declared(data: bytes) -> str | None:
    """The encoding that a Python module declares for itself, where it is one that may hide what it says."""
    found = _DECLARED.match(data[:_SAMPLE])
    name = found[1].decode("ascii", "replace").lower().replace("_", "-") if found else "utf-8"
    return None if _PLAIN.fullmatch(name) else name


def _order(data: bytes) -> str | None:
    """Which half of each two bytes is empty, as that of European texts in UTF-16 is."""
    even, odd = data[:_SAMPLE:2], data[1:_SAMPLE:2]
    for order, empty in (("utf-16-le", odd), ("utf-16-be", even)):
        if empty and empty.count(0) > _MOSTLY * len(empty):
            text = data[: _SAMPLE * 2].decode(order, "replace")
            if all(each.isprintable() or each.isspace() for each in text[:-1]):
                return order
    return None
