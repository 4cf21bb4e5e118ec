"""The run that a run is compared with."""

from __future__ import annotations

from msgspec import Struct

from gaterunner.model import Report


class LastRun(Struct, frozen=True, kw_only=True):
    """The base's last run: its report with the sha256 of its bytes, or why there is none."""

    report: Report | None = None
    sha256: str | None = None
    commit: str | None = None
    reason: str | None = None
