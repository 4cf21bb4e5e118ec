"""Where the phases stand, for a person and for a program."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from msgspec import Struct

from gaterunner.contract.merge_messages import TRAILER
from gaterunner.contract.standing import SpecStanding, Standing
from gaterunner.model import Change, WorkflowInfo
from gaterunner.reporters.escape_path import escape_path
from gaterunner.reporters.terminal_text import clean, pad

_SIGNS = {"done": "✔", "in progress": "▶", "next": "▷", "blocked": "·"}
_STATE_WIDTH = len("in progress")
_INDENT = " " * 4


class PhasesDocument(Struct, frozen=True, kw_only=True):
    """What `gaterunner phases --format json` prints. ``target`` is the commit whose history is the evidence."""

    schema: str = "gaterunner.phases/1"
    target: str
    target_branch: str | None
    branch: str | None
    workflow: WorkflowInfo
    phases: tuple[Standing, ...]


def render_phases(change: Change, law: WorkflowInfo, phases: Sequence[Standing]) -> str:
    """One paragraph per phase: where it stands, what proves it or what it waits for, and its spec."""
    plural = "s" if len(phases) != 1 else ""
    target = clean(change.target) if change.target else "the target"
    lines = [f"{len(phases)} phase{plural}, by the history of {target} ({change.law[:12]})"]
    if law.source == "head":
        lines.append(f"{clean(law.path)} is the branch's own, as the target holds none yet")
    width = max(len(phase.name) for phase in phases)
    for phase in phases:
        lines += ["", _headline(phase, width), *(f"{_INDENT}{clean(told)}" for told in _told(phase))]
    return "\n".join([*lines, ""])


def render_phases_json(change: Change, law: WorkflowInfo, phases: Sequence[Standing]) -> str:
    """The same as one JSON document with a newline at the end."""
    document = PhasesDocument(
        target=change.law,
        target_branch=escape_path(change.target) if change.target else None,
        branch=escape_path(change.branch) if change.branch else None,
        workflow=law,
        phases=tuple(phases),
    )
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def _headline(phase: Standing, width: int) -> str:
    commits = f" ({phase.ahead} commit{'s' if phase.ahead != 1 else ''})" if phase.ahead else ""
    here = ", checked out" if phase.current else ""
    name = pad(clean(phase.name), width)
    return f"{_SIGNS[phase.state]} {name}  {pad(phase.state, _STATE_WIDTH)}  {clean(phase.branch)}{commits}{here}"


def _told(phase: Standing) -> Iterator[str]:
    if phase.evidence is not None:
        yield phase.evidence
    if phase.reverted is not None:
        yield phase.reverted
    if phase.state == "in progress" and not phase.current:  # work that is squashed leaves its branch as it was
        yield f"if it has landed squashed or rebased, `{TRAILER}: {phase.name}` or `done-at` has to say so"
    if phase.waits_for:
        yield f"waits for {', '.join(phase.waits_for)}"
    yield _spec(phase.spec)


def _spec(spec: SpecStanding) -> str:
    if spec.found == "missing":
        return f"{spec.path}: there is none"
    where = "" if spec.found == "target" else " (on this branch only)"
    if spec.problems:
        more = f" (and {len(spec.problems) - 1} more)" if len(spec.problems) > 1 else ""
        return f"{spec.path}{where}: cannot be read: {spec.problems[0]}{more}"
    count = len(spec.objectives)
    return f"{spec.path}{where}: {spec.owner}, {count} objective{'s' if count != 1 else ''}"
