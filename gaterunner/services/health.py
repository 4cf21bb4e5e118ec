"""Waiting until services are ready: for as long as each may take, and no longer than it lives."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from threading import Event, Thread

from gaterunner.containers.faults import faults
from gaterunner.errors import EvaluationError
from gaterunner.services.container import ServiceContainer
from gaterunner.services.inside import Answer

_LOOK_S = 0.1
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 1.0
_ANSWER_LENGTH = 200


class WaitInterruptedError(EvaluationError):
    """Waiting was ended from outside."""


class NotReadyError(EvaluationError):
    """One service did not become ready; ``container`` is its."""

    def __init__(self, container: ServiceContainer, message: str, *, help: str | None = None) -> None:
        super().__init__(message, help=help)
        self.container = container


class _Probe:
    """Asks one service again and again, beside us: an answer can take any time, or never come."""

    def __init__(self, container: ServiceContainer) -> None:
        self.container = container
        self.started = time.monotonic()
        self.ready = Event()
        self.last = Answer(None, "")
        self._end = Event()
        self._thread = Thread(target=self._ask, name=f"gaterunner-health-{container.name}", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Asks no more; a question that is under way ends with the container."""
        self._end.set()

    def _ask(self) -> None:
        pause = _FIRST_PAUSE_S
        while not self._end.is_set():
            self.last = self.container.ask_health(cancelled=self._end)
            if self.last.code == 0:
                self.container.ready_s = round(time.monotonic() - self.started, 3)
                self.ready.set()
                return
            self._end.wait(pause)
            pause = min(pause * 1.5, _LONGEST_PAUSE_S)


def await_ready(
    containers: Sequence[ServiceContainer],
    *,
    cancelled: Event,
    on_ready: Callable[[ServiceContainer], None],
) -> None:
    """Returns when every service is ready.

    Raises ``NotReadyError`` as soon as one has ended or has taken longer than it may, ``WaitInterruptedError`` when
    ``cancelled`` is set, and ``EvaluationError`` when the engine does not answer.
    """
    probes = [_Probe(container) for container in containers]
    try:
        waiting = list(probes)
        while waiting:
            if cancelled.is_set():
                names = ", ".join(f"`{probe.container.name}`" for probe in waiting)
                raise WaitInterruptedError(f"interrupted while waiting for service {names}")
            for probe in [probe for probe in waiting if probe.ready.is_set()]:
                waiting.remove(probe)
                on_ready(probe.container)
            for probe in waiting:
                _check(probe)
            if waiting:
                waiting[0].ready.wait(_LOOK_S)
    finally:
        for probe in probes:
            probe.end()


def _check(probe: _Probe) -> None:
    container = probe.container
    limit_s = container.complete.service.start_timeout_s
    check_alive(container, "before it was ready")
    if time.monotonic() - probe.started > limit_s and not probe.ready.is_set():
        raise NotReadyError(
            container,
            f"{container} was not ready within {limit_s:g} s; {_told(probe.last)}",
            help="give it longer with `start:`, or correct its `health:`",
        )


def check_alive(container: ServiceContainer, when: str) -> None:
    """Raises ``NotReadyError`` when a service's container has ended; ``when`` completes the sentence."""
    with faults(str(container)):
        state = container.state()
    if not state.running:
        why = "ran out of memory" if state.out_of_memory else f"ended with exit code {state.exit_code}"
        raise NotReadyError(
            container, f"{container} {why} {when}", help="see its log; its `env:` or `command:` may be wrong"
        )


def _told(answer: Answer) -> str:
    if answer.code is None and not answer.output:
        return "its health command gave no answer"
    lines = answer.output.splitlines()
    said = f": {lines[-1].strip()[:_ANSWER_LENGTH]}" if lines else ""
    ended = "could not be run" if answer.code is None else f"ended with exit code {answer.code}"
    return f"its health command {ended}{said}"
