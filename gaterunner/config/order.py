"""Circles in a graph of names. Pure, and without recursion, since the graph comes from the workflow file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def circles(waits: dict[str, tuple[str, ...]], *, most: int) -> list[tuple[str, ...]]:
    """Disjoint circles, each beginning with its first name in the order of ``waits``; empty when an order exists.

    Every value of ``waits`` names keys of it. All circles are broken when the ones given are: names that only share a
    circle with those are told once the first is mended, and so are circles beyond the first ``most``.
    """
    found: list[tuple[str, ...]] = []
    remaining = _without_settled(waits)
    while remaining and len(found) < most:
        circle = _follow(remaining)
        found.append(circle)
        remaining = _without_settled({name: after for name, after in remaining.items() if name not in circle})
    return found


def _without_settled(waits: Mapping[str, Iterable[str]]) -> dict[str, set[str]]:
    """What is left after taking away, again and again, everything that waits for nothing."""
    remaining = {name: {other for other in after if other in waits} for name, after in waits.items()}
    waiting: dict[str, list[str]] = {name: [] for name in remaining}
    for name, after in remaining.items():
        for other in after:
            waiting[other].append(name)
    settled = [name for name, after in remaining.items() if not after]
    while settled:
        done = settled.pop()
        del remaining[done]
        for name in waiting[done]:
            remaining[name].discard(done)
            if not remaining[name]:
                settled.append(name)
    return remaining


def _follow(remaining: dict[str, set[str]]) -> tuple[str, ...]:
    """The circle that one reaches from the first name; everything in ``remaining`` waits for something in it."""
    order = {name: index for index, name in enumerate(remaining)}
    path: dict[str, None] = {}
    name = next(iter(remaining))
    while name not in path:
        path[name] = None
        name = min(remaining[name], key=order.__getitem__)
    walked = list(path)
    circle = walked[walked.index(name) :]
    start = min(range(len(circle)), key=lambda index: order[circle[index]])
    return tuple(circle[start:] + circle[:start])
