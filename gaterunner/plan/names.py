"""How the variants of a gate are called. Blanks and brackets cannot stand in a declared name, so no two ever meet."""

from __future__ import annotations

from typing import Literal

from gaterunner.config.types import Gate

State = Literal["off", "on"] | None
"""A state of the workflow's flags; None where a gate runs in one state only and keeps its name."""


def states_of(gate: Gate) -> tuple[State, ...]:
    """The states of flags that a gate runs in, in their order."""
    return ("off", "on") if gate.flags == "both" else (None,)


def name_of(gate: Gate, state: State, shard: tuple[int, int] = (1, 1)) -> str:
    """``unit``, ``unit (flags on)``, ``unit (shard 2 of 4)`` or ``unit (flags on) (shard 2 of 4)``."""
    return shard_name(f"{gate.name} (flags {state})" if state else gate.name, shard)


def shard_name(name: str, shard: tuple[int, int]) -> str:
    """How a shard of the gate ``name`` is called; ``name`` itself for the whole gate."""
    return f"{name}{_shard_told(shard)}"


def whole_name(name: str, shard: tuple[int, int]) -> str:
    """The name of the gate that ``name`` is a shard of; itself where it is none."""
    return name.removesuffix(_shard_told(shard))


def _shard_told(shard: tuple[int, int]) -> str:
    number, total = shard
    return f" (shard {number} of {total})" if total > 1 else ""
