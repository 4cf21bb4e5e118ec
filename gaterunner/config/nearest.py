"""The valid name that a misspelt one most likely means."""

from __future__ import annotations

from collections.abc import Iterable

_LONGEST = 64  # longer text is not a misspelt name, and the distance costs the product of both lengths


def nearest(wrong: str, valid: Iterable[str]) -> str | None:
    """The closest of ``valid`` within about one slip per three characters; None when nothing is close.

    Case and ``_`` for ``-`` cost nothing. Ties go to the name that comes first.
    """
    if not wrong or len(wrong) > _LONGEST:
        return None
    folded = _fold(wrong)
    best, best_distance = None, max(1, len(wrong) // 3) + 1
    for name in valid:
        if abs(len(name) - len(wrong)) < best_distance and len(name) <= _LONGEST:
            distance = _distance(folded, _fold(name), best_distance)
            if distance < best_distance:
                best, best_distance = name, distance
    return best


def did_you_mean(wrong: str, valid: Iterable[str]) -> str:
    """``; did you mean `x`?``, to be put behind a message, or nothing."""
    name = nearest(wrong, valid)
    return f"; did you mean `{name}`?" if name else ""


def _fold(name: str) -> str:
    return name.casefold().replace("_", "-")


def _distance(left: str, right: str, limit: int) -> int:
    """Edits (insert, delete, replace, swap of neighbours) from one to the other; stops counting at ``limit``."""
    before: list[int] = []
    previous = list(range(len(right) + 1))
    for i, a in enumerate(left, start=1):
        current = [i]
        for j, b in enumerate(right, start=1):
            cost = min(previous[j] + 1, current[-1] + 1, previous[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            current.append(cost)
        if min(current) >= limit:
            return limit
        before, previous = previous, current
    return previous[-1]
