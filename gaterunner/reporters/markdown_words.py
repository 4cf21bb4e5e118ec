"""The words and rows that every Markdown form of a report shares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from gaterunner.model import Failure, GateResult, Outcome, Verdict
from gaterunner.reporters.gate_words import coverage_words
from gaterunner.reporters.markdown_text import code, inline
from gaterunner.reporters.quantities import duration
from gaterunner.reporters.run_words import STANDINGS

VERDICT_SIGNS = {Verdict.PASS: "✅", Verdict.FAIL: "❌", Verdict.ERROR: "⚠️", Verdict.PENDING: "⏳"}
GATES_HEADER = "| Gate | Outcome | Duration | Tests | Why |\n|---|---|---:|---|---|\n"
HARD_BREAK = "\\\n"
"""The end of a line that stays one: GitHub joins plain ones in files, and not in comments."""

_OUTCOMES = {
    Outcome.PASSED: "✅ passed",
    Outcome.FAILED: "❌ failed",
    Outcome.UNPROVEN: "❓ unproven",
    Outcome.ERRORED: "⚠️ errored",
    Outcome.PENDING: "⏳ pending",
    Outcome.SKIPPED: "⏭️ skipped",
    Outcome.WAIVED: "📝 waived",
}


class Block(Struct, frozen=True):
    """A piece of a page that stands on one page as a whole.

    ``head`` is what has to stand above it wherever it comes first on a page: the header of its table.
    """

    text: str
    head: str = ""


def section(title: str, pieces: Iterable[str], *, head: str = "") -> Iterator[Block]:
    """A heading with what stands below it, one block a piece; nothing at all where there are no pieces.

    ``head`` is the header of the table whose rows the pieces are.
    """
    above = f"### {title}\n\n{head}"
    for number, piece in enumerate(pieces):
        yield Block(piece if number else above + piece, head if number else "")
        above = ""
    if not above:
        yield Block("\n")


def outcome_words(outcome: Outcome) -> str:
    """An outcome with its sign, as every table shows it."""
    return _OUTCOMES[outcome]


def standing_mark(failure: Failure) -> str:
    """What stands behind a failure where somebody knows whether the base has it too."""
    words = STANDINGS[failure.standing] if failure.standing else ""
    return f" — {f'**{words}**' if failure.standing == 'new' else words}" if words else ""


def gate_row(gate: GateResult) -> str:
    """One row of the table of gates."""
    marks = ((gate.advisory, "advisory"), (gate.cached, "cached"), (gate.flaky, "flaky ⚠️"))
    words = outcome_words(gate.outcome) + "".join(f" ({mark})" for is_so, mark in marks if is_so)
    return f"| {code(gate.name)} | {words} | {_duration(gate)} | {_tests(gate)} | {inline(gate.reason, limit=300)} |\n"


def _duration(gate: GateResult) -> str:
    return "" if gate.outcome is Outcome.SKIPPED or gate.cached else duration(gate.duration_s)


def _tests(gate: GateResult) -> str:
    coverage = [coverage_words(gate.coverage)] if gate.coverage else []
    return ", ".join(filter(None, (_counts(gate), *coverage)))


def _counts(gate: GateResult) -> str:
    if gate.tests is None:
        return ""
    counts = gate.tests
    if not counts.total:
        return "none"
    parts = [f"{counts.passed} of {counts.total} passed"]
    numbers = ((counts.failed, "failed"), (counts.skipped, "skipped"), (counts.flaky, "flaky"))
    parts += [f"{number} {word}" for number, word in numbers if number]
    return ", ".join(parts)
