"""Migrations that name their predecessors: what a graph of them is, its heads and what is broken in it."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct


class Node(Struct, frozen=True, kw_only=True):
    """One migration of a graph.

    ``parents`` are those it builds on and ``needs`` others that must exist; both within the same graph. ``before``
    are those it asks to be applied ahead of (``before_others``: in other graphs), ``replaces`` those it stands for,
    ``labels`` name a branch that is meant to live beside the others.
    """

    id: str
    path: str
    parents: tuple[str, ...]
    needs: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    before_others: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    number: str = ""


def heads(nodes: Iterable[Node]) -> tuple[Node, ...]:
    """The nodes on which none builds, by path. A replaced node is neither a head nor does it count as a child."""
    everything = tuple(nodes)
    replaced = {id for node in everything for id in node.replaces}
    live = [node for node in everything if node.id not in replaced]
    built_on = {parent for node in live for parent in node.parents}
    for node in live:
        if built_on & set(node.replaces):  # whoever builds on a replaced one builds on its replacement
            built_on.add(node.id)
    return tuple(sorted((node for node in live if node.id not in built_on), key=lambda node: node.path))


def missing(nodes: Iterable[Node]) -> tuple[tuple[Node, str], ...]:
    """Every reference to a migration that is in no file, with the node that makes it."""
    everything = tuple(nodes)
    known = {node.id for node in everything} | {id for node in everything for id in node.replaces}
    return tuple(
        (node, id) for node in everything for id in (*node.parents, *node.needs, *node.before) if id not in known
    )


def cycle(nodes: Iterable[Node]) -> tuple[str, ...]:
    """The ids of nodes that can never be reached because they build on each other; empty when there are none."""
    waiting = {node.id: {*node.parents, *node.needs} for node in nodes}
    waiting = {id: parents & waiting.keys() for id, parents in waiting.items()}
    children: dict[str, list[str]] = {}
    for id, parents in waiting.items():
        for parent in parents:
            children.setdefault(parent, []).append(id)
    ready = [id for id, parents in waiting.items() if not parents]
    while ready:
        done = ready.pop()
        del waiting[done]
        for child in children.get(done, ()):
            waiting[child].discard(done)
            if not waiting[child]:
                ready.append(child)
    return tuple(sorted(waiting))


def branch_of(node: Node, nodes: Iterable[Node]) -> frozenset[str]:
    """The labels that a node's ancestors and itself carry."""
    by_id = {each.id: each for each in nodes}
    labels: set[str] = set()
    seen: set[str] = set()
    waiting = [node.id]
    while waiting:
        id = waiting.pop()
        if id in seen or id not in by_id:
            continue
        seen.add(id)
        labels.update(by_id[id].labels)
        waiting.extend(by_id[id].parents)
    return frozenset(labels)
