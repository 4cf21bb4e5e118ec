"""Puts the numbers of a run together: its own figures, those of the change, and those of the base's last run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from gaterunner.config.types import Area
from gaterunner.errors import EvaluationError
from gaterunner.model import AreaLines, Change, Figure, Numbers, Report
from gaterunner.numbers.areas import lines_by_area
from gaterunner.numbers.comparing import compared, compared_ids
from gaterunner.numbers.edited_tests import EditedTests, edited_tests
from gaterunner.numbers.figures import Promised, figures_of
from gaterunner.numbers.last_run import LastRun
from gaterunner.policies.context import RepositoryReader

if TYPE_CHECKING:  # with all that a plan is made of behind it
    from gaterunner.plan import PlannedGate

_NAMED = 3
_FUNCTIONS = ("functions added", "functions removed", "functions edited")


class Measured(Struct, frozen=True, kw_only=True):
    """What is known of the change before the run has ended, and what the plan promises of its results."""

    change: tuple[Figure, ...]
    tests: tuple[Figure, ...]
    lines: tuple[AreaLines, ...]
    promised: Promised
    last: LastRun


def measure(
    change: Change, areas: Sequence[Area], repository: RepositoryReader, *, promised: Promised, last: LastRun
) -> Measured:
    """What the change itself tells. Raises nothing for what cannot be had: it is then not measured."""
    binary = sum(file.insertions is None for file in change.files)
    return Measured(
        change=(
            Figure(group="change", name="commits", unit="commits", value=len(change.commits)),
            Figure(group="change", name="files", unit="files", value=len(change.files)),
            Figure(group="change", name="binary files", unit="files", value=binary),
            Figure(group="change", name="insertions", unit="lines", value=change.insertions),
            Figure(group="change", name="deletions", unit="lines", value=change.deletions),
        ),
        tests=tuple(_functions(change, repository)),
        lines=lines_by_area(change.files, areas),
        promised=promised,
        last=last,
    )


def promised_by(plan: Sequence[PlannedGate], *, untimed: Mapping[str, str], in_shards: bool = False) -> Promised:
    """What the gates of a plan say that they leave. ``in_shards`` says that cut gates ran on several machines."""
    return Promised(
        tests=frozenset(planned.gate.name for planned in plan if planned.gate.tests),
        coverage=frozenset(planned.gate.name for planned in plan if planned.gate.coverage is not None),
        shards=frozenset(planned.gate.name for planned in plan if in_shards and planned.gate.shards > 1),
        untimed=untimed,
    )


def numbers_of(measured: Measured, report: Report) -> Numbers:
    """All figures of the run ``report``, each beside that of the base's last run where comparing says something."""
    last = measured.last
    own = compared(figures_of(report, measured.promised), report, last)
    return Numbers(
        figures=(
            *(figure for figure in own if figure.group == "run"),
            *measured.change,
            *(figure for figure in own if figure.group == "tests"),
            *measured.tests,
            *compared_ids(report, last, without=_why_no_tests(own)),
            *(figure for figure in own if figure.group not in {"run", "tests"}),
        ),
        lines=measured.lines,
        compared_with=last.sha256,
        compared_commit=last.commit,
        not_compared=last.reason,
    )


def _why_no_tests(figures: Sequence[Figure]) -> str | None:
    return next((figure.reason for figure in figures if figure.group == "tests"), None)


def telemetry_of(numbers: Numbers) -> dict[str, float]:
    """What programs sent of their running, by its kind; empty where none of it was measured."""
    return {each.name: each.value for each in numbers.figures if each.group == "telemetry" and each.value is not None}


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
