"""Hands what a run tells to several observers, and keeps a broken one from stopping the run."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gaterunner.config.types import Workflow
from gaterunner.model import Change, GateResult, PolicyResult, Report
from gaterunner.plan import PlannedGate
from gaterunner.reporters.observer import Observer


class Broadcast:
    """An observer that forwards to others, in their order.

    An observer that raises is told nothing more, and ``note`` gets one line about it.
    """

    def __init__(self, observers: Sequence[Observer], note: Callable[[str], None]) -> None:
        self._observers = tuple(observers)
        self._broken: set[int] = set()
        self._note = note

    def started(self, change: Change, workflow: Workflow, plan: Sequence[PlannedGate]) -> None:
        self._forward(lambda observer: observer.started(change, workflow, plan))

    def gate_started(self, gate: PlannedGate) -> None:
        self._forward(lambda observer: observer.gate_started(gate))

    def gate_output(self, gate: PlannedGate, line: str) -> None:
        self._forward(lambda observer: observer.gate_output(gate, line))

    def gate_finished(self, result: GateResult) -> None:
        self._forward(lambda observer: observer.gate_finished(result))

    def policy_finished(self, result: PolicyResult) -> None:
        self._forward(lambda observer: observer.policy_finished(result))

    def finished(self, report: Report) -> None:
        self._forward(lambda observer: observer.finished(report))

    def _forward(self, tell: Callable[[Observer], None]) -> None:
        for number, observer in enumerate(self._observers):
            if number in self._broken:
                continue
            try:
                tell(observer)
            except Exception as error:  # noqa: BLE001  a broken display must not stop a run
                self._broken.add(number)
                self._note(f"{type(observer).__name__} stopped working: {type(error).__name__}: {error}")
