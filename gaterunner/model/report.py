"""Everything that a reporter may tell."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from msgspec import Struct

from gaterunner.model.decisions import Decision, DecisionLog
from gaterunner.model.numbers import Numbers
from gaterunner.model.outcomes import Event, Mode, Verdict
from gaterunner.model.results import GateResult, PolicyResult


class ToolInfo(Struct, frozen=True, kw_only=True):
    version: str
    image_digest: str | None = None


class ChangeSummary(Struct, frozen=True, kw_only=True):
    """``Change`` as counts: ``commits`` and ``files`` are numbers, ids are full object ids.

    ``repository`` is ``owner/name`` and ``pull_request`` its number; both are None where no event told them.
    """

    event: Event
    repository: str | None = None
    pull_request: int | None = None
    base: str
    head: str
    merge: str | None
    branch: str | None
    target: str | None
    phase: str | None
    dirty: bool
    commits: int
    files: int
    insertions: int
    deletions: int
    notes: tuple[str, ...] = ()


class WorkflowInfo(Struct, frozen=True, kw_only=True):
    """Which law was applied: ``source`` is base, head (first adoption) or file (the operator's own, outside it).

    ``commit`` is the one it was read from, a full object id; None for a file outside the repository.
    """

    path: str
    sha256: str
    source: Literal["base", "head", "file"]
    changed_by_branch: bool
    commit: str | None = None


class Part(Struct, frozen=True, kw_only=True):
    """Which part of a fan-out a report is: number (from 1) of total, of the plan with this digest.

    ``selected`` are the gates it was given, in the notation of ``--gate``: ``unit``, or ``unit=2/4`` for a shard.
    """

    number: int
    total: int
    plan: str
    selected: tuple[str, ...]


class TakenOver(Struct, frozen=True, kw_only=True):
    """The report that this one was made onto: everything but the gates in ``evaluated`` comes from there.

    ``report`` is the sha256 of its bytes, ``started`` when its run started (ISO 8601 UTC), ``run_url`` the page of that
    run, where there is one.
    """

    report: str
    started: str
    run_url: str | None = None
    evaluated: tuple[str, ...]


class Trouble(StrEnum):
    """What kept a run from being judged at all."""

    USAGE = "usage"
    WORKFLOW_FILE = "workflow-file"
    EVALUATION = "evaluation"
    INTERRUPTED = "interrupted"


class Problem(Struct, frozen=True, kw_only=True):
    """One reason why the run as a whole could not be judged, as the user sees it."""

    trouble: Trouble
    message: str
    path: str | None = None
    line: int | None = None
    column: int | None = None
    help: str | None = None


class Failure(Struct, frozen=True, kw_only=True):
    """One line of the index of failures: what decides the verdict, where, and what to do about it.

    ``source`` is the gate's or policy's name, empty for what kept the run from being judged. ``reproduce`` is a command
    line for a shell. The other fields are those of ``Finding``; ``rule`` is the outcome where no finding tells more.
    """

    source: str
    rule: str
    message: str
    path: str | None = None
    line: int | None = None
    reproduce: str | None = None
    help: str | None = None
    fingerprint: str | None = None
    standing: Literal["new", "known"] | None = None


class Repetition(Struct, frozen=True, kw_only=True):
    """How many runs of this branch in a row, this one included, ended with exactly these failures, and since when."""

    runs: int
    since: str


class FailureIndex(Struct, frozen=True, kw_only=True):
    """What a reader who reads nothing else has to know; bounded, ``left_out`` counts those beyond the bound."""

    shown: tuple[Failure, ...] = ()
    left_out: int = 0
    repeated: Repetition | None = None


class Report(Struct, frozen=True, kw_only=True):
    """Everything that a reporter may tell. Written as JSON under ``schema``; every other form is rendered from it.

    ``run_url`` is the page of the run that made it, where there is one. ``plan`` tells two plans apart, also of gates
    that are left out (None where none was made); ``taken_over`` is set where only some gates were evaluated anew.
    ``numbers`` is None where nothing was counted, ``telemetry`` holds what programs sent over all gates, by its kind.
    """

    schema: str = "gaterunner.report/1"
    verdict: Verdict
    sentence: str
    mode: Mode = Mode.ENFORCE
    scope: Literal["gates+policies", "policies", "gates"] = "gates+policies"
    partial: bool = False
    part: Part | None = None
    plan: str | None = None
    taken_over: TakenOver | None = None
    started: str
    duration_s: float
    tool: ToolInfo
    change: ChangeSummary | None
    workflow: WorkflowInfo | None
    gates: tuple[GateResult, ...] = ()
    policies: tuple[PolicyResult, ...] = ()
    problems: tuple[Problem, ...] = ()
    failures: FailureIndex = FailureIndex()
    run_url: str | None = None
    decisions: tuple[Decision, ...] = ()
    decision_log: DecisionLog | None = None
    numbers: Numbers | None = None
    telemetry: dict[str, float] = {}
