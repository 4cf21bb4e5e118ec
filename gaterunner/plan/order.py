"""What waits for what, and the order that comes of it."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence

from gaterunner.config.types import Gate


def effective_needs(gates: Sequence[Gate]) -> dict[str, tuple[str, ...]]:
    """What each gate waits for: what its ``needs`` says, or without one the gate above it in the list."""
    needs: dict[str, tuple[str, ...]] = {}
    above: tuple[str, ...] = ()
    for gate in gates:
        needs[gate.name] = above if gate.needs is None else tuple(dict.fromkeys(gate.needs))
        above = (gate.name,)
    return needs


def in_order(waits: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """The names so that each comes after those it waits for, otherwise in the order of ``waits``.

    Raises ``ValueError`` when names wait for each other.
    """
    index = {name: number for number, name in enumerate(waits)}
    names = list(index)
    waiting = {name: set(others) for name, others in waits.items()}
    followers: dict[str, list[str]] = {name: [] for name in names}
    for name, others in waiting.items():
        for other in others:
            followers[other].append(name)
    ready = [index[name] for name, others in waiting.items() if not others]
    heapq.heapify(ready)
    ordered: list[str] = []
    while ready:
        name = names[heapq.heappop(ready)]
        ordered.append(name)
        for follower in followers[name]:
            waiting[follower].discard(name)
            if not waiting[follower]:
                heapq.heappush(ready, index[follower])
    if len(ordered) < len(names):
        raise ValueError("gates wait for each other; the grammar lets no such workflow through")
    return tuple(ordered)
