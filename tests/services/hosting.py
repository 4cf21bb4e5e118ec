"""Service hosts on the real engine for tests, and clients that see what a gate would see."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gaterunner.config.types import Database, Gate, Position, Service
from gaterunner.containers.engine import Engine
from gaterunner.plan import PlannedGate
from gaterunner.redaction import Redactor
from gaterunner.services.base import Reached
from gaterunner.services.host import Services
from tests.docker_engine import BASE_IMAGE, LABEL, POSTGRES_IMAGE, docker

PLAIN_IMAGE = BASE_IMAGE or "debian:bookworm-slim"
RUN_LABEL = "dev.gaterunner.run"


def service(name: str, image: str, **options: Any) -> Service:
    return Service(name=name, position=Position(1, 1), image=image, **options)


def plain(name: str, script: str, **options: Any) -> Service:
    """A service of no known kind that runs a shell script."""
    return service(name, PLAIN_IMAGE, **{"port": 9, "health": "true", **options, "command": ("sh", "-c", script)})


def database(image: str, environment: str = "develop", **options: Any) -> Database:
    return Database(environment=environment, service=service("database", image, **options))


def gate(name: str = "unit", *, image: str | None = None, **options: Any) -> PlannedGate:
    """A gate on this machine, or with an ``image`` in a container."""
    declared = Gate(name=name, position=Position(1, 1), run="true", **options)
    return PlannedGate(gate=declared, command="true", why="", image=image)


class Host:
    """A service host with everything that a test asks about it."""

    def __init__(self, logs: Path, run: str) -> None:
        self.logs = logs
        self.run = run
        self.lines: list[str] = []
        self.redactor = Redactor()
        self.cancelled = threading.Event()
        self.connects = 0
        self.engine: Engine | None = None
        self._services: Services | None = None

    def offers(
        self, *run_services: Service, database: Database | None = None, connect: Callable[[], Engine] | None = None
    ) -> Host:
        """The run's services and its database server."""
        self._services = Services(
            connect or self._connect,
            run=self.run,
            run_services=run_services,
            database=database,
            logs=self.logs,
            redactor=self.redactor,
        )
        return self

    def _connect(self) -> Engine:
        self.connects += 1
        self.engine = Engine.connect({})
        return self.engine

    @property
    def services(self) -> Services:
        assert self._services is not None
        return self._services

    def for_gate(
        self, planned: PlannedGate, cancelled: threading.Event | None = None
    ) -> AbstractContextManager[Reached]:
        """The context that a gate runs in."""
        return self.services.for_gate(planned, on_lines=self.lines.extend, cancelled=cancelled or self.cancelled)

    def close(self) -> None:
        if self._services is not None:
            self._services.close()
        if self.engine is not None:
            self.engine.close()

    def containers(self) -> list[dict[str, Any]]:
        """The run's containers as `docker inspect` tells them."""
        ids = docker("ps", "--all", "--quiet", "--filter", f"label={RUN_LABEL}={self.run}").stdout.split()
        return json.loads(docker("inspect", *ids).stdout) if ids else []

    def networks(self) -> list[dict[str, Any]]:
        """The run's networks as `docker network inspect` tells them."""
        found = docker("network", "ls", "--quiet", "--filter", f"label={RUN_LABEL}={self.run}").stdout.split()
        return json.loads(docker("network", "inspect", *found).stdout) if found else []

    def remove_all(self) -> None:
        """What has to be done by hand where a test took the engine away."""
        for each in self.containers():
            docker("rm", "--force", "--volumes", each["Id"])
        for each in self.networks():
            docker("network", "rm", each["Id"])


def psql(sql: str, env: Sequence[tuple[str, str]], *more: str, network: str = "host", ok: bool = True) -> str:
    """What a gate sees that asks with ``PG*``, each statement by itself, from a container on ``network``."""
    flags = [flag for name, value in env for flag in ("--env", f"{name}={value}")]
    command = ["psql", "-X", "-At", "-v", "ON_ERROR_STOP=1", *(f"-c{each}" for each in (sql, *more))]
    ran = docker("run", "--rm", "--label", LABEL, f"--network={network}", *flags, POSTGRES_IMAGE, *command, check=False)
    assert (ran.returncode == 0) is ok, ran.stderr
    return (ran.stdout + ran.stderr).strip()


def pong(reached: Reached, name: str = "CACHE") -> bytes:
    """What Redis answers to a gate on this machine."""
    address = urlsplit(dict(reached.env)[f"{name}_URL"])
    with socket.create_connection((str(address.hostname), address.port or 0), timeout=10) as connection:
        connection.sendall(b"PING\r\n")
        return connection.recv(64)
