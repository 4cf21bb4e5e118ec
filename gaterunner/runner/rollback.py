"""A rehearsal of the way back: other gates on the base's code, each on a database that the branch has migrated."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from msgspec.structs import replace

from gaterunner.database_state import Snapshot
from gaterunner.errors import EvaluationError, GaterunnerError
from gaterunner.gates.command import judge
from gaterunner.gates.rollback import TOLD, Applied, BrokenStep, Trial, Tried, judge_rollback
from gaterunner.gates.unexecuted import errored
from gaterunner.logs import join_logs
from gaterunner.model import GateResult, Outcome
from gaterunner.plan import PlannedGate
from gaterunner.runner.gate_run import GateRun, GateSurroundings, led_to
from gaterunner.runner.installed import imported_from
from gaterunner.runner.rollbacks import Rollbacks
from gaterunner.services.base import Reached, ServiceError, ServiceHost

Migrate = Callable[[PlannedGate, Reached], None]


class StepFailedError(EvaluationError):
    """Migrations could not be applied; ``step`` says which."""

    def __init__(self, step: BrokenStep) -> None:
        super().__init__(f"{TOLD[step.applied]} cannot be applied: {step.reason}")
        self.step = step


class RollbackRun(GateRun):
    """One gate of the kind ``rollback-rehearsal``. Gates that it runs have their own ``timeout``, steps this one's.

    Every one starts from a fresh checkout and a fresh database: what one does to them, none of the others meets.
    """

    def _run(self) -> GateResult:
        rollbacks = self._here.rollbacks
        if rollbacks is None:
            raise EvaluationError("the base's code is not at hand")
        self._parts: list[tuple[str, Path]] = []
        trials: list[Trial] = []
        broken = None
        for gate in rollbacks.gates(self._planned):
            if self._cancelled.is_set():
                raise EvaluationError("interrupted before all gates were run on the base's code")
            try:
                trials.append(self._tried(gate, rollbacks))
            except StepFailedError as error:
                broken = error.step
                break
        tried = Tried(
            trials=tuple(trials),
            broken=broken,
            kept=rollbacks.kept,
            due=rollbacks.due,
            moved=rollbacks.moved,
            has_server=rollbacks.has_server,
            has_tool=bool(self._planned.command),
        )
        log = self._here.logs / f"{self._stem}.log"
        join_logs(log, self._parts)
        result = judge_rollback(self._planned, tried, log=str(log))
        return replace(result, executor="local" if self._planned.image is None else "docker")

    def _tried(self, gate: PlannedGate, rollbacks: Rollbacks) -> Trial:
        """One gate on the old code, and where it fails once more without the branch's migrations."""
        steps: tuple[Applied, ...] = ("head",) if rollbacks.is_first else ("base", "head")
        kept = "with the branch's migrations kept"
        told = f"gate `{gate.gate.name}` on the base's code{f', {kept}' if rollbacks.kept else ''}"
        result, seen = self._on(rollbacks.old, gate, steps, rollbacks, told)
        here, served = self._here, tuple[str, ...]()
        if result.outcome is Outcome.PASSED and gate.image is None:
            served = imported_from(here.root, rollbacks.code, here.environment, here.committed)
        trial = Trial(result=result, before=seen.get("base"), after=seen.get("head"), served=served)
        if result.outcome is not Outcome.FAILED or not (rollbacks.kept or seen) or self._cancelled.is_set():
            return trial
        told = f"gate `{gate.gate.name}` on the base's code, without the branch's migrations"
        return replace(trial, control=self._on(rollbacks.base, gate, steps[:-1], rollbacks, told)[0])

    def _on(
        self, commit: str, gate: PlannedGate, steps: tuple[Applied, ...], rollbacks: Rollbacks, told: str
    ) -> tuple[GateResult, dict[Applied, Snapshot]]:
        """One gate in a checkout of ``commit``, and what its database held after each of ``steps``."""
        here, seen = self._here, dict[Applied, Snapshot]()

        def migrate(planned: PlannedGate, reached: Reached) -> None:
            if planned.gate.database and self._planned.command:
                for step in steps:
                    seen.update(self._applied(step, planned, reached, rollbacks))
                self._on_lines([f"--- {told}"])

        self._on_lines([f"--- {told}"])
        logs = here.logs / f"{self._stem}.parts" / str(len(self._parts))
        logs.mkdir(parents=True)
        try:
            with rollbacks.checkout(commit, contained=gate.image is not None) as folder, led_to(folder, here) as led:
                there = replace(
                    _alone(led, folder),
                    logs=logs,
                    committed=rollbacks.committed(commit),
                    changed={},
                    services=None if here.services is None else _Migrated(here.services, migrate),
                )
                run = GateRun(gate, len(self._parts), there, on_lines=self._on_lines, cancelled=self._cancelled)
                result = run.result()
        except StepFailedError:
            raise
        except GaterunnerError as error:  # what is known of the others by then counts all the same
            uses = error.uses if isinstance(error, ServiceError) else ()
            result = replace(errored(gate, error.line), services=uses)
        finally:
            self._parts += [(told, log) for log in sorted(logs.glob("*.log"))]
        return result, seen

    def _applied(
        self, step: Applied, gate: PlannedGate, reached: Reached, rollbacks: Rollbacks
    ) -> dict[Applied, Snapshot]:
        """Has the gate's database migrated and tells what it then holds. Raises ``StepFailedError``."""
        here = self._here
        here.redactor.learn(*reached.secrets)
        if (gate.image is None) is not (self._planned.image is None) and reached.database_from is not None:
            reached = reached.database_from(self._planned)
        self._on_lines([f"--- {TOLD[step]}"])
        log = here.logs / f"{self._stem}.applied-{len(self._parts)}.log"
        self._parts.append((TOLD[step], log))
        with self._place_of(step, rollbacks) as (run, root):
            execution = run.execute_with(reached, here.executor_for(self._planned), root, log).execution
        result = judge(self._planned, execution, None)
        if result.outcome is not Outcome.PASSED:
            raise StepFailedError(
                BrokenStep(applied=step, outcome=result.outcome, reason=result.reason, tail=result.log_tail)
            )
        if reached.snapshot is None:
            raise EvaluationError("the gate's database cannot be looked at", help="use a PostgreSQL of the workflow")
        return {step: reached.snapshot()}

    @contextmanager
    def _place_of(self, step: Applied, rollbacks: Rollbacks) -> Iterator[tuple[GateRun, Path]]:
        """Who applies migrations, and where: the base's are out of the branch's reach."""
        if step == "head":
            yield self, self._here.root
            return
        contained = self._planned.image is not None
        with rollbacks.checkout(rollbacks.base, contained=contained) as folder, led_to(folder, self._here) as led:
            yield self._with(_alone(led, folder)), folder


def _alone(led: GateSurroundings, folder: Path) -> GateSurroundings:
    """For a gate of another tree to be judged there by nothing but itself."""
    return replace(led, root=folder, cache=None, baselines=None)


class _Migrated:
    """Services whose databases are migrated before a gate gets them."""

    def __init__(self, services: ServiceHost, migrate: Migrate) -> None:
        self._services = services
        self._migrate = migrate

    @contextmanager
    def for_gate(
        self, planned: PlannedGate, *, on_lines: Callable[[Sequence[str]], None], cancelled: Event
    ) -> Iterator[Reached]:
        with self._services.for_gate(planned, on_lines=on_lines, cancelled=cancelled) as reached:
            self._migrate(planned, reached)
            yield reached

    def close(self) -> None:
        """What the run shares is the run's to end."""
