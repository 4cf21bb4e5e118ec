"""What each gate would hold: the variables that name databases, and whether it has a way out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from gaterunner.executors.environment import container_environment, gate_environment
from gaterunner.plan.types import PlannedGate
from gaterunner.services.known import kind_of

if TYPE_CHECKING:
    from gaterunner.config.types import Gate, Service, Workflow

_DATABASE_HOST = "database"
_NEVER_READ = ("GATERUNNER", "GATERUNNER_GATE")


class Holding(Struct, frozen=True, kw_only=True):
    """One gate as far as databases are concerned.

    ``env`` is its whole environment, with addresses in place of what its services will tell. ``own`` are those
    addresses' hosts. ``command`` is its command, empty when it is not known yet. ``contained`` says that it runs in a
    container, ``sealed`` that this container reaches nothing but its services, ``makes_database`` that it gets a
    database and a role of its own.
    """

    name: str
    env: Mapping[str, str]
    own: frozenset[str]
    command: str = ""
    cwd: str = "."
    contained: bool = False
    sealed: bool = False
    makes_database: bool = False


def holdings(workflow: Workflow, plan: Sequence[PlannedGate], environment: Mapping[str, str]) -> tuple[Holding, ...]:
    """The gates that would execute something; without a plan, those that the workflow declares."""
    if plan:
        return tuple(
            _holding(workflow, planned, environment)
            for planned in plan
            if planned.skip is None and _executes(planned.gate)
        )
    default = workflow.image if workflow.executor == "docker" else None
    return tuple(
        _holding(
            workflow, PlannedGate(gate=gate, command=gate.run or "", why="", image=gate.image or default), environment
        )
        for gate in workflow.gates
        if _executes(gate)
    )


def _executes(gate: Gate) -> bool:
    return gate.kind != "sentry-clean"


def _holding(workflow: Workflow, planned: PlannedGate, environment: Mapping[str, str]) -> Holding:
    gate, image = planned.gate, planned.image
    services = (*gate.services, *(workflow.services if gate.network != "none" else ()))
    own = frozenset(service.name for service in services) | ({_DATABASE_HOST} if gate.database else set())
    declared = (*_told(services, database=gate.database), *gate.env, *planned.env)
    if image is None:
        env = gate_environment(environment, gate=gate.name, declared=declared)
    else:
        env = container_environment(gate=gate.name, declared=declared)
    return Holding(
        name=gate.name,
        env={name: value for name, value in env.items() if name not in _NEVER_READ},
        own=own,
        command=planned.command,
        cwd=gate.cwd,
        contained=image is not None,
        sealed=image is not None and gate.network in ("none", "services"),
        makes_database=gate.database,
    )


def _told(services: Sequence[Service], *, database: bool) -> Iterator[tuple[str, str]]:
    """What the gate will be told, with the service's name for the address that is not known yet."""
    for service in services:
        prefix = service.name.upper().replace("-", "_")
        yield f"{prefix}_HOST", service.name
        kind = kind_of(service.image)
        if kind is not None and kind.url is not None:
            scheme = kind.url.partition("://")[0]
            yield f"{prefix}_URL", f"{scheme}://{service.name}"
    if database:
        yield "DATABASE_URL", f"postgresql://{_DATABASE_HOST}/gate"
        yield from (("PGHOST", _DATABASE_HOST), ("PGUSER", "gate"), ("PGDATABASE", "gate"))
