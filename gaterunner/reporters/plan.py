"""The plan of a run, for a person and for a program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec
from msgspec import Struct

from gaterunner.config.law import Law
from gaterunner.config.types import Service, Workflow
from gaterunner.contract.phases import left_out_policies
from gaterunner.model import Change, Mode, WorkflowInfo
from gaterunner.plan import PlannedGate
from gaterunner.policies import names_in_force
from gaterunner.reporters.escape_path import escape_path
from gaterunner.reporters.terminal_text import clean, pad

_LONG_SCRIPT = 4  # lines after the first
_LAW = {
    "base": "read from the base commit",
    "head": "read from the branch itself, as the base holds none (first adoption)",
    "file": "the operator's own, from outside of the repository",
}


class ServiceRow(Struct, frozen=True, kw_only=True):
    """One service that a gate reaches, its own or the run's."""

    name: str
    image: str


class PlanRow(Struct, frozen=True, kw_only=True):
    """One gate as `gaterunner plan --format json` prints it.

    ``kind`` is what is done with it; ``command`` is empty where nothing is executed.
    ``declared`` is the gate's name in the workflow file, ``needs`` what it waits for to be good and ``after`` what it
    only waits for. ``flags`` are the variables that carry the state of the flags it runs in. ``shards`` is in how many
    parts a fan-out may cut it. ``database`` says that it gets a fresh develop database. With ``inputs`` a pass is kept
    and stands for the next run with the same ones.
    """

    name: str
    declared: str
    kind: str
    command: str
    why: str
    needs: tuple[str, ...]
    after: tuple[str, ...]
    executor: Literal["local", "docker"]
    image: str | None
    flags: dict[str, str]
    shards: int
    services: tuple[ServiceRow, ...]
    database: bool
    inputs: tuple[str, ...]
    advisory: bool
    skipped: str | None


class PlanDocument(Struct, frozen=True, kw_only=True):
    """What `gaterunner plan --format json` prints."""

    schema: str = "gaterunner.plan/1"
    base: str
    head: str
    mode: Mode
    workflow: WorkflowInfo
    gates: tuple[PlanRow, ...]
    policies: tuple[str, ...]


def render_plan(change: Change, law: Law, plan: Sequence[PlannedGate]) -> str:
    """One paragraph per gate: name, command, where the command comes from, what it is given; then the policies."""
    lines = [f"{clean(law.info.path)}: {_LAW[law.info.source]}, sha256 {law.info.sha256[:12]}"]
    if law.info.source == "base" and law.info.changed_by_branch:
        lines.append("The branch changes this file; what it changes is not in force for itself.")
    lines += [f"base {change.base[:12]}, head {change.head[:12]}", ""]
    width = max((len(gate.gate.name) for gate in plan), default=0)
    for gate in plan:
        lines.append(f"  {pad(clean(gate.gate.name), width)}  {_shown(gate.command) or gate.gate.kind}")
        told = f"skipped: {gate.skip_reason}" if gate.skip is not None else gate.why
        lines.append(f"  {' ' * width}  {clean(told)}{' (advisory)' if gate.gate.advisory else ''}")
        given = "; ".join(_given(gate, law.workflow)) if gate.skip is None else ""
        lines += [f"  {' ' * width}  {clean(given)}"] if given else []
    left_out = left_out_policies(law.workflow, change.branch)
    names = ", ".join(name for name in _in_force(law.workflow) if name not in left_out)
    lines += ["", f"policies: {names}"]
    lines += [f"  without {name}: {clean(why)}" for name, why in left_out.items()]
    return "\n".join([*lines, ""])


def render_plan_json(change: Change, law: Law, plan: Sequence[PlannedGate]) -> str:
    """The same as one JSON document with a newline at the end."""
    document = PlanDocument(
        base=change.base,
        head=change.head,
        mode=law.workflow.mode,
        workflow=law.info,
        gates=tuple(_row(gate, law.workflow) for gate in plan),
        policies=tuple(
            name for name in _in_force(law.workflow) if name not in left_out_policies(law.workflow, change.branch)
        ),
    )
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def _in_force(workflow: Workflow) -> tuple[str, ...]:
    return names_in_force([policy.name for policy in workflow.policies])


def _shown(command: str) -> str:
    """A command, or the beginning of a script; the whole of it is in the JSON."""
    first, *rest = command.strip().splitlines() or [""]
    return clean(command) if len(rest) < _LONG_SCRIPT else f"{clean(first)} … ({len(rest)} more lines)"


def _row(planned: PlannedGate, workflow: Workflow) -> PlanRow:
    gate = planned.gate
    return PlanRow(
        name=gate.name,
        declared=planned.declared,
        kind=gate.kind,
        command=escape_path(planned.command),
        why=escape_path(planned.why),
        needs=planned.needs,
        after=planned.after,
        executor="local" if planned.image is None else "docker",
        image=planned.image,
        flags=dict(planned.env),
        shards=gate.shards,
        services=tuple(ServiceRow(name=each.name, image=each.image) for each in _services(planned, workflow)),
        database=gate.database,
        inputs=gate.inputs,
        advisory=gate.advisory,
        skipped=escape_path(planned.skip_reason) if planned.skip is not None else None,
    )


def _services(planned: PlannedGate, workflow: Workflow) -> tuple[Service, ...]:
    return (*workflow.services, *planned.gate.services)


def _given(planned: PlannedGate, workflow: Workflow) -> list[str]:
    """What a gate is given and allowed beyond a plain command on this machine."""
    gate = planned.gate
    told = [f"in {planned.image}"] if planned.image is not None else []
    told += ["with " + " ".join(f"{name}={value}" for name, value in planned.env)] if planned.env else []
    services = [f"{each.name} ({each.image})" for each in _services(planned, workflow)]
    told += [f"services {', '.join(services)}"] if services else []
    if gate.kind == "migration-rehearsal":
        told += ["on a fresh develop database: for the base, for this, and once more"]
    elif gate.kind == "rollback-rehearsal" and planned.command:
        told += ["on a fresh develop database for each of them: with the base's migrations, then with this one's"]
    elif gate.database:
        told += ["a fresh develop database"]
    told += [f"{gate.shards} shards in a fan-out"] if gate.shards > 1 else []
    told += [f"up to {gate.retries} retries"] if gate.retries else []
    told += [f"cached by {', '.join(gate.inputs)}"] if gate.inputs else []
    return told
