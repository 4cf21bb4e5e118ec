"""One gate: what its command is given, and what several attempts come to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest
from msgspec.structs import replace

from gaterunner.config.types import Gate, Position, Resources
from gaterunner.executors.base import Execution, Job
from gaterunner.executors.local import LocalExecutor
from gaterunner.model import GateResult, Outcome, ServiceUse
from gaterunner.plan import PlannedGate
from gaterunner.redaction import Redactor
from gaterunner.runner.gate_run import GateRun, GateSurroundings
from gaterunner.services.base import Reached

SECRET = "correct-horse-" + "battery"


class Recorder:
    """An executor that keeps what it is given and succeeds."""

    name = "docker"

    def __init__(self) -> None:
        self.jobs: list[Job] = []

    def run(self, job: Job, *, on_lines: Callable[[Sequence[str]], None], cancelled: Event) -> Execution:
        self.jobs.append(job)
        return Execution(ended="exited", exit_code=0, started="2025-06-15T00:00:00.000Z", duration_s=0.1)


class OneService:
    """A service host whose one service sets its own variables."""

    @contextmanager
    def for_gate(
        self, planned: PlannedGate, *, on_lines: Callable[[Sequence[str]], None], cancelled: Event
    ) -> Iterator[Reached]:
        yield Reached(
            env=(("DB_HOST", "db"), ("DATABASE_URL", "of-the-service")),
            networks=("network-1",),
            secrets=(SECRET,),
            uses=(ServiceUse(name="db", image="postgres:16", log="/logs/db.log"),),
        )

    def close(self) -> None: ...


def planned(command: str = "true", **options: object) -> PlannedGate:
    return PlannedGate(
        gate=Gate(name="unit", position=Position(1, 1), timeout_s=20, **options),  # type: ignore[arg-type]  # per test
        command=command,
        why="declared",
        declared="unit",
    )


class Bench:
    """Runs one gate in a folder; ``lines`` is what it printed."""

    def __init__(self, root: Path) -> None:
        self.root = root / "repo"
        self.root.mkdir()
        self.recorder = Recorder()
        self.lines: list[str] = []
        self.cancelled = Event()
        self.redactor = Redactor()
        self.surroundings = GateSurroundings(
            root=self.root,
            logs=root / "logs",
            environment={"PATH": "/usr/bin:/bin", "OF_THE_MACHINE": "1"},
            redactor=self.redactor,
            executor_for=lambda gate: self.recorder if gate.image else LocalExecutor(self.redactor, grace_s=0.3),
        )

    def run(self, gate: PlannedGate) -> GateResult:
        run = GateRun(gate, 3, self.surroundings, on_lines=self.lines.extend, cancelled=self.cancelled)
        return run.result()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_container_gets_only_what_is_declared(bench: Bench) -> None:
    bench.surroundings = replace(bench.surroundings, services=OneService())
    resources = Resources(memory=1 << 30, pids=64)
    gate = planned(env=(("DATABASE_URL", "of-the-gate"),), resources=resources, network="services")

    result = bench.run(replace(gate, image="python:3.13"))

    (job,) = bench.recorder.jobs
    assert job.env == {
        "HOME": "/tmp",  # noqa: S108  the container's
        "CI": "true",
        "GATERUNNER": "1",
        "GATERUNNER_GATE": "unit",
        "DB_HOST": "db",
        "DATABASE_URL": "of-the-gate",
    }
    assert job.container is not None
    assert (job.container.image, job.container.network, job.container.networks) == (
        "python:3.13",
        "services",
        ("network-1",),
    )
    assert job.container.resources == resources
    assert result.executor == "docker"


def test_a_service_is_told_and_its_log_kept_only_when_the_gate_did_not_pass(bench: Bench) -> None:
    bench.surroundings = replace(bench.surroundings, services=OneService())

    assert [use.log for use in bench.run(planned("true")).services] == [None]
    assert [use.log for use in bench.run(planned(f"echo {SECRET}; false")).services] == ["/logs/db.log"]
    assert bench.lines == ["***"]


def test_the_state_of_a_flag_wins_over_the_gates_own_environment(bench: Bench) -> None:
    gate = planned("echo flag=$FLAG", env=(("FLAG", "of-the-gate"),))

    assert bench.run(replace(gate, env=(("FLAG", "on"),))).outcome is Outcome.PASSED
    assert bench.lines == ["flag=on"]


@pytest.mark.parametrize(("shard", "told"), [((2, 4), "2 of 4"), ((1, 1), "1 of 1")])
def test_a_gate_with_shards_is_told_which_it_is(bench: Bench, shard: tuple[int, int], told: str) -> None:
    gate = planned("echo $GATERUNNER_SHARD_INDEX of $GATERUNNER_SHARD_TOTAL", shards=4)

    bench.run(replace(gate, shard=shard))

    assert bench.lines == [told]


def test_a_gate_without_shards_is_told_nothing_of_them(bench: Bench) -> None:
    bench.run(planned("echo ${GATERUNNER_SHARD_INDEX-none}"))
    assert bench.lines == ["none"]


def test_a_pass_after_a_failure_is_flaky_and_keeps_both_logs(bench: Bench) -> None:
    result = bench.run(planned("echo trying; test -e tried || { touch tried; false; }", retries=2))

    assert (result.outcome, result.flaky, result.attempts) == (Outcome.PASSED, True, 2)
    assert [(attempt.number, attempt.outcome, attempt.exit_code) for attempt in result.tries] == [
        (1, Outcome.FAILED, 1),
        (2, Outcome.PASSED, 0),
    ]
    logs = [Path(attempt.log or "") for attempt in result.tries]
    assert [log.name for log in logs] == ["03-unit.log", "03-unit.attempt-2.log"]
    assert [log.read_text() for log in logs] == ["trying\n", "trying\n"]
    assert bench.lines == ["trying", "--- attempt 2 of 3", "trying"]


def test_what_fails_in_every_attempt_has_failed(bench: Bench) -> None:
    result = bench.run(planned("false", retries=2))
    assert (result.outcome, result.flaky, result.attempts) == (Outcome.FAILED, False, 3)


def test_without_retries_there_is_one_attempt(bench: Bench) -> None:
    result = bench.run(planned("false"))
    assert (result.outcome, result.attempts, result.tries) == (Outcome.FAILED, 1, ())


def test_what_cannot_be_evaluated_is_not_tried_again(bench: Bench) -> None:
    result = bench.run(planned("no-such-command", retries=5))
    assert (result.outcome, result.attempts) == (Outcome.ERRORED, 1)


def test_a_cancelled_gate_is_not_tried_again(bench: Bench) -> None:
    def cancel(lines: Sequence[str]) -> None:
        bench.cancelled.set()

    gate = planned("echo started; sleep 20", retries=5)
    result = GateRun(gate, 1, bench.surroundings, on_lines=cancel, cancelled=bench.cancelled).result()

    assert (result.outcome, result.attempts) == (Outcome.ERRORED, 1)
