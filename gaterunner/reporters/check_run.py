"""A run as a check run: while it goes on, and when it has ended. Pure; ``check_run_observer.py`` publishes it."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from gaterunner.github.checks import OUTPUT_BYTES, TITLE_CHARACTERS, CheckOutput, CheckState, Conclusion
from gaterunner.model import GateResult, Mode, PolicyResult, Report, Trouble, Verdict
from gaterunner.reporters.annotations import MOST_ANNOTATIONS, count_placed
from gaterunner.reporters.markdown import GATES_HEADER, gate_row, outcome_words, render_markdown
from gaterunner.reporters.markdown_text import clean, code, inline, shorten, size

_NAMED = 3  # in the title

_CONCLUSIONS: dict[Verdict, Conclusion] = {
    Verdict.PASS: "success",
    Verdict.FAIL: "failure",
    Verdict.ERROR: "failure",
}


class RunningGate(Struct, frozen=True):
    """A gate that has begun; ``since`` is ISO 8601 UTC, to the second."""

    name: str
    since: str


class Progress(Struct, frozen=True, kw_only=True):
    """How far a run is. ``planned`` are names of gates, ``running`` those at work, in the order of their start."""

    planned: tuple[str, ...] = ()
    running: tuple[RunningGate, ...] = ()
    gates: tuple[GateResult, ...] = ()
    policies: tuple[PolicyResult, ...] = ()


def conclusion_of(report: Report) -> Conclusion | None:
    """How the check ends; None while it stays in progress because the run is pending.

    Neutral, which satisfies a required check, is given only when the law was read and asks for shadow mode: a run that
    never got that far fails.
    """
    troubles = {problem.trouble for problem in report.problems}
    if Trouble.INTERRUPTED in troubles:
        return "cancelled"
    if troubles & {Trouble.USAGE, Trouble.WORKFLOW_FILE} or report.workflow is None:
        return "failure"
    if report.mode is Mode.SHADOW:
        return "neutral"
    return None if report.verdict is Verdict.PENDING else _CONCLUSIONS[report.verdict]


def render_progress(progress: Progress) -> CheckState:
    """The check while gates run: which ones, since when, and what became of those before them."""
    done, total = len(progress.gates), len(progress.planned)
    output = CheckOutput(
        title=_title(f"Running{_names(progress.running)} ({done} of {total} gates done)"),
        summary=_progress_summary(progress),
    )
    return CheckState(status="in_progress", output=output)


def _names(running: Sequence[RunningGate]) -> str:
    """`` a``, `` a and b``, `` a, b, c and 2 more``."""
    parts = [shorten(clean(gate.name), 60) for gate in running[:_NAMED]]
    if len(running) > _NAMED:
        parts.append(f"{len(running) - _NAMED} more")
    return f" {' and '.join(filter(None, (', '.join(parts[:-1]), parts[-1])))}" if parts else ""


def render_completed(report: Report, *, completed_at: str, notes: Sequence[str] = ()) -> CheckState:
    """The check of a finished run; in progress still where the verdict is pending. ``completed_at`` is ISO 8601 UTC."""
    placed = count_placed(report)
    if placed > MOST_ANNOTATIONS:
        notes = (*notes, f"{placed - MOST_ANNOTATIONS} more findings are not annotated; the JSON report has them all.")
    output = CheckOutput(
        title=_title(_verdict_title(report)),
        summary=render_markdown(report, limit_bytes=OUTPUT_BYTES, notes=notes),
    )
    conclusion = conclusion_of(report)
    if conclusion is None:
        return CheckState(status="in_progress", output=output)
    return CheckState(status="completed", conclusion=conclusion, completed_at=completed_at, output=output)


def _verdict_title(report: Report) -> str:
    sentence = clean(report.sentence)
    troubles = {problem.trouble for problem in report.problems}
    if Trouble.WORKFLOW_FILE in troubles and "workflow file" not in sentence:
        sentence = f"Error in the workflow file: {sentence}"
    elif Trouble.USAGE in troubles and "usage" not in sentence.lower():
        sentence = f"Wrong usage: {sentence}"
    elif report.verdict is Verdict.ERROR and not _says_why(sentence, troubles):
        sentence = f"Could not evaluate: {sentence}"
    if conclusion_of(report) == "neutral":
        return f"Shadow mode, would be {report.verdict}: {sentence}"
    return sentence


def _says_why(sentence: str, troubles: set[Trouble]) -> bool:
    told = troubles & {Trouble.WORKFLOW_FILE, Trouble.USAGE, Trouble.INTERRUPTED}
    return bool(told) or "could not evaluate" in sentence.lower()


def _title(text: str) -> str:
    """A check's title is plain text, and GitHub refuses a long one."""
    return shorten(clean(text), TITLE_CHARACTERS)


def _progress_summary(progress: Progress) -> str:
    finished = {gate.name: gate for gate in progress.gates}
    since = {gate.name: gate.since for gate in progress.running}
    rows = [GATES_HEADER]
    for name in progress.planned:
        if name in finished:
            rows.append(gate_row(finished[name]))
        else:
            words = f"🏃 running since {_clock(since[name])}" if name in since else "waits"
            rows.append(f"| {code(name)} | {words} | | | |\n")
    if progress.policies:
        rows.append("\n| Policy | Outcome | Why |\n|---|---|---|\n")
    for policy in progress.policies:
        reason = inline(policy.reason, limit=300)
        rows.append(f"| {code(policy.name)} | {outcome_words(policy.outcome)} | {reason} |\n")
    return _fit(rows)


def _clock(since: str) -> str:
    """``12:03:07 UTC``: a page is redrawn too seldom for an elapsed time to be true."""
    return f"{since.partition('T')[2].rstrip('Z')} UTC"


def _fit(rows: Sequence[str]) -> str:
    page, room = "", OUTPUT_BYTES
    for row in rows:
        room -= size(row)
        if room < 0:
            break
        page += row
    return page
