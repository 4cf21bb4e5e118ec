"""Which phase a change belongs to: by its branch, or in a merge queue by those of the pull requests that wait in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from gaterunner.config.types import Phase
from gaterunner.contract.phases import phase_of
from gaterunner.errors import EvaluationError
from gaterunner.model import Change, Event

if TYPE_CHECKING:
    from gaterunner.policies.context import PolicyContext


class Belonging(Struct, frozen=True, kw_only=True):
    """The phase of a change; ``why`` says why there is none. ``several`` says that there are more than one."""

    phase: Phase | None = None
    why: str | None = None
    several: bool = False


def is_target_itself(change: Change) -> bool:
    """True for what is already where branches are merged to.

    A pull request's branch may bear the target's name as well, in a fork; and a push names no target.
    """
    if change.event is Event.PUSH and change.on_default:
        return True
    return change.event in (Event.PUSH, Event.LOCAL) and change.branch is not None and change.branch == change.target


def phase_of_change(context: PolicyContext) -> Belonging:
    """The phase of the change that ``context`` is about.

    A merge queue's may belong to several, and no one spec is for all of them. Raises ``EvaluationError`` where nobody
    can tell which pull requests wait in it.
    """
    change, workflow = context.change, context.workflow
    if change.event is Event.MERGE_GROUP:
        return _of_queue(context)
    phase = phase_of(workflow, change.branch)
    if phase is not None:
        return Belonging(phase=phase)
    if not workflow.phases:
        return Belonging(why="the workflow file declares no phases")
    return Belonging(why=f"{_named(change.branch)} is the branch of no phase")


def _of_queue(context: PolicyContext) -> Belonging:
    from gaterunner.waivers.queue import queued_pull_requests

    if context.forge is None:
        raise EvaluationError(
            "which phases wait in the merge queue cannot be told: nobody can be asked for its pull requests",
            help="give the job a token that may read pull requests (pull-requests: read)",
        )
    branches = [queued.branch for queued in queued_pull_requests(context.forge, context.change)]
    phases = {branch: phase_of(context.workflow, branch) for branch in branches}
    found = {phase.name: phase for phase in phases.values() if phase is not None}
    strangers = [branch for branch, phase in phases.items() if phase is None]
    if not found:
        return Belonging(why=f"{_named(strangers[0] if strangers else None)} is the branch of no phase")
    if len(found) > 1 or strangers:
        names = ", ".join([*found, *map(_named, strangers)])
        return Belonging(
            several=True,
            why=f"the merge group holds {names}, and no one spec is for all of them; let the queue take one pull "
            "request at a time (group size 1)",
        )
    return Belonging(phase=next(iter(found.values())))


def _named(branch: str | None) -> str:
    return f"`{branch}`" if branch else "a branch that is not known"
