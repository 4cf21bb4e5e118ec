"""Circles in a graph of names. Pure, and without recursion, since the graph comes from the workflow file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def circles(waits: dict[str, tuple[str, ...]], *, most: int) -> list[tuple[str, ...]]:
    """Disjoint circles, each beginning with its first name in the order of ``waits``; empty when an order exists.

    Every value of ``waits`` names keys of it. All circles are broken when the ones given are: names that only share a
    circle with those are told once the first is mended, and so are circles beyond the first ``most``.
    """
    found: list[tuple[str, ...]] = []
    order = {name: index for index, name in enumerate(waits)}
    graph = _Graph(waits)
    graph.settle(name for name, after in waits.items() if not after)
    while graph.remaining and len(found) < most:
        circle = _follow(graph.remaining, order)
        found.append(circle)
        graph.settle(circle)
    return found


class _Graph:
    """What is left of a graph: for every name in ``remaining`` the ones in it that it waits for."""

    def __init__(self, waits: Mapping[str, Iterable[str]]) -> None:
        self.remaining = {name: set(after) for name, after in waits.items()}
        self._waiting: dict[str, list[str]] = {name: [] for name in waits}
        for name, after in self.remaining.items():
            for other in after:
                self._waiting[other].append(name)

    def settle(self, names: Iterable[str]) -> None:
        """Takes names away, and again and again everything that then waits for nothing."""
        settled = list(names)
        while settled:
            done = settled.pop()
            if self.remaining.pop(done, None) is None:
                continue
            for name in self._waiting[done]:
                after = self.remaining.get(name)
                if after is not None:
                    after.discard(done)
                    if not after:
                        settled.append(name)


def _follow(remaining: Mapping[str, set[str]], order: Mapping[str, int]) -> tuple[str, ...]:
    """The circle that one reaches from the first name; everything in ``remaining`` waits for something in it."""
    path: dict[str, None] = {}
    name = next(iter(remaining))
    while name not in path:
        path[name] = None
        name = min(remaining[name], key=order.__getitem__)
    walked = list(path)
    circle = walked[walked.index(name) :]
    start = min(range(len(circle)), key=lambda index: order[circle[index]])
    return tuple(circle[start:] + circle[:start])
