"""What a gate's program may send to be taken for more, or for less, than it is; and to keep the receiver busy."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import msgspec
import pytest

from gaterunner.config.telemetry_rules import EXPECT, TelemetryRules
from gaterunner.gates.telemetry import judge_telemetry
from gaterunner.model import Outcome, SignalCounts, TelemetryStats
from gaterunner.receiver import receiver as listening
from gaterunner.receiver.contents import decoded
from gaterunner.receiver.exposure import exposures
from gaterunner.receiver.items import UnreadableError
from gaterunner.receiver.otlp_messages import MESSAGES, TRACES
from gaterunner.receiver.protobuf import decode
from gaterunner.receiver.receiver import Receiver, receiving
from gaterunner.redaction import Redactor
from tests.receiver.sending import answered, connected, envelope, request, to_otlp, to_sentry, transaction

TOKEN = "gh" + "p_" + "a1B2" * 10


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving(EXPECT, Redactor()) as receiver:
        yield receiver


# --- errors that are called something else ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "event"),
    [
        ("event", {"message": "broken", "level": "ERROR"}),
        ("event", {"message": "broken", "level": "critical"}),
        ("event", {"level": "info", "exception": {"type": "ValueError", "value": "no"}}),
        ("event", {"level": "info", "exception": {"values": [{"type": "X", "mechanism": {"handled": True}}]}}),
        ("event", {"type": "transaction", "exception": [{"type": "ValueError"}]}),
        ("transaction", {"exception": [{"type": "ValueError"}]}),
    ],
)
def test_an_error_event_under_another_name_is_one(receiver: Receiver, kind: str, event: dict[str, Any]) -> None:
    assert answered(receiver, to_sentry(receiver, envelope(({"type": kind}, event)))) == 200
    assert receiver.evidence().stats.sentry.errors == 1


def test_a_crash_report_is_an_error_event(receiver: Receiver) -> None:
    body = envelope(({"type": "attachment", "attachment_type": "event.minidump"}, b"MDMP"))
    assert answered(receiver, to_sentry(receiver, body)) == 200
    assert [each.message for each in receiver.evidence().errors] == ["a crash report (event.minidump)"]


def test_an_exception_of_opentelemetry_is_one_by_its_attributes(receiver: Receiver) -> None:
    attributes = [{"key": "exception.type", "value": {"stringValue": "ValueError"}}]
    span = {"name": "x", "events": [{"name": "oops", "attributes": attributes}]}
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).encode()
    assert answered(receiver, to_otlp(receiver, "traces", body)) == 200
    assert receiver.evidence().stats.otlp.errors == 1


@pytest.mark.parametrize(
    "item",
    [
        ({"type": "log"}, {"items": [1, 2, 3]}),
        ({"type": "span"}, {"items": ["a"]}),
        ({"type": "transaction"}, {"spans": [[], []]}),
    ],
)
def test_what_is_no_object_is_not_counted_as_one(receiver: Receiver, item: Any) -> None:
    assert answered(receiver, to_sentry(receiver, envelope(item))) == 400
    stats = receiver.evidence().stats
    assert (stats.sentry, len(stats.lost)) == (SignalCounts(), 1)


# --- numbers ---------------------------------------------------------------------------------------------------------


def test_times_and_counts_that_no_program_has_break_no_report(receiver: Receiver) -> None:
    report = {"discarded_events": [{"reason": "sample_rate", "quantity": 2**63 - 1}] * 8}
    forever = transaction(start_timestamp=-1e308, timestamp=1.7e308)
    assert answered(receiver, to_sentry(receiver, envelope(forever, ({"type": "client_report"}, report)))) == 200
    stats = receiver.evidence().stats
    assert [(use.count, use.longest_ms) for use in stats.operations] == [(1, None)]
    assert msgspec.json.decode(msgspec.json.encode(stats), type=TelemetryStats) == stats
    assert stats.discarded < 2**63


# --- hiding places ---------------------------------------------------------------------------------------------------


def test_many_warnings_hide_no_secret() -> None:
    rules = TelemetryRules(personal_data="warn")
    addresses = {f"to{number}": "jo@example.com" for number in range(80)}
    with receiving(rules, Redactor()) as receiver:
        assert answered(receiver, to_sentry(receiver, envelope(transaction(**addresses)))) == 200
        assert answered(receiver, to_sentry(receiver, envelope(transaction(key=TOKEN)))) == 200
        ruling = judge_telemetry(rules, receiver.evidence())
    assert ruling.outcome is Outcome.FAILED
    assert "the form of a credential" in (ruling.reason or "")


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("scope", "traces: scope.mail"),
        ("resource", "traces: resource.mail"),
        ("span", "traces: scopes.attributes.mail"),
    ],
)
def test_attributes_of_opentelemetry_are_looked_at_wherever_they_stand(
    receiver: Receiver, path: str, told: str
) -> None:
    mail = {"attributes": [{"key": "mail", "value": {"stringValue": "jo@example.com"}}]}
    places: dict[str, dict[str, Any]] = {"scope": {}, "resource": {}, "span": {}} | {path: mail}
    scope = {"scope": places["scope"], "spans": [places["span"]]}
    body = {"resourceSpans": [{"resource": places["resource"], "scopeSpans": [scope]}]}
    assert answered(receiver, to_otlp(receiver, "traces", json.dumps(body).encode())) == 200
    assert [each.message for each in receiver.evidence().exposed] == [f"an e-mail address in {told}"]


def test_exemplars_of_metrics_are_looked_at(receiver: Receiver) -> None:
    mail = {"key": "mail", "value": {"stringValue": "jo@example.com"}}
    points = [{"attributes": [], "exemplars": [{"filteredAttributes": [mail]}]}]
    metrics = [{"name": "orders", "sum": {"dataPoints": points}}]
    body = json.dumps({"resourceMetrics": [{"scopeMetrics": [{"metrics": metrics}]}]}).encode()
    assert answered(receiver, to_otlp(receiver, "metrics", body)) == 200
    assert "an e-mail address" in receiver.evidence().exposed[0].message


def field(number: int, value: bytes) -> bytes:
    """A field of Protocol Buffers that holds bytes."""
    assert len(value) < 128
    return bytes([number << 3 | 2, len(value)]) + value


@pytest.mark.parametrize("name", ["GET /users/jo@example.com", f"{TOKEN} is what the caller of this one sent to us"])
def test_a_text_of_protocol_buffers_is_seen_whatever_bytes_stand_around_it(receiver: Receiver, name: str) -> None:
    span = field(5, name.encode()) + bytes([6 << 3, 2])  # the kind's field begins with a `0`
    body = field(1, field(2, field(2, span)))
    assert answered(receiver, to_otlp(receiver, "traces", body, "application/x-protobuf")) == 200
    assert len(receiver.evidence().exposed) == 1


def test_bytes_of_opentelemetry_are_read_as_text() -> None:
    value = field(2, field(7, b"jo@example.com"))
    tree, texts = decode(field(1, field(1, field(1, value))), TRACES, MESSAGES)
    assert (b"jo@example.com" in texts, "jo@example.com" in repr(tree)) == (True, True)


@pytest.mark.parametrize(
    "send",
    [
        lambda receiver, secret: request(f"/a/{'x' * 88}{secret}/", b"{}"),
        lambda receiver, secret: to_sentry(receiver, b"{}", {"Content-Encoding": f"aaaaaaaaaaaa-{secret}"}),
        lambda receiver, secret: to_otlp(receiver, "traces", b"{}", f"{'x' * 50}{secret}"),
        lambda receiver, secret: to_sentry(receiver, envelope(({"type": f"{'x' * 30}{secret}"}, {}))),
        lambda receiver, secret: to_sentry(receiver, envelope(transaction(sdk={"name": f"{'x' * 70}{secret}"}))),
        lambda receiver, secret: to_sentry(receiver, envelope(transaction(**{f"{'x' * 50}{secret}": {"token": "t"}}))),
    ],
)
def test_nothing_is_cut_before_it_is_masked(send: Callable[[Receiver, str], bytes]) -> None:
    secret = "correct-horse-" + "battery-staple"
    with receiving(EXPECT, Redactor([secret])) as receiver:
        answered(receiver, send(receiver, secret))
        assert "correct" not in repr(receiver.evidence())


# --- keeping it busy -------------------------------------------------------------------------------------------------


def test_a_hundred_thousand_resources_are_looked_at_once(receiver: Receiver) -> None:
    body = gzip.compress(b'{"resourceSpans":[' + b"{}," * 130_000 + b"{}]}")
    whole = to_otlp(receiver, "traces", body).replace(b"\r\n", b"\r\nContent-Encoding: gzip\r\n", 1)
    began = time.process_time()
    assert answered(receiver, whole) == 200
    assert receiver.evidence().stats.lost == ()
    assert time.process_time() - began < 20  # each of them searched the whole of it before: minutes


def test_compression_of_very_many_pieces_is_not_undone() -> None:
    with pytest.raises(UnreadableError, match="more than 1,000 compressed pieces"):
        decoded(gzip.compress(b"") * 500_000, "gzip")


def test_compression_of_compression_of_compression_is_not_undone() -> None:
    with pytest.raises(UnreadableError, match="compressed more than 4 times"):
        decoded(b"x", "gzip," * 1000)


def test_readings_of_readings_come_to_an_end() -> None:
    content = {"token": 1, "text": "%" + "25" * 500_000 + "40"}
    began = time.process_time()
    assert list(exposures(json.dumps(content).encode(), content, Redactor())) == []
    assert time.process_time() - began < 20


class Brotli:
    """Stands for the package, which is no dependency: at worst it makes about a mebibyte of a byte."""

    error = RuntimeError
    most = 0

    class Decompressor:
        def process(self, data: bytes) -> bytes:
            Brotli.most = max(Brotli.most, len(data) << 20)
            return b"\0" * (len(data) << 20)

        def is_finished(self) -> bool:
            return True


def test_brotli_that_explodes_is_noticed_before_it_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gaterunner.receiver.contents._library", lambda *_: Brotli)
    with pytest.raises(UnreadableError, match="larger than 16 MiB"):
        decoded(b"x" * 4096, "br")
    assert Brotli.most <= 16 << 20


def test_brotli_without_its_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gaterunner.receiver.contents._library", lambda *_: None)
    with pytest.raises(UnreadableError, match="needs the Python package `brotli` beside gaterunner; install it, or"):
        decoded(b"x", "br")


def test_what_takes_too_long_is_given_up_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "_DRAIN_S", 0.0)
    with receiving(EXPECT, Redactor()) as receiver, ExitStack() as held:
        for _ in range(20):
            connection = held.enter_context(connected(receiver))
            connection.sendall(to_sentry(receiver, envelope(transaction())) * 50)
        stats = receiver.evidence().stats
        assert not receiver._thread.is_alive()
    assert stats.sentry.transactions < 1000
    assert "more was sent than could be read" in "; ".join(stats.lost)


def test_an_answer_to_what_carries_nothing_has_no_body(receiver: Receiver) -> None:
    with connected(receiver) as connection:
        connection.sendall(request("/", b"", method="HEAD") + to_sentry(receiver, envelope(transaction())))
        connection.shutdown(1)
        answers = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answers.count(b"\r\n\r\nHTTP/1.1 200 OK") == 1
