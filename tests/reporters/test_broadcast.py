"""What several observers are told at the same time."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from gaterunner.config.types import Workflow
from gaterunner.model import Change, GateResult, PolicyResult, Report
from gaterunner.output import Lines
from gaterunner.plan import PlannedGate
from gaterunner.redaction import Redactor
from gaterunner.reporters.broadcast import Broadcast
from tests.plan.test_plan import gate as declared
from tests.reporters.reports import gate


def planned(name: str) -> PlannedGate:
    return PlannedGate(gate=declared(name), command="make", why="")


class Watcher:
    """Writes down what it is told about gates."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def started(self, change: Change, workflow: Workflow, plan: Sequence[PlannedGate]) -> None: ...

    def gate_started(self, gate: PlannedGate) -> None:
        self.told.append(f"{gate.gate.name} started")

    def gate_output(self, gate: PlannedGate, lines: Sequence[str]) -> None:
        self.told += [f"{gate.gate.name}: {line}" for line in lines]

    def gate_finished(self, result: GateResult) -> None:
        self.told.append(f"{result.name} {result.outcome}")

    def policy_finished(self, result: PolicyResult) -> None: ...

    def finished(self, report: Report) -> None: ...


class Broken(Watcher):
    def gate_output(self, gate: PlannedGate, lines: Sequence[str]) -> None:
        raise RuntimeError("no display")


class Slow(Watcher):
    """Does not come back from one gate's output until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.entered, self.go = threading.Event(), threading.Event()

    def gate_output(self, gate: PlannedGate, lines: Sequence[str]) -> None:
        if gate.gate.name == "slow":
            self.entered.set()
            assert self.go.wait(30)
        super().gate_output(gate, lines)


def test_an_observer_that_is_slow_about_one_gate_holds_up_no_other() -> None:
    slow, other = Slow(), Watcher()
    broadcast = Broadcast([slow, other], str, print)
    held_up = threading.Thread(target=broadcast.gate_output, args=(planned("slow"), ["x"]))
    held_up.start()
    assert slow.entered.wait(30)
    broadcast.gate_output(planned("quick"), ["y"])
    broadcast.gate_finished(gate("quick"))
    assert slow.told == other.told == ["quick: y", "quick passed"]
    slow.go.set()
    held_up.join(30)
    assert slow.told == other.told == ["quick: y", "quick passed", "slow: x"]


def test_an_observer_that_breaks_in_many_threads_is_noted_once() -> None:
    notes: list[str] = []
    watcher = Watcher()
    broadcast = Broadcast([Broken(), watcher], str, notes.append)
    threads = [
        threading.Thread(target=broadcast.gate_output, args=(planned(f"gate-{number}"), ["x"])) for number in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert notes == ["Broken stopped working: RuntimeError: no display"]
    assert len(watcher.told) == 20


def test_lines_that_do_not_mask_themselves_are_masked() -> None:
    redactor = Redactor(["correct-horse-battery"])
    watcher = Watcher()
    broadcast = Broadcast([watcher], redactor, print)
    broadcast.gate_output(planned("db"), ["a correct-horse-battery b"])
    broadcast.gate_output(planned("unit"), Lines("correct-horse-battery\nx", redactor))
    broadcast.gate_output(planned("unit"), [])
    assert watcher.told == ["db: a *** b", "unit: ***", "unit: x"]
