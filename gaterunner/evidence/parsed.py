"""What one result file says, apart from the library that reads it."""

from __future__ import annotations

from msgspec import Struct

from gaterunner.model import TestCounts


class Failure(Struct, frozen=True, kw_only=True):
    """One test that failed, as the file tells it. ``line`` counts from 1; texts are bounded but otherwise raw."""

    suite: str
    classname: str
    name: str
    message: str
    text: str
    file: str | None = None
    line: int | None = None


class Parsed(Struct, frozen=True, kw_only=True):
    """A whole file. ``newest`` is the latest time of its suites in seconds since 1970, None when none tells."""

    counts: TestCounts
    failures: tuple[Failure, ...]
    newest: float | None
