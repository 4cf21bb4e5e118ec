"""Remembers how the last runs of a branch ended, so that somebody who goes round in circles is told so.

What is kept lies in the git directory, where gates may write: it can make a reader stop and ask, and nothing else.
"""

from __future__ import annotations

import os
import re
import secrets
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec import Struct

from gaterunner.executors.identity import Identity
from gaterunner.failures import failures_of, signature_of
from gaterunner.logs import rights_of
from gaterunner.model import Repetition, Report, Trouble, Verdict

_MOST_KEPT = 50
_MOST_BYTES = 100_000
_MOST_RUNS = 10_000
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)


class _Ended(Struct, frozen=True):
    signature: str
    runs: int
    since: str


class Memory:
    """How runs in one checkout ended. ``owner`` is whose rights it is kept with."""

    def __init__(self, git_dir: Path, *, owner: Identity | None) -> None:
        self._file = git_dir / "gaterunner" / "ended.json"
        self._owner = owner

    def counted(self, report: Report) -> Repetition | None:
        """How often in a row this branch has failed like this, this run included; None when it did not fail.

        Runs of other scope or of other gates are counted for themselves. What cannot be read or kept counts from 1.
        """
        if any(problem.trouble is Trouble.INTERRUPTED for problem in report.problems):
            return None
        key = _key(report)
        kept = self._read()
        before = _believed(kept.pop(key, None))
        if report.verdict in (Verdict.PASS, Verdict.PENDING):
            if before is not None:
                self._write(kept)
            return None
        signature = signature_of(failures_of(report))
        if before is None or before.signature != signature:
            before = _Ended(signature, 0, report.started)
        ended = _Ended(signature, before.runs + 1, before.since)
        self._write({**kept, key: ended})
        return Repetition(runs=ended.runs, since=ended.since)

    def _read(self) -> dict[str, _Ended]:
        try:
            with rights_of(self._owner):
                handle = os.open(self._file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
                with os.fdopen(handle, "rb") as file:
                    return msgspec.json.decode(file.read(_MOST_BYTES), type=dict[str, _Ended])
        except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return {}

    def _write(self, kept: dict[str, _Ended]) -> None:
        newest = dict(list(kept.items())[-_MOST_KEPT:])
        fresh = self._file.with_name(f".ended.{secrets.token_hex(8)}")
        with suppress(OSError), rights_of(self._owner):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(msgspec.json.encode(newest))
            fresh.replace(self._file)


def _believed(ended: _Ended | None) -> _Ended | None:
    """What is kept goes into the report, past everything that masks secrets: only a count and a time may come of it."""
    plausible = ended is not None and 0 < ended.runs < _MOST_RUNS and _TIME.fullmatch(ended.since)
    return ended if plausible else None


def _key(report: Report) -> str:
    branch = (report.change and report.change.branch) or ""
    selected = sorted(gate.name for gate in report.gates if gate.attempts) if report.partial else []
    return " ".join((branch, report.scope, *selected))[:500]
