"""What a run tells while it goes on. Observers watch; nothing they do changes the run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gaterunner.config.types import Workflow
from gaterunner.model import Change, GateResult, PolicyResult, Report
from gaterunner.plan import PlannedGate


class Observer(Protocol):
    """Called in this order: started, then gates and policies as they go, then finished.

    Gates run at once, each in a thread of its own, and so do the policies: between started and finished every method
    is called from several threads, for one gate always in the order started, output, finished. A gate that does not run
    is only finished. Calls of one gate wait for each other, never for another gate's, and an observer keeps it so: what
    takes long (a network) it does in a thread of its own.

    What an observer raises is noted and goes no further (see ``broadcast.py``): a broken display cannot stop a run.
    """

    def started(self, change: Change, workflow: Workflow, plan: Sequence[PlannedGate]) -> None: ...

    def gate_started(self, gate: PlannedGate) -> None: ...

    def gate_output(self, gate: PlannedGate, lines: Sequence[str]) -> None:
        """Some lines of a gate's output, redacted and stripped of control sequences, without their newlines.

        There is at least one. It may be a ``gaterunner.output.Lines``, of which a few can be looked at cheaply.
        """
        ...

    def gate_finished(self, result: GateResult) -> None: ...

    def policy_finished(self, result: PolicyResult) -> None: ...

    def finished(self, report: Report) -> None: ...
