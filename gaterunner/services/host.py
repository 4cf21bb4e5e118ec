"""Gives gates their services: the run's, their own, and a database. The Docker engine is asked at first need."""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from gaterunner.config.types import Database, Service
from gaterunner.model import ServiceUse
from gaterunner.plan import PlannedGate
from gaterunner.redaction import Redactor
from gaterunner.services.base import Reached, ServiceError

if TYPE_CHECKING:
    from gaterunner.containers.engine import Engine
    from gaterunner.services.database import Databases
    from gaterunner.services.group import Ground, Group, Shared
    from gaterunner.services.known import CompleteService

_UNSAFE_IN_FILE_NAMES = re.compile(r"[^A-Za-z0-9_-]+")


class _Asking(Struct, frozen=True, kw_only=True):
    """One gate that asks, and what its services write their logs under."""

    planned: PlannedGate
    on_lines: Callable[[Sequence[str]], None]
    cancelled: Event
    stem: str

    @property
    def is_local(self) -> bool:
        return self.planned.image is None


class Services:
    """The services of one run; see ``ServiceHost`` in ``base.py``.

    ``connect`` gives the engine; it is called when a gate first needs a service, so a run without any needs no engine.
    ``run`` labels what is made, ``logs`` is a folder that gates cannot write to, ``redactor`` learns every password
    that is made up.
    """

    def __init__(
        self,
        connect: Callable[[], Engine],
        *,
        run: str,
        run_services: tuple[Service, ...],
        database: Database | None,
        logs: Path,
        redactor: Redactor,
    ) -> None:
        self._connect = connect
        self._run = run
        self._run_services = run_services
        self._database = database
        self._logs = logs
        self._redactor = redactor
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._ground: Ground | None = None
        self._run_group: Shared | None = None
        self._server: Shared | None = None
        self._databases: Databases | None = None

    @contextmanager
    def for_gate(
        self, planned: PlannedGate, *, on_lines: Callable[[Sequence[str]], None], cancelled: Event
    ) -> Iterator[Reached]:
        """The services of one gate; see ``ServiceHost``."""
        gate = planned.gate
        if gate.network == "none" or not (self._run_services or gate.services or gate.database):
            yield Reached()
            return
        stem = f"service-{next(self._numbers):03d}-{_UNSAFE_IN_FILE_NAMES.sub('-', gate.name)[:80]}"
        asking = _Asking(planned=planned, on_lines=_one_at_a_time(on_lines), cancelled=cancelled, stem=stem)
        with ExitStack() as stack:
            yield self._reached(asking, stack)

    def _reached(self, asking: _Asking, stack: ExitStack) -> Reached:
        """Everything that the gate asks for; ``stack`` gets what has to happen after it."""
        gate = asking.planned.gate
        # First what can be seen to be wrong without starting anything.
        own = self._completed(gate.services)
        server = self._server_group() if gate.database else None
        run_group = self._shared_group() if self._run_services else None
        starts: list[Callable[[], Group]] = []
        if run_group is not None:
            starts.append(partial(_shared, run_group, asking))
        if own:
            starts.append(partial(self._own_group, own, asking, stack))
        if server is not None:
            starts.append(partial(_shared, server, asking))
        groups = _started(starts)
        of_server = groups.pop() if server is not None else None
        reached = [_reach(group, asking, stack) for group in groups]
        if of_server is not None:
            reached.append(self._reach_database(of_server, asking, stack))
        return _together(reached)

    def _own_group(self, services: Sequence[CompleteService], asking: _Asking, stack: ExitStack) -> Group:
        from gaterunner.services.group import Group

        group = Group(self._common_ground(), services)
        stack.callback(group.close)
        group.start(asking.stem, local=asking.is_local, on_lines=asking.on_lines, cancelled=asking.cancelled)
        return group

    def _reach_database(self, group: Group, asking: _Asking, stack: ExitStack) -> Reached:
        (container,) = group.containers
        databases = self._made_databases()
        stack.callback(_leave, group, asking)
        granted = stack.enter_context(databases.one(container, asking.planned.gate.name, cancelled=asking.cancelled))

        def reached_from(planned: PlannedGate) -> Reached:
            host, port = group.address(container, local=planned.image is None)
            return Reached(
                env=granted.env(host, port, databases.environment),
                networks=(group.network,),
                secrets=(granted.password,),
                snapshot=partial(databases.snapshot, container, granted, cancelled=asking.cancelled),
            )

        here = reached_from(asking.planned)
        return replace(here, uses=group.uses(asking.stem), database_from=reached_from)

    def _shared_group(self) -> Shared:
        from gaterunner.services.group import Group, Shared

        with self._lock:
            if self._run_group is None:
                services = self._completed(self._run_services)
                self._run_group = Shared(lambda: Group(self._common_ground(), services), "service-000-run")
            return self._run_group

    def _server_group(self) -> Shared:
        from gaterunner.services.database import complete_server
        from gaterunner.services.group import Group, Shared

        with self._lock:
            if self._server is None:
                server = complete_server(self._database)
                self._redactor.learn(*server.secrets)
                self._server = Shared(lambda: Group(self._common_ground(), [server]), "service-000-run")
            return self._server

    def _made_databases(self) -> Databases:
        from gaterunner.services.database import Databases

        with self._lock:
            if self._databases is None:
                self._databases = Databases(self._database.environment if self._database else "", self._redactor)
            return self._databases

    def _completed(self, services: Sequence[Service]) -> list[CompleteService]:
        if not services:
            return []
        from gaterunner.services.known import complete

        found = [complete(service) for service in services]
        for each in found:
            self._redactor.learn(*each.secrets)
        return found

    def _common_ground(self) -> Ground:
        from gaterunner.containers.leftovers import labels_of
        from gaterunner.services.group import Ground
        from gaterunner.services.networks import Network

        with self._lock:
            if self._ground is None:
                engine = self._connect()
                labels = labels_of(self._run, engine.own_container)
                self._ground = Ground(
                    engine=engine,
                    labels=labels,
                    logs=self._logs,
                    redactor=self._redactor,
                    publishing=Network(engine, labels, internal=False),
                )
            return self._ground

    def close(self) -> None:
        """Ends what the run shares. Raises nothing."""
        for shared in (self._run_group, self._server):
            if shared is not None:
                shared.close()
        if self._ground is not None:
            self._ground.publishing.remove()


def _one_at_a_time(on_lines: Callable[[Sequence[str]], None]) -> Callable[[Sequence[str]], None]:
    """The same for several threads: a gate's services start side by side."""
    lock = threading.Lock()

    def locked(lines: Sequence[str]) -> None:
        with lock:
            on_lines(lines)

    return locked


def _shared(shared: Shared, asking: _Asking) -> Group:
    return shared.get(local=asking.is_local, on_lines=asking.on_lines, cancelled=asking.cancelled)


def _started(starts: Sequence[Callable[[], Group]]) -> list[Group]:
    from gaterunner.services.at_once import at_once

    return at_once(lambda start: start(), starts)


def _reach(group: Group, asking: _Asking, stack: ExitStack) -> Reached:
    """What a gate is told of a group; its logs are kept when the gate is over."""
    from gaterunner.services.addresses import variables

    stack.callback(_leave, group, asking)
    return Reached(
        env=tuple(
            variable
            for container in group.containers
            for variable in variables(container.complete, *group.address(container, local=asking.is_local))
        ),
        networks=(group.network,),
        secrets=tuple(secret for container in group.containers for secret in container.complete.secrets),
        uses=group.uses(asking.stem),
    )


def _leave(group: Group, asking: _Asking) -> None:
    """Keeps the logs, and tells of a service that ended meanwhile: what the gate then saw is not the branch's fault."""
    try:
        group.check()
    except ServiceError as error:
        asking.on_lines([error.message])
    group.keep_logs(asking.stem)


def _together(parts: Sequence[Reached]) -> Reached:
    uses: tuple[ServiceUse, ...] = tuple(use for part in parts for use in part.uses)
    return Reached(
        env=tuple(variable for part in parts for variable in part.env),
        networks=tuple(network for part in parts for network in part.networks),
        secrets=tuple(secret for part in parts for secret in part.secrets),
        uses=uses,
        snapshot=next((part.snapshot for part in parts if part.snapshot is not None), None),
        database_from=next((part.database_from for part in parts if part.database_from is not None), None),
    )
