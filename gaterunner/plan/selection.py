"""What ``--gate`` names: gates, states of their flags, and shards."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gaterunner.config.nearest import nearest
from gaterunner.config.types import Gate, Workflow
from gaterunner.errors import UsageError
from gaterunner.plan.names import State, name_of, states_of

WHOLE = (1, 1)

_TOLD = re.compile(r"(.+) \(shard ([1-9][0-9]{0,3}) of ([1-9][0-9]{0,3})\)", re.ASCII)
_SHARD = re.compile(r"([1-9][0-9]{0,3})/([1-9][0-9]{0,3})", re.ASCII)


class Selection:
    """The states and shards to run of each gate. Without a name given, every gate is selected whole."""

    def __init__(self, workflow: Workflow, selected: Sequence[str]) -> None:
        """Raises ``UsageError`` for a name or a shard that the workflow does not declare."""
        # A list in one argument, so that a matrix can hand it on without any shell taking it apart.
        given = [part.strip() for text in selected for part in re.split(r"[,\n]", text)]
        self.given = tuple(dict.fromkeys(name for name in given if name))
        self._chosen: dict[tuple[str, State], list[tuple[int, int]]] = {}
        self._read(workflow)

    def __bool__(self) -> bool:
        """True when only some gates were asked for."""
        return bool(self.given)

    def shards(self, gate: Gate, state: State) -> tuple[tuple[int, int], ...]:
        """What is asked for of a gate in one state of the flags, in order; empty when it is not selected."""
        return (WHOLE,) if not self.given else tuple(sorted(self._chosen.get((gate.name, state), ())))

    def _read(self, workflow: Workflow) -> None:
        known = _selectable(workflow)
        parsed = [(text, *_split(text)) for text in self.given]
        unknown = [name for _, name, _ in parsed if name not in known]
        if unknown:
            raise _unknown(workflow, unknown, list(known))
        for text, name, shard in parsed:
            for gate, state in known[name]:
                chosen = self._chosen.setdefault((gate.name, state), [])
                found = WHOLE if shard is None else _shard_of(gate, text, shard)
                if found not in chosen:
                    chosen.append(found)
                if WHOLE in chosen and len(chosen) > 1:
                    raise UsageError(
                        f"--gate names `{name_of(gate, state)}` both whole and as a shard",
                        help="name it once whole, or name shards of it only",
                    )


def _selectable(workflow: Workflow) -> dict[str, list[tuple[Gate, State]]]:
    """What each name stands for: a gate's own for all its states, and each state's for that one."""
    known: dict[str, list[tuple[Gate, State]]] = {}
    for gate in workflow.gates:
        each = [(gate, state) for state in states_of(gate)]
        known[gate.name] = each
        known.update({name_of(*one): [one] for one in each})
    return known


def _split(text: str) -> tuple[str, tuple[int, int] | None]:
    """The name, and the shard where one is given: as ``unit=2/4``, or by its name in a report."""
    told = _TOLD.fullmatch(text)
    if told is not None:
        return told[1], (int(told[2]), int(told[3]))
    name, sign, shard = text.partition("=")
    if not sign:
        return name, None
    found = _SHARD.fullmatch(shard)
    if found is None:
        raise UsageError(
            f"--gate {text}: `{shard}` is no shard", help=f"name the gate, or one shard of it, such as {name}=1/4"
        )
    return name, (int(found[1]), int(found[2]))


def _shard_of(gate: Gate, text: str, shard: tuple[int, int]) -> tuple[int, int]:
    number, total = shard
    if gate.shards == 1:
        raise UsageError(
            f"--gate {text}: gate `{gate.name}` declares no shards",
            help=f"add `shards: {total}` to it, or run it whole with --gate {gate.name}",
        )
    if total != gate.shards:
        raise UsageError(
            f"--gate {text}: gate `{gate.name}` declares {gate.shards} shards, not {total}",
            help="make the matrix anew with gaterunner plan --matrix: it is of another workflow file",
        )
    if number > total:
        raise UsageError(f"--gate {text}: there is no shard {number} of {total}", help="shards are counted from 1")
    return shard


def _unknown(workflow: Workflow, unknown: Sequence[str], known: Sequence[str]) -> UsageError:
    named = ", ".join(f"`{name}`" for name in dict.fromkeys(unknown))
    close = [f"`{found}`" for name in unknown if (found := nearest(name, known))]
    hint = f"Did you mean {', '.join(dict.fromkeys(close))}? " if close else ""
    return UsageError(
        f"--gate names {named}, but {workflow.path} declares no such gate",
        help=f"{hint}Its gates are: {', '.join(gate.name for gate in workflow.gates)}.",
    )
