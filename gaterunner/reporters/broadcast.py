"""Hands what a run tells to several observers: redacted, and so that a broken one cannot stop the run."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from gaterunner.config.types import Workflow
from gaterunner.model import Change, GateResult, PolicyResult, Report
from gaterunner.output import Lines
from gaterunner.plan import PlannedGate
from gaterunner.reporters.observer import Observer
from gaterunner.sealing import seal


class Broadcast:
    """An observer that forwards to others, in their order.

    ``redact`` takes the secrets out of every text. An observer that raises is told nothing more, and ``note`` gets one
    line about it. Thread-safe, as each observer is by itself: no lock is held while one is told something, so that one
    which lets a gate's thread wait does not let the others wait.
    """

    def __init__(
        self, observers: Sequence[Observer], redact: Callable[[str], str], note: Callable[[str], None]
    ) -> None:
        self._observers = tuple(observers)
        self._broken: set[int] = set()
        self._breaking = threading.Lock()
        self._redact = redact
        self._note = note

    def started(self, change: Change, workflow: Workflow, plan: Sequence[PlannedGate]) -> None:
        sealed = [seal(gate, self._redact) for gate in plan]
        named = replace(
            change,
            branch=change.branch and self._redact(change.branch),
            target=change.target and self._redact(change.target),
        )
        self._forward(lambda observer: observer.started(named, workflow, sealed))

    def gate_started(self, gate: PlannedGate) -> None:
        sealed = seal(gate, self._redact)
        self._forward(lambda observer: observer.gate_started(sealed))

    def gate_output(self, gate: PlannedGate, lines: Sequence[str]) -> None:
        if not isinstance(lines, Lines):  # those mask themselves for whoever looks
            lines = [self._redact(line) for line in lines]
        if lines:
            self._forward(lambda observer: observer.gate_output(gate, lines))

    def gate_finished(self, result: GateResult) -> None:
        sealed = seal(result, self._redact)
        self._forward(lambda observer: observer.gate_finished(sealed))

    def policy_finished(self, result: PolicyResult) -> None:
        sealed = seal(result, self._redact)
        self._forward(lambda observer: observer.policy_finished(sealed))

    def finished(self, report: Report) -> None:
        self._forward(lambda observer: observer.finished(report))

    def _forward(self, tell: Callable[[Observer], None]) -> None:
        for number, observer in enumerate(self._observers):
            if number in self._broken:
                continue
            try:
                tell(observer)
            except Exception as error:  # noqa: BLE001  a broken display must not stop a run
                with self._breaking:
                    known = number in self._broken
                    self._broken.add(number)
                if not known:
                    self._note(f"{type(observer).__name__} stopped working: {type(error).__name__}: {error}")
