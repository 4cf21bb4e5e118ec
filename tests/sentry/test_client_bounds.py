"""No answer takes more time or memory than it may, whatever a server sends, and the token goes nowhere else."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence

import pytest

from gaterunner.sentry.client import MOST_BYTES, Client, Patience
from gaterunner.sentry.errors import SentryError

TOKEN = "a-token-" + "of-this-test"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: Mon, 16 Jun 2025 09:00:00 GMT\r\n"
Serve = Callable[..., str]


class RawServer:
    """Sends the given pieces to each connection, with a pause after each; ``got`` is what it was sent."""

    def __init__(self, pieces: Sequence[bytes], pause_s: float) -> None:
        self._pieces, self._pause_s = pieces, pause_s
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._over = threading.Event()
        self.got = b""
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._over.set()
        self._socket.shutdown(socket.SHUT_RDWR)  # or a thread would still wait on it, and on what has its number next
        self._thread.join()
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._send, args=(connection,), daemon=True).start()

    def _send(self, connection: socket.socket) -> None:
        with connection:
            try:
                self.got += connection.recv(65536)
                for piece in self._pieces:
                    connection.sendall(piece)
                    if self._pause_s and self._over.wait(self._pause_s):
                        return
            except OSError:
                return


@pytest.fixture
def servers() -> Iterator[list[RawServer]]:
    running: list[RawServer] = []
    yield running
    for each in running:
        each.close()


@pytest.fixture
def serve(servers: list[RawServer]) -> Serve:
    def started(*pieces: bytes, pause_s: float = 0.0) -> str:
        servers.append(RawServer(pieces, pause_s))
        return servers[-1].url

    return started


def asked(url: str, *, answer_s: float = 10.0, in_all_s: float = 30.0, attempts: int = 1) -> object:
    """What a server there answers; every pause between attempts is short."""
    patience = Patience(answer_s=answer_s, first_pause_s=0.001, in_all_s=in_all_s, attempts=attempts)
    return Client(url, TOKEN, token_name="SENTRY_AUTH_TOKEN", patience=patience).get("/organizations/", object)


def refused(url: str, **patience: float) -> str:
    with pytest.raises(SentryError) as caught:
        asked(url, **patience)  # type: ignore[arg-type]  # the numbers of `asked`
    assert TOKEN not in repr(caught.value)
    return str(caught.value)


def single(data: bytes) -> list[bytes]:
    return [bytes([each]) for each in data]


@pytest.mark.parametrize(
    "dripping",
    [
        single(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 500),
        [HEAD, b"Content-Length: 500\r\n\r\n", *single(b" " * 500)],
        [HEAD, b"Transfer-Encoding: chunked\r\n\r\n", *[b"1\r\n \r\n"] * 500],
        [HEAD, b"Content-Encoding: gzip\r\nContent-Length: 500\r\n\r\n", *single(gzip.compress(bytes(range(256)) * 2))],
    ],
    ids=["header", "body", "chunks", "gzip"],
)
def test_a_server_that_sends_a_byte_now_and_then_is_bounded_in_all(serve: Serve, dripping: list[bytes]) -> None:
    url = serve(*dripping, pause_s=0.05)  # 25 s in all, and no pause that a timeout would notice
    began = time.monotonic()
    assert "no whole answer within 0.5 s" in refused(url, answer_s=0.5, in_all_s=1.5, attempts=3)
    assert time.monotonic() - began < 8


def test_a_slow_answer_that_comes_in_time_is_read(serve: Serve) -> None:
    packed = gzip.compress(b'{"a": [1, 2]}')
    url = serve(
        HEAD, b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed), *single(packed), pause_s=0.001
    )
    assert asked(url) == {"a": [1, 2]}


def test_what_unpacks_to_more_than_it_may_is_not_unpacked(serve: Serve) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = b"".join(packer.compress(b" " * 2**20) for _ in range(MOST_BYTES // 2**20 + 8)) + packer.flush()
    assert len(packed) < 2**20
    assert "the answer is larger than 32 MiB" in refused(
        serve(HEAD, b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed), packed)
    )


def test_an_answer_without_an_end_is_not_read_to_it(serve: Serve) -> None:
    pieces = [b" " * 2**20] * (MOST_BYTES // 2**20 + 8)
    assert "the answer is larger than 32 MiB" in refused(serve(HEAD, b"\r\n", *pieces))


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (HEAD + b"Content-Length: 20\r\n\r\n[]", "the connection failed (ProtocolError)"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n[1,2,\r\n", "the connection failed (ProtocolError)"),
        (HEAD + b"\r\n" + b"[" * 200_000 + b"]" * 200_000, "the answer ends early or is no JSON"),
        (HEAD + b"\r\n[NaN]", "the answer ends early or is no JSON"),
        (HEAD + b'\r\n{"a": "\xff"}', "the answer ends early or is no JSON"),
        (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n", "the connection failed (ConnectionError)"),
        (b"\x00\xff" * 100, "the connection failed (ConnectionError)"),
    ],
    ids=["short", "chunks without an end", "deep", "NaN", "no UTF-8", "headers", "no HTTP"],
)
def test_what_is_no_answer_is_an_error(serve: Serve, sent: bytes, told: str) -> None:
    assert told in refused(serve(sent))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_the_token_does_not_go_where_a_redirection_leads(serve: Serve, servers: list[RawServer], status: int) -> None:
    elsewhere = serve(HEAD, b"Content-Length: 2\r\n\r\n[]").replace("127.0.0.1", "localhost")
    moved = b"HTTP/1.1 %d Moved\r\nDate: Mon, 16 Jun 2025 09:00:00 GMT\r\nLocation: %s/\r\nContent-Length: 0\r\n\r\n"
    assert f"Sentry answered {status}" in refused(serve(moved % (status, elsewhere.encode())))
    assert [TOKEN.encode() in each.got for each in servers] == [False, True]


@pytest.mark.parametrize("url", ["http://a..b", "http://x:99999", "http://[::1", f"http://{'a' * 300}.example"])
def test_an_address_that_leads_nowhere_is_told(url: str) -> None:
    assert "the address of Sentry is none that can be connected to" in refused(url)


def test_the_body_of_a_redirection_is_bounded_as_well(serve: Serve) -> None:
    moved = b"HTTP/1.1 302 Found\r\nDate: Mon, 16 Jun 2025 09:00:00 GMT\r\nLocation: /\r\n\r\n"
    assert "larger than 32 MiB" in refused(serve(moved, *[b" " * 2**20] * (MOST_BYTES // 2**20 + 8)))


@pytest.mark.parametrize(("path", "asked_for"), [("", ""), ("/", ""), ("/sentry", "/sentry"), ("/a/b/", "/a/b")])
def test_a_server_of_ones_own_may_lie_below_a_path(
    serve: Serve, servers: list[RawServer], path: str, asked_for: str
) -> None:
    assert asked(serve(HEAD, b"Content-Length: 2\r\n\r\n[]") + path) == []
    assert servers[0].got.startswith(f"GET {asked_for}/api/0/organizations/ HTTP/1.1\r\n".encode())
