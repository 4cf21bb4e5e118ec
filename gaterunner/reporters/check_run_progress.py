"""A run as a check run while it goes on: which gates run, since when, and what comes next. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from gaterunner.github.checks import OUTPUT_BYTES, TITLE_CHARACTERS, CheckOutput, CheckState
from gaterunner.model import RED, GateResult, PolicyResult
from gaterunner.reporters.markdown_text import clean, code, inline, shorten, size
from gaterunner.reporters.markdown_words import gate_row, outcome_words

_NAMED = 3  # in the title
_NAME_CHARACTERS = 30
_NEXT = 5
_HEADER = "| Gate | State | Duration | Tests | Why |\n|---|---|---:|---|---|\n"


class Step(Struct, frozen=True):
    """A planned gate and those that have to end before it starts."""

    name: str
    waits_for: tuple[str, ...] = ()


class RunningGate(Struct, frozen=True):
    """A gate that has begun; ``since`` is ISO 8601 UTC, to the second."""

    name: str
    since: str


class Progress(Struct, frozen=True, kw_only=True):
    """How far a run is: what is planned, what is at work, in the order of its start, and what has ended."""

    planned: tuple[Step, ...] = ()
    running: tuple[RunningGate, ...] = ()
    gates: tuple[GateResult, ...] = ()
    policies: tuple[PolicyResult, ...] = ()

    def upcoming(self) -> tuple[str, ...]:
        """The gates that start next: those that wait for nothing but what is running, or else the first that waits."""
        busy = {gate.name for gate in self.running}
        ended = {gate.name for gate in self.gates}
        waiting = [step for step in self.planned if step.name not in busy | ended]
        ready = [step.name for step in waiting if set(step.waits_for) <= busy | ended]
        return tuple(ready or [step.name for step in waiting[:1]])


def render_progress(progress: Progress, *, at: str) -> CheckState:
    """The check at the time ``at`` (ISO 8601 UTC)."""
    done, total = len(progress.gates), len(progress.planned)
    red = [gate.name for gate in progress.gates if gate.outcome in RED and not gate.advisory]
    red += [policy.name for policy in progress.policies if policy.outcome in RED]
    so_far = f"{done} of {total} gates done" + (f", not passed:{_names(red)}" if red else "")
    title = f"Running{_names([gate.name for gate in progress.running])} ({so_far})"
    output = CheckOutput(title=shorten(clean(title), TITLE_CHARACTERS), summary=_summary(progress, at))
    return CheckState(status="in_progress", output=output)


def _names(names: Sequence[str]) -> str:
    """`` a``, `` a and b``, `` a, b, c and 2 more``."""
    parts = [shorten(clean(name), _NAME_CHARACTERS) for name in names[:_NAMED]]
    if len(names) > _NAMED:
        parts.append(f"{len(names) - _NAMED} more")
    return f" {' and '.join(filter(None, (', '.join(parts[:-1]), parts[-1])))}" if parts else ""


def _summary(progress: Progress, at: str) -> str:
    foot = f"\n_As of {_clock(at)}. What runs is shown again every few seconds, in a long run every few minutes._\n"
    page, room = "", OUTPUT_BYTES - size(foot)
    for piece in _pieces(progress):
        room -= size(piece)
        if room < 0:
            break
        page += piece
    return page + foot


def _pieces(progress: Progress) -> Iterator[str]:
    yield from _now_and_next(progress)
    ended = {gate.name: gate for gate in progress.gates}
    since = {gate.name: gate.since for gate in progress.running}
    if progress.planned:
        yield _HEADER
    for step in progress.planned:
        if step.name in ended:
            yield gate_row(ended[step.name])
        elif step.name in since:
            yield f"| {code(step.name)} | 🏃 running since {_clock(since[step.name])} | | | |\n"
        else:
            yield f"| {code(step.name)} | {_waits(step, ended)} | | | |\n"
    if progress.policies:
        yield "\n| Policy | Outcome | Why |\n|---|---|---|\n"
    for policy in progress.policies:
        reason = inline(policy.reason, limit=300)
        yield f"| {code(policy.name)} | {outcome_words(policy.outcome)} | {reason} |\n"


def _now_and_next(progress: Progress) -> Iterator[str]:
    running = [f"{code(gate.name)} since {_clock(gate.since)}" for gate in progress.running]
    upcoming = [code(name) for name in progress.upcoming()]
    for label, names in (("Running", running), ("Next", upcoming)):
        if names:
            more = f" and {len(names) - _NEXT} more" if len(names) > _NEXT else ""
            yield f"**{label}:** {', '.join(names[:_NEXT])}{more}\n\n"
    if progress.planned and not running and not upcoming:
        yield "All gates have ended; the verdict follows.\n\n"


def _waits(step: Step, ended: dict[str, GateResult]) -> str:
    left = [code(name) for name in step.waits_for if name not in ended]
    if not left:
        return "starts as soon as there is room"
    more = f" and {len(left) - _NEXT} more" if len(left) > _NEXT else ""
    return f"waits for {', '.join(left[:_NEXT])}{more}"


def _clock(since: str) -> str:
    """``12:03:07 UTC``: a page is redrawn too seldom for an elapsed time to be true."""
    return f"{since.partition('T')[2].rstrip('Z')} UTC"
