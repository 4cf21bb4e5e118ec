"""The part of a report that says in ten seconds how a branch stands: verdict, failures, tables, exceptions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from gaterunner.failures import failures_of, index_of, stop_words
from gaterunner.model import (
    ChangeSummary,
    Failure,
    FailureIndex,
    GateResult,
    Outcome,
    PolicyResult,
    Problem,
    Report,
    Severity,
)
from gaterunner.policies.guardrails import NAME as GUARDRAILS
from gaterunner.reporters.gate_words import tally_words
from gaterunner.reporters.markdown_text import code, inline
from gaterunner.reporters.markdown_words import (
    GATES_HEADER,
    HARD_BREAK,
    VERDICT_SIGNS,
    Block,
    gate_row,
    outcome_words,
    section,
    standing_mark,
)
from gaterunner.reporters.places import place_words
from gaterunner.reporters.quantities import count, duration
from gaterunner.reporters.ranking import Told, ranked_findings
from gaterunner.reporters.run_words import part_words, run_notes, standing_words

MOST_GUARDRAILS = 15
"""How many changes of guardrails the overview shows; the details have the rest."""

_MOST_NAMES = 30
_MEANING = {
    Outcome.FAILED: 0,
    Outcome.UNPROVEN: 1,
    Outcome.ERRORED: 2,
    Outcome.PENDING: 3,
    Outcome.WAIVED: 4,
    Outcome.PASSED: 5,
    Outcome.SKIPPED: 6,
}


def overview(report: Report, notes: Sequence[str]) -> Iterator[Block]:
    """The pieces of the page; those at its end matter least."""
    yield Block(f"## {VERDICT_SIGNS[report.verdict]} {inline(report.sentence, limit=500)}\n\n")
    for number, note in enumerate((*notes, *_notes(report))):
        between = ">\n" if number else ""  # a paragraph each, in one quotation
        yield Block(f"{between}> {inline(note, limit=500)}\n")
    yield Block("\n")
    yield from section("What kept the run from being judged", map(_problem, report.problems))
    yield from _failures(report)
    yield from _waiting(report)
    yield Block(_run_table(report))
    yield from _guardrails(report)
    yield from _exceptions(report)
    yield from _gates(report)
    yield from _policies(report)
    yield from _not_run(report)


def guardrail_findings(report: Report) -> tuple[Told, ...]:
    """What the branch changes in the rules that it is judged by, what needs approval first."""
    return tuple(told for told in ranked_findings(report) if told.source == GUARDRAILS)


def guardrail_row(told: Told) -> str:
    """One row of the table of guardrail changes."""
    finding = told.finding
    if finding.waived_by:
        weight = f"let through by {inline(finding.waived_by, limit=100)}"
    else:
        weight = "**needs approval**" if finding.severity is Severity.ERROR else "shown"
    return f"| {code(place_words(finding.path, finding.line))} | {inline(finding.message, limit=300)} | {weight} |\n"


GUARDRAILS_HEADER = "| Where | What changes | |\n|---|---|---|\n"


# --- notes -----------------------------------------------------------------------------------------------------------


def _notes(report: Report) -> Iterator[str]:
    if words := stop_words(report.failures.repeated):
        yield words
    if report.part:
        yield part_words(report.part)
    yield from run_notes(report)


# --- what failed -----------------------------------------------------------------------------------------------------


def _problem(problem: Problem) -> str:
    place = place_words(problem.path, problem.line, problem.column)
    fix = f" _How to fix:_ {inline(problem.help)}" if problem.help else ""
    return f"- {code(place)} {inline(problem.message)}{fix}\n" if place else f"- {inline(problem.message)}{fix}\n"


def failure_index(report: Report) -> FailureIndex:
    """The report's own index; made anew for one that has none, as of a part of a fan-out."""
    index = report.failures
    return index if index.shown else index_of(failures_of(report), index.repeated)


def standing_of(report: Report) -> str:
    """How many of all failures are new, and how many the base has too; empty where nothing tells."""
    index = failure_index(report)
    return standing_words(failures_of(report) if index.left_out else index.shown)


def _failures(report: Report) -> Iterator[Block]:
    index = failure_index(report)
    shown = [failure for failure in index.shown if failure.source]  # the others are the problems above
    total = len(shown) + index.left_out
    standing = standing_of(report)
    title = f"{count(total, 'failure')}{f': {standing}' if standing else ''}"
    pieces = [
        *(piece for _, group in groupby(shown, key=lambda failure: failure.source) for piece in _of_source([*group])),
        *([f"and {index.left_out:,} more, which the JSON report has\n"] if index.left_out else []),
    ]
    return section(title, pieces)


def _of_source(failures: list[Failure]) -> Iterator[str]:
    """What one gate or policy found; what its failures share is told once."""
    head = f"**{inline(failures[0].source, limit=100)}**"
    again = f", to reproduce: {code(failures[0].reproduce)}" if failures[0].reproduce else ""
    yield f"{head}{again}\n\n"
    for number, failure in enumerate(failures, start=1):
        shared = number < len(failures) and failures[number].help == failure.help
        fix = f"{HARD_BREAK}  _How to fix:_ {inline(failure.help, limit=500)}" if failure.help and not shared else ""
        place = place_words(failure.path, failure.line)
        where = f"{code(place)} " if place else ""
        told = f"{inline(failure.message, limit=500)} ({inline(failure.rule)}){standing_mark(failure)}"
        yield f"- {where}{told}{fix}\n"
    yield "\n"


def _waiting(report: Report) -> Iterator[Block]:
    """What pending gates wait for: the page is read by somebody who wants to know when to come back."""
    rows = []
    for gate in report.gates:
        if gate.waiting:
            times = (gate.waiting.since, gate.waiting.until, gate.waiting.next_evaluation)
            cells = [inline(time or "", limit=40) for time in times]
            told = inline("; ".join(gate.waiting.told), limit=500)
            rows.append(f"| {code(gate.name)} | {' | '.join(cells)} | {told} |\n")
    return section("Waiting", rows, head="| Gate | Since | Until | Next evaluation | So far |\n|---|---|---|---|---|\n")


# --- the run ---------------------------------------------------------------------------------------------------------


def _run_table(report: Report) -> str:
    rows = [("Verdict", f"{VERDICT_SIGNS[report.verdict]} {report.verdict}")]
    if report.change:
        rows += _change_rows(report.change)
    counting = [gate for gate in report.gates if not gate.advisory]
    if counting:
        rows.append(("Quality gates", f"{_tally(counting)}{tally_words(counting)}"))
    if report.policies:
        rows.append(("Policies", _tally(report.policies)))
    rows.append(("Duration", duration(report.duration_s)))
    body = "".join(f"| {name} | {value} |\n" for name, value in rows)
    return f"| Run | |\n|---|---|\n{body}\n"


def _tally(results: Sequence[GateResult | PolicyResult]) -> str:
    """``3 of 6 passed, 1 failed, 2 skipped``."""
    counts = {outcome: sum(result.outcome is outcome for result in results) for outcome in _MEANING}
    parts = [f"{counts.pop(Outcome.PASSED)} of {len(results)} passed"]
    return ", ".join([*parts, *(f"{number} {outcome}" for outcome, number in counts.items() if number)])


def _change_rows(change: ChangeSummary) -> list[tuple[str, str]]:
    branch, target = code(change.branch or "(detached)"), code(change.target or "(unknown)")
    rows = [("Branch", f"{branch} → {target}")]
    if change.phase:
        rows.append(("Phase", code(change.phase)))
    return [
        *rows,
        ("Commits", f"{change.commits:,}"),
        ("Diff", f"{count(change.files, 'file')}, +{change.insertions:,} -{change.deletions:,}"),
    ]


# --- exceptions and changes of the rules -----------------------------------------------------------------------------


def _guardrails(report: Report) -> Iterator[Block]:
    found = guardrail_findings(report)
    rows = [guardrail_row(told) for told in found[:MOST_GUARDRAILS]]
    if len(found) > MOST_GUARDRAILS:
        rows.append(f"| | and {len(found) - MOST_GUARDRAILS} more, in the details | |\n")
    return section("Changes to its own guardrails", rows, head=GUARDRAILS_HEADER)


def _exceptions(report: Report) -> Iterator[Block]:
    """Every waiver that holds, with who gave it and why."""
    rows = []
    for told in ranked_findings(report):
        finding = told.finding
        if finding.waived_by:
            place = place_words(finding.path, finding.line)
            what = (
                f"{code(place)} {inline(finding.message, limit=200)}" if place else inline(finding.message, limit=200)
            )
            because = inline(finding.waived_because or "", limit=300)
            rows.append(f"| {code(told.source)} | {what} | {inline(finding.waived_by, limit=100)} | {because} |\n")
    return section("Let through by a waiver", rows, head="| Policy | What | By | Why |\n|---|---|---|---|\n")


# --- tables ----------------------------------------------------------------------------------------------------------


def _gates(report: Report) -> Iterator[Block]:
    ran = [gate for gate in report.gates if gate.outcome is not Outcome.SKIPPED]
    return section("Gates", map(gate_row, ran), head=GATES_HEADER)


def _policies(report: Report) -> Iterator[Block]:
    evaluated = [policy for policy in report.policies if policy.outcome is not Outcome.SKIPPED]
    head = "| Policy | Outcome | Observed | Expected | Why |\n|---|---|---|---|---|\n"
    return section("Policies", map(_policy_row, sorted(evaluated, key=lambda each: _MEANING[each.outcome])), head=head)


def _policy_row(policy: PolicyResult) -> str:
    cells = " | ".join(inline(text, limit=300) for text in (policy.observed, policy.expected, policy.reason))
    return f"| {code(policy.name)} | {outcome_words(policy.outcome)} | {cells} |\n"


def _not_run(report: Report) -> Iterator[Block]:
    """What was skipped, by reason: thirty gates that a change does not touch are one line."""
    skipped: dict[tuple[str, str], list[str]] = {}
    for kind, results in (("gate", report.gates), ("policy", report.policies)):
        _by_reason(kind, results, skipped)
    return section(
        "Skipped",
        (
            f"- {_some(names)}: {inline(reason or 'no reason was given', limit=300)}\n"
            for (_, reason), names in skipped.items()
        ),
    )


def _by_reason(kind: str, results: Iterable[GateResult | PolicyResult], into: dict[tuple[str, str], list[str]]) -> None:
    for result in results:
        if result.outcome is Outcome.SKIPPED:
            into.setdefault((kind, result.reason), []).append(result.name)


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(map(code, names[:_MOST_NAMES])) + more
