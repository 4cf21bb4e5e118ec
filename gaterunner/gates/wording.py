"""How numbers and names are put in a gate's reason."""

from __future__ import annotations

import math
from collections.abc import Sequence

from gaterunner.model import Outcome

NAMED = 3
"""How many names stand in a reason."""

_BECAME = {
    Outcome.UNPROVEN: "is unproven",
    Outcome.PENDING: "is pending",
    Outcome.ERRORED: "could not be evaluated",
}


def became(outcome: Outcome) -> str:
    """What is said after the name of a gate: ``failed``, ``is unproven``, ``could not be evaluated``."""
    return _BECAME.get(outcome, str(outcome))


def some(names: Sequence[str], separator: str = ", ", *, most: int = NAMED) -> str:
    """The first names, and how many more there are."""
    more = len(names) - most
    return separator.join(names[:most]) + (f" and {more} more" if more > 0 else "")


def tests(count: int) -> str:
    """``1 test``, ``2 tests``."""
    return counted(count, "test")


def counted(count: int, noun: str) -> str:
    """A number with its noun."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def percent(part: int, whole: int) -> str:
    """``83.33%``: rounded down, so that no number reads as if it reached a minimum that it misses."""
    return f"{math.floor(part * 10_000 / whole) / 100:g}%" if whole else "0%"


def duration(seconds: float) -> str:
    """A duration as the workflow file writes it: ``90s``, ``30m``, ``2h``."""
    whole = int(seconds)
    if whole != seconds:
        return f"{seconds:g}s"
    for size, unit in ((3600, "h"), (60, "m")):
        if whole and whole % size == 0:
            return f"{whole // size}{unit}"
    return f"{whole}s"
