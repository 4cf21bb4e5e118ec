"""Bytes that are not UTF-8, as text that any encoder can write."""

from __future__ import annotations

import re

_SURROGATE = re.compile("[\ud800-\udfff]")


def escape_path(path: str) -> str:
    """``path`` with each byte that is not UTF-8 as ``\\xNN``.

    A path (or any text) decoded from git with ``surrogateescape`` holds such a byte as a lone surrogate, which neither
    JSON nor a terminal can take. What is already UTF-8 stays as it is, and doing it twice changes nothing more.
    """
    return path if path.isascii() else _SURROGATE.sub(_escape, path)


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code - 0xDC00:02x}" if "\udc80" <= found[0] <= "\udcff" else f"\\u{code:04x}"
