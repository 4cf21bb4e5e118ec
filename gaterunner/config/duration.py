"""Durations as people write them: ``90s``, ``10m``, ``2h``, ``1h30m``, or a bare number of seconds."""

from __future__ import annotations

import re

MAX_TIMEOUT_S = 24 * 3600.0

# Bounded digits: int() refuses more than 4300 of them, and nothing useful needs more than five.
PATTERN = r"^(?=[0-9])([0-9]{1,5}h)?([0-9]{1,5}m)?([0-9]{1,5}s)?$(?!\n)"
_DURATION = re.compile(PATTERN)
_SECONDS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0}

MAX_WINDOW_S = 30 * 86400.0
WINDOW_PATTERN = r"^(?=[0-9])([0-9]{1,2}d)?([0-9]{1,3}h)?([0-9]{1,5}m)?([0-9]{1,7}s)?$(?!\n)"
_WINDOW = re.compile(WINDOW_PATTERN)


def parse_duration(text: str) -> float | None:
    """Seconds; None when the text is not a duration. Units in the order h, m, s, each at most once."""
    return _seconds(_DURATION.match(text))


def parse_window(text: str) -> float | None:
    """Seconds of a time to wait, which may also be days: ``24h``, ``7d``; None when the text is none."""
    return _seconds(_WINDOW.match(text))


def _seconds(match: re.Match[str] | None) -> float | None:
    if match is None:
        return None
    return sum(int(part[:-1]) * _SECONDS[part[-1]] for part in match.groups() if part)
