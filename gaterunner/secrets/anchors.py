"""Words that credentials begin with or stand beside, in every alphabet that text is commonly encoded in. Pure.

An expression for "a long run of Base64" has no fixed part, and a few of those make the engine twice as slow; fixed
strings cost it nothing (measured: 0.2 ns a byte for all of these together, 1 to 3 ns for each such expression). So the
engine looks for what ``password`` or ``ghp_`` become, and only a content that holds one is decoded (``encodings.py``).

``python -m gaterunner.secrets.anchors`` prints the rules; they are kept in ``encoded-rules.yml``.
"""

from __future__ import annotations

import base64
import re
import sys
from collections.abc import Callable, Iterable, Iterator

RULES_NAME = "encoded-rules.yml"

# Written in two parts where the whole would look like the beginning of a credential.
_WORDS = (
    *("-----BEG" + "IN ", "PRIVATE" + " KEY", "gh" + "p_", "gh" + "o_", "gh" + "s_", "gh" + "u_", "github" + "_pat_"),
    *("gl" + "pat-", "AK" + "IA", "AS" + "IA", "xo" + "xb-", "xo" + "xp-", "xa" + "pp-", "hooks.slack.com"),
    *("sk" + "_live_", "rk" + "_live_", "np" + "m_", "pyp" + "i-AgE", "AI" + "zaSy", "sk-" + "proj-", "sk-" + "ant-"),
    *("discord.com/api", "do" + "p_v1_", "ey" + "JhbGci", "password", "passwd", "PASSWORD", "Password", "secret"),
    *("SECRET", "Secret", "token", "TOKEN", "Token", "api_key", "API_KEY", "apikey", "apiKey", "ApiKey", "AccountKey="),
    *("postgres://", "postgresql://", "mysql://", "mongodb", "redis://", "service_account"),
    *("https://", "IDENTIFIED BY", "$ap" + "r1$", "$2" + "y$1", "$2" + "b$1", "login"),
)
_SPECIAL = re.compile(r"[\\.+^$*?{}()|\[\]]")
_PREFIXES = tuple(word for word in _WORDS if re.search(r"[_-]\Z|IA\Z|Sy\Z", word))

# What archives begin with, in Base64 and in hexadecimal: gzip, zip, bzip2, xz, four levels of zlib, 7-Zip, RAR,
# Zstandard.
_BASE64_ARCHIVES = r"(?:H4sI|UEsDB|QlpoOTFBWSZTW|/Td6WFoA|eAE|eF4|eJ[w-z]|eN[o-r]|N3q8ryc|UmFyIRo|KLUv/)"
_HEX_ARCHIVES = (
    r"(?:1f8b08|504b0304|425a6839314159|fd377a585a00|7801|785e|789c|78da|377abcaf271c|526172211a07|28b52ffd)"
)


def in_base64(data: bytes) -> Iterator[str]:
    """The characters of Base64 that ``data`` alone decides, for each of the three places that it can begin at."""
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + data + b"\0" * 3).decode()
        yield text[-(-shift * 8 // 6) : (shift + len(data)) * 8 // 6]


def in_base32(data: bytes) -> Iterator[str]:
    """The same for Base32, which has five places."""
    for shift in range(5):
        text = base64.b32encode(b"\0" * shift + data + b"\0" * 5).decode()
        yield text[-(-shift * 8 // 5) : (shift + len(data)) * 8 // 5]


def _in_both(data: bytes) -> Iterator[str]:
    yield from in_base64(data)
    yield data.hex()
    yield data.hex().upper()


def _twice(data: bytes) -> Iterator[str]:
    return (outer for inner in _in_both(data) for outer in in_base64(inner.encode()))


def _twice_in_hex(data: bytes) -> Iterator[str]:
    return (inner.encode().hex() for inner in _in_both(data))


def _in_escapes(data: bytes) -> Iterator[str]:
    pairs = [f"{byte:02x}" for byte in data]
    for before in (r"\x", r"\u00", "%"):
        yield "".join(before + pair for pair in pairs)
    for between in (",", ", "):
        yield between.join("0x" + pair for pair in pairs)
    yield ";".join("&#x" + pair for pair in pairs)


def _in_decimal(data: bytes) -> Iterator[str]:
    for between in (",", ", ", ";&#"):
        yield between.join(map(str, data))


def _in_octal(data: bytes) -> Iterator[str]:
    yield "".join(f"\\{byte:03o}" for byte in data)


def _in_pairs(data: bytes) -> Iterator[str]:
    for between in " :-":
        yield data.hex(between)


def _in_dump(data: bytes) -> Iterator[str]:
    text = data.hex()
    for start in (0, 2):
        yield " ".join(part for at in range(start - 4, len(text), 4) if (part := text[max(at, 0) : at + 4]))


def _any(words: Iterable[bytes], encode: Callable[[bytes], Iterator[str]]) -> str:
    texts = sorted({text for word in words for text in encode(word)})
    return "(?:" + "|".join(_SPECIAL.sub(r"\\\g<0>", text) for text in texts) + ")"


def _patterns() -> Iterator[tuple[str, str]]:
    words = [word.encode() for word in _WORDS]
    prefixes = f"(?:{'|'.join(_PREFIXES)})"
    yield "base64", _any(words, in_base64)
    # What PowerShell takes as an encoded command is Base64 of UTF-16.
    yield "base64-utf16", _any((word.decode().encode("utf-16-le") for word in words), in_base64)
    yield "base64-twice", _any(words, _twice)
    yield "base64-archive", f"(?:^|[^A-Za-z0-9+/])({_BASE64_ARCHIVES}[A-Za-z0-9+/_-]{{20}})"
    yield "base32", _any(words, in_base32)
    yield "hex", "(?i)" + _any(words, lambda word: iter((word.hex(),)))
    yield "hex-twice", "(?i)" + _any(words, _twice_in_hex)
    yield "hex-archive", f"(?i)(?:^|[^0-9a-f])({_HEX_ARCHIVES}[0-9a-f]{{20}})"
    yield "escapes", "(?i)" + _any(words, _in_escapes)
    yield "decimal", _any(words, _in_decimal)
    yield "octal", _any(words, _in_octal)
    yield "pairs", "(?i)" + _any(words, _in_pairs)
    yield "dump", "(?i)" + _any(words, _in_dump)
    yield "uuencode", r"(?m)^(begin [0-7]{3} [^\r\n]{1,80}\r?\n)[\x20-\x60]{2,61}\r?\n"
    yield "ascii85", r"(<~[\x21-\x75z\s]{16,200})"
    yield "pieces", rf"({prefixes}[A-Za-z0-9_-]{{0,60}}(?:[\x22']\s{{0,4}}[+.]?\s{{0,40}}[\x22']|\\\r?\n)[A-Za-z0-9_-])"


def rules() -> str:
    """All of these as a file of rules that the engine can read."""
    lines = ["# Made by `python -m gaterunner.secrets.anchors`; the reason is told there.", "rules:"]
    for name, pattern in _patterns():
        captured = pattern if re.search(r"(?<!\\)\((?!\?)", pattern) else f"({pattern})"
        quoted = captured.replace("'", "''")
        lines += [
            f"  - name: encoded text, {name}",
            f"    id: gaterunner.encoded-{name}",
            f"    pattern: '{quoted}'",
            "    min_entropy: 0.0",
            "    confidence: high",
        ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(rules())
