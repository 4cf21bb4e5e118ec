"""Where each phase stands: done, in progress, next or blocked. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from gaterunner.contract.phases import earlier_phases

if TYPE_CHECKING:
    from gaterunner.config.types import Workflow
    from gaterunner.contract.held import Held
    from gaterunner.contract.landed import Landings, Reverted

State = Literal["done", "in progress", "next", "blocked"]


class SpecStanding(Struct, frozen=True, kw_only=True):
    """The spec of a phase. ``found`` says where it is: on the ``target``, only on this ``branch``, or ``missing``.

    ``problems`` say why it cannot be read, each with its position where it has one; the other fields are then empty.
    """

    path: str
    found: Literal["target", "branch", "missing"]
    owner: str | None = None
    title: str = ""
    objectives: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


class Standing(Struct, frozen=True, kw_only=True):
    """One phase. ``commit``, ``kind`` and ``evidence`` prove a landing, as ``contract.landed.Landed`` tells them.

    ``waits_for`` are the phases that have to be done before it and are not. ``ahead`` is how many commits its branch
    has that the target has not, None where there is no such branch. ``reverted`` says what took a landing back.
    """

    name: str
    branch: str
    state: State
    after: tuple[str, ...] = ()
    waits_for: tuple[str, ...] = ()
    commit: str | None = None
    kind: str | None = None
    evidence: str | None = None
    ahead: int | None = None
    reverted: str | None = None
    current: bool = False
    spec: SpecStanding


def standings(
    workflow: Workflow,
    landings: Landings,
    *,
    ahead: Mapping[str, int],
    specs: Mapping[str, SpecStanding],
    branch: str | None,
) -> tuple[Standing, ...]:
    """All phases in the order of the workflow.

    ``ahead`` is by branch, ``specs`` by phase; ``branch`` is the one that is checked out.
    """
    landed = {each.phase: each for each in landings.landed}
    reverted = {each.phase: each for each in landings.reverted}
    found = []
    for phase in workflow.phases:
        after = earlier_phases(workflow, phase)
        missing = tuple(name for name in after if name not in landed)
        proof = landed.get(phase.name)
        commits = ahead.get(phase.branch)
        found.append(
            Standing(
                name=phase.name,
                branch=phase.branch,
                state=_state(done=proof is not None, blocked=bool(missing), started=bool(commits)),
                after=after,
                waits_for=missing,
                commit=proof.commit if proof else None,
                kind=proof.kind if proof else None,
                evidence=proof.evidence if proof else None,
                ahead=commits,
                reverted=_told(reverted.get(phase.name)),
                current=phase.branch == branch,
                spec=specs[phase.name],
            )
        )
    return tuple(found)


def _state(*, done: bool, blocked: bool, started: bool) -> State:
    if done:
        return "done"
    if blocked:
        return "blocked"
    return "in progress" if started else "next"


def _told(reverted: Reverted | None) -> str | None:
    if reverted is None:
        return None
    return f"it had landed with {reverted.commit[:12]}, which {reverted.by[:12]} reverted"


def spec_standing(at_target: Held, on_branch: Held) -> SpecStanding:
    """What is to be told of a spec: the target's, or else the branch's own."""
    where: Literal["target", "branch"] = "target" if _is_there(at_target) else "branch"
    held = at_target if where == "target" else on_branch
    path = held.path or ""
    if not _is_there(held):
        return SpecStanding(path=path, found="missing")
    if held.spec is None:
        return SpecStanding(path=path, found=where, problems=tuple(_problems(held)))
    return SpecStanding(
        path=path,
        found=where,
        owner=held.spec.owner,
        title=held.spec.title,
        objectives=tuple(objective.id for objective in held.spec.objectives),
    )


def _is_there(held: Held) -> bool:
    return held.spec is not None or held.is_broken


def _problems(held: Held) -> Iterable[str]:
    if held.fault is not None:
        yield held.fault
    for problem in held.problems:
        place = f"{problem.line}:{problem.column}: " if problem.line else ""
        yield f"{place}{problem.message}"
