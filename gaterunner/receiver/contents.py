"""A request's body without its compression, never more than a bound of it."""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Callable
from typing import Any

from gaterunner.receiver.items import UnreadableError

MAX_DECODED = 16 * 1024 * 1024
_MOST_ENCODINGS = 4
_MOST_MEMBERS = 1_000
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
_RAW = -zlib.MAX_WBITS  # what some clients send under the name of deflate


def decoded(body: bytes, encoding: str) -> bytes:
    """The content of a body with this ``Content-Encoding``, which may name several.

    Raises ``UnreadableError`` for what is none, is larger than ``MAX_DECODED``, or in a compression that is unknown.
    """
    names = [each.strip().lower() for each in encoding.split(",") if each.strip()]
    if len(names) > _MOST_ENCODINGS:
        raise UnreadableError(f"it is compressed more than {_MOST_ENCODINGS} times")
    for name in reversed(names):
        decode = _DECODERS.get(name)
        if decode is None:
            raise UnreadableError(f"its compression is not known here, let the SDK send gzip: {name!r}")
        body = decode(body)
    if len(body) > MAX_DECODED:
        raise too_large()
    return body


def too_large() -> UnreadableError:
    """For content above the bound."""
    return UnreadableError(f"it is larger than {MAX_DECODED >> 20} MiB")


def _inflated(body: bytes) -> bytes:
    try:
        return _members(body, _GZIP_OR_ZLIB)
    except zlib.error as error:
        try:
            return _members(body, _RAW)
        except zlib.error:
            raise UnreadableError("its compression is broken") from error


def _members(body: bytes, window: int) -> bytes:
    """Everything in it: gzip allows several files one after another."""
    found = bytearray()
    members = 0
    while body:
        members += 1
        if members > _MOST_MEMBERS:  # each is cut off what is left, which would take hours for a million
            raise UnreadableError(f"it is made of more than {_MOST_MEMBERS:,} compressed pieces")
        inflater = zlib.decompressobj(window)
        found += inflater.decompress(body, MAX_DECODED + 1 - len(found))
        if len(found) > MAX_DECODED:
            raise too_large()
        if not inflater.eof:
            raise UnreadableError("its compressed content ends too early")
        body = inflater.unused_data
    return bytes(found)


def _brotli(body: bytes) -> bytes:
    """With the package of that name, where it is installed: Python's own library has no Brotli."""
    library = _library("brotli", "brotlicffi")
    if library is None:
        raise UnreadableError(
            "it is compressed with Brotli, which needs the Python package `brotli` beside gaterunner; install it, or "
            "let the SDK send gzip"
        )
    found = bytearray()
    try:
        decompressor = library.Decompressor()
        for start in range(0, len(body), _STEP):
            found += decompressor.process(body[start : start + _STEP])
            if len(found) > MAX_DECODED:
                raise too_large()
        ended = decompressor.is_finished()
    except library.error as error:
        raise UnreadableError("its compression is broken") from error
    if not ended:
        raise UnreadableError("its compressed content ends too early")
    return bytes(found)


_STEP = (
    16  # compressed bytes at a time: Brotli makes a mebibyte of two of them, and it has to be noticed before the next
)


def _library(*names: str) -> Any:
    for name in names:
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    return None


_DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "identity": bytes,
    "gzip": _inflated,
    "x-gzip": _inflated,
    "deflate": _inflated,
    "br": _brotli,
}
