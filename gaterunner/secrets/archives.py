"""Opens archives in memory, within bounds, and says what it could not open.

The engine's own expansion skips encrypted members and members named ``../x`` without a word (seen with
kingfisher-secret-scanner 1.5.0); a branch could hide behind either, so this module does it with the standard library.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

from msgspec import Struct

MAX_BYTES = 64 * 1024 * 1024
MAX_MEMBERS = 10_000
MAX_DEPTH = 3

_ZIP_END = b"PK\x05\x06"
_ZIP_TAIL = 65_557  # the end record is 22 bytes and a comment of at most 65,535 (APPNOTE.TXT, 4.3.16)
_TAR_MAGIC_AT = 257
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
_BROKEN = (
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


class _Stream(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Member(Struct, frozen=True):
    """One content inside an archive. ``problem`` says why ``data`` is None."""

    name: str
    data: bytes | None
    problem: str = ""


class _Budget:
    """What one archive may cost in all, whatever it nests."""

    def __init__(self) -> None:
        self.bytes = MAX_BYTES
        self.members = MAX_MEMBERS

    def read(self, stream: _Stream) -> bytes:
        data = stream.read(self.bytes + 1)
        self.members -= 1
        self.bytes -= len(data)
        if self.bytes < 0 or self.members < 0:
            raise _TooLargeError
        return data


class _TooLargeError(Exception):
    pass


def unpack(data: bytes) -> Iterator[Member]:
    """Every content inside ``data``, however nested; nothing at all when it is not an archive."""
    yield from _unpack(data, "", 0, _Budget())


def _unpack(data: bytes, name: str, depth: int, budget: _Budget) -> Iterator[Member]:
    for magic, format in _CLOSED_FORMATS.items():
        if data.startswith(magic):
            yield Member(name, None, f"{format} archives cannot be opened")
            return
    opener = _opener(data)
    if opener is None:
        return
    if depth >= MAX_DEPTH:
        yield Member(name, None, f"archives are nested deeper than {MAX_DEPTH}")
        return
    try:
        for member in opener(data, budget):
            path = f"{name}!{member.name}" if name else member.name
            yield Member(path, member.data, member.problem)
            if member.data is not None:
                yield from _unpack(member.data, path, depth + 1, budget)
    except _TooLargeError:
        yield Member(name, None, f"the archive unpacks to more than {MAX_BYTES >> 20} MiB or {MAX_MEMBERS:,} files")
    except _BROKEN as error:
        yield Member(name, None, f"the archive is damaged ({type(error).__name__})")


def _opener(data: bytes) -> Callable[[bytes, _Budget], Iterator[Member]] | None:
    for start, opener in _OPENERS:
        if data.startswith(start):
            return opener
    if data.startswith(b"BZh") and data[4:10] == b"1AY&SY":
        return _bzip2
    if data[_TAR_MAGIC_AT : _TAR_MAGIC_AT + 5] == b"ustar":
        return _tar
    # A zip may have anything in front of it (a self-extracting program has).
    if data.find(_ZIP_END, max(0, len(data) - _ZIP_TAIL)) >= 0 and zipfile.is_zipfile(io.BytesIO(data)):
        return _zip
    return None


def _gzip(data: bytes, budget: _Budget) -> Iterator[Member]:
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
        yield Member("content", budget.read(stream))


def _bzip2(data: bytes, budget: _Budget) -> Iterator[Member]:
    with bz2.BZ2File(io.BytesIO(data)) as stream:
        yield Member("content", budget.read(stream))


def _xz(data: bytes, budget: _Budget) -> Iterator[Member]:
    with lzma.LZMAFile(io.BytesIO(data)) as stream:
        yield Member("content", budget.read(stream))


def _ar(data: bytes, budget: _Budget) -> Iterator[Member]:
    """Members of `ar`, as in Debian packages: a header with name and decimal size, then the content, padded to even."""
    at = len(_AR_START)
    while at + _AR_HEADER <= len(data):
        header = data[at : at + _AR_HEADER]
        size = int(header[48:58])  # ValueError when it is damaged; a negative one would never end
        if size < 0 or header[58:] != b"`\n":
            raise ValueError("no member header")
        start = at + _AR_HEADER
        name = header[:16].decode("ascii", "replace").strip().removesuffix("/")
        yield Member(name, budget.read(io.BytesIO(data[start : start + size])))
        at = start + size + size % 2


def _tar(data: bytes, budget: _Budget) -> Iterator[Member]:
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
        for entry in archive:
            stream = archive.extractfile(entry) if entry.isreg() else None
            if stream is not None:
                yield Member(entry.name, budget.read(stream))


def _zip(data: bytes, budget: _Budget) -> Iterator[Member]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for entry in archive.infolist():
            if entry.is_dir():
                continue
            if entry.flag_bits & _ENCRYPTED:
                yield Member(entry.filename, None, "a file in the archive is encrypted")
                continue
            with archive.open(entry) as stream:
                yield Member(entry.filename, budget.read(stream))


_OPENERS = (
    (b"\x1f\x8b\x08", _gzip),
    (b"\xfd7zXZ\x00", _xz),
    (b"\x5d\x00\x00", _xz),  # what lzma(1) writes first: lc=3, lp=0, pb=2, a dictionary of at least 64 KiB
    (_AR_START, _ar),
    (b"PK\x03\x04", _zip),
    (b"PK\x05\x06", _zip),
)
