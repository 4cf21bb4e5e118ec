"""What the human forms say of a run as a whole, in the same words everywhere.

The sentences hold text from outside; each form cleans or escapes them like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from gaterunner.model import Failure, Mode, Outcome, Part, Report, Verdict
from gaterunner.reporters.quantities import count

LAW_SOURCES = {"base": "the base commit", "head": "the branch itself", "file": "a file outside the repository"}
"""Where the workflow file that was applied lies, by ``WorkflowInfo.source``."""

STANDINGS = {"new": "new", "known": "the base has it too"}
"""Whether the base fails in the same way, by ``Finding.standing``."""

VERDICT_OUTCOMES = {
    Verdict.PASS: Outcome.PASSED,
    Verdict.FAIL: Outcome.FAILED,
    Verdict.ERROR: Outcome.ERRORED,
    Verdict.PENDING: Outcome.PENDING,
}
"""A verdict has the colour and the sign of the outcome that makes it."""


def part_words(part: Part) -> str:
    """What a reader of a part's report must know first."""
    return (
        f"Part {part.number} of {part.total}: gates only; policies are evaluated when the parts are collected "
        f"(gaterunner collect). It was given {_some(part.selected)}."
    )


def standing_words(failures: Iterable[Failure]) -> str:
    """``2 new, 1 that the base has too``; empty where nothing tells what the base did."""
    standings = [failure.standing for failure in failures]
    new, known = standings.count("new"), standings.count("known")
    told = ((new, f"{new:,} new"), (known, f"{known:,} that the base has too"))
    return ", ".join(words for number, words in told if number)


def run_notes(report: Report) -> tuple[str, ...]:
    """What to know before believing the verdict, the weightiest first. That it is a part's, ``part_words`` tell."""
    change_notes = report.change.notes if report.change else ()
    return (*_scope(report), *_law(report), *_gates(report), *change_notes)


def _scope(report: Report) -> Iterator[str]:
    if report.mode is Mode.SHADOW:
        yield "Shadow mode: the verdict is the true one, but the check is concluded as neutral."
    if report.scope == "policies":
        yield "Only the policies were evaluated; no gate was run."
    if report.scope == "gates" and report.part is None:
        yield "Only the gates were run; no policy was evaluated."
    if report.partial:
        yield "A partial run: --gate left gates or shards out, so this is not the verdict of the whole workflow."
    if report.change and report.change.dirty:
        yield "The work tree was dirty: uncommitted changes were judged too, and no commit holds what was judged."
    flaky = sum(gate.tests.flaky for gate in report.gates if gate.tests)
    if flaky:
        yield f"{count(flaky, 'test')} passed only on retry."


def _law(report: Report) -> Iterator[str]:
    workflow = report.workflow
    if workflow is None:
        return
    if workflow.source == "head":
        yield f"{workflow.path} is the branch's own: the base holds none yet (first adoption)."
    elif workflow.source == "file":
        yield f"{workflow.path} is the operator's own workflow file, read as it lies, not from the base."
    if workflow.changed_by_branch:
        applied = "is the one applied" if workflow.source == "head" else "was not applied"
        yield f"This branch changes its own guardrail {workflow.path}: its version {applied} and needs approval."


def _gates(report: Report) -> Iterator[str]:
    """What is worth saying about gates that passed in another way than by running once."""
    flaky = [gate.name for gate in report.gates if gate.flaky]
    cached = sum(gate.cached for gate in report.gates)
    if flaky:
        which = "1 gate is" if len(flaky) == 1 else f"{len(flaky)} gates are"
        yield f"{which} flaky, passed only after a failed attempt: {_some(flaky)}."
    if cached:
        which = "1 gate was" if cached == 1 else f"{cached} gates were"
        yield f"{which} not run again: passed before with identical inputs (cached). --fresh runs everything."


def _some(names: Sequence[str], most: int = 10) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "") if names else "nothing"
