"""What `telemetry:` of a gate asks for, as a frozen type. No parsing here (``telemetry_options.py``) and no IO."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Wanted = Literal["transactions", "spans", "logs", "errors"]


class TelemetryRules(Struct, frozen=True, kw_only=True):
    """What the program under test must say of its own running while a gate runs.

    ``asks`` is False where it is only counted (`telemetry: watch`): then silence and error events are no fault.
    ``minimum`` has the least number of items by kind; without any, one of whatever kind is enough. Each of
    ``operations`` must be seen. ``attributes`` names, for an operation or a kind of items, what each item of it must
    carry. ``errors`` says what error events are to the gate, ``personal_data`` what tells who a person is; secrets are
    never allowed.
    """

    asks: bool = True
    minimum: tuple[tuple[Wanted, int], ...] = ()
    operations: tuple[str, ...] = ()
    attributes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    errors: Literal["fail", "allow"] = "fail"
    personal_data: Literal["fail", "warn", "allow"] = "fail"


WATCH = TelemetryRules(asks=False, errors="allow")
"""What `telemetry: watch` says."""
EXPECT = TelemetryRules()
"""What `telemetry: expect` says."""
