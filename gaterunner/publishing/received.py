"""Reads a report that somebody else wrote. It may hold anything, and may not even be a file."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from gaterunner.errors import EvaluationError
from gaterunner.model import Report
from gaterunner.reporters.json import decode_report
from gaterunner.reporters.markdown_text import clean, shorten
from gaterunner.sealing import seal

MAX_BYTES = 24 * 1024 * 1024
"""A report of 5,000 findings with their lines has about 5 MB."""

_MESSAGE_CHARACTERS = 300
_LONGEST_TEXT = 256 * 1024
_MOST_VALUES = 2_000_000
_FARTHEST = 2**53
"""Beyond it a number is not the same for everybody who reads JSON; no line, count or time is near it."""

_READING = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Received(Struct, frozen=True, kw_only=True):
    """A report that somebody else wrote; ``sha256`` is that of the file's bytes, in hex."""

    report: Report
    sha256: str


def read_received(path: Path) -> Report:
    """The report in a file that is not trusted.

    Raises ``EvaluationError`` for what is no ordinary file of at most ``MAX_BYTES`` (a link is never followed, a pipe
    never waited for), not exactly a report of this version, or holds numbers and texts that no run comes to.
    """
    return read_with_digest(path).report


def read_with_digest(path: Path) -> Received:
    """The same with the digest of the file's bytes, by which others name it."""
    data = _read(path)
    try:
        report = decode_report(data)
    except EvaluationError as error:
        # It may repeat what the file holds, however much.
        raise EvaluationError(shorten(clean(error.message), _MESSAGE_CHARACTERS), help=error.help) from None
    _Bounds(path).check(msgspec.to_builtins(report))
    return Received(report=seal(report, str), sha256=hashlib.sha256(data).hexdigest())


def _read(path: Path) -> bytes:
    try:
        handle = os.open(path, _READING)
    except OSError as error:
        raise EvaluationError(
            f"{path}: cannot read the report: {error.strerror}",
            help="is that the file of the artifact, and did the run get as far as writing it?",
        ) from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise EvaluationError(f"{path} is no ordinary file", help="name the JSON report itself")
    with os.fdopen(handle, "rb") as file:
        try:
            data = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise EvaluationError(f"{path}: cannot read the report: {error.strerror}") from error
    if len(data) > MAX_BYTES:
        raise EvaluationError(f"{path} has more than {MAX_BYTES:,} bytes, which no report of a run has")
    return data


class _Bounds:
    """What no run comes to, but a forger can write: it would only make somebody else's form of the report break."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._left = _MOST_VALUES

    def check(self, value: Any) -> None:
        self._left -= 1
        if self._left < 0:
            raise self._error(f"more than {_MOST_VALUES:,} values")
        if isinstance(value, dict):
            for name, each in value.items():
                self.check(name)
                self.check(each)
        elif isinstance(value, list | tuple):
            for each in value:
                self.check(each)
        elif isinstance(value, str):
            if len(value) > _LONGEST_TEXT:
                raise self._error(f"a text of {len(value):,} characters")
        elif isinstance(value, int | float) and not -1 <= value < _FARTHEST:
            raise self._error(f"the number {value:.6g}")

    def _error(self, what: str) -> EvaluationError:
        return EvaluationError(f"{self._path} is no report of a run: it holds {what}")
