"""Live progress on a terminal: a few lines about the running gates that are redrawn in place; what has ended stays."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TextIO

from gaterunner.output import Lines
from gaterunner.reporters.quantities import count, duration
from gaterunner.reporters.terminal_style import Style
from gaterunner.reporters.terminal_text import clean, clean_line

if TYPE_CHECKING:  # rich costs more than everything else together; only a terminal needs it
    from rich.console import Console, RenderableType
    from rich.live import Live
    from rich.text import Text

_TAIL = 5
_REDRAWN_PER_SECOND = 8
_SPINNER = "-\\|/"
_ROWS_LEFT = 3  # of the terminal: for what has ended above, and for the cursor below


class _Running:
    """What is shown of a gate while it runs. Guarded by the view's `_state`."""

    def __init__(self, command: str, started: float) -> None:
        self.command = command
        self.started = started
        self.tail: deque[Lines] = deque(maxlen=_TAIL)

    def last(self, number: int) -> list[str]:
        """The last lines, at most ``number`` and ``_TAIL``; only now is anything done to them."""
        return [line for batch in self.tail for line in batch][-number:] if number else []


class LiveView:
    """Draws on ``stream`` from ``open`` until ``close``. Thread-safe."""

    def __init__(self, stream: TextIO, style: Style, clock: Callable[[], float]) -> None:
        self._stream = stream
        self._style = style
        self._clock = clock
        # Two locks, taken in this order: drawing happens under rich's own lock and reads what is running, so whoever
        # writes must not hold `_state`. What a gate prints takes `_state` alone: no terminal can hold it up.
        self._writing = threading.Lock()
        self._state = threading.Lock()
        self._running: dict[str, _Running] = {}
        self._live: Live | None = None
        self._console: Console | None = None

    def open(self) -> None:
        """Starts drawing."""
        from rich.console import Console
        from rich.live import Live

        self._console = Console(
            file=self._stream,
            force_terminal=True,
            no_color=not self._style.color,
            highlight=False,
            markup=False,
            emoji=False,
        )
        self._live = Live(
            get_renderable=self._picture,
            console=self._console,
            refresh_per_second=_REDRAWN_PER_SECOND,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            vertical_overflow="crop",
        )
        self._live.start()

    def redraw(self) -> None:
        """Draws now instead of at the next beat."""
        if self._live is not None:
            self._live.refresh()

    def notice(self, text: str) -> None:
        """A line that stays."""
        with self._writing:
            if self._console is not None:
                from rich.text import Text

                self._console.print(Text.from_ansi(text), soft_wrap=True)

    def begin(self, name: str, command: str) -> None:
        """A gate starts."""
        with self._state:
            self._running[name] = _Running(command, self._clock())

    def lines(self, name: str, batch: Lines) -> None:
        """A gate printed something."""
        with self._state:
            running = self._running.get(name)
            if running is not None:
                running.tail.append(batch.end(_TAIL))

    def end(self, name: str, text: str) -> None:
        """A gate ended; ``text`` stays."""
        with self._state:
            self._running.pop(name, None)
        self.notice(text)

    def close(self) -> None:
        """Leaves the terminal as it was; safe to call at any time and more than once."""
        live, self._live = self._live, None
        if live is not None:
            live.stop()

    def _picture(self) -> RenderableType:
        """The running gates as they are now; called by the thread that draws."""
        from rich.console import Group

        rows = max(self._console.size.height - _ROWS_LEFT, 1) if self._console else 1
        with self._state:
            shown, tail = rows_for(len(self._running), rows)
            hidden = len(self._running) - shown
            running = [
                (name, each.command, each.started, each.last(max(tail, 1))) for name, each in self._running.items()
            ][:shown]
        parts: list[RenderableType] = []
        for name, command, started, lines in running:
            parts += self._gate(name, command, self._clock() - started, lines, below=bool(tail))
        if hidden:
            parts.append(self._dim(f"  and {count(hidden, 'more gate')} running"))
        return Group(*parts)

    def _gate(
        self, name: str, command: str, elapsed: float, lines: list[str], *, below: bool
    ) -> Iterator[RenderableType]:
        from rich.text import Text

        last = [clean_line(line) for line in lines]
        head = Text(no_wrap=True, overflow="ellipsis")
        head.append(f"{_SPINNER[int(elapsed * _REDRAWN_PER_SECOND) % len(_SPINNER)]} ", style="cyan")
        head.append(f"{clean(name, limit=80)}  {duration(elapsed)}  ")
        head.append(command if below or not last else last[-1].strip(), style="dim")
        yield head
        if below:
            yield from (self._dim(f"  {self._style.symbols.bar} {line}") for line in last)

    @staticmethod
    def _dim(text: str) -> Text:
        from rich.text import Text

        return Text(text, style="dim", no_wrap=True, overflow="ellipsis")


def rows_for(gates: int, rows: int) -> tuple[int, int]:
    """How many of ``gates`` are shown in ``rows`` lines, and with how many lines of output below each.

    Without room for any below, a gate's last line stands beside its name; without room for all gates, the last row
    says how many more there are.
    """
    if gates > rows:
        return rows - 1, 0
    return gates, min(_TAIL, rows // max(gates, 1) - 1)
