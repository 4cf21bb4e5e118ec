"""What arrives is counted, and what could not be counted is told: never is a payload lost without a word."""

from __future__ import annotations

import gzip
import json
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from gaterunner.config.telemetry_rules import EXPECT, TelemetryRules
from gaterunner.errors import EvaluationError
from gaterunner.model import SignalCounts
from gaterunner.receiver.receiver import MAX_CONNECTIONS, Receiver, receiving
from gaterunner.receiver.wire import MAX_BODY
from gaterunner.redaction import Redactor
from tests.receiver.sending import (
    answered,
    connected,
    envelope,
    key_of,
    request,
    to_otlp,
    to_sentry,
    transaction,
)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving(EXPECT, Redactor()) as receiver:
        yield receiver


def lost(receiver: Receiver) -> str:
    """What is told of the payloads that could not be counted; nothing else may have been counted."""
    stats = receiver.evidence().stats
    assert (stats.sentry, stats.otlp) == (SignalCounts(), SignalCounts())
    return "; ".join(stats.lost)


# --- what is read ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("", bytes),
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", lambda body: zlib.compress(body, wbits=-15)),
        ("gzip, deflate", lambda body: zlib.compress(gzip.compress(body))),
        ("gzip", lambda body: gzip.compress(body[:40]) + gzip.compress(body[40:])),
    ],
)
def test_compressed_or_not(receiver: Receiver, encoding: str, pack: object) -> None:
    assert callable(pack)
    assert answered(receiver, to_sentry(receiver, pack(envelope(transaction())), {"Content-Encoding": encoding})) == 200
    assert receiver.evidence().stats.sentry == SignalCounts(transactions=1)


def test_in_pieces_of_any_size(receiver: Receiver) -> None:
    whole = to_sentry(receiver, envelope(transaction()))
    assert answered(receiver, *(whole[at : at + 7] for at in range(0, len(whole), 7))) == 200
    assert receiver.evidence().stats.sentry.transactions == 1


def test_chunked_and_with_a_hundred_continue(receiver: Receiver) -> None:
    body = envelope(transaction())
    head = to_sentry(receiver, b"", {"Transfer-Encoding": "chunked"}).replace(b"Content-Length: 0\r\n", b"")
    chunks = b"".join(
        b"%x;name=value\r\n%s\r\n" % (len(body[at : at + 50]), body[at : at + 50]) for at in range(0, len(body), 50)
    )
    assert answered(receiver, head + chunks + b"0\r\nTrailer: 1\r\n\r\n") == 200
    assert answered(receiver, to_sentry(receiver, body, {"Expect": "100-continue"})) == 100
    assert receiver.evidence().stats.sentry.transactions == 2


def test_many_requests_on_one_connection_before_an_answer_is_read(receiver: Receiver) -> None:
    with connected(receiver) as connection:
        connection.sendall(to_sentry(receiver, envelope(transaction())) * 200)
    assert receiver.evidence().stats.sentry.transactions == 200


def test_what_was_sent_right_before_the_end_is_counted(receiver: Receiver) -> None:
    senders = [connected(receiver) for _ in range(50)]
    for sender in senders:
        sender.sendall(to_sentry(receiver, envelope(transaction())))
        sender.close()
    stats = receiver.evidence().stats
    assert (stats.sentry.transactions, stats.lost) == (50, ())


def test_from_many_threads_at_once(receiver: Receiver) -> None:
    body = to_sentry(receiver, envelope(transaction(spans=[{"op": "db"}] * 3)))
    threads = [threading.Thread(target=lambda: [answered(receiver, body) for _ in range(20)]) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert receiver.evidence().stats.sentry == SignalCounts(transactions=320, spans=960)


def test_every_kind_of_item(receiver: Receiver) -> None:
    body = envelope(
        transaction(spans=[{"op": "db.query", "start_timestamp": 1.0, "timestamp": 1.5}, {}]),
        ({"type": "log"}, {"items": [{"level": "info", "attributes": {"a": {"value": 1}}}, {"level": "warn"}]}),
        ({"type": "span"}, {"items": [{"is_segment": True, "attributes": {"sentry.op": {"value": "job"}}}, {}]}),
        ({"type": "event"}, {"exception": [{"type": "ValueError", "value": "no"}]}),
        ({"type": "event"}, {"message": "started", "level": "info"}),
        ({"type": "attachment"}, b"\x00\xff not JSON"),
        ({"type": "session"}, {"sid": "1"}),
        ({"type": "something-new"}, {}),
    )
    assert answered(receiver, to_sentry(receiver, body)) == 200
    evidence = receiver.evidence()
    assert evidence.stats.sentry == SignalCounts(transactions=2, spans=3, logs=2, errors=1)
    assert dict(evidence.stats.others) == {"attachment": 1, "event": 1, "session": 1, "something-new": 1}
    assert [(use.name, use.count, use.longest_ms) for use in evidence.stats.operations] == [
        ("default", 2, None),
        ("db.query", 1, 500.0),
        ("http.server", 1, 250.0),
        ("job", 1, None),
    ]


def test_the_key_may_stand_where_each_client_puts_it(receiver: Receiver) -> None:
    body = envelope(transaction())
    key = key_of(receiver)
    assert answered(receiver, request(f"/api/1/envelope/?sentry_version=7&sentry_key={key}", body)) == 200
    assert answered(receiver, request("/api/1/envelope/", envelope(transaction(), header={"dsn": receiver.dsn}))) == 200
    event = json.dumps({"message": "broken"}).encode()
    assert answered(receiver, request(f"/api/1/store/?sentry_key={key}", event)) == 200
    assert receiver.evidence().stats.sentry == SignalCounts(transactions=2, errors=1)


def test_otlp_as_json(receiver: Receiver) -> None:
    attributes = [
        {"key": "http.request.method", "value": {"stringValue": "GET"}},
        {"key": "deep", "value": {"kvlistValue": {"values": [{"key": "n", "value": {"intValue": "3"}}]}}},
    ]
    span = {
        "traceId": "a" * 32,
        "kind": 2,
        "attributes": attributes,
        "startTimeUnixNano": "1000000",
        "endTimeUnixNano": "3000000",
    }
    spans = {"resourceSpans": [{"scopeSpans": [{"spans": [span, {"parentSpanId": "b" * 16}]}]}]}
    logs = {"resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": {"stringValue": "3 orders"}}]}]}]}
    assert answered(receiver, to_otlp(receiver, "traces", json.dumps(spans).encode())) == 200
    assert answered(receiver, to_otlp(receiver, "logs", json.dumps(logs).encode())) == 200
    stats = receiver.evidence().stats
    assert stats.otlp == SignalCounts(transactions=1, spans=1, logs=1)
    assert [(use.name, use.longest_ms) for use in stats.operations] == [("default", None), ("http.server", 2.0)]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_a_request_that_carries_nothing_is_no_loss(receiver: Receiver, method: str) -> None:
    assert answered(receiver, request("/", b"", method=method)) in (200, 404)
    assert receiver.evidence().stats.lost == ()


# --- what could not be counted ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "it is no JSON"),
        (b"{}", "the envelope holds no item"),
        (b"[]\n{}", "the envelope's header is no JSON object"),
        (b'{}\n{"type":"transaction","length":10}\n{}', "an item ends before its length"),
        (b'{}\n{"type":"transaction","length":-1}\n{}', "an item's length is no number"),
        (b'{}\n{"type":"transaction"}\n{"spans":', "an item of type transaction is no JSON"),
        (b'{}\n{"type":"log"}\n{"items":3}', "an item of type log has no list of logs"),
        (b"{}\n" + b'{"type":"event"}\n{}\n' * 1001, "the envelope holds more than 1000 items"),
        (b"{}\n" + b'{"type":"event"}\n' + b'{"a":' * 5000 + b"1" + b"}" * 5000, "an item of type event is no JSON"),
        (b'{}\n{"type":"event"}\n{"a":[' + b"1," * 400_001 + b"1]}", "it holds more than 400,000 values"),
    ],
)
def test_an_envelope_that_cannot_be_read(receiver: Receiver, body: bytes, told: str) -> None:
    assert answered(receiver, to_sentry(receiver, body)) == 400
    assert told in lost(receiver) or (not body and "no JSON" in lost(receiver))


@pytest.mark.parametrize(
    ("body", "type", "told"),
    [
        (b"{", "application/json", "it is no JSON"),
        (b'{"resource_spans": []}', "application/json", "it has no `resourceSpans`"),
        (b'{"resourceSpans": {}}', "application/json", "`resourceSpans` is no list"),
        (
            b'{"resourceSpans": [{"scopeSpans": [{"spans": [1]}]}]}',
            "application/json",
            "`spans` holds what is no object",
        ),
        (b"{}", "text/plain", "neither Protocol Buffers nor JSON"),
        (b"\x0a\xff", "application/x-protobuf", "a number of the message ends too early"),
        (b"\x0a\x05ab", "application/x-protobuf", "a field of the message ends too early"),
        (b"\x0b", "application/x-protobuf", "it is no message of Protocol Buffers"),
        (b"\x08\x01", "application/x-protobuf", "another type than OTLP gives it"),
        (b"\x0a\x00" * 400_001, "application/x-protobuf", "more than 400,000 values"),
        (b"\xff" * 20, "application/x-protobuf", "a number of the message has no end"),
    ],
)
def test_otlp_that_cannot_be_read(receiver: Receiver, body: bytes, type: str, told: str) -> None:
    assert answered(receiver, to_otlp(receiver, "traces", body, type)) == 400
    assert told in lost(receiver)


@pytest.mark.parametrize(
    ("body", "encoding", "told"),
    [
        (b"not gzip", "gzip", "its compression is broken"),
        (gzip.compress(b"{}\n")[:-4], "gzip", "its compressed content ends too early"),
        (gzip.compress(b"\0" * (17 << 20)), "gzip", "it is larger than 16 MiB"),
        (b"{}", "zstd", "its compression is not known here, let the SDK send gzip: 'zstd'"),
    ],
)
def test_compression_that_cannot_be_undone(receiver: Receiver, body: bytes, encoding: str, told: str) -> None:
    assert answered(receiver, to_sentry(receiver, body, {"Content-Encoding": encoding})) == 400
    assert told in lost(receiver)


@pytest.mark.parametrize(
    ("sent", "status", "told"),
    [
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "set OTEL_EXPORTER_OTLP_PROTOCOL to http/protobuf"),
        (b"hello\r\n\r\n", 400, "is no request of HTTP/1.1"),
        (b"POST / HTTP/1.1\r\nno header\r\n\r\n", 400, "a request has a header that is none"),
        (b"POST / HTTP/1.1\r\nA: " + b"a" * 70_000, 431, "a request has more headers than are read"),
        (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400, "in no clear way how long"),
        (b"POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\na", 400, "in no clear way how long"),
        (
            b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\na",
            400,
            "in no clear way how long",
        ),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", 400, "in pieces of no clear length"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0x1f\r\n", 400, "in pieces of no clear length"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1_0\r\n", 400, "in pieces of no clear length"),
        (b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (MAX_BODY + 1), 413, "a request is larger than 16 MiB"),
        (request("/api/1/minidump/", b"x"), 404, "was sent to a path that nobody here reads: '/api/1/minidump/'"),
        (request("/api/1/envelope/?sentry_key=another", b"{}\n"), 403, "without this gate's own key"),
        (request("/v1/traces", b"{}", {"Content-Type": "application/json"}), 403, "without this gate's own key"),
    ],
)
def test_what_is_no_request_for_it(receiver: Receiver, sent: bytes, status: int, told: str) -> None:
    assert answered(receiver, sent) == status
    assert told in lost(receiver)


def test_a_payload_that_is_cut_off(receiver: Receiver) -> None:
    whole = to_sentry(receiver, envelope(transaction()))
    with connected(receiver) as connection:
        connection.sendall(whole[:-10])
    assert "a request ended before it was whole" in lost(receiver)


def test_a_payload_that_still_comes_when_the_gate_is_over(receiver: Receiver) -> None:
    with connected(receiver) as connection, connected(receiver):  # the second one says nothing: nothing is lost by it
        connection.sendall(to_sentry(receiver, envelope(transaction()))[:-10])
        assert lost(receiver) == "a payload was cut off by the end of the gate; let the program flush before it ends"


def test_what_the_sdk_itself_says_it_lost(receiver: Receiver) -> None:
    events = [
        {"reason": "queue_overflow", "category": "error", "quantity": 2},
        {"reason": "sample_rate", "category": "transaction", "quantity": 5},
    ]
    body = envelope(transaction(), ({"type": "client_report"}, {"discarded_events": events}))
    assert answered(receiver, to_sentry(receiver, body)) == 200
    stats = receiver.evidence().stats
    assert stats.discarded == 5
    assert stats.lost == ("the SDK could not send everything (its queue was full, or a request failed) (2 times)",)


def test_more_connections_than_are_held(receiver: Receiver) -> None:
    with ExitStack() as held:
        for _ in range(MAX_CONNECTIONS + 5):
            held.enter_context(connected(receiver))
        limit = time.monotonic() + 20
        while not receiver._tally._lost and time.monotonic() < limit:
            time.sleep(0.01)
    assert f"more than {MAX_CONNECTIONS} connections were open at a time" in lost(receiver)


def test_large_payloads_take_turns(receiver: Receiver) -> None:
    body = to_sentry(receiver, envelope(({"type": "attachment"}, b"\0" * 3_000_000)))
    threads = [threading.Thread(target=answered, args=(receiver, body)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stats = receiver.evidence().stats
    assert (dict(stats.others), stats.lost) == ({"attachment": 12}, ())


def test_after_the_end_nobody_listens(receiver: Receiver) -> None:
    receiver.evidence()
    with pytest.raises(ConnectionRefusedError):
        connected(receiver)


def test_an_address_that_is_not_this_machines_is_told() -> None:
    with (
        pytest.raises(EvaluationError, match="no receiver of telemetry could listen on 192"),
        receiving(EXPECT, Redactor(), host="192.0.2.77"),
    ):
        pass


def test_a_crash_over_a_payload_is_a_payload_that_was_not_counted(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gaterunner.receiver.reception.sentry.read_envelope", lambda _: 1 / 0)
    assert answered(receiver, to_sentry(receiver, envelope(transaction()))) == 0
    assert lost(receiver) == "the receiver broke over a payload: ZeroDivisionError"


def test_operations_and_attributes_that_are_asked_for_are_counted_whatever_else_comes() -> None:
    rules = TelemetryRules(operations=("db", "cache"), attributes=(("db", ("db.system",)), ("logs", ("id",))))
    with receiving(rules, Redactor()) as receiver:
        spans: list[dict[str, object]] = [{"op": f"other-{number}"} for number in range(3000)]
        spans += [{"op": "db.query", "data": {"db.system": "x"}}, {"op": "db"}, {"op": "dbx"}]
        assert answered(receiver, to_sentry(receiver, envelope(transaction(spans=spans)))) == 200
        evidence = receiver.evidence()
    assert evidence.operations == (("db", 2), ("cache", 0))
    assert [(each.of, each.attribute, each.without, each.items) for each in evidence.lacking] == [
        ("db", "db.system", 1, 2),
        ("logs", "id", 0, 0),
    ]
    assert len(evidence.stats.operations) == 30


def test_a_socket_of_its_own_for_each() -> None:
    with receiving(EXPECT, Redactor()) as first, receiving(EXPECT, Redactor()) as second:
        assert first.dsn.rpartition(":")[2] != second.dsn.rpartition(":")[2]
        assert key_of(first) != key_of(second)
        with connected(first), connected(second):
            pass
