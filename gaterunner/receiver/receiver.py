"""Listens for one gate's telemetry, in a thread of its own, until the gate is over.

All connections share one event loop: a gate may start hundreds of programs with a connection each, and one that is
slow must not keep another's payload from being counted.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus

from gaterunner.config.telemetry_rules import TelemetryRules
from gaterunner.errors import EvaluationError
from gaterunner.evidence.telemetry import TelemetryEvidence
from gaterunner.receiver.reception import PROJECT, Reception, Reply
from gaterunner.receiver.tally import Tally
from gaterunner.receiver.wire import RefusedError, Wire
from gaterunner.redaction import Redactor

LOOPBACK = "127.0.0.1"
MAX_CONNECTIONS = 512
_MAX_LARGE = 2
_BACKLOG = 1024
_QUIET_S = 0.2
_DRAIN_S = 10.0
_END_S = 30.0
_PAUSE_S = 0.05
_CUT_OFF = "a payload was cut off by the end of the gate; let the program flush before it ends"
_UNREAD = f"more was sent than could be read until {_DRAIN_S:g} s after the end of the gate"
# Browsers send what their SDK says from a page of another origin, which they ask us to allow.
_CLOSE = "Connection: close\r\n"
_CORS = "Access-Control-Allow-Origin: *\r\nAccess-Control-Allow-Headers: *\r\nAccess-Control-Allow-Methods: POST\r\n"


@contextmanager
def receiving(rules: TelemetryRules, redact: Redactor, *, host: str = LOOPBACK) -> Iterator[Receiver]:
    """A receiver for the block, listening on a free port of ``host``. Raises ``EvaluationError`` when it cannot."""
    receiver = Receiver(rules, redact, host=host)
    try:
        yield receiver
    finally:
        receiver.close()


class Receiver:
    """Counts what is sent to it. ``close`` it, or ask for its ``evidence``, which closes it first."""

    def __init__(self, rules: TelemetryRules, redact: Redactor, *, host: str) -> None:
        self._tally = Tally(rules, redact)
        self._key = secrets.token_hex(16)
        self._reception = Reception(self._key, self._tally)
        self._socket = _listening(host)
        self._host, self._port = self._socket.getsockname()[:2]
        self._loop = asyncio.new_event_loop()
        self._connections: set[asyncio.Task[None]] = set()
        self._over = asyncio.Event()
        self._large = asyncio.Semaphore(_MAX_LARGE)
        self._heard = 0
        self._limit: float | None = None
        self._is_over = False
        self._fault: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="gaterunner-receiver", daemon=True)
        self._thread.start()

    @property
    def host(self) -> str:
        """The address it is reached at."""
        return str(self._host)

    @property
    def dsn(self) -> str:
        """What an SDK of Sentry takes as its DSN."""
        return f"http://{self._key}@{self._host}:{self._port}/{PROJECT}"

    @property
    def otlp_endpoint(self) -> str:
        """What an exporter of OpenTelemetry takes as its endpoint; it adds ``/v1/traces`` and the like."""
        return f"http://{self._host}:{self._port}/{self._key}"

    @property
    def environment(self) -> tuple[tuple[str, str], ...]:
        """The variables that lead a program's SDK here, by the names that SDKs read."""
        return (
            ("SENTRY_DSN", self.dsn),
            ("SENTRY_TRACES_SAMPLE_RATE", "1.0"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", self.otlp_endpoint),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        )

    def evidence(self) -> TelemetryEvidence:
        """Everything that was sent until now, once what is under way has been read; it listens no longer.

        Raises ``EvaluationError`` when the receiver itself broke.
        """
        self.close()
        if self._fault is not None:
            raise EvaluationError(
                f"the receiver of telemetry broke: {type(self._fault).__name__}: {self._fault}",
                help="run the gate again; if it happens again, report it",
            )
        return self._tally.evidence()

    def close(self) -> None:
        """Reads what is under way and ends. Raises nothing; what could not be read is told by the evidence."""
        if self._is_over:
            return
        self._is_over = True
        self._limit = time.monotonic() + _DRAIN_S  # seen at once, also by what is being read
        with suppress(RuntimeError):  # the loop has ended by itself, with `_fault`
            self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(_END_S)
        if self._thread.is_alive():
            self._fault = TimeoutError("it did not come to an end")

    # --- in the thread ---------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        except BaseException as error:  # noqa: BLE001 -- told by `evidence`, never counted as nothing sent
            self._fault = error
        finally:
            self._socket.close()
            self._loop.close()

    async def _serve(self) -> None:
        self._loop.add_reader(self._socket, self._accept)
        await self._over.wait()
        self._loop.remove_reader(self._socket)
        await self._drain()

    def _accept(self) -> None:
        """Takes everybody who waits. By hand, as cancelling asyncio's own way could lose one that was just taken."""
        while len(self._connections) < MAX_CONNECTIONS:
            try:
                connection, _ = self._socket.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError:  # no file descriptor is free; whoever waits goes on waiting
                self._accept_later()
                return
            connection.setblocking(False)
            task = self._loop.create_task(self._converse(connection))
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)
        self._tally.lose(f"more than {MAX_CONNECTIONS} connections were open at a time")
        self._accept_later()

    def _accept_later(self) -> None:
        self._loop.remove_reader(self._socket)
        if not self._over.is_set():
            self._loop.call_later(_PAUSE_S, self._loop.add_reader, self._socket, self._accept)

    async def _drain(self) -> None:
        """Nothing of the gate is alive any more; what it sent before lies in the machine's buffers."""
        while not self._is_late:
            heard = self._heard
            self._accept()
            if not self._connections:
                return
            await asyncio.wait(self._connections, timeout=_QUIET_S)
            if self._connections and self._heard == heard:
                break
        self._turn_away()
        await asyncio.sleep(0)  # one that has not begun would end without a word about what it holds
        left = tuple(self._connections)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def _turn_away(self) -> None:
        """Tells of those who still wait to be taken."""
        with suppress(OSError):
            for _ in range(_BACKLOG):
                self._socket.accept()[0].close()
                self._tally.lose(_UNREAD)

    @property
    def _is_late(self) -> bool:
        """Whether the time to read what is under way is over; a payload can take seconds, and many may be waiting."""
        return self._limit is not None and time.monotonic() >= self._limit

    async def _converse(self, connection: socket.socket) -> None:
        """All requests of one connection."""
        wire = Wire(connection, self._large, self._hear)
        try:
            while (request := await wire.request()) is not None:
                if self._is_late:
                    self._tally.lose(_UNREAD)
                    break
                await wire.answer(_answer(self._reception.receive(request)))
                if not request.keeps_alive:
                    break
        except RefusedError as error:
            self._tally.lose(error.sentence)
            await wire.answer(_answer(Reply(error.status), last=True))
        except asyncio.CancelledError:
            if wire.is_inside or wire.has_more:
                self._tally.lose(_UNREAD if self._is_late else _CUT_OFF)
        except Exception as error:  # noqa: BLE001 -- a crash over a payload is a payload that was not counted
            self._tally.lose(f"the receiver broke over a payload: {type(error).__name__}")
        finally:
            connection.close()

    def _hear(self) -> None:
        self._heard += 1


def _listening(host: str) -> socket.socket:
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        found.bind((host, 0))
        found.listen(_BACKLOG)
    except OSError as error:
        found.close()
        raise EvaluationError(
            f"no receiver of telemetry could listen on {host}: {error.strerror}",
            help="run the gate on the machine that gaterunner runs on, or see docs/observability.md",
        ) from error
    found.setblocking(False)
    return found


def _answer(reply: Reply, *, last: bool = False) -> bytes:
    head = (
        f"HTTP/1.1 {reply.status} {_phrase(reply.status)}\r\nContent-Type: {reply.type}\r\n"
        f"Content-Length: {len(reply.body)}\r\n{_CORS}{_CLOSE if last else ''}\r\n"
    )
    return head.encode("ascii") + reply.body


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase
