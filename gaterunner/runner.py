"""Runs the planned gates and judges each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Event

from msgspec import Struct, structs

from gaterunner.errors import EvaluationError, GaterunnerError
from gaterunner.executors.base import Executor, Job
from gaterunner.executors.environment import gate_environment
from gaterunner.executors.identity import Identity
from gaterunner.gates import command
from gaterunner.model import GateResult, Outcome
from gaterunner.plan import PlannedGate
from gaterunner.redaction import Redactor
from gaterunner.reporters.observer import Observer
from gaterunner.schedule import run_in_order

_UNSAFE_IN_FILE_NAMES = re.compile(r"[^A-Za-z0-9._-]+")


class Surroundings(Struct, frozen=True, kw_only=True):
    """What all gates of a run share.

    ``root`` is the checkout, ``logs`` a directory of ours that gates cannot write to, ``environment`` gaterunner's own
    (it is scrubbed per gate). ``identity`` and ``home`` say whom gates run as and where that user's home is, None for
    gaterunner's own. ``committed`` maps paths of the judged tree to blob ids, so that a result file that is merely
    checked out does not count as written.
    """

    root: Path
    logs: Path
    environment: Mapping[str, str]
    redactor: Redactor
    identity: Identity | None = None
    home: Path | None = None
    committed: Mapping[str, str] = {}


def run_gates(
    plan: Sequence[PlannedGate],
    *,
    surroundings: Surroundings,
    executor: Executor,
    observer: Observer,
    cancelled: Event,
    jobs: int = 1,
    keep_going: bool = False,
) -> tuple[GateResult, ...]:
    """The results in the order of the plan; see ``schedule.py`` for which gate starts when.

    Setting ``cancelled`` ends the running gates and skips the rest. Never raises for a gate: a fault of ours while one
    runs is that gate's ``errored``.
    """
    run = _Run(surroundings, executor, observer, cancelled)
    return run_in_order(
        plan, run.gate, jobs=jobs, keep_going=keep_going, cancelled=cancelled, skipped=observer.gate_finished
    )


class _Run:
    """One run's surroundings, executor, observer and end."""

    def __init__(self, surroundings: Surroundings, executor: Executor, observer: Observer, cancelled: Event) -> None:
        self._surroundings = surroundings
        self._executor = executor
        self._observer = observer
        self._cancelled = cancelled

    def gate(self, planned: PlannedGate, number: int) -> GateResult:
        """The result of a gate, which observers are told of before and after."""
        self._observer.gate_started(planned)
        result = self._gate_safely(planned, number)
        self._observer.gate_finished(result)
        return result

    def _gate_safely(self, planned: PlannedGate, number: int) -> GateResult:
        """The result of a gate, also when we crash over it."""
        started = datetime.now(UTC)
        try:
            return self._gate(planned, number)
        except GaterunnerError as error:
            reason = error.message + (f"; {error.help}" if error.help else "")
        except Exception as error:  # noqa: BLE001 (a crash is never a pass, nor may it hide the others' results)
            from gaterunner.crash import describe_crash

            problem = describe_crash(error)
            reason = self._surroundings.redactor(f"{problem.message}; {problem.help}")
        return GateResult(
            name=planned.gate.name,
            kind=planned.gate.kind,
            outcome=Outcome.ERRORED,
            reason=reason,
            command=planned.command,
            started=started.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            duration_s=round((datetime.now(UTC) - started).total_seconds(), 3),
            advisory=planned.gate.advisory,
            executor=self._executor.name,
        )

    def _gate(self, planned: PlannedGate, number: int) -> GateResult:
        here, gate = self._surroundings, planned.gate
        cwd = _working_directory(here.root, gate.cwd)
        log = here.logs / f"{number:02d}-{_UNSAFE_IN_FILE_NAMES.sub('-', gate.name)[:80]}.log"
        environment = gate_environment(
            here.environment,
            gate=gate.name,
            declared=gate.env,
            identity=here.identity,
            home=str(here.home) if here.home else None,
        )
        job = Job(
            name=gate.name,
            command=planned.command,
            shell=gate.shell,
            root=here.root,
            cwd=cwd,
            env=environment,
            timeout_s=gate.timeout_s,
            log=log,
        )
        watch = None
        if gate.tests:
            from gaterunner.evidence.junit import Watch

            watch = Watch(here.root, cwd, gate.tests, redactor=here.redactor, committed=here.committed)
        execution = self._executor.run(
            job, on_lines=partial(self._observer.gate_output, planned), cancelled=self._cancelled
        )
        evidence = watch.collect() if watch is not None else None
        return structs.replace(command.judge(planned, execution, evidence, log=str(log)), executor=self._executor.name)


def _working_directory(root: Path, cwd: str) -> Path:
    directory = (root / cwd).resolve()
    if not directory.is_relative_to(root.resolve()):
        raise EvaluationError(f"cwd: {cwd} leads out of the repository", help="a gate works inside of it")
    return directory
