"""The Docker engine: where it is, how it is reached, and whether it is the one that we ourselves run in."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gaterunner.containers.faults import engine_errors, faults, told
from gaterunner.containers.own import OwnContainer, find_own_container
from gaterunner.errors import EvaluationError

if TYPE_CHECKING:
    import docker
    from docker.tls import TLSConfig

DEFAULT_ADDRESS = "unix:///var/run/docker.sock"
OLDEST_API = (1, 41)  # Docker Engine 20.10
TIMEOUT_S = 120.0
_CONNECTIONS = 512  # kept open at most; more than gates can run at once, or urllib3 says so on standard error
_SCHEMES = ("unix", "tcp", "http", "https", "ssh")


class Engine:
    """A Docker engine that answers. Made by ``connect``; safe to use from several threads.

    ``api`` is the SDK's low-level client with timeouts set, ``address`` as in ``DOCKER_HOST``, ``host`` the name or
    address at which its published ports are reached, ``own_container`` the container of this engine that gaterunner
    itself runs in, and ``api_version`` what it speaks.
    """

    def __init__(
        self,
        api: docker.APIClient,
        *,
        address: str,
        api_version: tuple[int, int],
        own_container: OwnContainer | None = None,
    ) -> None:
        self.api = api
        self.address = address
        self.api_version = api_version
        self.own_container = own_container
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    @classmethod
    def connect(cls, environment: Mapping[str, str]) -> Engine:
        """The engine that ``DOCKER_HOST`` names, else the one at the usual socket.

        Raises ``EvaluationError`` in one line when there is none, when it does not let us in, or when it is too old.
        """
        address = environment.get("DOCKER_HOST") or DEFAULT_ADDRESS
        _check(address)
        if address.startswith("unix:"):
            _knock(address)
        spoken = _spoken(address, environment)
        api = _client(address, environment, version=".".join(map(str, spoken)))
        with faults(f"the Docker engine at {address}"):
            own = find_own_container(api)
        return cls(api, address=address, api_version=spoken, own_container=own)

    @property
    def host(self) -> str:
        """Where published ports are reached: this machine's loopback, or the engine's machine."""
        return (urlsplit(self.address).hostname or "127.0.0.1") if self.is_remote else "127.0.0.1"

    @property
    def is_remote(self) -> bool:
        """True when the engine is reached by other than a socket file, so that it may be on another machine."""
        return not self.address.startswith("unix:")

    @property
    def socket(self) -> Path | None:
        """The engine's socket file; None when it is reached otherwise."""
        return None if self.is_remote else Path(self.address.removeprefix("unix://"))

    def lock(self, name: str) -> threading.Lock:
        """A lock for what must be done by one thread only, such as pulling one image."""
        with self._guard:
            return self._locks.setdefault(name, threading.Lock())

    def close(self) -> None:
        """Closes every connection. Raises nothing."""
        self.api.close()


def _check(address: str) -> None:
    scheme, separator, rest = address.partition("://")
    if not separator or scheme not in _SCHEMES or not rest:
        raise EvaluationError(
            f"DOCKER_HOST is {address!r}, which is no engine's address",
            help="use unix:///path/to/socket, tcp://host:port or ssh://user@host, or unset it",
        )
    try:
        parts = urlsplit(address)
        named, _port = scheme == "unix" or bool(parts.hostname), parts.port
    except ValueError:
        named = False
    if not named:
        raise EvaluationError(f"DOCKER_HOST is {address!r}, which names no host", help="use tcp://host:port")


def _knock(address: str) -> None:
    """The SDK leaves a socket open that could not be connected, so what is wrong with it is found out before."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
            caller.settimeout(TIMEOUT_S)
            caller.connect(address.removeprefix("unix://"))
    except OSError as error:
        raise _no_answer(address, error) from error


def _spoken(address: str, environment: Mapping[str, str]) -> tuple[int, int]:
    oldest = ".".join(map(str, OLDEST_API))
    api = _client(address, environment, version=oldest)

    try:
        answer = api.version(api_version=False)
        major, _, minor = str(answer["ApiVersion"]).partition(".")
        spoken = (int(major), int(minor))
    except (KeyError, TypeError, ValueError) as error:
        raise EvaluationError(
            f"what answers at {address} is not a Docker engine", help="see where DOCKER_HOST points"
        ) from error
    except engine_errors() as error:
        raise _no_answer(address, error) from error
    finally:
        api.close()
    if spoken < OLDEST_API:
        raise EvaluationError(
            f"the Docker engine at {address} is too old: it speaks API {major}.{minor}, gaterunner needs {oldest}",
            help="upgrade it to Docker Engine 20.10 or newer",
        )
    return spoken


def _no_answer(address: str, error: Exception) -> EvaluationError:
    fault = told(error, f"no Docker engine at {address}")
    if address == DEFAULT_ADDRESS and isinstance(error, FileNotFoundError | ConnectionRefusedError):
        return EvaluationError(fault.message, help="start Docker, or name an engine in DOCKER_HOST")
    return fault


def _client(address: str, environment: Mapping[str, str], *, version: str) -> docker.APIClient:
    """A client that asks nothing yet."""
    import docker
    import docker.errors

    over_ssh = address.startswith("ssh:")
    try:
        api = docker.APIClient(
            base_url=DEFAULT_ADDRESS if over_ssh else address,
            version=version,
            timeout=int(TIMEOUT_S),
            tls=_tls(address, environment) or False,
            max_pool_size=_CONNECTIONS,
        )
    except (docker.errors.DockerException, OSError) as error:
        raise told(error, f"no Docker engine at {address}") from error
    # An engine is not behind the proxy of the web, and what ~/.netrc holds is for others.
    api.trust_env = False
    if over_ssh:
        from gaterunner.containers.ssh import SSHAdapter

        api.mount("http+docker://", SSHAdapter(address, environment, timeout_s=TIMEOUT_S, connections=_CONNECTIONS))
    return api


def _tls(address: str, environment: Mapping[str, str]) -> TLSConfig | None:
    """Certificates for tcp; once they are asked for, the engine's is always verified, as the docker command does it."""
    folder = environment.get("DOCKER_CERT_PATH")
    if not address.startswith(("tcp:", "https:")) or not (folder or environment.get("DOCKER_TLS_VERIFY")):
        return None
    from docker.errors import TLSParameterError
    from docker.tls import TLSConfig

    kept = Path(folder) if folder else Path(environment.get("HOME", "/"), ".docker")
    missing = [name for name in ("ca.pem", "cert.pem", "key.pem") if not os.access(kept / name, os.R_OK)]
    if missing:
        raise EvaluationError(
            f"no TLS connection to the Docker engine at {address}: {kept / missing[0]} cannot be read",
            help="put ca.pem, cert.pem and key.pem in the folder that DOCKER_CERT_PATH names",
        )
    try:
        return TLSConfig(
            client_cert=(str(kept / "cert.pem"), str(kept / "key.pem")), ca_cert=str(kept / "ca.pem"), verify=True
        )
    except TLSParameterError as error:
        raise EvaluationError(f"no TLS connection to the Docker engine at {address}: {error}") from error
