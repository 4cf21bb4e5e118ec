"""The figures of a run beside those of the base's last run, as far as comparing them says something. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from gaterunner.gates.wording import some
from gaterunner.model import Figure, GateResult, Group, Report
from gaterunner.numbers.figures import (
    CHANGED_LINES,
    WHOLE_RUN,
    figures_of,
    sums_of_telemetry,
    sums_of_tests,
    tells_telemetry,
    tells_tests,
)
from gaterunner.numbers.last_run import LastRun

_Key = tuple[Group, str]


def compared(figures: Sequence[Figure], report: Report, last: LastRun) -> tuple[Figure, ...]:
    """``figures`` of ``report``, each with the base's; sums are over the same gates on both sides."""
    if last.report is None:
        return tuple(
            figure if _is_of_change(figure) else replace(figure, base_reason=last.reason) for figure in figures
        )
    base = last.report
    told = _by_key(base.numbers.figures if base.numbers is not None else figures_of(base))
    # What this run did not measure stands beside all that the base's measured.
    alike = {**told, **_by_key(_sums_alike(report, base))}
    return tuple(_beside(figure, told if figure.value is None else alike, report) for figure in figures)


def compared_ids(report: Report, last: LastRun, *, without: str | None) -> tuple[Figure, Figure]:
    """Tests as the result files name them, against the base's: how many are new, and how many are gone.

    A gate says nothing of what is new or gone where it told of its tests in one of the two runs only. ``without`` is
    why no gate of this run told of any.
    """
    own, theirs, reason = _ids(report, last, without)
    names = (("new in the results", own - theirs), ("gone from the results", theirs - own))
    new, gone = (
        Figure(group="tests", name=name, unit="tests", value=None if reason else len(found), reason=reason)
        for name, found in names
    )
    return new, gone


def _is_of_change(figure: Figure) -> bool:
    """Whether it tells of the lines of this change, which the base's run had not."""
    return figure.group == "coverage" and figure.name.startswith(CHANGED_LINES)


def _beside(figure: Figure, known: Mapping[_Key, Figure], report: Report) -> Figure:
    if _is_of_change(figure):
        return figure
    if (figure.group, figure.name) == ("run", WHOLE_RUN) and report.partial:
        return replace(figure, base_reason="this run is one of some gates only")
    theirs = known.get((figure.group, figure.name))
    if theirs is None:
        return replace(figure, base_reason="the base's last run has no such figure")
    return replace(figure, base=theirs.value, base_reason=theirs.reason)


def _by_key(figures: Iterable[Figure]) -> dict[_Key, Figure]:
    return {(figure.group, figure.name): figure for figure in figures}


def _sums_alike(report: Report, base: Report) -> Iterator[Figure]:
    """The sums of the base's run over the gates that this run tells of."""
    yield from _sums(report, base, tells_tests, sums_of_tests)
    yield from _sums(report, base, tells_telemetry, sums_of_telemetry)


def _sums(
    report: Report,
    base: Report,
    tells: Callable[[GateResult], bool],
    figures: Callable[[Sequence[GateResult]], Iterator[Figure]],
) -> Iterator[Figure]:
    alike = _alike(base.gates, report.gates, tells)
    here = {gate.name for gate in report.gates}
    silent = [gate.name for gate in alike if gate.name in here and not tells(gate)]
    for figure in figures([gate for gate in alike if tells(gate)]):
        if silent:
            yield replace(figure, value=None, reason=f"{some(silent)} told nothing of it in that run")
        else:
            yield figure


def _alike(
    gates: Sequence[GateResult], others: Sequence[GateResult], tells: Callable[[GateResult], bool]
) -> list[GateResult]:
    """Those of ``gates`` that tell something among ``others`` too, or are not among them at all."""
    silent = {gate.name for gate in others if not tells(gate)}
    return [gate for gate in gates if gate.name not in silent]


_Ids = set[tuple[str, str]]


def _ids(report: Report, last: LastRun, without: str | None) -> tuple[_Ids, _Ids, str | None]:
    """Those of this run, those of the base's, and why there is nothing to compare."""
    before = last.report
    if not any(gate.cases for gate in report.gates):
        return set(), set(), without or "no gate names its tests"
    if before is None:
        return set(), set(), last.reason
    own = _named(_alike(report.gates, before.gates, _names_tests))
    theirs = _named(_alike(before.gates, report.gates, _names_tests))
    return own, theirs, None if own and theirs else "the base's last run names no tests of these gates"


def _named(gates: Sequence[GateResult]) -> _Ids:
    return {(gate.name, case.id) for gate in gates for case in gate.cases}


def _names_tests(gate: GateResult) -> bool:
    return bool(gate.cases)
