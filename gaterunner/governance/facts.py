"""What is measured of a change, for the criteria of a panel. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction

from gaterunner.config.types import DECISIONS_PATH
from gaterunner.governance.types import Facts
from gaterunner.model import Change, CoverageCounts, GateResult, Outcome

FACTS: dict[str, str] = {
    "files": "files that the change touches",
    "lines": "lines that it adds and removes",
    "insertions": "lines that it adds; git counts none in what it takes for binary",
    "deletions": "lines that it removes",
    "commits": "commits that it consists of",
    "coverage": "percent of the lines that tests execute, of the gate with the least",
    "coverage-changed": "percent of the changed lines that tests execute, of the gate with the least",
    "tests": "tests that were executed",
    "tests-failed": "tests that failed",
    "rollback-rehearsed": "1 when going back was rehearsed and worked, 0 when it did not",
    "data-findings": "places that leave the data boundaries of the spec",
}
"""Every fact by its name. They are measured of the change; an option may declare any of itself."""

REHEARSAL = "rollback-rehearsal"
"""The kind of gate that rehearses going back."""

_RAN = (Outcome.PASSED, Outcome.FAILED, Outcome.UNPROVEN)
_NO_GATES = "only gates tell, and none ran here: name a report of them with --report"
_NOT_LOOKED = "the data boundaries were not looked at"
_Counts = Callable[[CoverageCounts], tuple[int, int]]


def facts_of_change(
    change: Change, gates: Sequence[GateResult] | None = None, data_findings: int | str = _NOT_LOOKED
) -> Facts:
    """What is known of a change, and why the rest is not.

    ``gates`` are the results of this run, None where none ran. ``data_findings`` is how many places leave the spec's
    data boundaries, or why that is not known (``measured.py``). The decision log is no part of what is counted: to
    record an answer must not change the question.
    """
    known = dict(_of_files(change))
    missing: dict[str, str] = {}
    data = data_findings if isinstance(data_findings, str) else Fraction(data_findings)
    for name, value in (*_of_gates(gates), ("data-findings", data)):
        if isinstance(value, str):
            missing[name] = value
        else:
            known[name] = value
    return Facts(known=tuple(sorted(known.items())), missing=tuple(sorted(missing.items())))


def _of_files(change: Change) -> Iterator[tuple[str, Fraction]]:
    files = [file for file in change.files if file.path != DECISIONS_PATH]
    insertions = sum(file.insertions or 0 for file in files)
    deletions = sum(file.deletions or 0 for file in files)
    yield "files", Fraction(len(files))
    yield "insertions", Fraction(insertions)
    yield "deletions", Fraction(deletions)
    yield "lines", Fraction(insertions + deletions)
    yield "commits", Fraction(len(change.commits))


def _of_gates(gates: Sequence[GateResult] | None) -> Iterator[tuple[str, Fraction | str]]:
    told = gates or ()
    ran = [gate for gate in told if gate.outcome in _RAN]
    unmeasured = _NO_GATES if not told else "no gate of this run measured it"
    least = _least(ran, lambda counts: (counts.covered, counts.lines))
    yield "coverage", unmeasured if least is None else least
    least = _least(ran, lambda counts: (counts.changed_covered, counts.changed_lines))
    yield "coverage-changed", unmeasured if least is None else least
    counts = [gate.tests for gate in ran if gate.tests is not None]
    silent = unmeasured
    # A suite that ended before it wrote a result file says nothing: neither that no test ran, nor that none failed.
    if any(not each.total for each in counts):
        counts, silent = [], "a gate told of no test"
    yield "tests", Fraction(sum(count.passed + count.failed for count in counts)) if counts else silent
    yield "tests-failed", Fraction(sum(count.failed for count in counts)) if counts else silent
    yield "rollback-rehearsed", _rehearsed(told, unmeasured)


def _least(gates: Iterable[GateResult], counts: _Counts) -> Fraction | None:
    """The lowest share in percent among the gates that measured one; a gate that saw no such line says nothing."""
    pairs = [counts(gate.coverage) for gate in gates if gate.coverage is not None]
    return min((Fraction(100 * covered, lines) for covered, lines in pairs if lines), default=None)


def _rehearsed(gates: Sequence[GateResult], unmeasured: str) -> Fraction | str:
    rehearsals = [gate for gate in gates if gate.kind == REHEARSAL]
    if not rehearsals:
        return unmeasured
    if any(gate.outcome is Outcome.FAILED for gate in rehearsals):
        return Fraction(0)
    if all(gate.outcome is Outcome.PASSED for gate in rehearsals):
        return Fraction(1)
    open_ = next(gate for gate in rehearsals if gate.outcome is not Outcome.PASSED)
    return f"the gate {open_.name} is {open_.outcome.value}"
