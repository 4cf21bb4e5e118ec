"""Opens archives within bounds, one content after the other, and says what it could not open.

The engine's own expansion skips encrypted members and members named ``../x`` without a word (seen with
kingfisher-secret-scanner 1.5.0); a branch could hide behind either, so this module does it with the standard library.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import IO, Protocol

from msgspec import Struct

from gaterunner.policies.context import Stream

MAX_BYTES = 64 * 1024 * 1024
MAX_TOTAL_BYTES = 1024 * 1024 * 1024
MAX_RATIO = 10
MAX_MEMBERS = 10_000
MAX_DEPTH = 8

_ZIP_END = b"PK\x05\x06"
_TAR_MAGIC_AT = 257
HEAD = 64 * 1024
"""How much of a content's begin and end tells what it is; a zip's end record lies within its last 64 KiB."""

_CHUNK = 1 << 20
_BZIP2_BLOCK = b"1AY&SY"
_DEFLATED = b"\x08\x00"
_ZLIB_STARTS = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_AR_START = b"!<arch>\n"
_AR_HEADER = 60
_ENCRYPTED = 0x1
_CLOSED_FORMATS = {
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"Rar!\x1a\x07": "RAR",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"\x04\x22\x4d\x18": "LZ4",
    b"MSCF\x00\x00\x00\x00": "Cabinet",
    b"Salted__": "OpenSSL-encrypted",
    b"\x1f\x9d": "compress",
    b"\x1f\xa0": "compress",
    b"LZIP\x01": "lzip",
    b"\x89LZO\x00": "lzop",
    b"\xed\xab\xee\xdb": "RPM",
    b"xar!\x00": "xar",
    b"# v2 git bundle\n": "git bundle",
    b"# v3 git bundle\n": "git bundle",
    b"PACK\x00\x00\x00": "git pack",
}
_CLOSED_STARTS = tuple(_CLOSED_FORMATS)
BROKEN = (
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    NotImplementedError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    tarfile.TarError,
)
"""What reading a damaged archive, or one of a kind that the standard library does not know, can raise."""


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...

    def decompress(self, data: memoryview, max_length: int, /) -> bytes: ...


_Started = tuple[_Decompressor, int]


class Member(Struct, frozen=True):
    """One content inside an archive, to be read before the next one is asked for. ``problem``: why there is none."""

    name: str
    stream: Stream | None
    problem: str = ""


class Budget:
    """What one content may cost in all, whatever it nests: 64 MiB, or ten times its own size and at most 1 GiB."""

    def __init__(self, size: int) -> None:
        self._limit = min(MAX_TOTAL_BYTES, max(MAX_BYTES, MAX_RATIO * size))
        self._bytes = self._limit
        self._members = MAX_MEMBERS

    def spend(self, size: int) -> None:
        """Counts bytes that came out of something. Raises ``TooLargeError``."""
        self._bytes -= size
        if self._bytes < 0:
            raise TooLargeError(self._limit)

    def enter(self) -> None:
        """Counts one content. Raises ``TooLargeError``."""
        self._members -= 1
        if self._members < 0:
            raise TooLargeError(self._limit)

    def left(self) -> int:
        """How many bytes may still come out."""
        return self._bytes


class TooLargeError(Exception):
    """A content unpacks to more than its budget."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"it unpacks to more than {limit >> 20} MiB or {MAX_MEMBERS:,} contents")


def is_plain(head: bytes, tail: bytes) -> bool:
    """True, at little cost, for most contents in which there is nothing to be opened."""
    return not (head.startswith(_ANY_STARTS) or _ZIP_END in tail or head[_TAR_MAGIC_AT : _TAR_MAGIC_AT + 5] == b"ustar")


def closed_format(head: bytes) -> str | None:
    """The name of an archive's format that nothing here can open, by how it begins."""
    if not head.startswith(_CLOSED_STARTS):
        return None
    return next(name for magic, name in _CLOSED_FORMATS.items() if head.startswith(magic))


def is_archive(head: bytes, tail: bytes) -> bool:
    """Whether ``members`` has something to tell of a content, by its first and its last 64 KiB."""
    return _opener(head) is not None or _ZIP_END in tail


def members(source: IO[bytes]) -> Iterator[Member]:
    """What lies directly in a seekable ``source``; nothing at all when it is not an archive. Raises ``BROKEN``."""
    opener = _opener(source.read(HEAD))
    source.seek(0)
    # A zip may have anything in front of it (a self-extracting program has).
    if opener is None and zipfile.is_zipfile(source):
        source.seek(0)
        opener = _zip
    if opener is not None:
        yield from opener(source)


def embedded(data: bytes, budget: Budget) -> Iterator[bytes]:
    """Compressed contents that begin anywhere within binary data, as far as they can be read."""
    if b"\0" not in data:
        return
    for magic, start in _EMBEDDED:
        at = data.find(magic)
        while at >= 0:
            content = _read_from(data, at, start, budget)
            if content:
                budget.enter()
                yield content
            at = data.find(magic, at + 1)


def _read_from(data: bytes, at: int, start: Callable[[bytes, int], _Started | None], budget: Budget) -> bytes:
    started = start(data, at)
    if started is None:
        return b""
    decompressor, begins = started
    view = memoryview(data)
    parts: list[bytes] = []
    try:
        while begins < len(data) and not decompressor.eof:
            parts.append(decompressor.decompress(view[begins : begins + _CHUNK], budget.left() + 1))
            budget.spend(len(parts[-1]))
            begins += _CHUNK
    except BROKEN:
        pass  # by chance the same bytes, or cut off: what came out until then is searched
    return b"".join(parts)


def _gzip_at(data: bytes, at: int) -> _Started | None:
    return (zlib.decompressobj(31), at) if at and data[at + 3 : at + 4] < b"\x20" else None


def _bzip2_at(_data: bytes, at: int) -> _Started | None:
    return (bz2.BZ2Decompressor(), at - 4) if at > 4 else None  # noqa: PLR2004 -- the magic ends with "BZh9"


def _xz_at(_data: bytes, at: int) -> _Started | None:
    return (lzma.LZMADecompressor(), at) if at else None


def _zip_at(data: bytes, at: int) -> _Started | None:
    if data[at + 8 : at + 10] != _DEFLATED:
        return None
    name, extra = (int.from_bytes(data[at + place : at + place + 2], "little") for place in (26, 28))
    return zlib.decompressobj(-15), at + 30 + name + extra


def _opener(head: bytes) -> _Opener | None:
    if head.startswith(_OPEN_STARTS):
        return next(opener for start, opener in _OPENERS if head.startswith(start))
    if head.startswith(b"BZh") and head[4:10] == _BZIP2_BLOCK:
        return _bzip2
    if head[_TAR_MAGIC_AT : _TAR_MAGIC_AT + 5] == b"ustar":
        return _tar
    return _zlib if _is_zlib(head) else None


def _gzip(source: IO[bytes]) -> Iterator[Member]:
    with gzip.GzipFile(fileobj=source) as stream:
        yield Member("content", stream)


def _bzip2(source: IO[bytes]) -> Iterator[Member]:
    with bz2.BZ2File(source) as stream:
        yield Member("content", stream)


def _xz(source: IO[bytes]) -> Iterator[Member]:
    with lzma.LZMAFile(source) as stream:
        yield Member("content", stream)


def _is_zlib(head: bytes) -> bool:
    if head[:2] not in _ZLIB_STARTS:
        return False
    try:
        return bool(zlib.decompressobj().decompress(head, 1 << 10))
    except zlib.error:
        return False


class _ZlibStream:
    """What `gzip.GzipFile` is to gzip, for zlib's own format, in which git and many others write.

    Two bytes are all that zlib begins with, so what breaks off was none as likely as a damaged one, and just ends.
    """

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._decompressor = zlib.decompressobj()

    def read(self, size: int, /) -> bytes:
        parts: list[bytes] = []
        with suppress(zlib.error):
            while size > 0 and not self._decompressor.eof:
                data = self._decompressor.unconsumed_tail or self._source.read(_CHUNK)
                if not data:
                    break
                parts.append(self._decompressor.decompress(data, size))
                size -= len(parts[-1])
        return b"".join(parts)


def _zlib(source: IO[bytes]) -> Iterator[Member]:
    yield Member("content", _ZlibStream(source))


class _Slice:
    """A part of a file."""

    def __init__(self, source: IO[bytes], start: int, size: int) -> None:
        self._source, self._at, self._left = source, start, size

    def read(self, size: int, /) -> bytes:
        self._source.seek(self._at)
        data = self._source.read(min(size, self._left))
        self._at += len(data)
        self._left -= len(data)
        return data


def _ar(source: IO[bytes]) -> Iterator[Member]:
    """Members of `ar`, as in Debian packages: a header with name and decimal size, then the content, padded to even."""
    at = len(_AR_START)
    while True:
        source.seek(at)
        header = source.read(_AR_HEADER)
        if len(header) < _AR_HEADER:
            return
        size = int(header[48:58])  # ValueError when it is damaged; a negative one would never end
        if size < 0 or header[58:] != b"`\n":
            raise ValueError("no member header")
        start = at + _AR_HEADER
        name = header[:16].decode("ascii", "replace").strip().removesuffix("/")
        yield Member(name, _Slice(source, start, size))
        at = start + size + size % 2


def _tar(source: IO[bytes]) -> Iterator[Member]:
    with tarfile.open(fileobj=source, mode="r:") as archive:
        for entry in archive:
            stream = archive.extractfile(entry) if entry.isreg() else None
            if stream is not None:
                yield Member(entry.name, stream)


def _zip(source: IO[bytes]) -> Iterator[Member]:
    with zipfile.ZipFile(source) as archive:
        for entry in archive.infolist():
            if entry.is_dir():
                continue
            if entry.flag_bits & _ENCRYPTED:
                yield Member(entry.filename, None, "a file in the archive is encrypted")
                continue
            with archive.open(entry) as stream:
                yield Member(entry.filename, stream)


_Opener = Callable[[IO[bytes]], Iterator[Member]]
_OPENERS: tuple[tuple[bytes, _Opener], ...] = (
    (b"\x1f\x8b\x08", _gzip),
    (b"\xfd7zXZ\x00", _xz),
    (b"\x5d\x00\x00", _xz),  # what lzma(1) writes first: lc=3, lp=0, pb=2, a dictionary of at least 64 KiB
    (_AR_START, _ar),
    (b"PK\x03\x04", _zip),
    (b"PK\x05\x06", _zip),
)
_OPEN_STARTS = tuple(start for start, _ in _OPENERS)
_ANY_STARTS = (*_CLOSED_STARTS, *_OPEN_STARTS, *_ZLIB_STARTS, b"BZh")
_EMBEDDED: tuple[tuple[bytes, Callable[[bytes, int], _Started | None]], ...] = (
    (b"\x1f\x8b\x08", _gzip_at),
    (_BZIP2_BLOCK, _bzip2_at),
    (b"\xfd7zXZ\x00", _xz_at),
    (b"PK\x03\x04", _zip_at),
)
