"""The plan of a run, for a person and for a program."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from gaterunner.config.law import Law
from gaterunner.model import Change, Mode, WorkflowInfo
from gaterunner.plan import PlannedGate
from gaterunner.reporters.escape_path import escape_path
from gaterunner.reporters.terminal_text import clean, pad

_LAW = {
    "base": "read from the base commit",
    "head": "read from the branch itself, as the base holds none (first adoption)",
    "file": "the operator's own, from outside of the repository",
}


class PlanRow(Struct, frozen=True, kw_only=True):
    """One gate as `gaterunner plan --format json` prints it."""

    name: str
    command: str
    why: str
    needs: tuple[str, ...]
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
    """One paragraph per gate: name, command, where the command comes from; then the policies."""
    lines = [f"{clean(law.info.path)}: {_LAW[law.info.source]}, sha256 {law.info.sha256[:12]}"]
    if law.info.source == "base" and law.info.changed_by_branch:
        lines.append("The branch changes this file; what it changes is not in force for itself.")
    lines += [f"base {change.base[:12]}, head {change.head[:12]}", ""]
    width = max((len(gate.gate.name) for gate in plan), default=0)
    for gate in plan:
        lines.append(f"  {pad(clean(gate.gate.name), width)}  {clean(gate.command)}")
        told = f"skipped: {gate.skip_reason}" if gate.skip is not None else gate.why
        lines.append(f"  {' ' * width}  {clean(told)}{' (advisory)' if gate.gate.advisory else ''}")
    names = ", ".join(policy.name for policy in law.workflow.policies)
    return "\n".join([*lines, "", f"policies: {names or 'none'}", ""])


def render_plan_json(change: Change, law: Law, plan: Sequence[PlannedGate]) -> str:
    """The same as one JSON document with a newline at the end."""
    rows = tuple(
        PlanRow(
            name=gate.gate.name,
            command=escape_path(gate.command),
            why=escape_path(gate.why),
            needs=gate.needs,
            advisory=gate.gate.advisory,
            skipped=escape_path(gate.skip_reason) if gate.skip is not None else None,
        )
        for gate in plan
    )
    document = PlanDocument(
        base=change.base,
        head=change.head,
        mode=law.workflow.mode,
        workflow=law.info,
        gates=rows,
        policies=tuple(policy.name for policy in law.workflow.policies),
    )
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"
