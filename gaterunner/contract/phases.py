"""Which phase a branch belongs to, what comes before it, and what applies to it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gaterunner.config.types import Phase, Workflow


def phase_of(workflow: Workflow, branch: str | None) -> Phase | None:
    """The phase whose branch this is; None for any other branch and where the branch is not known."""
    return next((phase for phase in workflow.phases if phase.branch == branch), None)


def earlier_phases(workflow: Workflow, phase: Phase) -> tuple[str, ...]:
    """All phases that have to be done before one, in the order of the workflow: what comes before them as well."""
    from gaterunner.config.phases import effective_after

    after = effective_after(workflow.phases)
    found: set[str] = set()
    open_ends = list(after[phase.name])
    while open_ends:
        name = open_ends.pop()
        if name not in found and name in after:
            found.add(name)
            open_ends += after[name]
    return tuple(each.name for each in workflow.phases if each.name in found)


def left_out_gates(workflow: Workflow, branch: str | None) -> dict[str, str]:
    """Why gates do not apply to the phase of a branch, by the gate's name; empty for a branch of no phase."""
    phase = phase_of(workflow, branch)
    if phase is None or phase.gates is None:
        return {}
    why = f"phase `{phase.name}` leaves it out ({workflow.path}:{phase.position.line})"
    return {gate.name: why for gate in workflow.gates if gate.name not in phase.gates}


def left_out_policies(workflow: Workflow, branch: str | None) -> dict[str, str]:
    """The same for policies. What is always on and what holds phases to their specs and order always applies."""
    phase = phase_of(workflow, branch)
    if phase is None or phase.policies is None:
        return {}
    from gaterunner.config.phases import ALWAYS
    from gaterunner.policies import POLICIES

    why = f"phase `{phase.name}` leaves it out ({workflow.path}:{phase.position.line})"
    named = {*phase.policies, *ALWAYS}
    return {
        policy.name: why
        for policy in workflow.policies
        if policy.name not in named and not POLICIES[policy.name].always
    }
