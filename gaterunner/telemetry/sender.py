"""Hands records to Sentry from a thread of its own, so that no run waits for an import, a name server or a network."""

from __future__ import annotations

import time
from collections.abc import Callable
from queue import SimpleQueue
from threading import Lock, Thread

from gaterunner.telemetry.records import Record
from gaterunner.telemetry.trace import Trace

BUDGET_S = 1.5
"""How long a run waits at most, in all, for what is still to be sent once it has ended."""

_KEPT_FOR_LEAVING_S = 0.1
_REFUSALS = ("self_rate_limits", "status_429")  # the server asks for less, and gets it


class SentrySender:
    """A sink. Nothing here ever raises. Call ``end`` when the run has ended and ``wait`` last of all.

    Where nothing was told nothing is sent.
    """

    def __init__(self, dsn: str, trace: Trace, redact: Callable[[str], str]) -> None:
        self._dsn = dsn
        self._trace = trace
        self._redact = redact
        self._began = time.time()
        self._records: SimpleQueue[Record | None] = SimpleQueue()
        self._lost: dict[str, None] = {}
        self._fault: str | None = None
        self._taken = True
        self._deadline: float | None = None
        self._ending = Lock()
        # A daemon: what does not come back must not keep the process.
        self._thread = Thread(target=self._send, name="telemetry", daemon=True)
        self._thread.start()

    def take(self, record: Record) -> None:
        self._records.put(record)

    def end(self) -> None:
        """Says that nothing more comes; from now on the time counts. Returns at once."""
        with self._ending:
            if self._deadline is None:
                self._deadline = time.monotonic() + BUDGET_S
                self._records.put(None)

    def wait(self, note: Callable[[str], None]) -> None:
        """Waits until all is sent, or until the time is over. ``note`` gets at most one line, about what was lost."""
        self.end()
        self._thread.join(max(0.0, self._left()))
        if self._thread.is_alive() or not self._taken:
            note(f"telemetry: Sentry did not take all of it within {BUDGET_S:g} s")
        elif self._fault is not None:
            note(f"telemetry: {self._fault}")
        elif self._lost:
            note(f"telemetry: Sentry did not get all of it ({', '.join(self._lost)})")

    def _left(self) -> float:
        return BUDGET_S if self._deadline is None else self._deadline - time.monotonic()

    def _send(self) -> None:
        try:
            from gaterunner.telemetry.session import SentrySession

            try:
                session = SentrySession(self._dsn, self._trace, self._redact, began=self._began, lost=self._lose)
            except ValueError:  # its text holds the DSN
                self._fault = "nothing is sent, as GATERUNNER_SENTRY_DSN is no DSN of Sentry"
                return
            told = False
            while (record := self._records.get()) is not None:
                session.take(record)
                told = True
            if told:
                self._taken = session.end(time.time(), timeout_s=max(0.0, self._left() - _KEPT_FOR_LEAVING_S))
        except Exception as error:  # noqa: BLE001  telemetry that breaks must not be noticed by the run
            self._fault = self._redact(f"stopped working: {type(error).__name__}: {error}")

    def _lose(self, reason: str) -> None:
        if reason not in _REFUSALS:
            self._lost[reason] = None
