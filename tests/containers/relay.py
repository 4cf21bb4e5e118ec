"""A way to the engine that can be cut: passes bytes on between a listener of ours and the engine's socket."""

from __future__ import annotations

import os
import socket
import ssl
import threading
from contextlib import suppress
from pathlib import Path
from typing import Self


class Relay:
    """Listens on tcp (port 0 of the loopback) or on a socket file. A context manager: nothing is open afterwards."""

    def __init__(self, engine_socket: Path, *, path: Path | None = None, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self._engine_socket = engine_socket
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self._gone = False
        self._threads: list[threading.Thread] = []
        if path is None:
            self._listener = socket.create_server(("127.0.0.1", 0))
            self.address = f"tcp://127.0.0.1:{self._listener.getsockname()[1]}"
        else:
            self._listener = socket.socket(socket.AF_UNIX)
            self._listener.bind(str(path))
            self._listener.listen()
            self.address = f"unix://{path}"
        self._spawn(self._accept)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        for thread in self._threads:
            thread.join(2)

    def cut(self) -> None:
        """The engine is gone: nothing listens any more, and what was open is closed."""
        with self._lock:
            self._gone = True
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
        self.drop()

    def drop(self) -> None:
        """Closes what is open, as a way that broke; new connections are taken."""
        with self._lock:
            for each in self._open:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
                each.close()
            self._open.clear()

    def _spawn(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)  # type: ignore[arg-type] # a bound method
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                theirs, _ = self._listener.accept()
            except OSError:
                return
            if self._tls is not None:
                try:
                    theirs = self._tls.wrap_socket(theirs, server_side=True)
                except OSError:  # a caller that does not trust us, or that we do not
                    continue
            engine = socket.socket(socket.AF_UNIX)
            engine.connect(str(self._engine_socket))
            with self._lock:
                self._open += [theirs, engine]
                gone = self._gone
            if gone:
                self.cut()
                return
            self._spawn(self._pass_on, theirs, engine)
            self._spawn(self._pass_on, engine, theirs)

    @staticmethod
    def _pass_on(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 16):
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)


def engine_socket() -> Path:
    """The socket of the engine that the tests use."""
    return Path(os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").removeprefix("unix://"))
