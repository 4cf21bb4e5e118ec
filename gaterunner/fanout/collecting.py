"""The reports of a fan-out's parts become the gates of one report, or errored where they cannot. Pure.

A part's report is written on the machine that ran the branch's code. What it says of its gates is taken as evidence,
as the report of a plain run would be; what should have run, and whether it did, is told by the plan made here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from gaterunner.config.gates import REHEARSAL, ROLLBACK
from gaterunner.errors import EvaluationError
from gaterunner.evidence.types import BaselineEvidence
from gaterunner.fanout.merging import Brought, merge_copies, merge_shards
from gaterunner.fanout.parts import MAX_PARTS, judged_over_all, needed_by_each
from gaterunner.gates import unexecuted
from gaterunner.gates.wording import some
from gaterunner.model import GateResult, Outcome, Part, Problem, Report, Skip, Trouble
from gaterunner.plan import PlannedGate
from gaterunner.plan.names import shard_name
from gaterunner.reporters.json import decode_report

MAX_PART_BYTES = 64 * 1024 * 1024
"""No report of a part is larger; what is may be anything."""

_ANEW = "run the whole workflow again, so that plan, parts and collect are of one commit"
_OF_ONE_PLAN = "collect the reports of one plan only, each part once"


_REHEARSALS = (REHEARSAL, ROLLBACK)


def _always(_commit: str) -> bool:
    return True


class Expected(Struct, frozen=True, kw_only=True):
    """What every part has to be of: the plan's digest, the head commit, the workflow file's sha256, our version.

    ``base`` is what gates compare with that compare, ``phase`` the name of the branch's phase. ``has_same_spec`` says
    of a part's law, by its commit, whether that holds the same spec of this phase.
    """

    digest: str
    head: str
    base: str
    law_sha256: str
    version: str
    phase: str | None = None
    has_same_spec: Callable[[str], bool] = _always


class Merged(Struct, frozen=True, kw_only=True):
    """The gates of a fan-out in the order of the plan; ``problems`` are for the run as a whole, ``notes`` to tell.

    ``durations`` are the seconds that gates took which passed at once, nothing of them cached. ``partly_cached`` are
    those of which some shards were, so that their seconds are not all there are.
    """

    gates: tuple[GateResult, ...]
    durations: tuple[tuple[str, float], ...] = ()
    partly_cached: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


class _Arrived(Struct, frozen=True, kw_only=True):
    """A report that is a part of this plan, by the name of its file."""

    file: str
    part: Part
    report: Report

    @property
    def label(self) -> str:
        return f"part {self.part.number} of {self.part.total}"


def merge(
    plan: Sequence[PlannedGate],
    reports: Sequence[tuple[str, bytes]],
    expected: Expected,
    baselines: Mapping[str, BaselineEvidence] | None = None,
) -> Merged:
    """The results of all gates of the plan from the reports (name and content) of its parts.

    A gate that applies has to be brought by a part that was given it, whole or in all its shards, after everything it
    needs on the same machine; otherwise it is errored with the reason. A file that is no part of this plan, a part that
    came twice, and a part that could not be judged as a whole are problems or errored gates, and never a pass. Which
    gates do not apply is told by the plan, not by the parts. ``baselines`` are the base's tests, by gate.
    """
    problems: list[Problem] = []
    arrived = _read(reports, expected, problems)
    shelf = _Shelf(plan, baselines or {}, expected)
    for part in arrived:
        same = [other.file for other in arrived if other.part.number == part.part.number]
        shelf.take(part, same if len(same) > 1 else [], problems)
    absent = _absent(arrived)
    gates = tuple(shelf.result(planned, absent) for planned in plan)
    if absent and not shelf.lacked:
        problems.append(_problem(f"{some(absent)} did not arrive", _OF_ONE_PLAN))
    return Merged(
        gates=gates,
        durations=shelf.durations(gates),
        partly_cached=shelf.partly_cached(gates),
        problems=tuple(problems),
        notes=_notes(arrived),
    )


# --- which files are parts of this plan ------------------------------------------------------------------------------


def _read(reports: Sequence[tuple[str, bytes]], expected: Expected, problems: list[Problem]) -> list[_Arrived]:
    arrived = []
    for file, data in sorted(reports):
        try:
            arrived.append(_decode(file, data, expected))
        except EvaluationError as error:
            problems.append(_problem(f"{file}: {error.message}", error.help or _ANEW))
    if not arrived:
        problems.append(_problem("no report of a part arrived", "look at why the jobs of the parts wrote none"))
    totals = sorted({each.part.total for each in arrived})
    if len(totals) > 1:
        told = " and ".join(f"{next(each.file for each in arrived if each.part.total == n)} of {n}" for n in totals)
        problems.append(_problem(f"the parts are of several divisions: {told} parts", _OF_ONE_PLAN))
    return sorted(arrived, key=lambda each: (each.part.number, each.part.total, each.file))


def _decode(file: str, data: bytes, expected: Expected) -> _Arrived:
    if len(data) > MAX_PART_BYTES:
        raise EvaluationError(f"larger than {MAX_PART_BYTES >> 20} MiB, which no report of a part is", help=_ANEW)
    report = decode_report(data)
    part = report.part
    if part is None or report.scope != "gates":
        raise EvaluationError(
            "not the report of a part", help="collect what `gaterunner run --part … --report FILE` wrote"
        )
    if not 1 <= part.number <= part.total <= MAX_PARTS:
        raise EvaluationError(f"there is no part {part.number} of {part.total}", help=_ANEW)
    foreign = _foreign(report, part, expected)
    if foreign is not None:
        raise EvaluationError(f"part {part.number} of {part.total} is {foreign}", help=_ANEW)
    return _Arrived(file=file, part=part, report=report)


def _foreign(report: Report, part: Part, expected: Expected) -> str | None:
    """Why a part's report is not of this plan; the digest covers all of it, the rest is told first to be understood."""
    change, law = report.change, report.workflow
    if report.tool.version != expected.version:
        return f"of gaterunner {report.tool.version}, and this is {expected.version}"
    if change is None or law is None:
        told = report.problems[0].message if report.problems else "it tells neither change nor workflow file"
        return f"of a run that did not get as far as its gates: {told}"
    differs = (
        (change.dirty, "of a work tree with changes that are not committed"),
        (change.head != expected.head, f"of commit {change.head[:12]}, and this is {expected.head[:12]}"),
        (change.phase != expected.phase, f"of {_phase(change.phase)}, and this is of {_phase(expected.phase)}"),
        (
            law.sha256 != expected.law_sha256,
            f"of another workflow file (sha256 {law.sha256[:12]}, and this is {expected.law_sha256[:12]})",
        ),
        (part.plan != expected.digest, "of another plan: other commands, images, shards or merge commit"),
    )
    return next((told for is_so, told in differs if is_so), None)


def _phase(name: str | None) -> str:
    return f"the phase `{name}`" if name is not None else "no phase"


def _absent(arrived: Sequence[_Arrived]) -> list[str]:
    total = max((each.part.total for each in arrived), default=0)
    numbers = {each.part.number for each in arrived}
    return [f"part {number} of {total}" for number in range(1, total + 1) if number not in numbers]


def _notes(arrived: Sequence[_Arrived]) -> tuple[str, ...]:
    """What the parts note of their runs, each sentence once."""
    notes: dict[str, list[str]] = {}
    for each in arrived:
        for note in each.report.change.notes if each.report.change else ():
            notes.setdefault(note, []).append(each.label)
    return tuple(f"{some(labels)}: {note}" for note, labels in notes.items())


def _problem(message: str, help: str) -> Problem:
    return Problem(trouble=Trouble.EVALUATION, message=message, help=help)


# --- what each part brought ------------------------------------------------------------------------------------------


class _Shelf:
    """What the parts brought of each gate of the plan. ``lacked`` are the gates that count and lack something."""

    def __init__(
        self, plan: Sequence[PlannedGate], baselines: Mapping[str, BaselineEvidence], expected: Expected
    ) -> None:
        self._expected = expected
        self._plan = {planned.gate.name: planned for planned in plan}
        self._needs = needed_by_each(plan)
        self._baselines = baselines
        self._brought: dict[tuple[str, int], list[Brought]] = {}  # shard 0 is the whole gate
        self.lacked: list[str] = []

    def take(self, arrived: _Arrived, same: Sequence[str], problems: list[Problem]) -> None:
        """Takes in one part. ``same`` are the files that are the same part, when there are several."""
        problems.extend(
            _problem(f"{arrived.label}: {problem.message}", problem.help or _ANEW)
            for problem in arrived.report.problems
        )
        selected = {each: self._selected(each) for each in arrived.part.selected}
        given = {each[0] for each in selected.values() if each is not None and each[1] == 0}
        names = []
        for selector, found in selected.items():
            if found is None:
                problems.append(_problem(f"{arrived.file}: `{selector}` is no gate of this plan", _OF_ONE_PLAN))
                continue
            planned, shard = self._plan[found[0]], found[1]
            name = shard_name(found[0], (shard, planned.gate.shards)) if shard else found[0]
            names.append(name)
            results = [result for result in arrived.report.gates if result.name == name]
            fault = self._fault(planned, results, arrived, given, same)
            result = results[0] if fault is None else unexecuted.errored(planned, fault)
            self._brought.setdefault(found, []).append(Brought(by=arrived.label, result=result))
        if same and all(self._plan[each[0]].gate.advisory for each in selected.values() if each is not None):
            problems.append(_problem(f"{arrived.label} arrived more than once: {arrived.file}", _OF_ONE_PLAN))
        extra = [
            each.name for each in arrived.report.gates if each.name not in names and each.outcome is not Outcome.SKIPPED
        ]
        if extra:
            problems.append(
                _problem(f"{arrived.file}: holds {some(extra)}, which {arrived.label} was not given", _ANEW)
            )

    def _selected(self, selector: str) -> tuple[str, int] | None:
        """Gate and shard (0 for the whole gate) that a selector names; None for what the plan does not have."""
        name, sign, shard = selector.partition("=")
        planned = self._plan.get(name)
        if planned is None:
            return None
        if not sign:
            return name, 0
        total = planned.gate.shards
        return next(((name, number) for number in range(1, total + 1) if shard == f"{number}/{total}"), None)

    def _fault(
        self,
        planned: PlannedGate,
        results: Sequence[GateResult],
        arrived: _Arrived,
        given: set[str],
        same: Sequence[str],
    ) -> str | None:
        """Why what a part says of a gate cannot count; None when it does."""
        if same:
            return f"{arrived.label} arrived more than once: {some(sorted(same))}"
        if len(results) != 1:
            held = "several results" if results else "no result"
            return f"{arrived.label} holds {held} of it"
        if results[0].skip is not Skip.NOT_APPLICABLE or planned.skip is not Skip.NOT_APPLICABLE:
            return self._disbelieved(planned, results[0], arrived.label, given) or self._compared(planned, arrived)
        return None

    def _compared(self, planned: PlannedGate, arrived: _Arrived) -> str | None:
        """Why a gate that compares with the target did so with another one than is judged by here."""
        change, law = arrived.report.change, arrived.report.workflow
        if change is None or law is None or not _compares(planned):
            return None
        if change.base != self._expected.base:
            return f"{arrived.label} compared with {change.base[:12]}, and the base is {self._expected.base[:12]}"
        # A workflow file of the operator or the branch comes from no commit of the spec.
        of_law = law.commit if law.source == "base" and law.commit else change.base
        if planned.gate.kind == ROLLBACK and not self._expected.has_same_spec(of_law):
            return f"{arrived.label} went by another version of the phase's spec, which says what old code has to pass"
        return None

    def _disbelieved(self, planned: PlannedGate, result: GateResult, label: str, given: set[str]) -> str | None:
        if result.skip in {Skip.NOT_SELECTED, Skip.NOT_APPLICABLE}:
            return f"{label} did not run it: {result.reason}"
        if planned.gate.tests and result.outcome is Outcome.PASSED and result.tests is None:
            return f"{label} tells that it passed, and of no tests"
        without = [
            name for name in self._needs[planned.gate.name] if self._plan[name].skip is None and name not in given
        ]
        return f"{label} ran it without {some(without)}, which it needs" if without else None

    # --- what becomes of it ------------------------------------------------------------------------------------------

    def result(self, planned: PlannedGate, absent: Sequence[str]) -> GateResult:
        """The one result of a gate; ``absent`` are the parts that did not arrive."""
        name, total = planned.gate.name, planned.gate.shards
        whole = self._brought.get((name, 0), [])
        shards = {number: self._brought.get((name, number), []) for number in range(1, total + 1)} if total > 1 else {}
        if planned.skip is not None:
            return self._skipped(
                planned, planned.skip, [*whole, *(each for brought in shards.values() for each in brought)]
            )
        missing = [f"shard {number} of {total}" for number, brought in shards.items() if not brought]
        cut = len(missing) < len(shards)
        if not planned.gate.advisory and ((cut and missing) or not (cut or whole)):
            self.lacked.append(name)
        if not whole and (missing or not cut):
            return unexecuted.errored(planned, f"{some(missing) if cut else 'it'} {_lacking(absent)}")
        copies = list(whole)
        if cut:
            copies.append(Brought(by="shards", result=self._of_shards(planned, shards, missing)))
        return merge_copies(planned, copies)

    def _of_shards(
        self, planned: PlannedGate, shards: Mapping[int, Sequence[Brought]], missing: Sequence[str]
    ) -> GateResult:
        about_all = judged_over_all(planned)
        if missing:
            return unexecuted.errored(planned, f"{some(missing)} is missing")
        if about_all is not None:
            return unexecuted.errored(
                planned, f"it came in shards, and {about_all} can only be judged over all its tests"
            )
        results = {number: merge_copies(planned, brought) for number, brought in shards.items()}
        return merge_shards(planned, results, self._baselines.get(planned.gate.name))

    def _skipped(self, planned: PlannedGate, skip: Skip, brought: Sequence[Brought]) -> GateResult:
        ran = [each.by for each in brought if each.result.skip is not Skip.NOT_APPLICABLE]
        if ran:
            return unexecuted.errored(
                planned, f"{ran[0]} was given it, and here it does not apply: {planned.skip_reason}"
            )
        return unexecuted.skipped(planned, skip, planned.skip_reason)

    def durations(self, gates: Sequence[GateResult]) -> tuple[tuple[str, float], ...]:
        """Seconds of the gates that passed and of which everything was executed, once."""
        return tuple(
            (gate.name, gate.duration_s)
            for gate in gates
            if gate.outcome is Outcome.PASSED
            and all(each.attempts == 1 and not each.cached for each in self._all_of(gate.name))
        )

    def partly_cached(self, gates: Sequence[GateResult]) -> tuple[str, ...]:
        """The gates that are no cached result and rest on one."""
        return tuple(
            gate.name for gate in gates if not gate.cached and any(each.cached for each in self._all_of(gate.name))
        )

    def _all_of(self, gate: str) -> list[GateResult]:
        """Whatever was brought of a gate, whole or in shards."""
        return [each.result for (name, _), brought in self._brought.items() if name == gate for each in brought]


def _compares(planned: PlannedGate) -> bool:
    """Whether a gate's result is about the base as well."""
    gate = planned.gate
    return gate.kind in _REHEARSALS or gate.test_rules.baseline is not None or gate.coverage is not None


def _lacking(absent: Sequence[str]) -> str:
    if not absent:
        return "came with no part, although all parts arrived: the matrix was not made from this plan"
    return f"did not arrive: {some(absent)} {'is' if len(absent) == 1 else 'are'} missing"
