"""A rehearsal of migrations: the base's, the branch's and nothing once more, on one fresh develop database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec.structs import replace

from gaterunner.database_state import schema_diff
from gaterunner.errors import EvaluationError
from gaterunner.executors.base import Execution, Executor
from gaterunner.gates.rehearsal import TOLD, Rehearsed, Step, StepName, judge_rehearsal
from gaterunner.logs import BESIDE, join_logs
from gaterunner.model import GateResult, Outcome
from gaterunner.runner.gate_run import GateRun, led_to
from gaterunner.runner.rehearsals import Rehearsals
from gaterunner.services.base import Reached


class RehearsalRun(GateRun):
    """One gate of the kind ``migration-rehearsal``; each step has the gate's whole ``timeout``."""

    def _run(self) -> GateResult:
        rehearsals, services = self._here.rehearsals, self._here.services
        if rehearsals is None or services is None:
            raise EvaluationError("there is no database to rehearse on", help="give `database: {service: postgres:16}`")
        executor = self._here.executor_for(self._planned)
        with services.for_gate(self._planned, on_lines=self._on_lines, cancelled=self._cancelled) as reached:
            self._here.redactor.learn(*reached.secrets)
            steps = tuple(self._steps(executor, reached, rehearsals))
        seen = Rehearsed(steps=steps, added=rehearsals.added, is_first=rehearsals.is_first)
        log = self._keep(seen)
        result = judge_rehearsal(self._planned, seen, log=str(log))
        passed = result.outcome is Outcome.PASSED
        uses = tuple(replace(use, log=None) if passed else use for use in reached.uses)
        return replace(result, executor=executor.name, services=uses)

    def _steps(self, executor: Executor, reached: Reached, rehearsals: Rehearsals) -> Iterator[Step]:
        """One after the other, up to the first whose command fails."""
        names: tuple[StepName, ...] = ("head", "again") if rehearsals.is_first else ("base", "head", "again")
        for name in names:
            self._on_lines([f"--- {TOLD[name]}"])
            with self._place(name, rehearsals) as (run, root):
                execution = run.execute_with(reached, executor, root, self._log_of(name)).execution
            step = Step(name=name, execution=execution)
            if not _succeeded(execution):
                yield step
                return
            if reached.snapshot is None:
                raise EvaluationError(
                    "the gate's database cannot be looked at", help="use a PostgreSQL of the workflow"
                )
            yield replace(step, snapshot=reached.snapshot())

    @contextmanager
    def _place(self, name: StepName, rehearsals: Rehearsals) -> Iterator[tuple[GateRun, Path]]:
        """Who runs a step, and where: the base's is out of the branch's reach."""
        if name != "base":
            yield self, self._here.root
            return
        contained = self._planned.image is not None
        with rehearsals.base(contained=contained) as folder, led_to(folder, self._here) as there:
            yield self._with(there), folder

    def _log_of(self, name: StepName) -> Path:
        return self._here.logs / f"{self._stem}.{name}.log"

    def _keep(self, seen: Rehearsed) -> Path:
        """All steps in one log, and beside it what they change in the schema."""
        log = self._here.logs / f"{self._stem}.log"
        join_logs(log, ((TOLD[step.name], self._log_of(step.name)) for step in seen.steps))
        if seen.changes:
            told = self._here.redactor(schema_diff(seen.changes))
            log.with_suffix(BESIDE).write_text(told, encoding="utf-8", errors="backslashreplace")
        return log


def _succeeded(execution: Execution) -> bool:
    return execution.ended == "exited" and execution.exit_code == 0
