"""One change of state, as it is logged: the same for Sentry and for lines of JSON (docs/telemetry.md lists them)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from gaterunner.model import Change, GateResult, Outcome, PolicyResult, Problem, Report, Trouble, Verdict
from gaterunner.output import clean
from gaterunner.plan import PlannedGate
from gaterunner.telemetry.program import program_of

Level = Literal["info", "warning", "error"]
Attribute = str | int | float | bool
Attributes = dict[str, Attribute]

_LONGEST_TEXT = 1000
_LEVELS: dict[Outcome | Verdict, Level] = {
    Outcome.FAILED: "warning",
    Outcome.UNPROVEN: "warning",
    Outcome.ERRORED: "error",
    Verdict.FAIL: "warning",
    Verdict.ERROR: "error",
}


class Record(Struct, frozen=True, kw_only=True):
    """``time`` is in seconds since 1970, ``event`` one of a closed list, ``span`` the span it belongs to, if any.

    ``attributes`` hold no argument of a command, no output of a gate and no content of a file.
    """

    time: float
    level: Level
    event: str
    message: str
    attributes: Attributes
    span: str | None = None


def leaving(record: Record, redact: Callable[[str], str]) -> Record:
    """The record as it may leave: without control characters and secrets, and only then bounded, as half of a secret
    is no longer known as one."""

    def told(text: str) -> str:
        return _short(redact(clean(text)))

    attributes = {name: told(value) if isinstance(value, str) else value for name, value in record.attributes.items()}
    return replace(record, message=told(record.message), attributes=attributes)


def run_started(time: float, change: Change, mode: str, *, gates: int, policies: int) -> Record:
    """``gates`` and ``policies`` are numbers."""
    branch = change.branch or change.head[:10]
    return Record(
        time=time,
        level="info",
        event="run.started",
        message=f"run started on {branch}",
        attributes=_given(
            {
                "change.event": change.event.value,
                "change.base": change.base,
                "change.head": change.head,
                "change.branch": change.branch,
                "change.target": change.target,
                "change.dirty": change.dirty,
                "change.commits": len(change.commits),
                "change.files": len(change.files),
                "run.mode": mode,
                "run.gates": gates,
                "run.policies": policies,
            }
        ),
    )


def gate_started(time: float, planned: PlannedGate, span: str | None) -> Record:
    name = planned.gate.name
    return Record(
        time=time,
        level="info",
        event="gate.started",
        message=f"gate {name} started",
        span=span,
        attributes=_given(
            {
                "gate.name": name,
                "gate.kind": planned.gate.kind,
                "gate.program": program_of(planned.command) if planned.command else None,
                "gate.image": planned.image,
            }
        ),
    )


def gate_finished(time: float, result: GateResult, span: str | None) -> Record:
    waiting, tests = result.waiting, result.tests
    return Record(
        time=time,
        level=_LEVELS.get(result.outcome, "info"),
        event="gate.finished",
        message=_ended("gate", result),
        span=span,
        attributes=_given(
            {
                "gate.name": result.name,
                "gate.kind": result.kind,
                "gate.outcome": result.outcome.value,
                "gate.reason": result.reason or None,
                "gate.skip": result.skip.value if result.skip is not None else None,
                "gate.duration_s": result.duration_s,
                "gate.exit_code": result.exit_code,
                "gate.signal": result.signal,
                "gate.attempts": result.attempts,
                "gate.flaky": result.flaky,
                "gate.cached": result.cached,
                "gate.advisory": result.advisory,
                "gate.executor": result.executor,
                "gate.findings": len(result.findings),
                "gate.tests": tests.total if tests is not None else None,
                "gate.tests_failed": tests.failed if tests is not None else None,
                "gate.waiting_until": waiting.until if waiting is not None else None,
                "gate.next_evaluation": waiting.next_evaluation if waiting is not None else None,
            }
        ),
    )


def policy_finished(time: float, result: PolicyResult, span: str | None) -> Record:
    return Record(
        time=time,
        level=_LEVELS.get(result.outcome, "info"),
        event="policy.finished",
        message=_ended("policy", result),
        span=span,
        attributes=_given(
            {
                "policy.name": result.name,
                "policy.outcome": result.outcome.value,
                "policy.reason": result.reason or None,
                "policy.skip": result.skip.value if result.skip is not None else None,
                "policy.duration_s": result.duration_s,
                "policy.findings": len(result.findings),
            }
        ),
    )


def problem_found(time: float, problem: Problem, span: str | None) -> Record:
    """What kept a run from being judged."""
    return Record(
        time=time,
        level="error" if problem.trouble is Trouble.EVALUATION else "warning",
        event="run.problem",
        message=problem.message,
        span=span,
        attributes=_given(
            {
                "problem.trouble": problem.trouble.value,
                "problem.path": problem.path,
                "problem.line": problem.line,
                "problem.help": problem.help,
            }
        ),
    )


def run_finished(time: float, report: Report, span: str | None) -> Record:
    outcomes = [gate.outcome for gate in report.gates] + [policy.outcome for policy in report.policies]
    counts = {f"run.{each.value}": number for each in Outcome if (number := outcomes.count(each))}
    change = report.change
    return Record(
        time=time,
        level=_LEVELS.get(report.verdict, "info"),
        event="run.finished",
        message=f"run ended with {report.verdict.value}: {report.sentence}",
        span=span,
        attributes=_given(
            {
                "run.verdict": report.verdict.value,
                "run.sentence": report.sentence,
                "run.mode": report.mode.value,
                "run.scope": report.scope,
                "run.part": f"{report.part.number}/{report.part.total}" if report.part is not None else None,
                "run.partial": report.partial,
                "run.duration_s": report.duration_s,
                "run.url": report.run_url,
                "change.repository": change.repository if change is not None else None,
                "change.pull_request": change.pull_request if change is not None else None,
                "change.phase": change.phase if change is not None else None,
                **counts,
            }
        ),
    )


def note(time: float, line: str, span: str | None) -> Record:
    """Something about the run itself, beside the report."""
    return Record(time=time, level="info", event="note", message=line, span=span, attributes={})


def _ended(kind: str, result: GateResult | PolicyResult) -> str:
    why = f": {result.reason}" if result.reason and result.outcome is not Outcome.PASSED else ""
    return f"{kind} {result.name} {result.outcome.value}{why}"


def _given(found: dict[str, Attribute | None]) -> Attributes:
    """What is known."""
    return {name: value for name, value in found.items() if value is not None}


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"
