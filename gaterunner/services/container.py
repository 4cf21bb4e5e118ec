"""One service's container: made, started, looked at, its output kept, removed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from gaterunner.containers.lifecycle import State, remove_container, state_of
from gaterunner.errors import EvaluationError
from gaterunner.output import BoundedLog, OutputCleaner
from gaterunner.redaction import Redactor
from gaterunner.services.inside import KEPT_OUTPUT, Answer, execute_within
from gaterunner.services.known import CompleteService

if TYPE_CHECKING:
    from docker import APIClient

    from gaterunner.containers.engine import Engine

LOG_LIMIT = 4 * 1024 * 1024
_LOG_LINES = 20_000
_PIDS = 4096
_SHARED_MEMORY = "256m"  # an upper limit; with the engine's 64m, parallel queries of PostgreSQL fail
# What the engine grants and no service needs: raw packets, device nodes, the kernel's audit log, rights of files.
_CAPABILITIES_DROPPED = ("NET_RAW", "MKNOD", "AUDIT_WRITE", "SETFCAP")
# The engine's own copy of a service's output, so that one that never stops writing cannot fill the engine's disk.
_ENGINE_LOG = {"max-size": "10m", "max-file": "2"}
_HEALTH_WITHIN_S = 10.0  # one that hangs is asked again


class Place(Struct, frozen=True, kw_only=True):
    """Where a container is put: on which network, with which labels, and on which address its port may be published."""

    network: str
    labels: Mapping[str, str]
    publish_on: str


class ServiceContainer:
    """The container of one service. What the engine refuses is raised as the SDK's own error; see ``faults.py``."""

    def __init__(self, engine: Engine, complete: CompleteService, *, image: str, image_digest: str | None) -> None:
        self._engine = engine
        self.complete = complete
        self.image_digest = image_digest
        self.ready_s: float | None = None
        self.last_lines: tuple[str, ...] = ()
        self._image = image
        self._id = ""
        self._health: list[str] = []

    @property
    def name(self) -> str:
        """The service's name."""
        return self.complete.service.name

    @property
    def id(self) -> str:
        """The engine's id of the container."""
        return self._id

    def __str__(self) -> str:
        return f"service `{self.name}` ({self.complete.service.image})"

    @property
    def _api(self) -> APIClient:
        return self._engine.api

    def find_health(self) -> None:
        """Finds out how to ask for health. Raises ``EvaluationError`` when nothing says how."""
        self._health = self._health_command()
        if not self._health:
            raise EvaluationError(
                f"{self}: nothing says when it is ready: it has no `health:`, and its image no HEALTHCHECK",
                help="add `health:` with a command that ends with 0 in its container once the service is ready",
            )

    def _health_command(self) -> list[str]:
        if self.complete.health is not None:
            return ["/bin/sh", "-c", self.complete.health]
        inspected: dict[str, Any] = self._api.inspect_image(self._image)  # type: ignore[no-untyped-call] # in the stubs
        config = inspected["Config"] or {}
        match (config.get("Healthcheck") or {}).get("Test"):
            case ["CMD", *argv] if argv:
                return [str(word) for word in argv]
            case ["CMD-SHELL", line]:
                return [*(config.get("Shell") or ["/bin/sh", "-c"]), str(line)]
        return []

    def create(self, place: Place) -> None:
        """Makes the container."""
        from docker.types import LogConfig, NetworkingConfig

        service, port = self.complete.service, f"{self.complete.port}/tcp"
        made = self._api.create_container(
            self._image,
            command=list(service.command) or None,
            environment=dict(self.complete.env),
            hostname=service.name,
            labels=dict(place.labels),
            ports=[(self.complete.port, "tcp")],
            healthcheck={"test": ["NONE"]},  # it is asked by us until it is ready, and then no more
            host_config=self._api.create_host_config(
                network_mode=place.network,
                # An image that is not known may bring a supervisor of its own, and some insist on being process 1.
                init=self.complete.kind is not None,
                security_opt=["no-new-privileges"],
                cap_drop=list(_CAPABILITIES_DROPPED),
                pids_limit=_PIDS,
                shm_size=_SHARED_MEMORY,
                log_config=LogConfig(type="json-file", config=_ENGINE_LOG),
                port_bindings={port: (place.publish_on, service.publish)},
            ),
            networking_config=NetworkingConfig(
                # The stubs forget that these are by network.
                {place.network: self._api.create_endpoint_config(aliases=[service.name])}  # type: ignore[arg-type]
            ),
        )
        self._id = made["Id"]

    def start(self) -> None:
        """Starts what was made."""
        self._api.start(self._id)

    def state(self) -> State:
        """How it is doing now."""
        return state_of(self._api, self._id)

    def ask_health(self, *, cancelled: Event) -> Answer:
        """Runs the health command once."""
        env = {"SERVICE_PORT": str(self.complete.port)}
        return self.execute(self._health, env, timeout_s=_HEALTH_WITHIN_S, cancelled=cancelled)

    def execute(
        self,
        argv: list[str],
        env: Mapping[str, str],
        *,
        timeout_s: float,
        cancelled: Event,
        kept: int = KEPT_OUTPUT,
    ) -> Answer:
        """Runs a command in the container; the last ``kept`` bytes of its output are kept."""
        return execute_within(timeout_s, self._api, self._id, argv, env, cancelled=cancelled, kept=kept)

    def address_on(self, network: str) -> str:
        """Its IP address on a network that it is on."""
        for endpoint in self._api.inspect_container(self._id)["NetworkSettings"]["Networks"].values():
            if endpoint["NetworkID"] == network:
                return str(endpoint["IPAddress"])
        raise EvaluationError(f"{self}: the engine gave it no address")

    def published_port(self) -> int:
        """The port of the engine's machine that leads to it."""
        ports = self._api.inspect_container(self._id)["NetworkSettings"]["Ports"]
        bindings = ports.get(f"{self.complete.port}/tcp")
        if not bindings:
            raise EvaluationError(f"{self}: the engine published its port {self.complete.port} nowhere")
        return int(bindings[0]["HostPort"])

    def keep_log(self, path: Path, redactor: Redactor) -> None:
        """Writes the end of its output to a file, bounded, cleaned and redacted, and notes its last lines."""
        log, cleaner = BoundedLog(path, LOG_LIMIT), OutputCleaner(redactor)
        try:
            for chunk in self._api.logs(self._id, stream=True, follow=False, tail=_LOG_LINES):
                log.write(cleaner.feed(chunk))
            log.write(cleaner.finish())
        finally:
            self.last_lines = tuple(line for line in log.tail if line.strip())
            log.close()

    def remove(self) -> None:
        """Removes it; raises nothing, and does nothing when it was never made."""
        if self._id:
            remove_container(self._api, self._id)
