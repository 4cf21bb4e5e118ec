"""What a change of the workflow file would do: which gates no longer run, what is asked less strictly, by what law."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from gaterunner.config.grammar import parse_workflow
from gaterunner.config.types import DeclaredPolicy, Gate, Workflow
from gaterunner.errors import WorkflowFileError
from gaterunner.guardrails.findings import found, several, shown, told
from gaterunner.guardrails.gate_options import changes
from gaterunner.guardrails.phases import phase_changes
from gaterunner.model import Finding, Mode
from gaterunner.plan.order import effective_needs

_TOLD_ELSEWHERE = {"path", "mode", "gates", "policies", "phases"}


def compare_files(old: bytes, new: bytes, path: str) -> Iterator[Finding]:
    """Everything that ``new`` would change of what ``old`` says."""
    try:
        before = parse_workflow(old, path)
    except WorkflowFileError:
        message = "the base's workflow file cannot be read, so what the branch changes in it cannot be told"
        yield found("workflow-unreadable", message, path=path)
        return
    try:
        after = parse_workflow(new, path)
    except WorkflowFileError as error:
        first = error.problems[0]
        more = f" (and {len(error.problems) - 1} more)" if len(error.problems) > 1 else ""
        message = f"would not be a workflow file: {first.message}{more}"
        yield found("workflow-unreadable", message, path=path, line=first.line, key="unreadable")
        return
    findings = tuple(compare(before, after))
    yield from findings or (told("form-only", "only comments, order of keys or spacing change", path=path),)


def compare(old: Workflow, new: Workflow) -> Iterator[Finding]:
    """The same of two workflows that were read."""
    if old.mode != new.mode:
        if new.mode is Mode.SHADOW:
            message = "mode would become `shadow`: a red verdict would no longer block anything"
            yield found("shadow-mode", message, path=new.path)
        else:
            yield found("workflow-changed", f"mode would become `{new.mode}`", path=new.path)
    yield from _gates(old, new)
    yield from _policies(old.policies, new.policies, new.path)
    yield from phase_changes(old, new)
    yield from _settings(old, new)


def _gates(old: Workflow, new: Workflow) -> Iterator[Finding]:
    before = {gate.name: gate for gate in old.gates}
    after = {gate.name: gate for gate in new.gates}
    for name, gate in before.items():
        if name not in after:
            yield found("gate-removed", _removed(gate, before, new), path=new.path, key=name)
            continue
        yield from changes(gate, after[name], path=new.path)
    yield from _order(old, new)
    for name, gate in after.items():
        if name not in before:
            command = f" and run {shown(gate.run)}" if gate.run else ", as what the repository declares of that name"
            message = f"gate `{name}` would be added{command}"
            yield found("gate-added", message, path=new.path, line=gate.position.line, key=name)


def _removed(gate: Gate, before: dict[str, Gate], new: Workflow) -> str:
    same = [
        other.name
        for other in new.gates
        if other.name not in before
        and gate.run
        and msgspec.structs.replace(other, name=gate.name, position=gate.position, needs=gate.needs) == gate
    ]
    message = f"gate `{gate.name}` would no longer run"
    return f"{message} under this name; `{same[0]}` is declared the same" if same else message


def _order(old: Workflow, new: Workflow) -> Iterator[Finding]:
    """Gates that would start without one that they wait for now, over any number of steps."""
    before, after = _waits(old), _waits(new)
    there = {gate.name for gate in new.gates}
    for gate in new.gates:
        lost = sorted((before.get(gate.name, frozenset()) - after[gate.name]) & there)
        if lost:
            message = f"gate `{gate.name}` would start without waiting for {several(lost)}"
            line = gate.position.line
            yield found("gate-changed", message, path=new.path, line=line, key=f"{gate.name} waits")


def _waits(workflow: Workflow) -> dict[str, frozenset[str]]:
    needs = effective_needs(workflow.gates)
    known: dict[str, frozenset[str]] = {}
    for name in needs:  # a stack of our own: a list of 2,000 gates is a chain of 2,000
        stack = [name]
        while stack:
            missing = [other for other in needs.get(stack[-1], ()) if other not in known]
            if missing:
                stack.append(missing[0])
                continue
            top = stack.pop()
            direct = needs.get(top, ())
            known[top] = frozenset(direct).union(*(known[other] for other in direct))
    return known


def _policies(old: tuple[DeclaredPolicy, ...], new: tuple[DeclaredPolicy, ...], path: str) -> Iterator[Finding]:
    before = {policy.name: policy for policy in old}
    after = {policy.name: policy for policy in new}
    for name, policy in before.items():
        if name not in after:
            message = f"policy `{name}` would no longer be evaluated as declared"
            yield found("policy-removed", message, path=path, key=name)
            continue
        now = after[name]
        for option, was, will in _differences(policy.options, now.options):
            message = f"policy `{name}`: `{option}` would change from {was} to {will}"
            yield found("policy-changed", message, path=path, line=now.position.line, key=f"{name} {option}")
    for name, policy in after.items():
        if name not in before:
            options = [f"`{key}`: {will}" for key, _, will in _differences(None, policy.options)]
            message = f"policy `{name}` would be declared{' with ' + ', '.join(options) if options else ''}"
            yield found("policy-changed", message, path=path, line=policy.position.line, key=name)


def _settings(old: Workflow, new: Workflow) -> Iterator[Finding]:
    for field in Workflow.__struct_fields__:
        if field in _TOLD_ELSEWHERE or getattr(old, field) == getattr(new, field):
            continue
        was, will = (_without_positions(msgspec.to_builtins(getattr(side, field))) for side in (old, new))
        if was == will:
            continue
        message = _SENTENCES.get(field) if was == _FROM.get(field) else None
        key = field.replace("_", "-")
        message = message or f"`{key}` would change from {_value(was)} to {_value(will)}"
        yield found("workflow-changed", message, path=new.path, key=field)


_FROM: dict[str, Any] = {"executor": "docker", "keep_going": False}
_SENTENCES = {
    "executor": "gates would run on the machine itself instead of in containers",
    "keep_going": "gates would go on starting after another has failed",
}


def _differences(old: Any, new: Any) -> Iterator[tuple[str, str, str]]:
    """Options that differ: name, what it was and what it will be; ``old`` None for what a default instance says."""
    default = _builtins(type(new)()) if old is None and not _required(type(new)) else {}
    before = default if old is None else _builtins(old)
    after = _builtins(new)
    for key in sorted(before.keys() | after.keys()):
        was, will = before.get(key), after.get(key)
        if was != will:
            yield key, _value(was), _value(will)


def _required(kind: type[msgspec.Struct]) -> bool:
    return any(field.required for field in msgspec.structs.fields(kind))


def _builtins(options: Any) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(options)
    return plain


def _without_positions(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_positions(inner) for key, inner in value.items() if key != "position"}
    if isinstance(value, list | tuple):
        return [_without_positions(inner) for inner in value]
    return value


def _value(value: Any) -> str:
    if value is None or value in ([], {}, ()):
        return "nothing"
    if isinstance(value, list | tuple) and all(isinstance(one, str | int | float) for one in value):
        return f"[{several(value)}]"
    if isinstance(value, dict) and all(isinstance(one, str | int | float) for one in value.values()):
        return several(f"{key}: {one}" for key, one in value.items())
    return shown(msgspec.json.encode(value).decode() if not isinstance(value, str) else value)
