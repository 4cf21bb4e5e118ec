"""What pieces of composed code say once they are written out: Base64, hexadecimal, characters' codes, backwards."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

_LONGEST = 1_000_000  # of what is looked into; a routine's body is some thousand characters
_ESCAPE = re.compile(r"(?i)\\(?:x([0-9a-f]{2})|u\{?0{0,4}([0-9a-f]{2})\}?|([01][0-7]{2}))")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{12,}(?:\s*=){0,2}")
_HEX = re.compile(r"(?i)(?:[0-9a-f]{2}){6,}")
_CHARACTERS = re.compile(r"(?i)\b(?:n?char|chr|string\.fromcharcode)\s*\(\s*(\d{1,3}(?:\s*,\s*\d{1,3})*)\s*\)")
_PIECES = re.compile(r"'\s*(?:\|\||\+|,|\.)\s*n?'", re.IGNORECASE)
_CODES = re.compile(
    r"(?i)(?:\d{2,3}\s{0,4}\)?\s{0,4}(?:,|\|\||\+|\.)\s{0,4}(?:n?chr?(?:ar)?\s{0,4}\(\s{0,4})?){4,}\d{2,3}"
)


def undisguised(text: str) -> Iterator[str]:
    """Other readings of a piece of code, each as text; nothing where none of its literals looks encoded."""
    if len(text) > _LONGEST:
        return
    if "\\" in text:
        yield _ESCAPE.sub(lambda found: chr(int(found[1] or found[2] or found[3], 8 if found[3] else 16)), text)
    if _CHARACTERS.search(text):
        # The other pieces may stand in quotes, with operators and spaces between: only letters are left over.
        yield _PIECES.sub("", _CHARACTERS.sub(lambda found: f"'{_characters(found[1])}'", text))
    yield text[::-1]
    for found in _HEX.finditer(text):
        yield _plain(bytes.fromhex(found[0]))
    for found in _CODES.finditer(text):
        yield _characters(found[0])
    for found in _BASE64.finditer(text):
        digits = re.sub(r"[^A-Za-z0-9+/]", "", found[0].replace("-", "+").replace("_", "/"))
        digits = digits[: len(digits) - (len(digits) % 4 == 1)]
        yield _plain(base64.b64decode(digits + "=" * (-len(digits) % 4)))


def _characters(codes: str) -> str:
    return "".join(chr(int(code)) for code in re.findall(r"\d{1,3}", codes))


def _plain(data: bytes) -> str:
    """ASCII, also as UTF-16 writes it; anything else says nothing."""
    text = data.replace(b"\0", b"")
    return text.decode("ascii") if text.isascii() else ""
