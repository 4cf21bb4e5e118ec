"""What a gate's program told of its running, in every form that a person reads."""

from __future__ import annotations

from gaterunner.model import OperationUse, SignalCounts, TelemetryStats
from gaterunner.reporters.html.page import render_html
from gaterunner.reporters.markdown import render_pages
from gaterunner.reporters.terminal import render_text
from gaterunner.reporters.trace_words import telemetry_facts, telemetry_words
from tests.reporters.reports import gate, report

STATS = TelemetryStats(
    sentry=SignalCounts(transactions=3, spans=1_200),
    otlp=SignalCounts(logs=1, spans=34),
    payloads=5,
    traces=3,
    others=(("session", 2),),
    sources=("sentry.python/2.75.0",),
    operations=(
        OperationUse(name="db|<b>", count=1_234, mean_ms=1.25, longest_ms=40.0),
        OperationUse(name="http.server", count=3),
    ),
    operations_left_out=4,
    discarded=7,
    lost=("a payload could not be read: it is no JSON",),
)
REPORT = report(gates=(gate(), gate("smoke", telemetry=STATS)))


def test_the_facts() -> None:
    assert telemetry_facts(STATS) == [
        ("Telemetry", "3 transactions, 1,234 spans, 1 log in 3 traces and 5 payloads, sent by sentry.python/2.75.0"),
        ("Operations", "db|<b> 1,234 (mean 1.2 ms, longest 40 ms), http.server 3 and 4 more"),
        ("Beside", "2 session"),
        ("Discarded", "7 items by the SDK itself (sampling, filters)"),
        ("Uncounted", "a payload could not be read: it is no JSON"),
    ]
    assert telemetry_words(TelemetryStats()) == "no telemetry"


def test_in_a_terminal() -> None:
    assert "3 transactions, 1,234 spans, 1 log" in render_text(REPORT)


def test_in_markdown() -> None:
    text = render_pages(REPORT, limit_bytes=60_000).text
    assert "What programs told of their running" in text
    assert "| `smoke` | 3 | 1,234 | 1 | 0 | 3 | db&#124;&lt;b&gt; 1,234 (mean 1.2 ms, longest 40 ms)," in text


def test_on_the_page() -> None:
    page = render_html(REPORT).decode()
    assert "db|&lt;b&gt; 1,234 (mean 1.2 ms, longest 40 ms), http.server 3 and 4 more" in page
    assert "7 items by the SDK itself" in page
