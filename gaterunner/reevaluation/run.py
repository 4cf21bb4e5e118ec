"""One run that evaluates some gates anew and goes on with an earlier report of the same commit for all others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec.structs import replace

from gaterunner import __version__
from gaterunner.config.law import Law
from gaterunner.contract.phases import phase_of
from gaterunner.contract.same_spec import has_same_spec
from gaterunner.errors import UsageError
from gaterunner.gates.wording import some
from gaterunner.git import Repository, snapshot
from gaterunner.model import Change, GateResult, Problem, Report, Skip, Trouble
from gaterunner.pipeline import Judging, Options, Surroundings, report_of
from gaterunner.plan import PlannedGate, make_plan
from gaterunner.plan.digest import plan_digest
from gaterunner.publishing.received import Received, read_with_digest
from gaterunner.reevaluation.taking import (
    TAKEN,
    TOLD,
    completed,
    first_asked,
    gates_to_evaluate,
    refuse_other_change,
    refuse_other_law,
    refuse_other_phase,
    refuse_other_plan,
    refuse_other_spec,
    taken_over,
    told,
    without_others,
)

_NOT_KEPT = Problem(trouble=Trouble.EVALUATION, message="nothing of a report that was gone on with is kept")


def reevaluate(options: Options, surroundings: Surroundings, onto: Path) -> Report:
    """Evaluates ``options.gates`` anew, takes everything else of the gates from the report in the file ``onto``, and
    evaluates all policies; never raises for what it finds.

    Without names, the gates that the report tells are pending are meant, and those that were not reached. The report
    has to be of the same head, base, test merge, workflow file and plan, of all gates, and of nothing uncommitted.
    """
    return report_of(Reevaluating(options, surroundings, onto), surroundings)


class Reevaluating(Judging):
    """The steps of such a run."""

    def __init__(self, options: Options, surroundings: Surroundings, onto: Path) -> None:
        # The earlier report itself may lie in this work tree.
        super().__init__(replace(options, scope="gates+policies", committed=True), surroundings)
        self._onto = onto
        self._earlier: Received | None = None

    @property
    def earlier(self) -> Received:
        """The earlier report, read when it is first asked for. Raises ``EvaluationError``."""
        if self._earlier is None:
            self._earlier = self.read_earlier()
        return self._earlier

    def read_earlier(self) -> Received:
        """Reads the report from its file. Raises ``EvaluationError``."""
        return read_with_digest(self._onto)

    def names(self) -> tuple[str, ...]:
        """The gates to evaluate anew. Raises ``UsageError`` where nobody named any and none waits."""
        return self._options.gates or gates_to_evaluate(self.earlier.report)

    def determine_change(self, repository: Repository) -> Change:
        earlier = self.earlier
        change = super().determine_change(repository)
        refuse_other_change(earlier, change, __version__)
        return change

    def make_plan(self, repository: Repository, change: Change, law: Law) -> tuple[PlannedGate, ...]:
        refuse_other_law(self.earlier, law.info.sha256)
        phase = phase_of(law.workflow, change.branch)
        refuse_other_phase(self.earlier, phase.name if phase is not None else None)
        names = self.names()
        trees = repository.tree_view(change.law), repository.tree_view(change.judged)
        whole = make_plan(law.workflow, change, *trees, executor=self._options.executor)
        refuse_other_plan(self.earlier, plan_digest(law.info.sha256, change.judged, whole))
        chosen = make_plan(law.workflow, change, *trees, selected=names, executor=self._options.executor)
        plan = without_others(chosen, whole, self.earlier)
        refuse_other_spec(self.earlier, plan, lambda commit: has_same_spec(repository, law.workflow, change, commit))
        running = [planned for planned in plan if planned.skip is None]
        if any(planned.executes for planned in running):
            self.refuse_to_execute(repository, change, running)
        self.asked_since = first_asked(self.earlier)
        evaluated = [planned.gate.name for planned in running]
        self.results = replace(self.results, taken_over=taken_over(self.earlier, evaluated))
        return plan

    def refuse_to_execute(self, repository: Repository, change: Change, running: Sequence[PlannedGate]) -> None:
        """Raises ``UsageError`` where gates that execute something would see other files than are judged."""
        if change.judged != repository.head_commit():
            raise UsageError(
                f"{change.judged[:12]} is not what is checked out, and gates run in the work tree",
                help=f"check it out, or name only gates that execute nothing; {running[0].gate.name} does",
            )
        ours = self._onto.resolve()
        taken = snapshot.take(repository, change.judged)
        changed = repository.diff_files(change.judged, taken.commit) if taken is not None else ()
        others = [file.path for file in changed if (repository.root / file.path).resolve() != ours]
        if others:
            raise UsageError(
                f"the work tree holds changes that are not committed: {some(others)}",
                help="commit or stash them: the earlier report is about what was committed",
            )

    def completed(self, plan: Sequence[PlannedGate], gates: tuple[GateResult, ...]) -> tuple[GateResult, ...]:
        whole = completed(plan, gates, self.earlier)
        taken = self.results.taken_over
        if taken is not None:
            for sentence in (
                told(taken, sum(planned.skip is Skip.NOT_SELECTED for planned in plan)),
                *self._earlier_notes(),
            ):
                self._note(sentence)
        return whole

    def _earlier_notes(self) -> Iterator[str]:
        """What the earlier run noted of itself and is not noted now."""
        before, now = self.earlier.report.change, self.results.change
        for note in before.notes if before else ():
            if now is not None and note not in now.notes and not note.startswith(TOLD):
                yield f"{TAKEN}{note.removeprefix(TAKEN)}"

    def keep(self, report: Report) -> None:
        """Keeps nothing, as most of it was seen earlier; what gates may have written among results is removed."""
        super().keep(replace(report, problems=(*report.problems, _NOT_KEPT)))
