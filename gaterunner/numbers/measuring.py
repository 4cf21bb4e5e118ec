"""Puts the numbers of a run together: its own figures, those of the change, and those of the base's last run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from gaterunner.config.types import Area
from gaterunner.errors import EvaluationError
from gaterunner.model import AreaLines, Change, Figure, GateResult, Group, Numbers, Report
from gaterunner.numbers.areas import lines_by_area
from gaterunner.numbers.edited_tests import EditedTests, edited_tests
from gaterunner.numbers.figures import figures_of
from gaterunner.numbers.last_run import LastRun
from gaterunner.policies.context import RepositoryReader

_NAMED = 3
_FUNCTIONS = ("functions added", "functions removed", "functions edited")


class Measured(Struct, frozen=True, kw_only=True):
    """What is known of the change before the run has ended."""

    change: tuple[Figure, ...]
    tests: tuple[Figure, ...]
    lines: tuple[AreaLines, ...]
    last: LastRun


def measure(change: Change, areas: Sequence[Area], repository: RepositoryReader, last: LastRun) -> Measured:
    """What the change itself tells. Raises nothing for what cannot be had: it is then not measured."""
    return Measured(
        change=(
            Figure(group="change", name="commits", unit="commits", value=len(change.commits)),
            Figure(group="change", name="files", unit="files", value=len(change.files)),
            Figure(group="change", name="insertions", unit="lines", value=change.insertions),
            Figure(group="change", name="deletions", unit="lines", value=change.deletions),
        ),
        tests=tuple(_functions(change, repository)),
        lines=lines_by_area(change.files, areas),
        last=last,
    )


def numbers_of(measured: Measured, report: Report) -> Numbers:
    """All figures of the run ``report``, each beside that of the base's last run where comparing says something."""
    last = measured.last
    own = figures_of(report)
    theirs = figures_of(last.report) if last.report is not None else ()
    known = {(figure.group, figure.name): figure for figure in theirs}
    compared = [_compared(figure, known, last) for figure in own]
    tests = [*measured.tests, *_ids(report.gates, last)]
    return Numbers(
        figures=(
            *(figure for figure in compared if figure.group == "run"),
            *measured.change,
            *(figure for figure in compared if figure.group == "tests"),
            *tests,
            *(figure for figure in compared if figure.group not in {"run", "tests"}),
        ),
        lines=measured.lines,
        compared_with=last.sha256,
        compared_commit=last.commit,
        not_compared=last.reason,
    )


def telemetry_of(numbers: Numbers) -> dict[str, float]:
    """What programs sent of their running, by its kind; empty where none of it was measured."""
    return {each.name: each.value for each in numbers.figures if each.group == "telemetry" and each.value is not None}


def _compared(figure: Figure, known: Mapping[tuple[Group, str], Figure], last: LastRun) -> Figure:
    if last.report is None:
        return replace(figure, base_reason=last.reason)
    theirs = known.get((figure.group, figure.name))
    if theirs is None:
        return replace(figure, base_reason="the base's last run has no such figure")
    return replace(figure, base=theirs.value, base_reason=theirs.reason)


def _functions(change: Change, repository: RepositoryReader) -> Iterator[Figure]:
    """Tests as the files tell them, in every language that can be read."""
    edits, reason = EditedTests(), None
    try:
        edits = edited_tests(change.files, repository)
    except EvaluationError as error:
        reason = error.line
    if edits.unread:
        more = f" and {len(edits.unread) - _NAMED} more" if len(edits.unread) > _NAMED else ""
        reason = f"files of tests that could not be read: {', '.join(edits.unread[:_NAMED])}{more}"
    for name, number in zip(_FUNCTIONS, (edits.added, edits.removed, edits.changed), strict=True):
        value = number if reason is None else None
        yield Figure(group="tests", name=name, unit="tests", value=value, reason=reason)


def _ids(gates: Sequence[GateResult], last: LastRun) -> Iterator[Figure]:
    """Tests as the result files tell them, against the base's."""
    own = {(gate.name, case.id) for gate in gates for case in gate.cases}
    before = last.report
    # A gate that left nothing here says nothing about what is gone.
    told = {gate.name for gate in gates if gate.cases}
    kept = before.gates if before is not None else ()
    theirs = {(gate.name, case.id) for gate in kept if gate.name in told for case in gate.cases}
    reason = None
    if not own:
        reason = "no gate with `tests:` left result files"
    elif before is None:
        reason = last.reason
    elif not theirs:
        reason = "the base's last run names no tests"
    for name, number in (("new in the results", len(own - theirs)), ("gone from the results", len(theirs - own))):
        yield Figure(group="tests", name=name, unit="tests", value=None if reason else number, reason=reason)
