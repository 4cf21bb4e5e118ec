"""What Sentry gets of one run, through its SDK: imported only where a DSN is set, in the thread of ``sender.py``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, Any, cast

import sentry_sdk
from sentry_sdk import logger
from sentry_sdk.tracing import Span, Transaction
from sentry_sdk.tracing_utils import Baggage
from sentry_sdk.transport import HttpTransport

from gaterunner.model import Outcome, Verdict
from gaterunner.telemetry.leaving import redacted
from gaterunner.telemetry.records import Record
from gaterunner.telemetry.trace import ENVIRONMENT, RELEASE, Trace

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint, Log, Metric

_TIME = "gaterunner.time_ns"  # taken out again before it leaves
_REQUEST_TIMEOUT_S = 5
_MOST_SPANS = 5000
_IDENTIFYING = ("server_name", "user", "modules", "extra")
_OF_OUR_THREAD = ("thread.id", "thread.name")
_NOT_AN_ISSUE = ("run.finished",)  # what made it an error has been told before

# Sentry counts every status but ok, cancelled and unknown as a failure.
STATUS = {
    Outcome.PASSED: "ok",
    Outcome.WAIVED: "ok",
    Outcome.FAILED: "failed_precondition",
    Outcome.UNPROVEN: "failed_precondition",
    Outcome.ERRORED: "internal_error",
    Outcome.PENDING: "unknown",
    Outcome.SKIPPED: "cancelled",
    Verdict.PASS: "ok",
    Verdict.FAIL: "failed_precondition",
    Verdict.ERROR: "internal_error",
    Verdict.PENDING: "unknown",
}


class _Transport(HttpTransport):
    """The SDK's own, which tells why something was not delivered."""

    TIMEOUT = _REQUEST_TIMEOUT_S
    lost: Callable[[str], None] = staticmethod(lambda _reason: None)

    def on_dropped_event(self, reason: str) -> None:
        self.lost(reason)


class SentrySession:
    """One transaction, with a span for each gate and policy, and a log for each record. For one thread only.

    ``began`` is in seconds since 1970. ``lost`` is told why something was not delivered, in the transport's words, and
    from another thread. Raises ``ValueError`` for what is no DSN.
    """

    def __init__(
        self,
        dsn: str,
        trace: Trace,
        redact: Callable[[str], str],
        *,
        began: float,
        lost: Callable[[str], None],
    ) -> None:
        self._client = _client(dsn, redact)
        if isinstance(self._client.transport, _Transport):
            self._client.transport.lost = lost
        # Of this thread alone: nothing else in the process is changed by a client that only this scope knows.
        self._scope = sentry_sdk.get_current_scope()
        self._scope.set_client(self._client)
        self._transaction = self._start(trace, began)
        self._scope.span = self._transaction
        self._open: dict[str, Span] = {}

    def take(self, record: Record) -> None:
        """Logs a record, and starts or ends the span that it tells of."""
        kind, _, change = record.event.partition(".")
        span: Span = self._transaction
        if record.span is not None:
            span = self._open.get(record.span) or self._begin(kind, record)
        self._log(record, span)
        if record.level == "error" and record.event not in _NOT_AN_ISSUE:
            self._tell_as_issue(record)
        if kind == "run":
            self._describe(self._transaction, record)
            self._tag(record)
            if record.attributes.get("run.scope") == "policies":
                self._transaction.name = "gaterunner check"
        elif change == "finished" and record.span is not None:
            del self._open[record.span]
            self._describe(span, record)
            span.finish(end_timestamp=_at(record.time))
        elif change == "started":
            self._describe(span, record)

    def end(self, time: float, *, timeout_s: float) -> bool:
        """Sends what is left, waiting no longer than that for it to be taken; False when it was not."""
        for span in self._open.values():
            span.set_status("cancelled")
            span.finish(end_timestamp=_at(time))
        self._transaction.finish(end_timestamp=_at(time))
        clock = monotonic()
        self._client.flush(timeout=timeout_s)
        taken = monotonic() - clock < timeout_s  # the SDK does not say
        self._client.close(timeout=0)
        return taken

    def _start(self, trace: Trace, began: float) -> Transaction:
        # Not through continue_trace: gates were given this span's id before the SDK was loaded.
        made = Transaction(
            name="gaterunner run",
            source="task",
            op="gaterunner.run",
            trace_id=trace.id,
            span_id=trace.span,
            parent_span_id=trace.parent,
            parent_sampled=trace.sampled,
            baggage=Baggage.from_incoming_header(trace.baggage) if trace.parent is not None else None,
            start_timestamp=_at(began),
        )
        return cast("Transaction", self._scope.start_transaction(made))

    def _begin(self, kind: str, record: Record) -> Span:
        """A span; that of a policy, and of a gate that was not run here, is known once it has ended."""
        took = record.attributes.get("policy.duration_s", 0.0)
        name = str(record.attributes.get(f"{kind}.name", kind))
        began = record.time - float(took)
        span = self._transaction.start_child(op=kind, name=name, span_id=record.span, start_timestamp=_at(began))
        self._open[record.span or ""] = span
        return span

    def _describe(self, span: Span, record: Record) -> None:
        for name, value in record.attributes.items():
            span.set_data(name, value)
        told = next((record.attributes[name] for name in _DECIDING if name in record.attributes), None)
        status = next((status for word, status in STATUS.items() if word.value == told), None)
        if status is not None:
            span.set_status(status)

    def _tag(self, record: Record) -> None:
        for name in ("run.verdict", "run.mode", "change.event", "change.repository"):
            if name in record.attributes:
                self._scope.set_tag(name, str(record.attributes[name]))

    def _log(self, record: Record, span: Span) -> None:
        self._scope.span = span
        write = {"info": logger.info, "warning": logger.warning, "error": logger.error}[record.level]
        write(
            record.message,
            attributes={**record.attributes, "event": record.event, _TIME: round(record.time * 1e9)},
        )
        self._scope.span = self._transaction

    def _tell_as_issue(self, record: Record) -> None:
        self._scope.capture_event(
            {
                "level": "error",
                "logger": "gaterunner",
                "logentry": {"message": record.message},
                "timestamp": _at(record.time),
                "contexts": {"gaterunner": dict(record.attributes)},
            }
        )


_DECIDING = ("run.verdict", "gate.outcome", "policy.outcome")


def _client(dsn: str, redact: Callable[[str], str]) -> sentry_sdk.client.BaseClient:
    def log(told: Log, _hint: Hint) -> Log:
        when = told["attributes"].pop(_TIME, None)
        told["attributes"].pop("server.address", None)
        made = _leaving(told)
        return cast("Log", made if when is None else {**made, "time_unix_nano": when})

    def event(told: Event, _hint: Hint) -> Event:
        made = _leaving({key: value for key, value in told.items() if key not in _IDENTIFYING})
        trace = made.get("contexts", {}).get("trace", {})
        for span in (trace, *made.get("spans", ())):
            for name in _OF_OUR_THREAD:
                span.get("data", {}).pop(name, None)
        if "dynamic_sampling_context" in trace:  # the envelope's header: the project is named by the DSN's key there
            key = cast("Any", told)["contexts"]["trace"]["dynamic_sampling_context"].get("public_key")
            trace["dynamic_sampling_context"]["public_key"] = key
        return cast("Event", made)

    def _leaving(told: Mapping[str, Any]) -> dict[str, Any]:
        return cast("dict[str, Any]", redacted(told, redact))

    return sentry_sdk.Client(
        dsn,
        transport=_Transport,
        release=RELEASE,
        environment=ENVIRONMENT,
        server_name="",
        debug=False,
        spotlight=False,
        default_integrations=False,
        auto_enabling_integrations=False,
        auto_session_tracking=False,
        enable_backpressure_handling=False,
        include_local_variables=False,
        include_source_context=False,
        max_breadcrumbs=0,
        max_request_body_size="never",
        propagate_traces=False,
        traces_sample_rate=1.0,
        enable_logs=True,
        shutdown_timeout=0,
        before_send=event,
        before_send_transaction=event,
        before_send_log=log,
        before_send_metric=lambda told, _hint: cast("Metric", _leaving(told)),
        before_breadcrumb=lambda crumb, _hint: _leaving(crumb),
        _experiments={"max_spans": _MOST_SPANS},
    )


def _at(time: float) -> datetime:
    return datetime.fromtimestamp(time, UTC)
