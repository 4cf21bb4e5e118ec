"""The way to an engine over ssh: the ssh program, and `docker system dial-stdio` at its other end.

The SDK has such a way too, but only where paramiko is installed, also for the ssh program; and what it makes of a
program's pipes is no socket, so that neither timeouts nor a stream that ends early are seen.
"""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.client import HTTPException
from typing import IO, Any
from urllib.parse import urlsplit

import urllib3
from docker.transport import UnixHTTPAdapter
from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError

from gaterunner.containers.faults import one_line
from gaterunner.errors import EvaluationError
from gaterunner.process import Background, connected

_CONNECT_WITHIN_S = 30
_DIAL = ("docker", "system", "dial-stdio")


def ssh_command(address: str) -> list[str]:
    """The command that connects its standard streams with the engine at ``ssh://[user@]host[:port]``."""
    parts = urlsplit(address)
    if parts.password or parts.path not in {"", "/"} or not parts.hostname:
        raise EvaluationError(
            "DOCKER_HOST is an ssh address with more than user, host and port in it", help="use ssh://user@host:port"
        )
    # Nobody is there to answer a question, and each connection would ask anew.
    command = ["ssh", "-o", "BatchMode=yes", "-o", f"ConnectTimeout={_CONNECT_WITHIN_S}", "-T"]
    if parts.username:
        command += ["-l", parts.username]
    if parts.port:
        command += ["-p", str(parts.port)]
    return [*command, "--", parts.hostname, *_DIAL]


class _Connection(HTTPConnection):
    """One connection: an ssh program of its own, ended when the connection is closed."""

    def __init__(self, address: str, environment: Mapping[str, str], timeout_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._address = address
        self._environment = environment
        self._program: Background | None = None
        self._errors: IO[bytes] | None = None
        self._said = ""

    def connect(self) -> None:
        ours, theirs = socket.socketpair()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (it lives as long as the connection, see close)
        try:
            self._program = connected(
                ssh_command(self._address), env=self._environment, stream=theirs.fileno(), errors=self._errors.fileno()
            )
        except EvaluationError:
            ours.close()
            self.close()
            raise
        finally:
            theirs.close()
        ours.settimeout(self.timeout if isinstance(self.timeout, int | float) else None)
        self.sock = ours

    def send(self, data: Any) -> None:
        with self._complaints_told():
            super().send(data)

    def getresponse(self) -> Any:
        with self._complaints_told():
            return super().getresponse()

    @contextmanager
    def _complaints_told(self) -> Iterator[None]:
        """A connection that breaks is most often one that the ssh program could not make, and it said why."""
        try:
            yield
        except (OSError, HTTPException, HTTPError) as error:
            if complaint := self._complaint():
                raise EvaluationError(
                    f"no Docker engine at {self._address}: {complaint}",
                    help=f"`{' '.join(ssh_command(self._address))}` must work without a question",
                ) from error
            raise

    def close(self) -> None:
        super().close()
        program, self._program = self._program, None
        if program is not None:
            program.end()
        if self._errors is not None:
            self._said = self._complaint()  # a connection that breaks is closed before anybody asks
            self._errors.close()
            self._errors = None

    def _complaint(self) -> str:
        """What the ssh program said last; empty when it said nothing."""
        if self._errors is None:
            return self._said
        with suppress(OSError):
            self._errors.seek(0)
            lines = self._errors.read(64 * 1024).decode("utf-8", "replace").strip().splitlines()
            return one_line(lines[-1]) if lines else ""
        return ""


class _Pool(urllib3.HTTPConnectionPool):
    def __init__(self, address: str, environment: Mapping[str, str], timeout_s: float, connections: int) -> None:
        super().__init__("localhost", timeout=timeout_s, maxsize=connections)
        self._address = address
        self._environment = environment
        self._timeout_s = timeout_s

    def _new_conn(self) -> _Connection:
        return _Connection(self._address, self._environment, self._timeout_s)


class SSHAdapter(UnixHTTPAdapter):
    """Gives the SDK's client connections over ssh; everything else is as with a socket file."""

    def __init__(self, address: str, environment: Mapping[str, str], *, timeout_s: float, connections: int) -> None:
        super().__init__("http+unix:///ssh", timeout=int(timeout_s))
        ssh_command(address)  # a wrong address is told at once
        self._pool = _Pool(address, environment, timeout_s, connections)

    def get_connection(self, url: str | bytes, proxies: Mapping[str, str] | None = None) -> Any:  # noqa: ARG002 (requests' own signature)
        return self._pool

    def close(self) -> None:
        self._pool.close()
        super().close()
