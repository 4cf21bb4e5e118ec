"""Which gate starts when."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from threading import Event

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gaterunner.config.types import Gate, Position
from gaterunner.model import GateResult, Outcome, Skip
from gaterunner.plan import PlannedGate
from gaterunner.runner.schedule import run_in_order

PATIENCE_S = 20.0


def planned(name: str, *needs: str, advisory: bool = False, skip: Skip | None = None) -> PlannedGate:
    gate = Gate(name=name, position=Position(1, 1), advisory=advisory)
    reason = "told by the plan"
    return PlannedGate(gate=gate, command="true", why="", needs=needs, skip=skip, skip_reason=reason)


def result(planned: PlannedGate, outcome: Outcome = Outcome.PASSED) -> GateResult:
    name, advisory = planned.gate.name, planned.gate.advisory
    return GateResult(name=name, kind="command", outcome=outcome, reason="", advisory=advisory)


def run(
    plan: Sequence[PlannedGate],
    execute: Callable[[PlannedGate, int], GateResult],
    *,
    jobs: int = 4,
    keep_going: bool = False,
    cancelled: Event | None = None,
) -> dict[str, str]:
    results = run_in_order(
        plan,
        execute,
        jobs=jobs,
        keep_going=keep_going,
        cancelled=cancelled or Event(),
        skipped=lambda _result: None,
    )
    assert [each.name for each in results] == [each.gate.name for each in plan]
    return {each.name: str(each.skip or each.outcome) for each in results}


def failing(*names: str) -> Callable[[PlannedGate, int], GateResult]:
    return lambda gate, _number: result(gate, Outcome.FAILED if gate.gate.name in names else Outcome.PASSED)


def test_gates_that_wait_for_nothing_run_at_once() -> None:
    together = threading.Barrier(3)

    def execute(gate: PlannedGate, _number: int) -> GateResult:
        together.wait(PATIENCE_S)  # broken, and the test fails, unless all three are here
        return result(gate)

    assert set(run([planned("a"), planned("b"), planned("c")], execute, jobs=3).values()) == {"passed"}


def test_no_more_gates_run_at_once_than_jobs() -> None:
    lock, running, most = threading.Lock(), 0, 0

    def execute(gate: PlannedGate, _number: int) -> GateResult:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        Event().wait(0.01)
        with lock:
            running -= 1
        return result(gate)

    run([planned(f"g{number}") for number in range(20)], execute, jobs=3)

    assert most == 3


def test_a_gate_starts_as_soon_as_what_it_needs_is_done_whatever_else_still_runs() -> None:
    later_started = Event()

    def execute(gate: PlannedGate, _number: int) -> GateResult:
        if gate.gate.name == "slow":
            assert later_started.wait(PATIENCE_S)
        if gate.gate.name == "later":
            later_started.set()
        return result(gate)

    plan = [planned("slow"), planned("quick"), planned("later", "quick")]
    assert set(run(plan, execute, jobs=2).values()) == {"passed"}


def test_variants_of_one_gate_never_run_at_once_and_do_not_stop_each_other() -> None:
    order = []

    def execute(gate: PlannedGate, _number: int) -> GateResult:
        order.append(gate.gate.name)
        Event().wait(0.05)
        order.append(gate.gate.name)
        return result(gate, Outcome.FAILED)

    on = replace(planned("unit (flags on)"), after=("unit (flags off)",))
    told = run([planned("unit (flags off)"), on], execute, jobs=2, keep_going=True)

    assert order == ["unit (flags off)"] * 2 + ["unit (flags on)"] * 2
    assert set(told.values()) == {"failed"}


def test_nothing_new_starts_after_a_failure_and_what_runs_is_let_finish() -> None:
    failed = Event()

    def execute(gate: PlannedGate, _number: int) -> GateResult:
        if gate.gate.name == "bad":
            failed.set()
            return result(gate, Outcome.FAILED)
        assert failed.wait(PATIENCE_S)
        Event().wait(0.2)  # so that the failure is known by the time this one ends
        return result(gate)

    plan = [planned("bad"), planned("running"), planned("other"), planned("untouched", skip=Skip.NOT_APPLICABLE)]
    assert run(plan, execute, jobs=2) == {
        "bad": "failed",
        "running": "passed",
        "other": "not-reached",
        "untouched": "not-applicable",
    }


def test_keep_going_runs_what_does_not_need_the_failed_one() -> None:
    plan = [planned("bad"), planned("needs-it", "bad"), planned("behind", "needs-it"), planned("other")]
    assert run(plan, failing("bad"), jobs=1, keep_going=True) == {
        "bad": "failed",
        "needs-it": "not-reached",
        "behind": "not-reached",
        "other": "passed",
    }


def test_an_advisory_failure_stops_nothing() -> None:
    plan = [planned("bad", advisory=True), planned("needs-it", "bad"), planned("other")]
    assert run(plan, failing("bad"), jobs=1) == {"bad": "failed", "needs-it": "passed", "other": "passed"}


def test_a_cancelled_run_starts_nothing_more() -> None:
    cancelled = Event()

    def execute(gate: PlannedGate, _number: int) -> GateResult:
        cancelled.set()
        return result(gate, Outcome.ERRORED)

    plan = [planned("a"), planned("b"), planned("c", "a")]
    assert run(plan, execute, jobs=1, cancelled=cancelled) == {"a": "errored", "b": "not-reached", "c": "not-reached"}


def test_a_cancelled_gate_that_does_not_end_is_errored_at_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gaterunner.runner.schedule.CANCELLED_GRACE_S", 0.05)
    monkeypatch.setattr("gaterunner.runner.schedule._POLL_S", 0.02)
    cancelled, never = Event(), Event()

    def execute(gate: PlannedGate, _number: int) -> GateResult:
        cancelled.set()
        never.wait(PATIENCE_S)
        return result(gate)

    assert run([planned("hangs")], execute, cancelled=cancelled) == {"hangs": "errored"}
    never.set()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_in_any_graph_each_gate_runs_once_and_after_what_it_needs(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 15))
    names = [f"g{number}" for number in range(count)]
    plan = [
        planned(name, *data.draw(st.lists(st.sampled_from(names[:index]), unique=True, max_size=3)) if index else ())
        for index, name in enumerate(names)
    ]
    bad = data.draw(st.sets(st.sampled_from(names), max_size=3))
    lock, ended = threading.Lock(), list[str]()

    def execute(gate: PlannedGate, _number: int) -> GateResult:
        with lock:
            assert set(gate.needs) <= set(ended)
        outcome = result(gate, Outcome.FAILED if gate.gate.name in bad else Outcome.PASSED)
        with lock:
            ended.append(gate.gate.name)
        return outcome

    told = run(plan, execute, jobs=data.draw(st.integers(1, 6)), keep_going=True)

    assert len(ended) == len(set(ended))
    unreached: set[str] = set()
    for gate in plan:
        if set(gate.needs) & (bad | unreached):
            unreached.add(gate.gate.name)
    assert {name for name, outcome in told.items() if outcome == "not-reached"} == unreached
    assert {name for name, outcome in told.items() if outcome == "failed"} == bad - unreached
