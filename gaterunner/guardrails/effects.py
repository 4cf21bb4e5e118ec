"""One thing that a changed option does to a gate, and how its times are written."""

from __future__ import annotations

from msgspec import Struct

from gaterunner.guardrails.findings import RuleName

_MINUTE, _HOUR = 60, 3600


class Effect(Struct, frozen=True):
    """One thing that a change does, as the rest of a sentence that begins with the gate's name."""

    rule: RuleName
    sentence: str


def duration(seconds: float) -> str:
    """``90s``, ``30m``, ``3h``, ``1h30m``: as it would be written in the file."""
    whole = int(seconds)
    hours, minutes, rest = whole // _HOUR, whole % _HOUR // _MINUTE, whole % _MINUTE
    parts = [f"{number}{unit}" for number, unit in ((hours, "h"), (minutes, "m"), (rest, "s")) if number]
    return "".join(parts) or "0s"
