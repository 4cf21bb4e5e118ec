"""Gates in their order."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event

import pytest
from msgspec.structs import replace

from gaterunner.config.types import Gate, Position, Workflow
from gaterunner.errors import EvaluationError
from gaterunner.executors.base import Execution, Executor, Job
from gaterunner.executors.local import LocalExecutor
from gaterunner.model import Change, GateResult, Outcome, PolicyResult, Report, Skip
from gaterunner.plan import PlannedGate, effective_needs
from gaterunner.redaction import Redactor
from gaterunner.runner.gate_run import GateSurroundings
from gaterunner.runner.gates import run_gates


class Watcher:
    """An observer that writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def started(self, change: Change, workflow: Workflow, plan: Sequence[PlannedGate]) -> None: ...

    def gate_started(self, gate: PlannedGate) -> None:
        self.told.append(f"start {gate.gate.name}")

    def gate_output(self, gate: PlannedGate, lines: Sequence[str]) -> None:
        self.told += [f"{gate.gate.name}: {line}" for line in lines]

    def gate_finished(self, result: GateResult) -> None:
        self.told.append(f"{result.outcome} {result.name}")

    def policy_finished(self, result: PolicyResult) -> None: ...

    def finished(self, report: Report) -> None: ...


class Broken:
    """An executor that raises."""

    name = "broken"

    def __init__(self, error: Exception) -> None:
        self.error = error

    def run(self, job: Job, *, on_lines: Callable[[Sequence[str]], None], cancelled: Event) -> Execution:
        raise self.error


def planned(
    name: str,
    command: str = "true",
    *,
    needs: tuple[str, ...] | None = None,
    cwd: str = ".",
    env: tuple[tuple[str, str], ...] = (),
    tests: tuple[str, ...] = (),
    advisory: bool = False,
    skip: Skip | None = None,
) -> PlannedGate:
    gate = Gate(
        name=name, position=Position(1, 1), needs=needs, cwd=cwd, env=env, tests=tests, advisory=advisory, timeout_s=20
    )
    return PlannedGate(gate=gate, command=command, why="declared", skip=skip, skip_reason="none of its paths changed")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    path = tmp_path / "repo"
    path.mkdir()
    return path


def run(
    root: Path,
    *plan: PlannedGate,
    executor: Executor | None = None,
    watcher: Watcher | None = None,
    cancelled: Event | None = None,
    committed: dict[str, str] | None = None,
    keep_going: bool = False,
) -> tuple[GateResult, ...]:
    redactor = Redactor(["correct-horse-battery"])
    needs = effective_needs([gate.gate for gate in plan])
    return run_gates(
        [replace(gate, needs=needs[gate.gate.name]) for gate in plan],
        surroundings=GateSurroundings(
            root=root,
            logs=root.parent / "logs",
            environment={"PATH": "/usr/bin:/bin", "GH_TOKEN": "x"},
            redactor=redactor,
            executor_for=lambda _planned: executor or LocalExecutor(redactor, grace_s=0.3),
            committed=committed or {},
        ),
        observer=watcher or Watcher(),
        cancelled=cancelled or Event(),
        keep_going=keep_going,
    )


def outcomes(results: Sequence[GateResult]) -> list[str]:
    return [f"{result.name} {result.skip or result.outcome}" for result in results]


def test_gates_run_in_order_and_are_watched(root: Path) -> None:
    watcher = Watcher()
    results = run(root, planned("build", "echo one"), planned("unit", "echo two"), watcher=watcher)
    assert outcomes(results) == ["build passed", "unit passed"]
    assert watcher.told == [
        "start build", "build: one", "passed build", "start unit", "unit: two", "passed unit",
    ]  # fmt: skip
    assert results[0].log == str(root.parent / "logs/01-build.log")
    assert Path(results[0].log).read_text() == "one\n"
    assert results[0].executor == "local"


def test_a_failing_gate_stops_all_after_it(root: Path) -> None:
    watcher = Watcher()
    results = run(root, planned("a", "exit 2"), planned("b"), planned("c"), watcher=watcher)
    assert outcomes(results) == ["a failed", "b not-reached", "c not-reached"]
    assert results[1].reason == results[2].reason == "not reached: gate `a` failed"
    assert watcher.told == ["start a", "failed a", "skipped b", "skipped c"]


def test_what_is_unproven_or_errored_stops_as_well(root: Path) -> None:
    unproven = run(root, planned("a", tests=("r.xml",)), planned("b"))
    assert [result.reason for result in unproven][1] == "not reached: gate `a` is unproven"
    errored = run(root, planned("a", "no-such-command-anywhere"), planned("b"))
    assert [result.reason for result in errored][1] == "not reached: gate `a` could not be evaluated"


def test_an_advisory_gate_stops_nothing(root: Path) -> None:
    assert outcomes(run(root, planned("a", "false", advisory=True), planned("b"))) == ["a failed", "b passed"]


def test_an_advisory_gate_that_was_not_reached_lets_nothing_through(root: Path) -> None:
    results = run(root, planned("a", "false"), planned("b", advisory=True), planned("c"))
    assert outcomes(results) == ["a failed", "b not-reached", "c not-reached"]


def test_a_gate_with_needs_follows_those_only(root: Path) -> None:
    results = run(
        root,
        planned("a"),
        planned("b", "false"),
        planned("c", needs=("a",)),
        planned("d", needs=("b",)),
        planned("e", needs=()),
        keep_going=True,
    )
    assert outcomes(results) == ["a passed", "b failed", "c passed", "d not-reached", "e passed"]


def test_a_planned_skip_stays_one_and_stops_nothing(root: Path) -> None:
    results = run(root, planned("a", skip=Skip.NOT_APPLICABLE), planned("b"))
    assert outcomes(results) == ["a not-applicable", "b passed"]
    assert results[0].reason == "none of its paths changed"


def test_a_failure_is_not_forgotten_behind_a_planned_skip(root: Path) -> None:
    results = run(root, planned("a", "false"), planned("b", skip=Skip.NOT_APPLICABLE), planned("c"))
    assert outcomes(results) == ["a failed", "b not-applicable", "c not-reached"]
    assert results[2].reason == "not reached: gate `a` failed"


def test_cancelling_ends_the_gate_and_skips_the_rest(root: Path) -> None:
    cancelled = Event()
    threading.Timer(0.2, cancelled.set).start()
    results = run(root, planned("a", "sleep 30"), planned("b"), planned("c", needs=()), cancelled=cancelled)
    assert outcomes(results) == ["a errored", "b not-reached", "c not-reached"]
    assert results[0].reason == "interrupted before it ended"
    assert results[2].reason == "not reached: the run was interrupted"


def test_a_crash_of_ours_is_errored_and_never_a_pass(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(root.parent))  # where the crash is described
    [result] = run(root, planned("a"), executor=Broken(KeyError("correct-horse-battery")))
    assert result.outcome is Outcome.ERRORED
    assert result.reason.startswith("internal error: KeyError: '***'; this is a defect of gaterunner")


def test_a_fault_that_a_user_can_mend_says_how(root: Path) -> None:
    [result] = run(root, planned("a"), executor=Broken(EvaluationError("the disk is full", help="make room")))
    assert (result.outcome, result.reason) == (Outcome.ERRORED, "the disk is full; make room")


def test_a_gate_gets_its_own_environment_and_no_token(root: Path) -> None:
    watcher = Watcher()
    run(root, planned("a", 'echo "$MODE $GATERUNNER_GATE ${GH_TOKEN-none}"', env=(("MODE", "test"),)), watcher=watcher)
    assert watcher.told[1] == "a: test a none"


def test_a_working_directory_outside_of_the_repository_is_refused(root: Path) -> None:
    (root / "link").symlink_to("/")
    [result] = run(root, planned("a", cwd="link"))
    assert (result.outcome, result.reason) == (
        Outcome.ERRORED,
        "cwd: link leads out of the repository; a gate works inside of it",
    )


def test_result_files_are_relative_to_the_gates_directory(root: Path) -> None:
    (root / "app").mkdir()
    write = """echo '<testsuite><testcase name="a"/></testsuite>' > r.xml"""
    [result] = run(root, planned("a", write, cwd="app", tests=("*.xml",)))
    assert result.reason == "exit code 0, 1 test passed"


def test_a_daemon_cannot_improve_results_after_the_end(root: Path) -> None:
    bad = """echo '<testsuite><testcase name="a"><failure/></testcase></testsuite>' > r.xml"""
    good = """echo '<testsuite><testcase name="a"/></testsuite>' > r.xml"""
    [result] = run(root, planned("a", f"{bad}; (trap '' TERM; sleep 0.6; {good}) & exit 0", tests=("r.xml",)))
    assert result.outcome is Outcome.FAILED
    assert result.tests is not None
    assert result.tests.failed == 1


def test_names_make_safe_log_files(root: Path) -> None:
    [result] = run(root, planned("../../etc/x y"))
    assert result.log == str(root.parent / "logs/01-..-..-etc-x-y.log")
