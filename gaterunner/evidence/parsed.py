"""What one result file says, apart from the library that reads it."""

from __future__ import annotations

import hashlib
from typing import Literal

from msgspec import Struct

State = Literal["passed", "failed", "skipped"]
_MAX_ID_PART = 250


def told_id(owner: str, name: str) -> str:
    """``owner.name``; a long part keeps its beginning and a digest, so that no two tests become one."""
    return ".".join(_bounded(part) for part in (owner, name) if part) or "unnamed"


def _bounded(text: str) -> str:
    if len(text) <= _MAX_ID_PART:
        return text
    return f"{text[:_MAX_ID_PART]}…{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:12]}"


class Failure(Struct, frozen=True, kw_only=True):
    """One test that failed, as the file tells it. ``line`` counts from 1; texts are bounded but otherwise raw."""

    suite: str
    classname: str
    name: str
    message: str
    text: str
    file: str | None = None
    line: int | None = None


class Told(Struct, frozen=True):
    """One case of the file: the test's id, raw but bounded, and what became of it.

    ``flaky`` says that the tool itself failed it before it passed (``flakyFailure``).
    """

    id: str
    state: State
    flaky: bool = False


class Parsed(Struct, frozen=True, kw_only=True):
    """A whole file. ``cases`` are in its order, a test that is told several times included each time.

    ``unlisted`` counts failures that suites declare without listing the cases. ``newest`` is the latest time of its
    suites in seconds since 1970, None when none tells.
    """

    cases: tuple[Told, ...]
    failures: tuple[Failure, ...]
    unlisted: int
    newest: float | None
