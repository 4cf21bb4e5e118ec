"""Plain output of gates that run at once: what one gate prints stands together, whatever the others do meanwhile.

One gate has the turn and is shown as it prints. What the others print is held back, within bounds, until the turn is
theirs: when the gate that had it ends, everything that has ended meanwhile is printed gate by gate, and the turn goes
to the one that has been running longest.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from gaterunner.output import Lines
from gaterunner.reporters.terminal_text import clean, clean_lines

HELD_BYTES = 256 * 1024
"""Of one gate that waits for its turn; its newest output is kept."""

HELD_IN_ALL_BYTES = 16 * 1024 * 1024
SHOWN_BYTES = 16 * 1024 * 1024
"""Of one gate, as much as its log keeps; then only its end is shown."""

_MAX_LINE = 2_000
_BATCH_BYTES = 200  # what keeping a batch takes besides its text


class _Block:
    """One gate's part of the output. Guarded by `_state` while it waits, and by `_writing` while it has the turn."""

    def __init__(self, prefix: str = "", header: str = "") -> None:
        self.prefix = prefix
        self.header = header
        self.footer = ""
        self.held: deque[Lines] = deque()
        self.size = 0
        self.left_out = 0
        self.shown = 0
        self.is_open = False

    def hold(self, batch: Lines) -> None:
        self.held.append(batch)
        self.size += len(batch.raw) + _BATCH_BYTES
        while self.size > HELD_BYTES and len(self.held) > 1:
            self.drop()

    def drop(self) -> None:
        """Lets go of the oldest batch."""
        oldest = self.held.popleft()
        self.size -= len(oldest.raw) + _BATCH_BYTES
        self.left_out += len(oldest)


class GateBlocks:
    """Prints the parts of gates one after the other. Thread-safe; only the gate that has the turn waits for a reader.

    ``write`` gets whole lines with their newlines. ``fence`` gets each text that holds something a gate printed and
    gives what is written instead. With ``grouped`` a gate's lines stand in a group that GitHub's log viewer can fold.
    """

    def __init__(
        self, write: Callable[[str], None], *, bar: str, fence: Callable[[str], str], grouped: bool = False
    ) -> None:
        self._write = write
        self._bar = bar
        self._fence = fence
        self._grouped = grouped
        # Taken in this order. Whoever has the turn writes with `_writing` alone, so that a reader who lets it wait
        # does not hold up the others.
        self._writing = threading.Lock()
        self._state = threading.Lock()
        self._running: dict[str, _Block] = {}
        self._turn: _Block | None = None
        self._ended: deque[_Block] = deque()
        self._closed = False

    def notice(self, text: str) -> None:
        """A line that belongs to no gate. It waits for the end of the part being printed where that is folded, or where
        whoever reads lets us wait."""
        if not self._grouped and self._writing.acquire(blocking=False):
            try:
                self._print(text)
            finally:
                self._writing.release()
            return
        with self._state:
            if self._turn is not None:
                self._ended.append(_footer_only(text))
                return
        with self._writing:
            self._print(text)

    def begin(self, name: str, header: str) -> None:
        """A gate starts; ``header`` is the first line of its part."""
        block = _Block(f"{clean(name, limit=80)} {self._bar} ", header)
        with self._state:
            self._running[name] = block
            first = self._turn is None
            if first:
                self._turn = block
        if first:
            with self._writing:
                self._print(header)

    def lines(self, name: str, batch: Lines) -> None:
        """A gate printed something."""
        with self._state:
            block = self._running.get(name)
            if block is not None and block is not self._turn:
                block.hold(batch)
                self._bound_all()
                return
        with self._writing:
            if self._closed:
                return
            self._show(block or _Block(f"{clean(name, limit=80)} {self._bar} "), batch)

    def end(self, name: str, footer: str) -> None:
        """A gate ended, or did not run at all; ``footer`` is the last line of its part."""
        with self._state:
            block = self._running.pop(name, None) or _footer_only("")
            block.footer = footer
            if self._turn is None:
                self._turn = block
            if self._turn is not block:
                self._ended.append(block)
                return
        self._pass_on(block)

    def close(self) -> None:
        """Prints what is still held, also of gates that never ended. What gates print after that is not shown."""
        with self._writing:
            with self._state:
                self._closed = True
                blocks = [*self._ended, *(block for block in self._running.values() if block is not self._turn)]
                turn, self._turn = self._turn, None
                self._ended.clear()
                self._running.clear()
            for block in [*([turn] if turn else []), *blocks]:
                if block is not turn:
                    self._print(block.header)
                self._finish(block)

    def _pass_on(self, block: _Block) -> None:
        """Ends the part that has the turn, prints those that have ended meanwhile, and gives the turn away."""
        with self._writing:
            self._finish(block)
            while (following := self._next()) is not None:
                waits, has_ended = following
                self._print(waits.header)
                if not has_ended:
                    self._show_held(waits)
                    return
                self._finish(waits)

    def _next(self) -> tuple[_Block, bool] | None:
        """The next part that has ended meanwhile, and True; or else the one that gets the turn, and False.

        That is the gate that has been running longest. Both are decided in one step, or what ends between them is lost.
        """
        with self._state:
            if self._ended:
                return self._ended.popleft(), True
            self._turn = next(iter(self._running.values()), None)
            return (self._turn, False) if self._turn is not None else None

    def _bound_all(self) -> None:
        waiting = [*(block for block in self._running.values() if block is not self._turn), *self._ended]
        while sum(block.size for block in waiting) > HELD_IN_ALL_BYTES:
            max(waiting, key=lambda block: block.size).drop()

    # --- with `_writing` held ---------------------------------------------------------------------------------------

    def _print(self, text: str) -> None:
        if text:
            self._write(self._fence(f"{text}\n"))

    def _show(self, block: _Block, batch: Lines) -> None:
        if block.shown > SHOWN_BYTES:
            block.hold(batch)
            return
        self._show_text(block, batch.text)
        if block.shown > SHOWN_BYTES:
            self._print(f"{block.prefix}… too much to show all of it; its end follows when it has ended")

    def _show_text(self, block: _Block, text: str) -> None:
        if self._grouped and not block.is_open and block.header:
            # As the runner itself writes a group's begin into the log, so that it also folds while commands are
            # stopped (GroupingActionCommandExtension in https://github.com/actions/runner). No gate can: see `disarm`.
            self._write(f"##[group]{self._fence(block.header)}\n")
            block.is_open = True
        told = block.prefix + clean_lines(text, limit=_MAX_LINE).replace("\n", f"\n{block.prefix}")
        bare = block.prefix.rstrip()
        told = f"{told}\n".replace(f"{block.prefix}\n", f"{bare}\n")
        block.shown += len(told)
        self._write(self._fence(told))

    def _show_held(self, block: _Block) -> None:
        if block.left_out:
            self._show_text(block, f"… {block.left_out:,} lines left out here, see the log")
        if block.held:
            self._show_text(block, "\n".join(batch.text for batch in block.held))
        block.held.clear()
        block.size = block.left_out = 0

    def _finish(self, block: _Block) -> None:
        self._show_held(block)
        if block.is_open:
            self._write("##[endgroup]\n")
        self._print(block.footer)


def _footer_only(text: str) -> _Block:
    block = _Block()
    block.footer = text
    return block
