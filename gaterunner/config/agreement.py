"""What gates, settings and the database of a workflow ask of each other, beyond what each may say alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from gaterunner.config.document import Mapping, Node, Scalar
from gaterunner.config.gates import REHEARSAL, ROLLBACK, SENTRY_CLEAN, ReadGate
from gaterunner.config.problems import Problems, listed, quoted
from gaterunner.config.settings import Settings
from gaterunner.config.types import Position, Service

if TYPE_CHECKING:
    from gaterunner.config.database import DeclaredDatabase

_MOST_NAMED = 5
_ANOTHER_NAME = "give one of the two another name"
# What `database: true` tells a gate.
_DATABASE_VARIABLES = ("DATABASE_URL", "PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE")


def check_agreement(
    gates: tuple[ReadGate, ...], settings: Settings, database: DeclaredDatabase | None, problems: Problems
) -> None:
    """Notes every contradiction; what was already reported by itself is taken to be as the author meant it."""
    _check_images(gates, settings, problems)
    shared = _shared_services(settings, database, problems)
    of_run = _set_by_services(settings.services)
    for read in gates:
        if read.gate.kind == SENTRY_CLEAN or "sentry" in read.nodes:
            from gaterunner.config.sentry_agreement import check_sentry

            check_sentry(read, problems)
            if read.gate.kind == SENTRY_CLEAN:
                continue
        if read.gate.kind == ROLLBACK or "gates" in read.nodes:
            from gaterunner.config.rollback_agreement import check_rollback

            check_rollback(read, database, problems)
        _check_container(read, settings, problems)
        _check_network(read, settings, problems)
        _check_services(read, shared, problems)
        _check_rehearsal(read, problems)
        _check_database(read, database, problems)
        _check_flags(read, settings, problems)
        _check_variables(read, settings, of_run, problems)
        _check_tests(read, problems)
        if read.gate.telemetry is not None:
            from gaterunner.config.telemetry_agreement import check_telemetry

            check_telemetry(read, settings, problems)
    _check_published(gates, shared, problems)


def _check_images(gates: tuple[ReadGate, ...], settings: Settings, problems: Problems) -> None:
    if settings.executor != "docker" or settings.image is not None or "image" in settings.broken:
        return
    without = [quoted(read.gate.name) for read in gates if read.gate.image is None and read.gate.kind != SENTRY_CLEAN]
    if without:
        rest = len(without) - _MOST_NAMED
        named = listed(without[:_MOST_NAMED] + ([f"{rest} more"] if rest > 0 else []), last="and")
        message = f"`executor`: `docker` needs an image for every gate, found none for {named}"
        help = "add a default under `workflow`, such as `image: python:3.13-slim`, or an `image` to each gate"
        problems.add(settings.nodes["executor"].position, message, help)


def _check_container(read: ReadGate, settings: Settings, problems: Problems) -> None:
    """A gate that runs on this machine is in no container that could hold it to anything."""
    if read.gate.image is not None or settings.executor == "docker" or "executor" in settings.broken:
        return
    for option in ("resources", "network"):
        if option in read.nodes:
            message = f"`{option}` of gate {quoted(read.gate.name)}: the gate runs on this machine, not in a container"
            problems.add(
                read.nodes[option].position, message, "add an `image` to it, or `executor: docker` to the workflow"
            )


def _check_network(read: ReadGate, settings: Settings, problems: Problems) -> None:
    gate = read.gate
    if gate.network == "none" and (gate.services or gate.database):
        reached = "services" if gate.services else "a database"
        message = f"`network` of gate {quoted(gate.name)}: found `none`, but the gate has {reached} to reach"
        problems.add(read.nodes["network"].position, message, "write `network: services`")
    nothing = not (gate.services or gate.database or settings.services or "services" in settings.broken)
    if gate.network == "services" and nothing:
        message = f"`network` of gate {quoted(gate.name)}: found `services`, but the gate has none"
        problems.add(read.nodes["network"].position, message, "write `network: none`, or declare `services`")


class _Shared(Struct, frozen=True):
    """A service that several gates may reach, and what it is called in messages."""

    service: Service
    told: str


def _shared_services(settings: Settings, database: DeclaredDatabase | None, problems: Problems) -> dict[str, _Shared]:
    """The services that gates may reach beside their own, by name. That of the database has a name as well."""
    shared = {service.name: _Shared(service, "a service of the whole run") for service in settings.services}
    server = database.database.service if database is not None and database.database is not None else None
    if server is not None:
        own = _Shared(server, "`database.service`")
        if server.name in shared:
            _report_same_name("a service of the workflow", shared[server.name].service, own, problems)
        shared[server.name] = own
    return shared


def _check_services(read: ReadGate, shared: dict[str, _Shared], problems: Problems) -> None:
    for service in read.gate.services:
        if service.name in shared:
            _report_same_name(f"a service of gate {quoted(read.gate.name)}", service, shared[service.name], problems)


def _report_same_name(where: str, service: Service, other: _Shared, problems: Problems) -> None:
    message = f"{where}: found {quoted(service.name)}, the name of {other.told} in line {other.service.position.line}"
    problems.add(service.position, message, "give it another name, or remove it")


def _check_rehearsal(read: ReadGate, problems: Problems) -> None:
    """What has no meaning for migrations: they write no test results, and their outcome depends on the base as well."""
    if read.gate.kind != REHEARSAL:
        return
    where = f"gate {quoted(read.gate.name)}"
    for option in ("tests", "coverage", "inputs", "shards", "retries"):
        if option in read.nodes:
            message = f"`{option}` of {where}: a rehearsal of migrations takes none"
            problems.add(read.nodes[option].position, message, f"remove `{option}`")
    node = read.nodes.get("database")
    if isinstance(node, Scalar) and node.text.lower() == "false":
        message = f"`database` of {where}: found `false`, but a rehearsal of migrations always gets one"
        problems.add(node.position, message, "remove `database`, or give the gate another `kind`")


def _check_database(read: ReadGate, database: DeclaredDatabase | None, problems: Problems) -> None:
    if not read.gate.database or (database is not None and database.is_broken):
        return
    if database is None or database.database is None or database.database.service is None:
        node = read.nodes.get("database")
        what = "`database` of gate" if node is not None else "the database of gate"
        message = f"{what} {quoted(read.gate.name)}: the workflow names no service to get it from"
        help = "add `service: postgres:16` under `database`"
        if database is None:
            help = "add `database: {service: postgres:16}` under `workflow`"
        problems.add(read.gate.position if node is None else node.position, message, help)


def _check_flags(read: ReadGate, settings: Settings, problems: Problems) -> None:
    if read.gate.flags is not None and not settings.flags and "flags" not in settings.broken:
        message = f"`flags` of gate {quoted(read.gate.name)}: the workflow declares no flags"
        help = "declare them under `workflow`: `flags: {new-dashboard: FEATURE_NEW_DASHBOARD}`"
        problems.add(read.nodes["flags"].position, message, help)


def _check_variables(read: ReadGate, settings: Settings, of_run: dict[str, str], problems: Problems) -> None:
    """What the runner sets for a gate cannot be set a second time: which of the two would hold?"""
    gate = read.gate
    flags = settings.flags if gate.flags is not None else ()
    if not (gate.env or flags):
        return
    setters = _set_by_services(gate.services)
    if gate.database:
        setters |= dict.fromkeys(_DATABASE_VARIABLES, "`database: true`")
    if gate.network != "none":  # with none it is told nothing of the services of the run
        setters = of_run | setters
    for flag in flags:
        if flag.env in setters:
            message = f"the flag {quoted(flag.name)}: for gate {quoted(gate.name)} {quoted(flag.env)} is set by"
            problems.add(flag.position, f"{message} {setters[flag.env]}", _ANOTHER_NAME)
    setters |= {flag.env: f"the flag {quoted(flag.name)}" for flag in flags}
    for variable, position in _keys(read.nodes.get("env")):
        if variable in setters:
            message = f"`env` of gate {quoted(gate.name)}: {quoted(variable)} is set by {setters[variable]}"
            problems.add(position, message, _ANOTHER_NAME)


def _set_by_services(services: tuple[Service, ...]) -> dict[str, str]:
    """Who sets what. Not their ``_URL``, which only services of known kinds have."""
    setters: dict[str, str] = {}
    for service in services:
        prefix = service.name.upper().replace("-", "_")
        setters |= dict.fromkeys((f"{prefix}_HOST", f"{prefix}_PORT"), f"the service {quoted(service.name)}")
    return setters


def _keys(node: Node | None) -> Iterator[tuple[str, Position]]:
    if isinstance(node, Mapping):
        for entry in node.entries:
            yield entry.key.text, entry.key.position


def _check_tests(read: ReadGate, problems: Problems) -> None:
    rules = read.gate.test_rules
    if not rules.base_tests or rules.baseline == "run":
        return
    node = read.nodes["tests"]
    position = dict(_keys(node)).get("base-tests", node.position)
    message = f"`base-tests` of `tests` of gate {quoted(read.gate.name)} is used only with `baseline: run`"
    problems.add(position, message, "add `baseline: run`, or remove `base-tests`")


def _check_published(gates: tuple[ReadGate, ...], shared: dict[str, _Shared], problems: Problems) -> None:
    """Gates run side by side, and one port of this machine leads to one service."""
    first: dict[int, Service] = {}
    for service in _all_services(gates, shared):
        if service.publish is None:
            continue
        if service.publish in first:
            line = first[service.publish].position.line
            message = f"the service {quoted(service.name)} is published on port {service.publish}"
            problems.add(service.position, f"{message}, as is {quoted(first[service.publish].name)} in line {line}")
        first.setdefault(service.publish, service)


def _all_services(gates: tuple[ReadGate, ...], shared: dict[str, _Shared]) -> Iterator[Service]:
    yield from (each.service for each in shared.values())
    for read in gates:
        yield from read.gate.services
