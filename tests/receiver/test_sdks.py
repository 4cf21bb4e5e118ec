"""The receiver with the SDKs that programs really use."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

from gaterunner.config.telemetry_rules import EXPECT, TelemetryRules
from gaterunner.evidence.telemetry import TelemetryEvidence
from gaterunner.model import SignalCounts
from gaterunner.receiver.receiver import receiving
from gaterunner.redaction import Redactor


def sent_by(program: str, rules: TelemetryRules = EXPECT, **more: str) -> TelemetryEvidence:
    """What a Python program sends when it runs with the receiver's variables."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    with receiving(rules, Redactor()) as receiver:
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(program)],
            env={**kept, **dict(receiver.environment), **more},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return receiver.evidence()


SENTRY = """
    import sentry_sdk
    sentry_sdk.init(enable_logs=True, traces_sample_rate=1.0)
    with sentry_sdk.start_transaction(op="http.server", name="GET /orders"):
        with sentry_sdk.start_span(op="db.query", name="select") as span:
            span.set_data("db.system", "postgresql")
        sentry_sdk.logger.info("{count} orders", count=3)
"""


def test_sentrys_python_sdk_is_counted_by_item() -> None:
    evidence = sent_by(SENTRY)
    assert evidence.stats.sentry == SignalCounts(transactions=1, spans=1, logs=1)
    assert evidence.stats.otlp == SignalCounts()
    assert [use.name for use in evidence.stats.operations] == ["db.query", "http.server"]
    assert evidence.stats.sources[0].startswith("sentry.python/")
    assert (evidence.stats.traces, evidence.stats.lost, evidence.exposed) == (1, (), ())


def test_an_error_of_sentrys_python_sdk_is_told_with_its_place() -> None:
    evidence = sent_by("""
        import sentry_sdk
        sentry_sdk.init()
        try:
            {}["nothing"]
        except KeyError:
            sentry_sdk.capture_exception()
    """)
    assert evidence.stats.sentry.errors == 1
    (finding,) = evidence.errors
    assert (finding.rule, finding.message) == ("telemetry/error-event", "KeyError: 'nothing' (<string>:5)")


def test_personal_data_and_secrets_are_told_by_where_they_stand_and_never_by_value() -> None:
    token = "gh" + "p_" + "a1B2" * 10
    evidence = sent_by(
        """
        import os, sentry_sdk
        sentry_sdk.init(traces_sample_rate=1.0)
        sentry_sdk.set_user({"email": "jo@example.com"})
        with sentry_sdk.start_transaction(op="task", name="mail") as transaction:
            transaction.set_data("mail.to", "jo@example.com")
            transaction.set_data("call", "curl -H " + os.environ["HEADER"])
        """,
        HEADER=token,
    )
    assert {(each.rule, each.message) for each in evidence.exposed} == {
        ("telemetry/personal-data", "a person's email in transaction: user.email"),
        ("telemetry/personal-data", "an e-mail address in transaction: contexts.trace.data.mail.to"),
        (
            "telemetry/secret",
            "what has the form of a credential, or is one of this run in transaction: contexts.trace.data.call",
        ),
    }
    assert "jo@" not in repr(evidence)
    assert token not in repr(evidence)


@pytest.mark.parametrize("compression", ["none", "gzip", "deflate"])
def test_opentelemetrys_python_sdk_is_counted_by_item(compression: str) -> None:
    evidence = sent_by(
        """
        from opentelemetry import trace
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        provider = TracerProvider()
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        tracer = provider.get_tracer("orders")
        server = {"http.request.method": "GET", "n": -3, "ratio": 0.5, "all": [1, 2]}
        with tracer.start_as_current_span("GET /orders", kind=trace.SpanKind.SERVER, attributes=server):
            with tracer.start_as_current_span("select", attributes={"db.system": "postgresql"}) as span:
                span.record_exception(ValueError("no such table"))
        provider.shutdown()
        """,
        TelemetryRules(operations=("db",), attributes=(("http.server", ("ratio", "user.id")),)),
        OTEL_EXPORTER_OTLP_COMPRESSION=compression,
    )
    assert evidence.stats.otlp == SignalCounts(transactions=1, spans=1, errors=1)
    assert [use.name for use in evidence.stats.operations] == ["db", "http.server"]
    assert [each.message for each in evidence.errors] == ["ValueError: no such table"]
    assert evidence.operations == (("db", 1),)
    assert [(each.attribute, each.without, each.items) for each in evidence.lacking] == [("user.id", 1, 1)]
    assert evidence.stats.lost == ()


def test_opentelemetrys_logs_and_metrics_are_counted() -> None:
    evidence = sent_by("""
        import logging
        from opentelemetry._logs import set_logger_provider
        from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.sdk._logs import LoggerProvider
        from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
        from opentelemetry._logs import LogRecord, SeverityNumber

        provider = LoggerProvider()
        provider.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
        logger = provider.get_logger("orders")
        logger.emit(LogRecord(body="3 orders", severity_text="INFO", severity_number=SeverityNumber.INFO))
        provider.shutdown()
        meters = MeterProvider([PeriodicExportingMetricReader(OTLPMetricExporter())])
        meters.get_meter("orders").create_counter("orders").add(3, {"kind": "new"})
        meters.shutdown()
    """)
    assert evidence.stats.otlp == SignalCounts(logs=1)
    assert dict(evidence.stats.others)["metrics"] >= 1
    assert evidence.stats.lost == ()
