"""Live progress: on a terminal a few lines that are redrawn, elsewhere plain lines as things happen."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TextIO

from gaterunner.config.types import Workflow
from gaterunner.model import Change, GateResult, Outcome, PolicyResult, Report
from gaterunner.plan import PlannedGate
from gaterunner.reporters.terminal_style import Style, symbols_for, write_text
from gaterunner.reporters.terminal_text import clean, clean_line, count, duration, shorten

if TYPE_CHECKING:  # rich costs more than everything else together; only a terminal needs it
    from rich.console import RenderableType
    from rich.live import Live

_TAIL = 5
_MAX_LINE = 2_000


def _as_it_is(text: str) -> str:
    return text


class TerminalObserver:
    """An ``Observer`` that shows how a run goes on. Thread-safe.

    ``stream`` gets everything, one write per event. With ``live`` (see ``terminal_style.wants_progress``) running gates
    are redrawn in place with their last lines of output, and only what has ended stays; without it every line of
    output is printed, behind the name of its gate. ``fence`` gets each text that holds something a gate printed,
    newlines included, and gives what is written instead: the place for a runner's own quoting, such as commands that
    it would otherwise obey. ``finished`` leaves the terminal as it was; the report itself is told by others.
    """

    def __init__(
        self,
        stream: TextIO,
        *,
        live: bool = False,
        color: bool = False,
        fence: Callable[[str], str] = _as_it_is,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream = stream
        self._style = Style(color=color, symbols=symbols_for(stream))
        self._fence = fence
        self._clock = clock
        # Two locks, taken in this order: drawing happens under rich's own lock and reads what is running, so whoever
        # writes must not hold `_state`.
        self._writing = threading.Lock()
        self._state = threading.Lock()
        self._running: dict[str, _Running] = {}
        self._wants_live = live
        self._live: Live | None = None

    def started(self, change: Change, workflow: Workflow, plan: Sequence[PlannedGate]) -> None:
        branch = clean(change.branch, limit=120) if change.branch else change.head[:10]
        target = f" against {clean(change.target, limit=120)}" if change.target else ""
        skipped = sum(gate.skip is not None for gate in plan)
        parts = [
            count(len(plan), "gate") + (f" ({skipped} skipped)" if skipped else ""),
            count(len(workflow.policies), "policy", "policies"),
            count(len(change.commits), "commit"),
            count(len(change.files), "file"),
        ]
        self._print(f"gaterunner: {branch}{target}: {', '.join(parts)}", outside=True)
        if self._wants_live:
            self._live = _start_live(self._stream, self._style, self._picture)

    def gate_started(self, gate: PlannedGate) -> None:
        command = shorten(clean(gate.command), 200)
        with self._state:
            self._running[gate.gate.name] = _Running(command, self._clock())
        if self._live is None:
            self._print(f"gate {clean(gate.gate.name, limit=80)} started: {command}", outside=True)

    def gate_output(self, gate: PlannedGate, lines: Sequence[str]) -> None:
        texts = [clean_line(line, limit=_MAX_LINE) for line in lines]
        with self._state:
            running = self._running.get(gate.gate.name)
            if running is not None:
                running.tail.extend(texts)
        if self._live is None:
            start = f"{clean(gate.gate.name, limit=80)} {self._style.symbols.bar} "
            self._print("\n".join((start + text).rstrip() for text in texts), outside=True)

    def gate_finished(self, result: GateResult) -> None:
        with self._state:
            self._running.pop(result.name, None)
        self._print(self._ended("gate", result), outside=True)

    def policy_finished(self, result: PolicyResult) -> None:
        self._print(self._ended("policy", result), outside=True)

    def finished(self, report: Report) -> None:  # noqa: ARG002  the protocol's name; the report is told by others
        self.close()

    def close(self) -> None:
        """Ends the live display; safe to call at any time and more than once."""
        live, self._live = self._live, None
        if live is not None:
            live.stop()

    def _ended(self, kind: str, result: GateResult | PolicyResult) -> str:
        outcome = self._style.outcome(result.outcome, result.outcome.value)
        timed = kind == "gate" and result.outcome is not Outcome.SKIPPED
        took = f" in {duration(result.duration_s)}" if timed else ""
        told = result.outcome is not Outcome.PASSED and result.reason
        reason = f": {clean(result.reason, limit=300)}" if told else ""
        return f"{self._style.mark(result.outcome)} {kind} {clean(result.name, limit=80)} {outcome}{took}{reason}"

    def _print(self, text: str, *, outside: bool = False) -> None:
        line = f"{text}\n"
        live = self._live
        with self._writing:
            if live is not None:
                from rich.text import Text

                live.console.print(Text.from_ansi(text), soft_wrap=True)
            else:
                write_text(self._stream, self._fence(line) if outside else line)

    def _picture(self) -> RenderableType:
        """The running gates as they are now; called by the thread that draws."""
        from rich.console import Group
        from rich.spinner import Spinner
        from rich.text import Text

        with self._state:
            running = [(name, each.command, each.started, tuple(each.tail)) for name, each in self._running.items()]
        bar = self._style.symbols.bar
        parts: list[RenderableType] = []
        for name, command, started, tail in running:
            head = Text(
                f"{clean(name, limit=80)}  {duration(self._clock() - started)}  ", no_wrap=True, overflow="ellipsis"
            )
            head.append(command, style="dim")
            # A fresh spinner starts at its first frame; the frame follows the gate's own clock instead.
            spinner = Spinner("line", text=head)
            spinner.start_time = 0.0
            parts.append(spinner.render(self._clock() - started))
            parts += [Text(f"  {bar} {line}", style="dim", no_wrap=True, overflow="ellipsis") for line in tail]
        return Group(*parts)


class _Running:
    """What is shown of a gate while it runs. Guarded by the observer's `_state`."""

    def __init__(self, command: str, started: float) -> None:
        self.command = command
        self.started = started
        self.tail: deque[str] = deque(maxlen=_TAIL)


def _start_live(stream: TextIO, style: Style, picture: Callable[[], RenderableType]) -> Live:
    from rich.console import Console
    from rich.live import Live

    console = Console(
        file=stream, force_terminal=True, no_color=not style.color, highlight=False, markup=False, emoji=False
    )
    live = Live(
        get_renderable=picture,
        console=console,
        refresh_per_second=8,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
        vertical_overflow="crop",
    )
    live.start()
    return live
