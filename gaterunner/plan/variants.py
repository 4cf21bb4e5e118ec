"""A declared gate becomes one planned gate, or several: both states of the flags, shards that were asked for."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from gaterunner.config.types import Gate, Workflow
from gaterunner.plan.names import State, name_of, states_of
from gaterunner.plan.order import effective_needs
from gaterunner.plan.selection import WHOLE, Selection


class Variant(Struct, frozen=True, kw_only=True):
    """One gate to plan: the declared one under its own name; the fields are those of ``PlannedGate``."""

    gate: Gate
    declared: str
    selected: bool
    shard: tuple[int, int]
    env: tuple[tuple[str, str], ...]
    needs: tuple[str, ...]
    after: tuple[str, ...]


def variants_of(workflow: Workflow, selection: Selection) -> tuple[Variant, ...]:
    """All gates in the order of the file; whoever needs a gate needs all its variants."""
    cut = {gate.name: _cut(gate, selection) for gate in workflow.gates}
    names = {name: tuple(variant for variant, _, _, _ in variants) for name, variants in cut.items()}
    needs = effective_needs(workflow.gates)
    return tuple(
        Variant(
            gate=gate if name == gate.name else replace(gate, name=name),
            declared=gate.name,
            selected=selected,
            shard=shard,
            env=_flags(workflow, gate.flags if state is None else state),
            needs=tuple(each for needed in needs[gate.name] for each in names[needed]),
            after=names[gate.name][index - 1 : index] if index else (),
        )
        for gate in workflow.gates
        for index, (name, state, shard, selected) in enumerate(cut[gate.name])
    )


def _cut(gate: Gate, selection: Selection) -> Sequence[tuple[str, State, tuple[int, int], bool]]:
    """Name, state, shard and whether it is selected, of each variant of one gate."""
    found = []
    for state in states_of(gate):
        shards = selection.shards(gate, state)
        found += [(name_of(gate, state, shard), state, shard, bool(shards)) for shard in shards or (WHOLE,)]
    return found


def _flags(workflow: Workflow, state: str | None) -> tuple[tuple[str, str], ...]:
    """The variables that carry one state of all flags."""
    if state is None:
        return ()
    return tuple((flag.env, flag.on if state == "on" else flag.off) for flag in workflow.flags)
