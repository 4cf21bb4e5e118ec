"""Where things stand in a spec, by their path of keys: ``touchpoints/forbid/0``. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gaterunner.config.document import Mapping, Node, Scalar
from gaterunner.config.types import Position

_DEEPEST = 4
_PLACED = ("objectives",)


def child(node: Node | None, key: str) -> Node | None:
    """The value of a key; None where there is no such key, or no map."""
    if not isinstance(node, Mapping):
        return None
    return next((entry.value for entry in node.entries if entry.key.text == key), None)


def places_of(root: Mapping, keys: Sequence[str]) -> tuple[tuple[str, Position], ...]:
    """The places of the known keys, and of what they hold down to a small depth; items of lists count from 0.

    A value that stands alone where a list may stand has its place twice: as itself, and as item 0. Objectives have
    positions of their own.
    """
    return tuple(
        place
        for entry in root.entries
        if entry.key.text in keys
        for place in (
            (entry.key.text, entry.key.position),
            *(() if entry.key.text in _PLACED else _below(entry.value, entry.key.text, 1)),
        )
    )


def _below(node: Node, name: str, depth: int) -> Iterator[tuple[str, Position]]:
    if isinstance(node, Scalar):
        yield f"{name}/0", node.position
        return
    if depth >= _DEEPEST:
        return
    if isinstance(node, Mapping):
        for entry in node.entries:
            yield f"{name}/{entry.key.text}", entry.key.position
            yield from _below(entry.value, f"{name}/{entry.key.text}", depth + 1)
        return
    for number, item in enumerate(node.items):
        yield f"{name}/{number}", item.position
        if not isinstance(item, Scalar):
            yield from _below(item, f"{name}/{number}", depth + 1)
