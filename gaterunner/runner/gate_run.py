"""One gate from its start to its result: cache, services, attempts, evidence, judgement."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from gaterunner.errors import EvaluationError
from gaterunner.evidence.telemetry import TelemetryEvidence
from gaterunner.evidence.types import CoverageEvidence, TestEvidence
from gaterunner.executors.base import Container, Execution, Executor, Job
from gaterunner.executors.environment import container_environment, gate_environment
from gaterunner.executors.identity import Identity, private_home
from gaterunner.gates.command import judge, needs_baseline
from gaterunner.model import GateResult, Outcome, ServiceUse
from gaterunner.plan import PlannedGate
from gaterunner.redaction import Redactor
from gaterunner.runner.elsewhere import pointed_at
from gaterunner.services.base import Reached, ServiceHost

if TYPE_CHECKING:
    from gaterunner.baseline import Baselines
    from gaterunner.containers.engine import Engine
    from gaterunner.evidence.coverage import CoverageWatch
    from gaterunner.evidence.junit import JUnitWatch
    from gaterunner.receiver.receiver import Receiver
    from gaterunner.runner.rehearsals import Rehearsals
    from gaterunner.runner.rollbacks import Rollbacks
    from gaterunner.runner.sentry_asking import SentrySurroundings
    from gaterunner.store.cache import GateCache
    from gaterunner.telemetry.trace import Trace

_ELSEWHERE = {"base": "once more, on the base", "base-tests": "once more, with the base's tests on this code"}
_UNSAFE_IN_FILE_NAMES = re.compile(r"[^A-Za-z0-9._-]+")


class GateSurroundings(Struct, frozen=True, kw_only=True):
    """What all gates of a run share.

    ``root`` is the checkout, ``logs`` a directory of ours that gates cannot write to, ``environment`` gaterunner's own
    (it is scrubbed per gate). ``executor_for`` says where a gate runs; it raises ``EvaluationError`` when that place is
    not to be had, as does ``engine``, which gives that of containers. ``identity`` and ``home`` say whom gates run as
    and where that user's home is, None for gaterunner's own. ``committed`` maps paths of the judged tree to blob ids,
    so that a result file that is merely checked out does not count as written, and ``changed`` maps paths to the lines
    that the change adds. ``services``, ``cache``, ``baselines``, ``rehearsals``, ``rollbacks`` and ``sentry`` are None
    where no gate asks for any. ``trace`` is the one that gates continue, if any.
    """

    root: Path
    logs: Path
    environment: Mapping[str, str]
    redactor: Redactor
    executor_for: Callable[[PlannedGate], Executor]
    engine: Callable[[], Engine] | None = None
    identity: Identity | None = None
    home: Path | None = None
    committed: Mapping[str, str] = {}
    changed: Mapping[str, frozenset[int]] = {}
    services: ServiceHost | None = None
    cache: GateCache | None = None
    baselines: Baselines | None = None
    rehearsals: Rehearsals | None = None
    rollbacks: Rollbacks | None = None
    trace: Trace | None = None
    sentry: SentrySurroundings | None = None


@contextmanager
def led_to(folder: Path, here: GateSurroundings) -> Iterator[GateSurroundings]:
    """What a gate in another tree than the checkout is given: what leads into the checkout leads to ``folder``.

    Its home holds nothing that the branch left there, where that is ours to give.
    """
    environment = pointed_at(here.environment, checkout=here.root, instead=folder, tracked=here.committed)
    with nullcontext() if here.identity is None else private_home(here.identity) as home:
        yield replace(here, home=home, environment=environment)


class Seen(Struct, frozen=True, kw_only=True):
    """What one execution of a gate's command left to judge."""

    execution: Execution
    tests: TestEvidence | None
    coverage: CoverageEvidence | None
    telemetry: TelemetryEvidence | None
    services: tuple[ServiceUse, ...]


class GateRun:
    """One gate. ``number`` is its place in the plan, ``on_lines`` gets its output as it comes."""

    def __init__(
        self,
        planned: PlannedGate,
        number: int,
        surroundings: GateSurroundings,
        *,
        on_lines: Callable[[Sequence[str]], None],
        cancelled: Event,
    ) -> None:
        self._planned = planned
        self._number = number
        self._gate = planned.gate
        self._here = surroundings
        self._on_lines = on_lines
        self._cancelled = cancelled
        self._stem = f"{number:02d}-{_UNSAFE_IN_FILE_NAMES.sub('-', planned.gate.name)[:80]}"

    def result(self) -> GateResult:
        """What the cache proves, or else what running the gate shows. Raises ``GaterunnerError`` when it cannot run."""
        cache = self._here.cache
        if cache is None:
            return self._run()
        cached = cache.lookup(self._planned)
        if cached is not None:
            return cached
        watch = cache.watch(self._planned)
        result = self._run()
        notice = cache.remember(self._planned, result, watch)
        return result if notice is None else replace(result, findings=(*result.findings, notice))

    def _run(self) -> GateResult:
        """The gate's command, again while it fails and ``retries`` allow it."""
        executor = self._here.executor_for(self._planned)
        allowed = 1 + self._gate.retries
        results: list[GateResult] = []
        while True:
            if results:
                self._on_lines([f"--- attempt {len(results) + 1} of {allowed}"])
            log = self._here.logs / f"{self._stem}{f'.attempt-{len(results) + 1}' if results else ''}.log"
            results.append(self._judged(self.execute(executor, self._here.root, log), executor, log))
            if allowed == 1:
                return results[0]
            from gaterunner.gates.retrying import combine, should_retry

            if len(results) == allowed or self._cancelled.is_set() or not should_retry(results[-1]):
                return combine(results, allowed=allowed)

    def _judged(self, seen: Seen, executor: Executor, log: Path) -> GateResult:
        baseline = None
        if self._here.baselines is not None and needs_baseline(self._planned, seen.execution, seen.tests):

            def elsewhere(folder: Path, what: str) -> tuple[Execution, TestEvidence | None]:
                self._on_lines([f"--- {_ELSEWHERE[what]}"])
                with led_to(folder, self._here) as there:
                    run = self._with(there)
                    other = run.execute(executor, folder, there.logs / f"{self._stem}.{what}.log")
                return other.execution, other.tests

            failed = bool(seen.tests and seen.tests.counts.failed)
            baseline = self._here.baselines.of(self._planned, elsewhere, failed=failed)
        result = judge(
            self._planned,
            seen.execution,
            seen.tests,
            coverage=seen.coverage,
            telemetry=seen.telemetry,
            baseline=baseline,
            log=str(log),
        )
        passed = result.outcome is Outcome.PASSED
        services = tuple(replace(use, log=None) if passed else use for use in seen.services)
        return replace(result, executor=executor.name, services=services)

    def _with(self, surroundings: GateSurroundings) -> GateRun:
        """The same gate in other surroundings."""
        return GateRun(self._planned, self._number, surroundings, on_lines=self._on_lines, cancelled=self._cancelled)

    def execute(self, executor: Executor, root: Path, log: Path) -> Seen:
        """Runs the command in ``root``, the checkout or a tree that stands in for it, and collects what it left.

        Services and databases are fresh each time: what one attempt did to them must not be found by the next.
        """
        if self._here.services is None:
            return self.execute_with(Reached(), executor, root, log)
        with self._here.services.for_gate(self._planned, on_lines=self._on_lines, cancelled=self._cancelled) as reached:
            self._here.redactor.learn(*reached.secrets)
            return self.execute_with(reached, executor, root, log)

    def execute_with(self, reached: Reached, executor: Executor, root: Path, log: Path) -> Seen:
        cwd = _working_directory(root, self._gate.cwd)
        tests, coverage = self._watches(root, cwd)
        with self._receiver() or nullcontext() as receiver:
            job = Job(
                name=self._gate.name,
                command=self._planned.command,
                shell=self._gate.shell,
                root=root,
                cwd=cwd,
                env=self._environment(reached, receiver),
                timeout_s=self._gate.timeout_s,
                log=log,
                container=self._container(reached),
            )
            execution = executor.run(job, on_lines=self._on_lines, cancelled=self._cancelled)
            telemetry = receiver.evidence() if receiver is not None else None
        return Seen(
            execution=execution,
            tests=tests.collect() if tests is not None else None,
            coverage=coverage.collect() if coverage is not None else None,
            telemetry=telemetry,
            services=reached.uses,
        )

    def _receiver(self) -> AbstractContextManager[Receiver] | None:
        """What the gate's program sends its telemetry to; None where nothing is asked of it."""
        if self._gate.telemetry is None:
            return None
        from gaterunner.runner.receiving import received

        engine = self._here.engine if self._planned.image is not None else None
        return received(self._gate.telemetry, self._here.redactor, engine)

    def _watches(self, root: Path, cwd: Path) -> tuple[JUnitWatch | None, CoverageWatch | None]:
        here, tests, coverage = self._here, None, None
        mounted_at = None
        if self._planned.image is not None:
            from gaterunner.containers.mounts import WORKSPACE

            mounted_at = WORKSPACE
        if self._gate.tests:
            from gaterunner.evidence.junit import JUnitWatch

            tests = JUnitWatch(
                root, cwd, self._gate.tests, redactor=here.redactor, committed=here.committed, mounted_at=mounted_at
            )
        if self._gate.coverage is not None:
            from gaterunner.evidence.coverage import CoverageWatch

            coverage = CoverageWatch(
                root,
                cwd,
                self._gate.coverage,
                redactor=here.redactor,
                committed=here.committed,
                changed=here.changed,
                mounted_at=mounted_at,
            )
        return tests, coverage

    def _environment(self, reached: Reached, receiver: Receiver | None) -> dict[str, str]:
        env = self._own_environment(reached)
        if receiver is None:
            return env
        from gaterunner.runner.receiving import with_receiver

        return with_receiver(env, receiver)

    def _own_environment(self, reached: Reached) -> dict[str, str]:
        trace, expected = self._here.trace, self._gate.telemetry is not None
        traced = trace.for_gate(self._gate.name, expected=expected) if trace is not None else ()
        declared = (*traced, *reached.env, *self._gate.env, *self._planned.env, *_shard(self._planned))
        if self._planned.image is not None:
            return container_environment(gate=self._gate.name, declared=declared)
        here = self._here
        return gate_environment(
            here.environment,
            gate=self._gate.name,
            declared=declared,
            identity=here.identity,
            home=str(here.home) if here.home else None,
        )

    def _container(self, reached: Reached) -> Container | None:
        if self._planned.image is None:
            return None
        made = Container(image=self._planned.image, network=self._gate.network or "bridge", networks=reached.networks)
        return made if self._gate.resources is None else replace(made, resources=self._gate.resources)


def _shard(planned: PlannedGate) -> tuple[tuple[str, str], ...]:
    """Told to every gate that declares shards, also where it runs whole."""
    if planned.gate.shards == 1:
        return ()
    number, total = planned.shard
    return (("GATERUNNER_SHARD_INDEX", str(number)), ("GATERUNNER_SHARD_TOTAL", str(total)))


def _working_directory(root: Path, cwd: str) -> Path:
    directory = (root / cwd).resolve()
    if not directory.is_relative_to(root.resolve()):
        raise EvaluationError(f"cwd: {cwd} leads out of the repository", help="a gate works inside of it")
    return directory
