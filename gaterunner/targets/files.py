"""The lines that a change adds, and what they name."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import islice

from msgspec import Struct

from gaterunner.model import Hunk
from gaterunner.targets.scan import places, scan
from gaterunner.targets.types import Reading

MOST_ADDRESSES = 20_000
_BLOCK = 16 * 1024
_BLOCK_LINES = 100
_MOST_INDEXED = 1024 * 1024
_CONTEXT = 6  # lines around a hunk: the call that a host stands in may begin above it
_BARE = re.compile(
    r"(?:^|/)(?:[^/]*\.(?:env|ini|cfg|conf|cnf|properties|ya?ml|toml|sh|bash|zsh|fish|service|tf|tfvars|cmd|bat|ps1|mk)|"
    r"\.env[^/]*|\.?pg_service\.conf|Dockerfile[^/]*|Containerfile[^/]*|Makefile|GNUmakefile|Procfile|justfile|\.envrc)$",
    re.IGNORECASE,
)
_PROSE = re.compile(
    r"(?:^|/)(?:[^/]*\.(?:md|mdx|markdown|rst|adoc|asciidoc|txt|html?|svg|ipynb|po|pot|csv|tsv|log)|"
    r"(?:README|CHANGELOG|CHANGES|NEWS|LICENSE|AUTHORS|CONTRIBUTING|HISTORY)[^/]*)$",
    re.IGNORECASE,
)


class TooManyError(ValueError):
    """A content names more addresses than anybody would write: reading them all would take minutes."""


class Addition(Struct, frozen=True):
    """One added line, counted from 1, and what it names."""

    line: int
    reading: Reading


def is_prose(path: str) -> bool:
    """True for what is read by people and executed by nobody."""
    return _PROSE.search(path) is not None


def decoded(data: bytes) -> bytes:
    """A content as UTF-8: UTF-16 has zeros between its letters, in which nothing would be found."""
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(encoding, "replace").encode("utf-8", "replace")
    return data


def additions(path: str, data: bytes, hunks: Sequence[Hunk]) -> Iterator[Addition]:
    """What the added lines of one file name. ``data`` is the whole content, ``hunks`` say what of it is added.

    Raises ``TooManyError``.
    """
    data = decoded(data)
    bare = _BARE.search(path) is not None
    # Most of many hunks have none of the words; a huge content could have too many of them to be kept.
    telling = places(data) if len(hunks) > 1 and len(data) <= _MOST_INDEXED else None
    at, line = 0, 1
    for hunk in hunks if telling is None or telling else ():
        if hunk.new_count == 0:
            continue
        first = max(1, hunk.new_start - _CONTEXT)
        begin = _forward(data, at, first - line)
        end = _forward(data, begin, hunk.new_start - first + hunk.new_count + _CONTEXT)
        if telling is None or bisect_left(telling, begin) < bisect_left(telling, end):
            yield from _within(data[begin:end], first, hunk, bare=bare)
        at, line = begin, first


def _forward(data: bytes, at: int, lines: int) -> int:
    """The offset ``lines`` further on, or the end."""
    while lines > _BLOCK_LINES:  # a file can be new as a whole, and counting is far quicker than searching
        passed = data.count(b"\n", at, at + _BLOCK)
        if passed >= lines or at + _BLOCK >= len(data):
            break
        at, lines = at + _BLOCK, lines - passed
    for _ in range(lines):
        at = data.find(b"\n", at) + 1
        if at == 0:
            return len(data)
    return at


def _within(data: bytes, first: int, hunk: Hunk, *, bare: bool) -> Iterator[Addition]:
    """``first`` is the number of the line that ``data`` begins with."""
    at, line = 0, first
    found = list(islice(scan(data, bare=bare), MOST_ADDRESSES + 1))
    if len(found) > MOST_ADDRESSES:
        raise TooManyError
    for seen in sorted(found, key=lambda seen: seen.start):
        line += data.count(b"\n", at, seen.start)
        at = seen.start
        if hunk.new_start <= line < hunk.new_start + hunk.new_count:
            yield Addition(line, seen.reading)
