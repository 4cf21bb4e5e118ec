"""Runs the planned gates and judges each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from threading import Event

from msgspec.structs import replace

from gaterunner.errors import GaterunnerError, machine_error
from gaterunner.gates import unexecuted
from gaterunner.model import GateResult, ServiceUse
from gaterunner.plan import PlannedGate
from gaterunner.redaction import Redactor
from gaterunner.reporters.observer import Observer
from gaterunner.runner.gate_run import GateRun, GateSurroundings
from gaterunner.runner.schedule import run_in_order
from gaterunner.services.base import ServiceError


def run_gates(
    plan: Sequence[PlannedGate],
    *,
    surroundings: GateSurroundings,
    observer: Observer,
    cancelled: Event,
    jobs: int = 1,
    keep_going: bool = False,
) -> tuple[GateResult, ...]:
    """The results in the order of the plan; see ``schedule.py`` for which gate starts when.

    Setting ``cancelled`` ends the running gates and skips the rest. Never raises for a gate: a fault of ours while one
    runs is that gate's ``errored``.
    """

    def execute(planned: PlannedGate, number: int) -> GateResult:
        observer.gate_started(planned)
        on_lines = partial(observer.gate_output, planned)
        run = _kind_of_run(planned)(planned, number, surroundings, on_lines=on_lines, cancelled=cancelled)
        result = _result(run, planned, surroundings.redactor)
        observer.gate_finished(result)
        return result

    try:
        return run_in_order(
            plan, execute, jobs=jobs, keep_going=keep_going, cancelled=cancelled, skipped=observer.gate_finished
        )
    finally:
        if surroundings.services is not None:
            surroundings.services.close()


def _kind_of_run(planned: PlannedGate) -> type[GateRun]:
    if planned.gate.kind == "migration-rehearsal":
        from gaterunner.runner.rehearsal import RehearsalRun

        return RehearsalRun
    if planned.gate.kind == "rollback-rehearsal":
        from gaterunner.runner.rollback import RollbackRun

        return RollbackRun
    if planned.gate.kind == "sentry-clean":
        from gaterunner.runner.sentry_clean import SentryRun

        return SentryRun
    return GateRun


def _result(run: GateRun, planned: PlannedGate, redact: Redactor) -> GateResult:
    """The result of a gate, also when we crash over it."""
    started = datetime.now(UTC)
    services: tuple[ServiceUse, ...] = ()
    try:
        return run.result()
    except GaterunnerError as error:
        reason = error.line
        services = error.uses if isinstance(error, ServiceError) else ()
    except OSError as error:
        reason = machine_error(error).line
    except Exception as error:  # noqa: BLE001 (a crash is never a pass, nor may it hide the others' results)
        from gaterunner.crash import describe_crash

        problem = describe_crash(error)
        reason = redact(f"{problem.message}; {problem.help}")
    return replace(
        unexecuted.errored(planned, reason),
        started=started.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        duration_s=round((datetime.now(UTC) - started).total_seconds(), 3),
        executor=None if planned.gate.kind == "sentry-clean" else "docker" if planned.image is not None else "local",
        image=planned.image,
        services=services,
    )
