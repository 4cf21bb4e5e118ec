"""Services that begin and end together, on a network of their own: those of the run, of one gate, or the database's."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from msgspec import Struct

from gaterunner.containers.faults import faults
from gaterunner.errors import EvaluationError
from gaterunner.model import ServiceUse
from gaterunner.redaction import Redactor
from gaterunner.services.at_once import at_once
from gaterunner.services.base import ServiceError
from gaterunner.services.container import Place, ServiceContainer
from gaterunner.services.health import NotReadyError, WaitInterruptedError, await_ready, check_alive
from gaterunner.services.known import CompleteService
from gaterunner.services.networks import Network

if TYPE_CHECKING:
    from gaterunner.containers.engine import Engine

_LOOK_S = 0.1
_START_ENDS_WITHIN_S = 15.0  # of a run that is over: whoever still starts something was cancelled
_TOLD_LINES = 20
_QUOTED_LINES = 3
_QUOTED_LENGTH = 300


class Ground(Struct, frozen=True, kw_only=True):
    """What all groups of a run share: the engine, labels, where logs go, and the network that publishes ports."""

    engine: Engine
    labels: dict[str, str]
    logs: Path
    redactor: Redactor
    publishing: Network

    @property
    def publish_on(self) -> str:
        """The address that ports are published on: in reach of this machine only, unless the engine is elsewhere."""
        return "0.0.0.0" if self.engine.is_remote else "127.0.0.1"  # noqa: S104 (no other is known to reach us)

    @property
    def here(self) -> str | None:
        """The container that gaterunner runs in; None when ports of the engine's machine are in reach instead."""
        own = self.engine.own_container
        return own.id if own is not None and not own.host_network else None


class Group:
    """One group. Used from several threads once it is started."""

    def __init__(self, ground: Ground, services: Sequence[CompleteService]) -> None:
        self._ground = ground
        self._services = tuple(services)
        self._network = Network(ground.engine, ground.labels, internal=True)
        self._containers: list[ServiceContainer] = []

    @property
    def network(self) -> str:
        """The engine's id of the group's network."""
        return self._network.id

    @property
    def containers(self) -> tuple[ServiceContainer, ...]:
        """What was started, in the order of declaration."""
        return tuple(self._containers)

    def start(self, stem: str, *, local: bool, on_lines: Callable[[Sequence[str]], None], cancelled: Event) -> None:
        """Starts every service and waits until all are ready. ``local`` says that a gate on this machine asked.

        Raises ``ServiceError``, or ``WaitInterruptedError`` when ``cancelled`` was set; what is left then are logs,
        whose names begin with ``stem``.
        """
        try:
            self._prepare(on_lines, cancelled)
            self._start_containers(local=local)
            await_ready(self._containers, cancelled=cancelled, on_ready=lambda ready: on_lines([_ready(ready)]))
        except EvaluationError as error:
            told = error if cancelled.is_set() else self._explained(error, stem, on_lines)
            self.close()
            raise told from error
        except BaseException:
            self.close()
            raise

    def _prepare(self, on_lines: Callable[[Sequence[str]], None], cancelled: Event) -> None:
        """Everything that can be found out before a first container is started."""
        from gaterunner.containers.images import ensure_image

        engine = self._ground.engine
        for complete in self._services:
            reference = complete.service.image
            image = ensure_image(engine, reference, on_line=lambda line: on_lines([line]), cancelled=cancelled)
            container = ServiceContainer(engine, complete, image=image.id, image_digest=image.digest)
            with faults(f"the image of {container}"):
                container.find_health()
            self._containers.append(container)

    def _start_containers(self, *, local: bool) -> None:
        network, ground = self._network, self._ground
        network.make()
        place = Place(network=network.name, labels=ground.labels, publish_on=ground.publish_on)

        def start(container: ServiceContainer) -> None:
            with faults(_start_of(container)):
                container.create(place)
                # A container can also join later, as for a local gate that asks after another: see `address`.
                if container.complete.service.publish is not None or (local and ground.here is None):
                    ground.publishing.join(container.id)
                container.start()

        at_once(start, self._containers)

    def _explained(self, error: EvaluationError, stem: str, on_lines: Callable[[Sequence[str]], None]) -> ServiceError:
        self.keep_logs(stem)
        message = error.message
        if isinstance(error, NotReadyError):
            lines = error.container.last_lines
            quoted = " | ".join(line.strip() for line in lines[-_QUOTED_LINES:])
            message += f"; its last lines: {quoted[-_QUOTED_LENGTH:]}" if quoted else "; it wrote nothing"
            on_lines([f"the last lines of service `{error.container.name}`:", *lines[-_TOLD_LINES:]])
        return ServiceError(self._ground.redactor(message), help=error.help, uses=self.uses(stem))

    def check(self) -> None:
        """Raises ``ServiceError`` when a service has ended since it was ready."""
        for container in self._containers:
            try:
                check_alive(container, "while gates were using it")
            except EvaluationError as error:
                raise ServiceError(error.message, help=error.help) from error

    def address(self, container: ServiceContainer, *, local: bool) -> tuple[str, int]:
        """Host and port of a service for a gate in a container, or for one that is ``local`` to gaterunner.

        Raises ``EvaluationError`` when it cannot be brought within a local gate's reach.
        """
        if not local:
            return container.name, container.complete.port
        with faults(f"the address of {container}"):
            if self._ground.here is not None:
                self._network.join(self._ground.here)
                return container.address_on(self._network.id), container.complete.port
            self._ground.publishing.join(container.id)
            return self._ground.engine.host, container.published_port()

    def uses(self, stem: str) -> tuple[ServiceUse, ...]:
        """The services as the report tells them, with the logs that ``keep_logs`` writes."""
        return tuple(
            ServiceUse(
                name=container.name,
                image=container.complete.service.image,
                image_digest=container.image_digest,
                ready_s=container.ready_s,
                log=str(self._log(container, stem)),
            )
            for container in self._containers
        )

    def keep_logs(self, stem: str) -> None:
        """Keeps what every service has written so far; raises nothing: a file says why it is all there is."""
        for container in self._containers:
            path = self._log(container, stem)
            try:
                with faults(f"the log of {container}"):
                    container.keep_log(path, self._ground.redactor)
            except EvaluationError as error:
                with suppress(OSError):
                    path.write_text(f"{error.message}\n", "utf-8")

    def _log(self, container: ServiceContainer, stem: str) -> Path:
        return self._ground.logs / f"{stem}.{container.name}.log"

    def close(self) -> None:
        """Removes everything; raises nothing."""
        at_once(ServiceContainer.remove, self._containers)
        self._network.remove()


def _start_of(container: ServiceContainer) -> str:
    port = container.complete.service.publish
    return f"{container} could not be started" + (f" with its port published on {port}" if port else "")


def _ready(container: ServiceContainer) -> str:
    return f"{container} is ready after {container.ready_s or 0.0:.1f} s"


class Shared:
    """A group that several gates use. It is started with the first one that asks; the others wait for that."""

    def __init__(self, make: Callable[[], Group], stem: str) -> None:
        self._make = make
        self._stem = stem
        self._changed = threading.Condition()
        self._is_starting = False
        self._is_closed = False
        self._group: Group | None = None
        self._fault: EvaluationError | None = None

    def get(self, *, local: bool, on_lines: Callable[[Sequence[str]], None], cancelled: Event) -> Group:
        """The group, started. Raises what its start raised, the same for everybody, or ``WaitInterruptedError``."""
        if not self._is_my_turn(cancelled):
            group = self._group
            if self._fault is not None or group is None:
                raise _again(self._fault)
            group.check()
            return group
        group, fault = None, None
        try:
            group = self._make()
            group.start(self._stem, local=local, on_lines=on_lines, cancelled=cancelled)
        except EvaluationError as error:
            # Somebody else's start goes on where a cancelled gate's ended.
            fault = None if cancelled.is_set() else error
            group = None
            raise
        except BaseException:
            group = None
            raise
        finally:
            self._settle(group, fault)
        return group

    def _is_my_turn(self, cancelled: Event) -> bool:
        """True for whoever has to start the group; False when that was done."""
        with self._changed:
            while self._is_starting:
                if cancelled.is_set():
                    raise WaitInterruptedError("interrupted while another gate was starting the services")
                self._changed.wait(_LOOK_S)
            if self._is_closed:
                raise WaitInterruptedError("the run is over: its services are no longer started")
            if self._group is not None or self._fault is not None:
                return False
            self._is_starting = True
            return True

    def _settle(self, group: Group | None, fault: EvaluationError | None) -> None:
        with self._changed:
            self._is_starting = False
            self._fault = fault
            self._group = None if self._is_closed else group
            self._changed.notify_all()
        if group is not None and self._is_closed:
            group.close()

    def close(self) -> None:
        """Ends the group, or sees to it that who is starting it does; raises nothing."""
        with self._changed:
            self._is_closed = True
            self._changed.wait_for(lambda: not self._is_starting, _START_ENDS_WITHIN_S)
            group, self._group = self._group, None
        if group is not None:
            group.close()


def _again(fault: EvaluationError | None) -> EvaluationError:
    """The same error for one more gate: an exception object must not be raised by several threads."""
    if isinstance(fault, ServiceError):
        return ServiceError(fault.message, help=fault.help, uses=fault.uses)
    return EvaluationError(fault.message, help=fault.help) if fault else WaitInterruptedError("the services were ended")
