"""What a reader must know about a run before believing its verdict."""

from __future__ import annotations

from collections.abc import Iterator

from gaterunner.model import Mode, Report
from gaterunner.reporters.gate_words import part_words, run_notes
from gaterunner.reporters.terminal_text import count


def notes_of(report: Report) -> tuple[str, ...]:
    """Sentences about the run as a whole, the weightiest first; outside text is in them."""
    return (*_scope(report), *_law(report), *run_notes(report), *(report.change.notes if report.change else ()))


def _scope(report: Report) -> Iterator[str]:
    if report.part:
        yield part_words(report.part)
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
