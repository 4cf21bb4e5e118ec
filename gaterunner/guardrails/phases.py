"""What changed phases would do: which gate no longer runs in which of them, and which may start earlier."""

from __future__ import annotations

from collections.abc import Iterator

from gaterunner.config.phases import ALWAYS, effective_after
from gaterunner.config.types import Phase, Workflow
from gaterunner.guardrails.findings import RuleName, found, several
from gaterunner.model import Finding
from gaterunner.policies import POLICIES

_SHORT = 12


def phase_changes(old: Workflow, new: Workflow) -> Iterator[Finding]:
    """What becomes of the phases of a workflow."""
    before = {phase.name: phase for phase in old.phases}
    after = {phase.name: phase for phase in new.phases}
    for name, phase in before.items():
        if name not in after:
            message = f"phase `{name}` would be gone: `{phase.branch}` would be held to no spec"
            yield found("workflow-changed", message, path=new.path, key=f"phase {name}")
    for name, phase in after.items():
        if name in before:
            yield from _changed(before[name], phase, new.path)
            yield from _done_at(before[name], phase, new.path)
        else:
            message = f"phase `{name}` would be added, with the branch `{phase.branch}`"
            yield _about(phase, "workflow-changed", message, new.path)
        yield from _left_out(before.get(name), phase, old, new)
    yield from _order(old, new)


def _about(phase: Phase, rule: RuleName, message: str, path: str) -> Finding:
    return found(rule, message, path=path, line=phase.position.line, key=f"phase {phase.name}: {message}")


def _changed(old: Phase, new: Phase, path: str) -> Iterator[Finding]:
    if old.branch != new.branch:
        message = f"the branch of phase `{new.name}` would be `{new.branch}` instead of `{old.branch}`"
        yield _about(new, "workflow-changed", message, path)


def _done_at(old: Phase, new: Phase, path: str) -> Iterator[Finding]:
    if old.done_at == new.done_at:
        return
    if new.done_at is None:
        message = f"phase `{new.name}` would no longer count as done at {(old.done_at or '')[:_SHORT]}"
    else:
        message = f"phase `{new.name}` would count as done at {new.done_at[:_SHORT]}"
    yield _about(new, "workflow-changed", message, path)


def _left_out(was: Phase | None, will: Phase, old: Workflow, new: Workflow) -> Iterator[Finding]:
    """Gates and policies that the phase would lose although the workflow keeps them, and those it gets back."""
    applying = _applying_gates(was, old), _applying_policies(was, old)
    gates = [gate.name for gate in new.gates if gate.name in applying[0] and not _has(will.gates, gate.name)]
    for name in gates:
        yield _about(will, "gate-weakened", f"gate `{name}` would no longer run in phase `{will.name}`", new.path)
    policies = [policy.name for policy in new.policies if policy.name in applying[1] and not _holds(will, policy.name)]
    for name in policies:
        message = f"policy `{name}` would no longer be evaluated in phase `{will.name}`"
        yield _about(will, "policy-changed", message, new.path)
    back = [name for name in _names_back(was, will) if any(gate.name == name for gate in new.gates)]
    if back:
        yield _about(will, "workflow-changed", f"phase `{will.name}` would also run {several(back)}", new.path)


def _names_back(was: Phase | None, will: Phase) -> tuple[str, ...]:
    if was is None or was.gates is None:
        return ()
    return tuple(name for name in will.gates or () if name not in was.gates)


def _has(names: tuple[str, ...] | None, name: str) -> bool:
    return names is None or name in names


def _applying_gates(phase: Phase | None, workflow: Workflow) -> set[str]:
    """What applies to the phase's branch; to that of one which did not exist, everything did."""
    return {gate.name for gate in workflow.gates if phase is None or _has(phase.gates, gate.name)}


def _applying_policies(phase: Phase | None, workflow: Workflow) -> set[str]:
    return {policy.name for policy in workflow.policies if phase is None or _holds(phase, policy.name)}


def _holds(phase: Phase, policy: str) -> bool:
    return policy in ALWAYS or POLICIES[policy].always or _has(phase.policies, policy)


def _order(old: Workflow, new: Workflow) -> Iterator[Finding]:
    was, will = effective_after(old.phases), effective_after(new.phases)
    for phase in new.phases:
        if phase.name not in was:
            continue
        lost = [name for name in was[phase.name] if name not in will[phase.name] and name in will]
        gained = [name for name in will[phase.name] if name not in was[phase.name]]
        if lost:
            message = f"phase `{phase.name}` could start before {several(lost)} is done"
            yield _about(phase, "workflow-changed", message, new.path)
        if gained:
            message = f"phase `{phase.name}` would come after {several(gained)}"
            yield _about(phase, "workflow-changed", message, new.path)
