"""The receiver of telemetry under load: envelopes of Sentry's SDK, sent by eight clients as fast as they are answered.

The receiver is a process of its own, so that the memory told is the receiver's with all that gaterunner needs for it.
A second round sends many before an answer is read.
"""

from __future__ import annotations

import gzip
import json
import os
import resource
import socket
import subprocess
import sys
import threading
import time
from urllib.parse import urlsplit

CLIENTS = 8
ENVELOPES = 20_000
LEAST_RATE, MOST_MB = 2_000, 100


def receive() -> None:
    """The receiver's process: tells its DSN, waits for a line, tells what it counted and the most memory it took."""
    from gaterunner.config.telemetry_rules import TelemetryRules
    from gaterunner.receiver.receiver import receiving
    from gaterunner.redaction import Redactor

    rules = TelemetryRules(operations=("http.server", "db"), attributes=(("http.server", ("http.request.method",)),))
    with receiving(rules, Redactor(["a-secret-of-the-run"])) as receiver:
        print(receiver.dsn, flush=True)
        sys.stdin.readline()
        stats = receiver.evidence().stats
    peak = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            {
                "payloads": stats.payloads,
                "spans": stats.sentry.spans,
                "lost": stats.lost,
                "mb": peak.ru_maxrss / 1024,
                "cpu": peak.ru_utime + peak.ru_stime,
            }
        )
    )


def envelope() -> bytes:
    """A transaction with six spans and what the SDK adds by itself, as the SDK writes it."""
    import sentry_sdk
    from sentry_sdk.envelope import Envelope
    from sentry_sdk.transport import Transport

    kept: list[bytes] = []

    class Keep(Transport):
        def capture_envelope(self, envelope: Envelope) -> None:
            kept.append(envelope.serialize())

    sentry_sdk.init("http://key@127.0.0.1:9/1", transport=Keep, traces_sample_rate=1.0)
    with sentry_sdk.start_transaction(op="http.server", name="GET /orders") as transaction:
        transaction.set_data("http.request.method", "GET")
        for number in range(6):
            with sentry_sdk.start_span(op="db.query", name=f"orders of customer {number}") as span:
                span.set_data("db.system", "postgresql")
    sentry_sdk.get_client().close(timeout=0)
    return kept[0]


def send(dsn: str, count: int, body: bytes, at_once: int) -> None:
    """One client: ``count`` envelopes over one connection, ``at_once`` of them before an answer is read."""
    url = urlsplit(dsn)
    request = (
        f"POST /api/1/envelope/ HTTP/1.1\r\nHost: {url.hostname}\r\nContent-Type: application/x-sentry-envelope\r\n"
        f"Content-Encoding: gzip\r\nX-Sentry-Auth: Sentry sentry_key={url.username}, sentry_version=7\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body
    with socket.create_connection((url.hostname or "", url.port or 0)) as connection:
        for start in range(0, count, at_once):
            many = min(at_once, count - start)
            connection.sendall(request * many)
            answers = b""
            while answers.count(b"HTTP/1.1 200") < many or not answers.endswith(b"}"):
                answers += connection.recv(65536)


def round_of(at_once: int, body: bytes) -> None:
    """Sends everything to a fresh receiver, and tells what became of it."""
    receiver = subprocess.Popen(
        [sys.executable, __file__, "receive"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert receiver.stdin is not None
    assert receiver.stdout is not None
    dsn = receiver.stdout.readline().strip()
    clients = [threading.Thread(target=send, args=(dsn, ENVELOPES // CLIENTS, body, at_once)) for _ in range(CLIENTS)]
    started = time.perf_counter()
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    took = time.perf_counter() - started
    told = json.loads(receiver.communicate("over\n")[0])
    assert (told["payloads"], told["spans"], told["lost"]) == (ENVELOPES, ENVELOPES * 6, []), told
    print(
        f"{ENVELOPES:,} envelopes of {len(body):,} bytes over {CLIENTS} connections, {at_once} at once: "
        f"{ENVELOPES / took:,.0f}/s (at least {LEAST_RATE:,}), none lost; receiver {told['mb']:.0f} MB at most "
        f"(under {MOST_MB}), {told['cpu'] / ENVELOPES * 1e6:.0f} µs of CPU each"
    )


if __name__ == "__main__":
    if "receive" in sys.argv:
        receive()
    else:
        os.environ.pop("SENTRY_DSN", None)
        whole = envelope()
        packed = gzip.compress(whole)
        print(f"an envelope of {len(whole):,} bytes")
        for burst in (1, 20):
            round_of(burst, packed)
