"""What a program under test said about its own running while a gate ran, as frozen types."""

from __future__ import annotations

from msgspec import Struct

from gaterunner.model import Finding, TelemetryStats


class Lacking(Struct, frozen=True, kw_only=True):
    """An attribute that ``without`` of ``items`` of a kind (an operation, or ``logs``) do not carry."""

    of: str
    attribute: str
    without: int
    items: int


class TelemetryEvidence(Struct, frozen=True, kw_only=True):
    """Everything that arrived during a gate. ``stats`` goes into the report, with what was ``lost`` of it.

    ``errors`` and ``exposed`` are findings, one per distinct error event, secret and piece of personal data; ``more``
    counts those beyond the bound. ``operations`` has the number of items for each operation that is asked for,
    ``lacking`` what the attributes that are asked for come to.
    """

    stats: TelemetryStats = TelemetryStats()
    errors: tuple[Finding, ...] = ()
    exposed: tuple[Finding, ...] = ()
    more: int = 0
    operations: tuple[tuple[str, int], ...] = ()
    lacking: tuple[Lacking, ...] = ()
