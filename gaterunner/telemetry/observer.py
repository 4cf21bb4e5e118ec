"""Turns what a run tells into records."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from gaterunner.config.types import Workflow
from gaterunner.model import Change, GateResult, PolicyResult, Problem, Report
from gaterunner.plan import PlannedGate
from gaterunner.telemetry import records
from gaterunner.telemetry.records import Record
from gaterunner.telemetry.trace import Trace


class Sink(Protocol):
    """Where records go. Called from several threads, one at a time; must not wait for a network."""

    def take(self, record: Record) -> None: ...


class RecordingObserver:
    """An ``Observer``. ``clock`` gives seconds since 1970. What a gate prints is no change of state.

    ``redact`` masks secrets in whole texts, before they are bounded.
    """

    def __init__(
        self, sink: Sink, trace: Trace | None, redact: Callable[[str], str], clock: Callable[[], float] = time.time
    ) -> None:
        self._sink = sink
        self._trace = trace
        self._redact = redact
        self._clock = clock
        self._telling = threading.Lock()

    def started(self, change: Change, workflow: Workflow, plan: Sequence[PlannedGate]) -> None:
        counts = {"gates": len(plan), "policies": len(workflow.policies)}
        self._tell(lambda now: records.run_started(now, change, workflow.mode.value, **counts))

    def gate_started(self, gate: PlannedGate) -> None:
        self._tell(lambda now: records.gate_started(now, gate, self._span("gate", gate.gate.name)))

    def gate_output(self, gate: PlannedGate, lines: Sequence[str]) -> None: ...

    def gate_finished(self, result: GateResult) -> None:
        self._tell(lambda now: records.gate_finished(now, result, self._span("gate", result.name)))

    def policy_finished(self, result: PolicyResult) -> None:
        self._tell(lambda now: records.policy_finished(now, result, self._span("policy", result.name)))

    def finished(self, report: Report) -> None:
        self.problems(report.problems)
        self._tell(lambda now: records.run_finished(now, report, None))

    def problems(self, problems: Sequence[Problem]) -> None:
        """Records what kept a run from being judged."""
        for problem in problems:
            self._tell(partial(records.problem_found, problem=problem, span=None))

    def note(self, line: str) -> None:
        """Records something about the run itself, beside the report."""
        self._tell(lambda now: records.note(now, line, None))

    def _span(self, kind: str, name: str) -> str | None:
        return self._trace.span_of(kind, name) if self._trace is not None and self._trace.span is not None else None

    def _tell(self, record: Callable[[float], Record]) -> None:
        with self._telling:  # so that they come in the order of their times
            self._sink.take(records.leaving(record(self._clock()), self._redact))
