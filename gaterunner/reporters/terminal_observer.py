"""Live progress: on a terminal a few lines that are redrawn, elsewhere plain lines gate by gate."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TextIO

from gaterunner.config.types import Workflow
from gaterunner.model import Change, GateResult, Outcome, PolicyResult, Report
from gaterunner.output import Lines
from gaterunner.plan import PlannedGate
from gaterunner.policies import names_in_force
from gaterunner.reporters.gate_blocks import GateBlocks
from gaterunner.reporters.gate_words import passed_words
from gaterunner.reporters.quantities import count, duration
from gaterunner.reporters.terminal_style import Style, symbols_for, write_text
from gaterunner.reporters.terminal_text import clean, shorten

_MAX_COMMAND = 200


def _as_it_is(text: str) -> str:
    return text


class TerminalObserver:
    """An ``Observer`` that shows how a run goes on. Thread-safe.

    ``stream`` gets everything. With ``live`` (see ``terminal_style.wants_progress``) running gates are redrawn in place
    with their last lines of output, and only what has ended stays; without it every line of output is printed behind
    the name of its gate, and the lines of a gate stand together (see ``gate_blocks.py``). ``fence`` gets each text that
    holds something a gate printed, newlines included, and gives what is written instead: the place for a runner's own
    quoting, such as commands that it would otherwise obey. ``grouped`` folds each gate's lines in GitHub's log viewer.
    ``finished`` leaves the terminal as it was; the report itself is told by others.
    """

    def __init__(
        self,
        stream: TextIO,
        *,
        live: bool = False,
        color: bool = False,
        grouped: bool = False,
        fence: Callable[[str], str] = _as_it_is,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._style = Style(color=color, symbols=symbols_for(stream))
        self._blocks = GateBlocks(
            lambda text: write_text(stream, text), bar=self._style.symbols.bar, fence=fence, grouped=grouped
        )
        self._live = None
        if live:
            from gaterunner.reporters.live_view import LiveView

            self._live = LiveView(stream, self._style, clock)

    def started(self, change: Change, workflow: Workflow, plan: Sequence[PlannedGate]) -> None:
        branch = clean(change.branch, limit=120) if change.branch else change.head[:10]
        target = f" against {clean(change.target, limit=120)}" if change.target else ""
        skipped = sum(gate.skip is not None for gate in plan)
        parts = [
            count(len(plan), "gate") + (f" ({skipped} skipped)" if skipped else ""),
            count(len(names_in_force([policy.name for policy in workflow.policies])), "policy", "policies"),
            count(len(change.commits), "commit"),
            count(len(change.files), "file"),
        ]
        self._blocks.notice(f"gaterunner: {branch}{target}: {', '.join(parts)}")
        if self._live is not None:
            self._live.open()

    def gate_started(self, gate: PlannedGate) -> None:
        command = shorten(clean(gate.command or gate.why), _MAX_COMMAND)
        if self._live is not None:
            self._live.begin(gate.gate.name, command)
        else:
            self._blocks.begin(gate.gate.name, f"gate {clean(gate.gate.name, limit=80)} started: {command}")

    def gate_output(self, gate: PlannedGate, lines: Sequence[str]) -> None:
        (self._live or self._blocks).lines(gate.gate.name, Lines.of(lines))

    def gate_finished(self, result: GateResult) -> None:
        (self._live or self._blocks).end(result.name, self._ended("gate", result))

    def policy_finished(self, result: PolicyResult) -> None:
        (self._live or self._blocks).notice(self._ended("policy", result))

    def finished(self, report: Report) -> None:  # noqa: ARG002  the protocol's name; the report is told by others
        self.close()

    def close(self) -> None:
        """Ends the display with what it still holds; safe to call at any time and more than once."""
        (self._live or self._blocks).close()

    def _ended(self, kind: str, result: GateResult | PolicyResult) -> str:
        outcome = self._style.outcome(result.outcome, result.outcome.value)
        timed = kind == "gate" and result.outcome is not Outcome.SKIPPED
        why = result.reason if result.outcome is not Outcome.PASSED else ""
        if isinstance(result, GateResult):
            why = why or passed_words(result)
            timed = timed and not result.cached
        took = f" in {duration(result.duration_s)}" if timed else ""
        reason = f": {clean(why, limit=300)}" if why else ""
        return f"{self._style.mark(result.outcome)} {kind} {clean(result.name, limit=80)} {outcome}{took}{reason}"
