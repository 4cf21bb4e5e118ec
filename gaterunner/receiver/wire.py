"""HTTP/1.1 as far as exporters of telemetry speak it: one bounded request after another from a connection."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Callable
from contextlib import suppress

from msgspec import Struct

MAX_HEAD = 64 * 1024
MAX_BODY = 16 * 1024 * 1024
FREE_BODY = 64 * 1024
"""A body up to here is read at once; of larger ones only a few at a time, so that many of them fill no memory."""
STALLED_S = 30.0
_READ = 64 * 1024
_CHUNK = re.compile(rb"[0-9A-Fa-f]{1,16}")
_HTTP2 = b"PRI * HTTP/2.0"


class Request(Struct, frozen=True, kw_only=True):
    """One request. Names of headers are in lower case; ``size`` is that of the body as it was sent."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    @property
    def keeps_alive(self) -> bool:
        """Whether another request may follow on the connection."""
        return "close" not in self.headers.get("connection", "").lower()


class RefusedError(Exception):
    """A request that is not read any further: a status of HTTP, and the sentence to tell."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


class Wire:
    """The requests of one connection. ``large`` is shared by all; ``on_bytes`` is called for everything that comes.

    By hand over the socket: asyncio's own streams forget what has come in when an answer cannot be delivered, and a
    program that ends does not wait for answers.
    """

    def __init__(self, connection: socket.socket, large: asyncio.Semaphore, on_bytes: Callable[[], None]) -> None:
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._large = large
        self._on_bytes = on_bytes
        self._buffer = bytearray()
        self._holds_large = False
        self.is_inside = False
        """Whether a request has begun and is not yet whole."""

    @property
    def has_more(self) -> bool:
        """Whether anything was sent that has not been read."""
        try:
            return bool(self._buffer) or bool(self._connection.recv(1, socket.MSG_PEEK))
        except OSError:  # nothing is there, or nobody any more
            return False

    async def answer(self, data: bytes) -> None:
        """Sends it, if anybody still waits for it."""
        with suppress(OSError):
            await self._loop.sock_sendall(self._connection, data)

    async def request(self) -> Request | None:
        """The next one; None when the client has closed. Raises ``RefusedError``."""
        if not self._buffer and not await self._more():
            return None
        self.is_inside = True
        try:
            request = await self._whole()
        finally:
            if self._holds_large:
                self._holds_large = False
                self._large.release()
        self.is_inside = False
        return request

    async def _whole(self) -> Request:
        method, target, headers = _head(await self._until(b"\r\n\r\n", MAX_HEAD))
        if headers.get("expect", "").lower() == "100-continue":
            await self.answer(b"HTTP/1.1 100 Continue\r\n\r\n")
        path, _, query = target.partition("?")
        return Request(method=method, path=path, query=query, headers=headers, body=await self._body(headers))

    async def _body(self, headers: dict[str, str]) -> bytes:
        coding = headers.get("transfer-encoding", "").lower()
        if coding:
            if coding != "chunked" or "content-length" in headers:
                raise RefusedError(400, "a request says in no clear way how long it is")
            return await self._chunks()
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdecimal()):
            raise RefusedError(400, "a request says in no clear way how long it is")
        size = int(length[:20])
        await self._allow(size)
        return await self._exactly(size)

    async def _chunks(self) -> bytes:
        body = bytearray()
        while True:
            told = bytes(await self._until(b"\r\n", 1024)).partition(b";")[0].strip()
            if not _CHUNK.fullmatch(told):  # Python would also read `0x1f`, `+1` and `1_0`
                raise RefusedError(400, "a request is sent in pieces of no clear length")
            size = int(told, 16)
            await self._allow(len(body) + size)
            if not size:
                while await self._until(b"\r\n", MAX_HEAD):  # trailers
                    pass
                return bytes(body)
            body += await self._exactly(size)
            await self._exactly(2)

    async def _allow(self, size: int) -> None:
        if size > MAX_BODY:
            raise RefusedError(413, f"a request is larger than {MAX_BODY >> 20} MiB")
        if size > FREE_BODY and not self._holds_large:
            await self._large.acquire()
            self._holds_large = True

    async def _until(self, mark: bytes, most: int) -> bytes:
        """What stands before ``mark``, which is taken as well."""
        start = 0
        while True:
            if self._buffer.startswith(_HTTP2):
                raise RefusedError(
                    505, "a request came over gRPC or HTTP/2; set OTEL_EXPORTER_OTLP_PROTOCOL to http/protobuf"
                )
            at = self._buffer.find(mark, start)
            if at >= 0:
                found = bytes(self._buffer[:at])
                del self._buffer[: at + len(mark)]
                return found
            if len(self._buffer) > most:
                raise RefusedError(431, "a request has more headers than are read")
            start = max(0, len(self._buffer) - len(mark) + 1)
            await self._need()

    async def _exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            await self._need()
        found = bytes(self._buffer[:size])
        del self._buffer[:size]
        return found

    async def _need(self) -> None:
        try:
            async with asyncio.timeout(STALLED_S):
                if await self._more():
                    return
        except TimeoutError:
            raise RefusedError(408, f"a request stood still for {STALLED_S:g} s") from None
        raise RefusedError(400, "a request ended before it was whole")

    async def _more(self) -> bool:
        try:
            data = await self._loop.sock_recv(self._connection, _READ)
        except OSError:
            return False
        self._buffer += data
        self._on_bytes()
        return bool(data)


def _head(data: bytes) -> tuple[str, str, dict[str, str]]:
    lines = data.decode("latin-1").split("\r\n")
    match lines[0].split(" "):
        case [method, target, "HTTP/1.1" | "HTTP/1.0"] if method.isascii() and method.isupper():
            pass
        case _:
            raise RefusedError(400, "what was sent is no request of HTTP/1.1")
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        name = name.lower()
        if not colon or not name or name.strip() != name:
            raise RefusedError(400, "a request has a header that is none")
        if name in headers and name in ("content-length", "transfer-encoding", "content-encoding"):
            raise RefusedError(400, "a request says in no clear way how long it is")
        headers[name] = value.strip()
    return method, target, headers
