"""Both ends of a fan-out: the matrix of a change, and the one report that its parts become."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, NoReturn

from msgspec import Struct
from msgspec.structs import replace

from gaterunner import __version__
from gaterunner.config.law import Law
from gaterunner.contract.phases import phase_of
from gaterunner.contract.same_spec import has_same_spec
from gaterunner.errors import EvaluationError, UsageError
from gaterunner.evidence.types import BaselineEvidence
from gaterunner.fanout.collecting import MAX_PART_BYTES, Expected, Merged, merge
from gaterunner.fanout.parts import (
    DEFAULT_PARTS,
    MAX_PARTS,
    judged_over_all,
    matrix,
    reasons_not_to_shard,
    split,
)
from gaterunner.git import Repository
from gaterunner.model import Change, Problem, Report
from gaterunner.numbers.figures import WHOLE_RUN
from gaterunner.numbers.last_run import LastRun
from gaterunner.pipeline import Judging, Options, Surroundings, planned, report_of
from gaterunner.plan import PlannedGate, make_plan
from gaterunner.plan.digest import plan_digest

_MAX_FILES = 2 * MAX_PARTS
_MAX_TOTAL_BYTES = 4 * MAX_PART_BYTES
_NO_CACHE = "no report of the base is at hand; name the folder of the exported cache with --cache"
_ELSEWHERE = "its gates ran on other machines, at the same time"
_PARTLY_CACHED = "the results of some of its shards are those of an earlier run"


class Fanned(Struct, frozen=True, kw_only=True):
    """A matrix as JSON on one line, and what is worth telling of how it was made."""

    matrix: str
    notes: tuple[str, ...] = ()


def fan_out(options: Options, surroundings: Surroundings, *, limit: int = DEFAULT_PARTS) -> Fanned:
    """The gates of the commit that is checked out, in at most ``limit`` parts for `strategy.matrix`.

    They are balanced by what earlier runs took where ``options.cache`` names an exported cache. Raises
    ``GaterunnerError``.
    """
    with planned(replace(options, committed=True), surroundings) as (change, law, plan):
        durations, notes = _durations(options, surroundings)
        parts = split(plan, durations, limit)
        digest = plan_digest(law.info.sha256, change.judged, plan)
    return Fanned(matrix=matrix(parts, digest), notes=(*notes, *reasons_not_to_shard(plan)))


def _durations(options: Options, surroundings: Surroundings) -> tuple[Mapping[str, float], Sequence[str]]:
    """Seconds by gate, and notes. Only a cache that was named counts: a matrix shall not depend on the machine."""
    if options.cache is None:
        return {}, ()
    from gaterunner.git import layout
    from gaterunner.store.store import Store

    with Store.open(layout.find(options.folder), environment=surroundings.environment, cache=options.cache) as store:
        return store.durations(), tuple(store.notes)


def collect(options: Options, surroundings: Surroundings, parts: Sequence[Path]) -> Report:
    """Judges one branch by what the parts of a fan-out found, and returns the report; never raises for what it finds.

    ``parts`` are the reports of the parts, or folders that hold them, however deep, as ``*.json``. Change, workflow
    file and plan are determined here, of the commit that is checked out; nothing of the branch is executed.
    """
    return report_of(_Collecting(options, surroundings, parts), surroundings)


class _Collecting(Judging):
    """The steps of a run whose gates were executed elsewhere."""

    executes: ClassVar[bool] = False

    def __init__(self, options: Options, surroundings: Surroundings, parts: Sequence[Path]) -> None:
        # What lies in this work tree, the downloaded reports perhaps among it, was on none of the parts' machines.
        super().__init__(replace(options, scope="gates+policies", committed=True), surroundings)
        self._parts = parts
        self._memory: _Memory | None = None
        self._untimed: Mapping[str, str] = {}

    def judge(self, repository: Repository) -> tuple[Problem, ...]:
        reports = tuple(read_parts(self._parts))
        change = self.determine_change(repository)
        law = self.read_law(repository, change)
        plan = self.make_plan(repository, change, law)
        self.results = replace(self.results, plan=plan_digest(law.info.sha256, change.judged, plan))
        observer = self._surroundings.observer
        observer.started(change, law.workflow, plan)
        policies = self.policy_stage(repository, change, law, plan)
        policies.before()  # too late for the gates, each part has asked for itself; the result still counts
        policies.start()
        if self._options.cache is not None:
            self._memory = _Memory(repository, change, self._surroundings.environment, self._options.cache)
        merged = self._merge(repository, reports, change, law, plan)
        for gate in merged.gates:
            observer.gate_finished(gate)
        self.results = replace(self.results, gates=merged.gates, policies=policies.results(merged.gates))
        self._untimed = {**dict.fromkeys(merged.partly_cached, _PARTLY_CACHED), WHOLE_RUN: _ELSEWHERE}
        self.results = replace(self.results, measured=self.measure(repository, change, law, plan))
        self.add_excerpts(repository, change)
        for note in (*merged.notes, *(self._memory.store.notes if self._memory else ())):
            self._note(note)
        return merged.problems

    def last_run(self, change: Change) -> LastRun:
        """The base's last run, where an exported cache was named that holds it."""
        return self._memory.store.last_run(change.base) if self._memory else LastRun(reason=_NO_CACHE)

    def untimed(self) -> Mapping[str, str]:
        """Parts run on machines of their own, at the same time."""
        return self._untimed

    def keep(self, report: Report) -> None:
        """Keeps durations for the next matrix, and tests for branches that start from this commit."""
        if self._memory is not None:
            self._memory.keep(report, self._surroundings.note)

    def make_plan(self, repository: Repository, change: Change, law: Law) -> tuple[PlannedGate, ...]:
        """The whole plan: which parts there are is for the reports to say, and what they leave out is told."""
        return make_plan(
            law.workflow,
            change,
            repository.tree_view(change.law),
            repository.tree_view(change.judged),
            executor=self._options.executor,
        )

    def _merge(
        self,
        repository: Repository,
        reports: Sequence[tuple[str, bytes]],
        change: Change,
        law: Law,
        plan: Sequence[PlannedGate],
    ) -> Merged:
        phase = phase_of(law.workflow, change.branch)
        expected = Expected(
            digest=plan_digest(law.info.sha256, change.judged, plan),
            head=change.head,
            base=change.base,
            law_sha256=law.info.sha256,
            version=__version__,
            phase=phase.name if phase is not None else None,
            has_same_spec=lambda commit: has_same_spec(repository, law.workflow, change, commit),
        )
        baselines = self._memory.baselines(plan) if self._memory else _without_memory(plan, change)
        merged = merge(plan, reports, expected, baselines)
        if self._memory is not None:
            self._memory.durations = merged.durations
        return replace(merged, notes=tuple(note for note in merged.notes if not note.endswith(change.notes)))


def _cut(plan: Sequence[PlannedGate]) -> list[PlannedGate]:
    """The gates that may have been cut into shards and whose tests are compared with the base's over all of them."""
    return [each for each in plan if each.gate.shards > 1 and each.gate.tests and judged_over_all(each) is None]


def _without_memory(plan: Sequence[PlannedGate], change: Change) -> dict[str, BaselineEvidence]:
    """What is known of the base's tests where no cache was named: why there is nothing, for gates that ask for it."""
    return {
        each.gate.name: BaselineEvidence(commit=change.base, source="report", fault=_NO_CACHE)
        for each in _cut(plan)
        if each.gate.test_rules.baseline is not None
    }


class _Memory:
    """An exported cache as `collect` uses it: nothing is taken for a result, as results are for the parts to take."""

    def __init__(self, repository: Repository, change: Change, environment: Mapping[str, str], cache: Path) -> None:
        """Raises ``UsageError`` when the folder must not be one."""
        from gaterunner.store.store import Store

        self._repository = repository
        self._change = change
        self.store = Store.open(repository.layout, environment=environment, cache=cache)
        self.store.refuse_if_committed(entry.path for entry in repository.tree(change.judged))
        self.durations: tuple[tuple[str, float], ...] = ()

    def baselines(self, plan: Sequence[PlannedGate]) -> dict[str, BaselineEvidence]:
        """The base's tests, as far as a report is kept of them."""
        from gaterunner.baseline import Baselines, Worktrees

        baselines = Baselines(
            self._repository,
            base=self._change.base,
            judged=self._change.judged,
            tests_of=self.store.tests_of,
            worktrees=Worktrees(self._repository, identity=None),
            imported=tuple,  # nothing is executed here
            base_tests=False,
        )
        found = {each.gate.name: baselines.of(each, _refuse_to_execute) for each in _cut(plan)}
        return {name: evidence for name, evidence in found.items() if evidence is not None}

    def keep(self, report: Report, note: Callable[[str], None]) -> None:
        """Adds the report where it could be judged; what goes wrong is a note."""
        from gaterunner.reporters.json import encode_report
        from gaterunner.store.records import Duration

        told = len(self.store.notes)
        with self.store as store:
            if not report.problems:
                store.save(
                    encode_report(report),
                    commit=self._change.judged,
                    results=(),
                    durations=[Duration(gate=gate, shards=1, seconds=seconds) for gate, seconds in self.durations],
                    clear=False,
                )
        for line in self.store.notes[told:]:
            note(line)


def _refuse_to_execute(_folder: Path, _what: str) -> NoReturn:
    raise EvaluationError("nothing is executed where parts are collected", help="leave out `baseline: run`")


def read_parts(parts: Sequence[Path]) -> Iterator[tuple[str, bytes]]:
    """Name and content of each report. No link is followed, as whoever wrote an artifact could lead us anywhere.

    Raises ``UsageError`` for a path that does not exist, ``EvaluationError`` for one that cannot be read.
    """
    files: list[tuple[str, Path]] = []
    total = 0
    for part in parts:
        found = _files_of(part)
        files += found
        if len(files) > _MAX_FILES:
            raise EvaluationError(f"{part}: more than {_MAX_FILES} reports", help="name only what the parts wrote")
    for name, file in files:
        if total > _MAX_TOTAL_BYTES:
            raise EvaluationError(
                f"{file}: the reports are larger than {_MAX_TOTAL_BYTES >> 20} MiB",
                help="name only what the parts wrote",
            )
        try:
            with file.open("rb") as stream:
                content = stream.read(MAX_PART_BYTES + 1)
            total += len(content)
            yield name, content
        except OSError as error:
            raise EvaluationError(
                f"{file}: cannot read the report of a part: {error.strerror}", help="look at its permissions"
            ) from error


def _files_of(part: Path) -> list[tuple[str, Path]]:
    """The regular files that a path stands for, each with the name it is told by."""
    try:
        mode = part.lstat().st_mode
    except OSError as error:
        raise UsageError(
            f"{part}: no such report: {error.strerror}",
            help="name the files that `gaterunner run --part … --report FILE` wrote, or the folder they are in",
        ) from error
    if stat.S_ISREG(mode):
        return [(str(part), part)]
    if not stat.S_ISDIR(mode):
        raise UsageError(f"{part} is neither a file nor a folder", help="name the reports themselves")
    inside = sorted(path for path in part.rglob("*.json") if stat.S_ISREG(path.lstat().st_mode))
    return [(path.relative_to(part).as_posix(), path) for path in inside]
