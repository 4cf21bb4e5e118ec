"""Durations as people write them: ``90s``, ``10m``, ``2h``, ``1h30m``, or a bare number of seconds."""

from __future__ import annotations

import re

MAX_TIMEOUT_S = 24 * 3600.0

# Bounded digits: int() refuses more than 4300 of them, and nothing useful needs more than five.
PATTERN = r"^(?=[0-9])([0-9]{1,5}h)?([0-9]{1,5}m)?([0-9]{1,5}s)?$(?!\n)"
_DURATION = re.compile(PATTERN)
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0}


def parse_duration(text: str) -> float | None:
    """Seconds; None when the text is not a duration. Units in the order h, m, s, each at most once."""
    match = _DURATION.match(text)
    if match is None:
        return None
    return sum(int(part[:-1]) * _SECONDS[part[-1]] for part in match.groups() if part)
