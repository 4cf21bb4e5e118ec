"""Switches on what is asked for: Sentry by a DSN, lines of JSON by an option, a trace by the environment.

Nothing else of this room is loaded where nothing is asked for, and the SDK only for Sentry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self, TextIO

if TYPE_CHECKING:
    from gaterunner.model import Problem, Report
    from gaterunner.redaction import Redactor
    from gaterunner.reporters.observer import Observer
    from gaterunner.telemetry.observer import RecordingObserver
    from gaterunner.telemetry.sender import SentrySender
    from gaterunner.telemetry.trace import Trace

DSN_VARIABLE = "GATERUNNER_SENTRY_DSN"
"""Not ``SENTRY_DSN``: that is where the program under test sends its own."""

LogFormat = Literal["text", "json"]

_TRACE_VARIABLES = ("SENTRY_TRACE", "TRACEPARENT")


class Telemetry:
    """What is told of one run beside its report. Leaving it as a context waits for what is still to be sent.

    ``trace`` is for the gates. ``note`` tells one line about the run itself in the form that was asked for.
    ``redactor`` is the run's: what it learns on the way is masked in telemetry as well.
    """

    def __init__(
        self,
        redactor: Redactor,
        note: Callable[[str], None],
        *,
        trace: Trace | None = None,
        lines: RecordingObserver | None = None,
        sender: SentrySender | None = None,
        sending: RecordingObserver | None = None,
    ) -> None:
        self.redactor = redactor
        self.trace = trace
        self.note = note if lines is None else lines.note
        self._lines = lines
        self._sender = sender
        self._observers: list[RecordingObserver] = [each for each in (lines, sending) if each is not None]

    @property
    def observers(self) -> Sequence[Observer]:
        """To be told of the run. ``finished`` is for the report, once it is final."""
        return self._observers

    @property
    def has_lines(self) -> bool:
        """Whether standard error is for lines of JSON, and for nothing else."""
        return self._lines is not None

    def finished(self, report: Report) -> None:
        """Tells the verdict, and starts to send what is left; returns at once."""
        for observer in self._observers:
            with suppress(Exception):  # a verdict does not depend on whether it could be logged
                observer.finished(report)
        if self._sender is not None:
            self._sender.end()

    def problems(self, problems: Sequence[Problem]) -> None:
        """Tells what kept a run from starting, or from leaving what it should."""
        for observer in self._observers:
            with suppress(Exception):
                observer.problems(problems)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._sender is not None:
            self._sender.wait(self.note)


def open_telemetry(
    environment: Mapping[str, str],
    redactor: Redactor,
    note: Callable[[str], None],
    *,
    json_lines: TextIO | None = None,
) -> Telemetry:
    """``json_lines`` gets the records as lines of JSON. Never raises for a DSN."""
    dsn = environment.get(DSN_VARIABLE, "").strip()
    if not dsn and json_lines is None and not any(environment.get(variable) for variable in _TRACE_VARIABLES):
        return Telemetry(redactor, note)
    from gaterunner.telemetry.observer import RecordingObserver
    from gaterunner.telemetry.trace import find_trace

    if dsn:
        _learn_key(dsn, redactor)
    trace = find_trace(environment, recorded=bool(dsn), redact=redactor)
    lines, sender, sending = None, None, None
    if json_lines is not None:
        from gaterunner.telemetry.json_lines import JsonLines

        sink = JsonLines(json_lines, redactor, trace_id=trace.id if trace else None)
        lines = RecordingObserver(sink, trace, redactor)
    if dsn and trace is not None:
        from gaterunner.telemetry.sender import SentrySender

        sender = SentrySender(dsn, trace, redactor)
        sending = RecordingObserver(sender, trace, redactor)
    return Telemetry(redactor, note, trace=trace, lines=lines, sender=sender, sending=sending)


def _learn_key(dsn: str, redactor: Redactor) -> None:
    """The DSN's value is masked as that of any variable withheld from gates; its key alone opens as much."""
    from urllib.parse import urlsplit

    with suppress(ValueError):
        redactor.learn(urlsplit(dsn).username or "", urlsplit(dsn).password or "")
