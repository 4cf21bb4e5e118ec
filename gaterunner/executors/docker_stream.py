"""The output of a container as it comes, read without ever waiting for longer than asked to."""

from __future__ import annotations

import select
import socket
import ssl
import struct
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import docker

_HEADER = struct.Struct(">BxxxL")  # stream, length: see "Attach to a container" in the engine's API
_STDERR = 2
BEGUN = b"gaterunner: begun\n"
_PIECE = 1 << 18
_KEPT_ERRORS = 4096


class Attached:
    """The output of one container, from before its start to its end. Used by one thread; ``end`` by any.

    ``begun`` is set by ``BEGUN`` on standard error, which the gate's shell writes before anything of the gate runs.
    ``errors`` keeps what came there without it: that is of what starts the gate, and no gate can write it.
    """

    def __init__(self, api: docker.APIClient, container: str) -> None:
        """Raises what the SDK raises when the engine refuses."""
        stream: Any = api.attach_socket(container, params={"stdout": 1, "stderr": 1, "stream": 1})
        # A socket file's or tcp's stream wraps its socket, TLS's is it; the response keeps the connection open.
        self._response = getattr(stream, "_response", None)
        self._stream = stream
        self._socket: socket.socket = getattr(stream, "_sock", None) or stream
        self._pending = b""
        self._left = 0
        self._is_error = False
        self.ended = False
        self.begun = False
        self.errors = b""
        self._socket.setblocking(False)
        with suppress(OSError):  # so that an engine whose machine went away is noticed within about a minute
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for option, seconds in ((socket.TCP_KEEPIDLE, 30), (socket.TCP_KEEPINTVL, 10), (socket.TCP_KEEPCNT, 3)):
                self._socket.setsockopt(socket.IPPROTO_TCP, option, seconds)
        self._poll = select.poll()  # not `select`, which cannot take descriptors beyond 1,023
        self._poll.register(self._socket, select.POLLIN)

    def read(self, timeout_s: float) -> bytes:
        """What came, empty when nothing did within ``timeout_s`` seconds or the output has ended (see ``ended``)."""
        if self.ended:
            return b""
        buffered = isinstance(self._socket, ssl.SSLSocket) and self._socket.pending() > 0
        if not buffered and not self._poll.poll(timeout_s * 1000):
            return b""
        try:
            data = self._socket.recv(_PIECE)
        except (BlockingIOError, InterruptedError, ssl.SSLWantReadError):
            return b""
        except (OSError, ValueError):
            data = b""
        if not data:
            self.ended = True
            return b"" if self.begun else self.errors
        return self._payload(data)

    def end(self) -> None:
        """Lets the reader see the end at once."""
        with suppress(OSError, ValueError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Closes the connection."""
        with suppress(OSError, ValueError, KeyError):
            self._poll.unregister(self._socket)
        if self._response is not None:
            self._response.close()
        with suppress(OSError):
            self._stream.close()

    def _payload(self, data: bytes) -> bytes:
        """What frames hold, whatever the pieces they come in."""
        data = self._pending + data
        parts: list[bytes] = []
        at = 0
        while at < len(data):
            if self._left == 0:
                if len(data) - at < _HEADER.size:
                    break
                stream, self._left = _HEADER.unpack_from(data, at)
                self._is_error = stream == _STDERR
                at += _HEADER.size
                continue
            part = data[at : at + self._left]
            at += len(part)
            self._left -= len(part)
            parts.append(self._without_beginning(part) if self._is_error and not self.begun else part)
        self._pending = data[at:]
        return b"".join(parts)

    def _without_beginning(self, part: bytes) -> bytes:
        """What is the gate's own of the first that comes on standard error."""
        self.errors = (self.errors + part)[:_KEPT_ERRORS]
        if not self.errors.startswith(BEGUN):
            return b""
        rest, self.errors, self.begun = self.errors.removeprefix(BEGUN), b"", True
        return rest
