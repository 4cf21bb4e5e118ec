"""The valid name that a misspelt one most likely means."""

from __future__ import annotations

from collections.abc import Iterable

_LONGEST = 64  # longer text is not a misspelt name, and the distance costs time by their length
_MOST_SLIPS = 3


def nearest(wrong: str, valid: Iterable[str]) -> str | None:
    """The closest of ``valid`` within one slip per three characters, three at most; None when nothing is close.

    Case and ``_`` for ``-`` cost nothing. Ties go to the name that comes first.
    """
    if not wrong or len(wrong) > _LONGEST:
        return None
    folded = _fold(wrong)
    best, best_distance = None, min(max(1, len(wrong) // 3), _MOST_SLIPS) + 1
    for name in valid:
        if abs(len(name) - len(wrong)) < best_distance and len(name) <= _LONGEST:
            distance = _distance(folded, _fold(name), best_distance)
            if distance < best_distance:
                best, best_distance = name, distance
    return best


def _fold(name: str) -> str:
    return name.casefold().replace("_", "-")


def _distance(left: str, right: str, limit: int) -> int:
    """Edits (insert, delete, replace, swap of neighbours) from one to the other; ``limit`` when there are as many.

    Only cells within ``limit`` of the diagonal can hold less, so only those are computed.
    """
    width = len(right)
    before = [limit] * (width + 1)
    previous = [min(j, limit) for j in range(width + 1)]
    for i, a in enumerate(left, start=1):
        current = [limit] * (width + 1)
        current[0] = min(i, limit)
        for j in range(max(1, i - limit), min(width, i + limit) + 1):
            b = right[j - 1]
            cost = min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            current[j] = min(cost, limit)
        if min(current) >= limit:
            return limit
        before, previous = previous, current
    return previous[-1]
