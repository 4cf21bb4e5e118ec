"""Sending to a receiver by hand: what no SDK sends, byte by byte."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from urllib.parse import urlsplit

from gaterunner.receiver.receiver import Receiver


def key_of(receiver: Receiver) -> str:
    return urlsplit(receiver.dsn).username or ""


def connected(receiver: Receiver) -> socket.socket:
    url = urlsplit(receiver.dsn)
    return socket.create_connection((url.hostname or "", url.port or 0), timeout=20)


def request(path: str, body: bytes, headers: Mapping[str, str] | None = None, *, method: str = "POST") -> bytes:
    """A request with its length."""
    lines = [f"{method} {path} HTTP/1.1", "Host: receiver", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def to_sentry(receiver: Receiver, body: bytes, headers: Mapping[str, str] | None = None) -> bytes:
    """A request with an envelope, or what is none."""
    auth = {"X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={key_of(receiver)}"}
    return request("/api/1/envelope/", body, {**auth, **(headers or {})})


def to_otlp(receiver: Receiver, what: str, body: bytes, type: str = "application/json") -> bytes:
    return request(f"/{key_of(receiver)}/v1/{what}", body, {"Content-Type": type})


def answered(receiver: Receiver, *pieces: bytes) -> int:
    """The status that is answered to what is sent in these pieces; 0 when the connection is closed without one."""
    with connected(receiver) as connection:
        for piece in pieces:
            connection.sendall(piece)
        answer = connection.recv(65536)
    return int(answer.split(b" ")[1]) if answer else 0


def envelope(*items: tuple[Mapping[str, object], object], header: Mapping[str, object] | None = None) -> bytes:
    """An envelope as SDKs write it; each item is its header and its payload."""
    lines = [json.dumps(header or {}).encode()]
    for head, payload in items:
        content = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        lines += [json.dumps({**head, "length": len(content)}).encode(), content]
    return b"\n".join(lines) + b"\n"


def transaction(**more: object) -> tuple[Mapping[str, object], object]:
    """An item with a transaction."""
    return {"type": "transaction"}, {
        "type": "transaction",
        "transaction": "GET /orders",
        "start_timestamp": 1_750_000_000.0,
        "timestamp": 1_750_000_000.25,
        "contexts": {"trace": {"trace_id": "a" * 32, "op": "http.server"}},
        **more,
    }
