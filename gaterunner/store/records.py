"""What the store says of one run, as strictly decoded JSON. The results themselves lie in the run's report."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

MAX_AGE = timedelta(days=30)
_MAX_AHEAD = timedelta(hours=24)  # clocks of several machines differ; a file from the future would never grow old

Sha256 = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
CommitId = Annotated[str, Meta(pattern=r"\A(?:[0-9a-f]{40}|[0-9a-f]{64})\Z")]
Text = Annotated[str, Meta(max_length=1000)]
Place = Annotated[int, Meta(ge=0, le=100_000)]
Seconds = Annotated[float, Meta(ge=0, le=10_000_000)]


class KeptResult(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A gate that passed: its key (``keys.py``), and its place among the gates of the report."""

    key: Sha256
    place: Place


class Duration(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long a gate took, by its name in the workflow file; ``shards`` is the number of parts it was one of."""

    gate: Text
    shards: Annotated[int, Meta(ge=1, le=1000)]
    seconds: Seconds


class KeptRun(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One run on a clean tree. ``report`` is the sha256 of its report's bytes, which lie beside it under that name.

    ``commit`` is the commit whose tree was judged, ``finished`` when the run ended (ISO 8601 UTC).
    """

    schema: Literal["gaterunner.run/1"] = "gaterunner.run/1"
    report: Sha256
    commit: CommitId
    finished: Annotated[str, Meta(pattern=r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z")]
    results: Annotated[tuple[KeptResult, ...], Meta(max_length=5000)] = ()
    durations: Annotated[tuple[Duration, ...], Meta(max_length=5000)] = ()

    @property
    def ended(self) -> datetime:
        return datetime.fromisoformat(self.finished)


_FILE_NAME = re.compile(r"([0-9a-f]{64})\.json")
_DECODER = msgspec.json.Decoder(KeptRun, strict=True)


def file_name(report: str) -> str:
    """The name of a run's file and of its report's."""
    return f"{report}.json"


def report_of(name: str) -> str | None:
    """The other way round; None for a name that is none of ours."""
    found = _FILE_NAME.fullmatch(name)
    return found[1] if found else None


def encode_run(run: KeptRun) -> bytes:
    return msgspec.json.encode(run) + b"\n"


def decode_run(name: str, content: bytes, *, now: datetime) -> KeptRun | None:
    """The run in a file of this name; None when it has grown too old.

    Raises ``ValueError`` with what is wrong with it: it is not ours, it says another name, it is from the future.
    """
    try:
        run = _DECODER.decode(content)  # its other errors are ValueErrors
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if file_name(run.report) != name:
        raise ValueError("it belongs to another file name")
    if run.ended > now + _MAX_AHEAD:
        raise ValueError(f"it is from the future ({run.finished})")
    return run if run.ended > now - MAX_AGE else None


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
