"""Writes text that stands in another alphabet back as bytes: Base64, hexadecimal and the like. Pure.

Called for a content in which the engine has found a word that is encoded (``anchors.py``). The engine decodes Base64
itself, but neither when it is wrapped over lines, nor below 32 characters, nor when an archive comes out (measured with
kingfisher-secret-scanner 1.5.0); it knows no other alphabet.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

_MIN_BYTES = 12
# What stands between two lines of one text: quotes, a sign that joins them, indentation, a comment's sign.
_WRAP = (
    rb"""(?:["']?[ \t]{0,8}(?:[+.,]|\\n["']?|\\)?[ \t]{0,8}(?:\r\n?|\n)[ \t]{0,40}[>#*]{0,2}[ \t]{0,4}(?:[rbf]?["'])?"""
    rb"""|(?:\\r)?\\n)"""
)

_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{16,}(?:" + _WRAP + rb"[A-Za-z0-9+/_-]{2,})*={0,2}")
# ASCII text in Base64: the highest bits of three bytes, all 0, are known bits of three of every four characters.
_BASE64_TEXT = re.compile(
    rb"(?:[A-Za-f][0-3A-HQ-Xg-nw-z][014589ABEFIJMNQRUVYZcdghklopstwx][A-Za-z0-9+/_-]){4}"
    rb"|H4sI|UEsDB|QlpoOTFBWSZTW|/Td6WFoA|eAE|eF4|eJ[w-z]|eN[o-r]|N3q8ryc|UmFyIRo|KLUv/"
)
_BASE32 = re.compile(rb"[A-Z2-7]{16,}(?:" + _WRAP + rb"[A-Z2-7]{2,})*={0,6}")
_BASE32_TEXT = re.compile(
    rb"(?:[A-P][45ABEFIJMNQRUVYZ][2-7A-Z][A-HQ-X][246ACEGIKMOQSUWY][2-7A-Z][23A-DI-LQ-TYZ][2-7A-Z]){2}"
)
_HEX = re.compile(rb"[0-9a-fA-F]{16,}(?:" + _WRAP + rb"[0-9a-fA-F]{2,})*")
_HEX_TEXT = re.compile(
    rb"(?:[2-7][0-9a-fA-F]|0[9aAdD]|00(?=[2-7])){12}"
    rb"|(?i:1f8b08|504b0304|425a6839314159|fd377a585a00|7801|785e|789c|78da|377abcaf271c|526172211a07|28b52ffd)"
)
_UNWRAP = re.compile(_WRAP + rb"|[^A-Za-z0-9+/_-]+")
_ESCAPES = re.compile(
    rb"""(?i)(?:(?:\\x|\\u00|\\u\{|0x|%|&\#x)(?:00)?[0-9a-f]{2}[};]?(?:["']?[\s,]{1,40}["']?)?){10,}"""
)
_ESCAPE = re.compile(rb"(?i)(?:\\x|\\u00|\\u\{|0x|%|&#x)(?:00)?([0-9a-f]{2})")
_PAIRS = re.compile(rb"(?:[0-9a-fA-F]{2}[ :-]{1,2}){11,}[0-9a-fA-F]{2}")
_DUMP = re.compile(
    rb"(?:^[0-9a-fA-F]{7,8}:?[ ]{1,2}(?:[0-9a-fA-F]{2,4}[ ]{1,3}){2,16}[^\r\n]*(?:\r?\n|\Z)){2,}", re.MULTILINE
)
_DUMP_LINE = re.compile(rb"^[0-9a-fA-F]{7,8}:? {1,2}((?:[0-9a-fA-F]{2,4} {1,2}){1,16})", re.MULTILINE)
_DECIMAL = re.compile(rb"(?:(?:&#)?[0-9]{1,3}(?:;|[ \t]{0,3},\s{0,40})){11,}(?:[0-9]{1,3}\b)?")
_OCTAL = re.compile(rb"(?:\\[01][0-7]{2}){10,}")
_UU = re.compile(rb"^begin [0-7]{3} [^\r\n]{1,80}\r?\n((?:[\x20-\x60]{2,61}\r?\n)+)", re.MULTILINE)
_ASCII85 = re.compile(rb"<~([\x21-\x75z\s]{16,})~>")
_PIECES = re.compile(
    rb"""(["'])[\w+/=.-]{2,}(?:\1\s{0,4}[+.]?\s{0,40}\1[\w+/=.-]+)+\1|(?<![\w-])[\w-]{8,}(?:\\\r?\n[\w-]+)+"""
)
_PIECE = re.compile(rb"""["']\s{0,4}[+.]?\s{0,40}["']|\\\r?\n""")


class Run(Struct, frozen=True):
    """One text that was encoded: what it says, and the line, counted from 1, on which it begins."""

    line: int
    data: bytes


def decoded(data: bytes, alphabets: Iterable[str]) -> Iterator[Run]:
    """What the encoded texts in ``data`` say, in the alphabets that were seen there. Linear in the size."""
    plain = _as_bytes(data)
    for pattern, decode in {_ALPHABETS[alphabet] for alphabet in alphabets}:
        line, at = 1, 0
        for found in pattern.finditer(plain):
            try:
                said = decode(found)
            except (ValueError, binascii.Error):
                continue
            if said is not None and len(said) >= _MIN_BYTES:
                line, at = line + plain.count(b"\n", at, found.start()), found.start()
                yield Run(line, said)


def _as_bytes(data: bytes) -> bytes:
    """UTF-16 and UTF-32 without what ASCII leaves empty: exact for everything that an encoding is written in."""
    return data.replace(b"\0", b"") if b"\0" in data[:4096] else data


def _base64(found: re.Match[bytes]) -> bytes | None:
    plain = _UNWRAP.sub(b"", found[0])
    text = _BASE64_TEXT.search(plain)
    if text is None:
        return None
    plain = plain[text.start() :].replace(b"-", b"+").replace(b"_", b"/")
    # One character alone at the end says nothing; it is of what follows the text.
    plain = plain[: len(plain) - (len(plain) % 4 == 1)]
    return binascii.a2b_base64(plain + b"=" * (-len(plain) % 4))


def _base32(found: re.Match[bytes]) -> bytes | None:
    plain = _UNWRAP.sub(b"", found[0])
    text = _BASE32_TEXT.search(plain)
    if text is None:
        return None
    plain = plain[text.start() :]
    plain = plain[: len(plain) - (len(plain) % 8 in {1, 3, 6})]
    return base64.b32decode(plain + b"=" * (-len(plain) % 8))


def _hex(found: re.Match[bytes]) -> bytes | None:
    plain = _UNWRAP.sub(b"", found[0])
    text = _HEX_TEXT.search(plain)
    if text is None:
        return None
    return binascii.a2b_hex(plain[text.start() : len(plain) - (len(plain) - text.start()) % 2])


def _escapes(found: re.Match[bytes]) -> bytes:
    return binascii.a2b_hex(b"".join(_ESCAPE.findall(found[0])))


def _pairs(found: re.Match[bytes]) -> bytes:
    return binascii.a2b_hex(re.sub(rb"[ :-]", b"", found[0]))


def _dump(found: re.Match[bytes]) -> bytes:
    return binascii.a2b_hex(b"".join(line.replace(b" ", b"") for line in _DUMP_LINE.findall(found[0])))


def _decimal(found: re.Match[bytes]) -> bytes:
    return bytes(int(number) for number in re.findall(rb"[0-9]+", found[0]))


def _octal(found: re.Match[bytes]) -> bytes:
    return bytes(int(number, 8) for number in found[0].split(b"\\")[1:])


def _uu(found: re.Match[bytes]) -> bytes:
    return b"".join(binascii.a2b_uu(line) for line in found[1].splitlines())


def _ascii85(found: re.Match[bytes]) -> bytes:
    return base64.a85decode(found[1])


def _pieces(found: re.Match[bytes]) -> bytes:
    return _PIECE.sub(b"", found[0])


_Alphabet = tuple[re.Pattern[bytes], Callable[[re.Match[bytes]], bytes | None]]
_ALPHABETS: dict[str, _Alphabet] = {
    "base64": (_BASE64, _base64),
    "base64-twice": (_BASE64, _base64),
    "base64-utf16": (_BASE64, _base64),
    "base64-archive": (_BASE64, _base64),
    "base32": (_BASE32, _base32),
    "hex": (_HEX, _hex),
    "hex-twice": (_HEX, _hex),
    "hex-archive": (_HEX, _hex),
    "escapes": (_ESCAPES, _escapes),
    "pairs": (_PAIRS, _pairs),
    "dump": (_DUMP, _dump),
    "decimal": (_DECIMAL, _decimal),
    "octal": (_OCTAL, _octal),
    "uuencode": (_UU, _uu),
    "ascii85": (_ASCII85, _ascii85),
    "pieces": (_PIECES, _pieces),
}
