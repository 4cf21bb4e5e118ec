"""What must be identical for a gate's result to stand for another run of it, as one sha256. Pure: no IO.

In the key is whatever could make the same command end differently and can be told without running it. Not in it are
`needs`, `paths`, `advisory` and `retries`, which decide whether a gate runs and what its result is worth (a flaky pass
is never kept), and `timeout`: a result is only taken when the gate took less than what is allowed now. Nor are `sentry`
and `gates`: a gate that asks Sentry, or runs others on the base's code, has no `inputs`, so nothing is kept of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

from msgspec import Struct
from msgspec.structs import astuple

from gaterunner import __version__
from gaterunner.config.types import Gate, Service, Workflow
from gaterunner.plan import PlannedGate
from gaterunner.store.inputs import Inputs

# What chooses the toolchain of a gate that runs on this machine. PATH above all: what sets up a toolchain puts folders
# into it that have a version in their names. Gates in containers get none of these.
TOOLCHAIN = (
    *("PATH", "LD_LIBRARY_PATH", "LD_PRELOAD", "LANG", "LC_ALL", "TZ"),
    *("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "PYTHONHOME", "PYTHONHASHSEED"),
    *("NODE_ENV", "NODE_OPTIONS", "NODE_PATH", "NVM_BIN"),
    *("JAVA_HOME", "JAVA_TOOL_OPTIONS", "MAVEN_OPTS", "GRADLE_OPTS"),
    *("GOROOT", "GOFLAGS", "GOTOOLCHAIN", "GOEXPERIMENT", "CGO_ENABLED"),
    *("RUSTUP_TOOLCHAIN", "RUSTFLAGS", "CARGO_BUILD_TARGET"),
    *("RUBYOPT", "BUNDLE_GEMFILE", "DOTNET_ROOT", "PHP_INI_SCAN_DIR"),
    *("CC", "CXX", "CFLAGS", "CXXFLAGS", "LDFLAGS", "MAKEFLAGS"),
)


class Place(Struct, frozen=True, kw_only=True):
    """Where gates run that run in no container: ``system`` and ``machine`` as in "Debian GNU/Linux 12", "x86_64".

    ``image_digest`` is that of the image that gaterunner itself runs in, ``toolchain`` the variables of ``TOOLCHAIN``.
    """

    system: str
    machine: str
    image_digest: str | None = None
    toolchain: tuple[tuple[str, str], ...] = ()


def images_of(planned: PlannedGate, workflow: Workflow) -> tuple[str, ...]:
    """Every image that the gate's result rests on: its own and those of the services in its reach."""
    own = (planned.image,) if planned.image is not None else ()
    return tuple(dict.fromkeys((*own, *(service.image for service in _services(planned.gate, workflow)))))


def cache_key(
    planned: PlannedGate, inputs: Inputs, *, workflow: Workflow, place: Place, digests: Mapping[str, str]
) -> tuple[str, str]:
    """Two keys as 64 hexadecimal digits: of this result, and of the same where the change touches no input.

    They differ only for a gate whose result is also compared with the base (`tests`, `coverage`): then what the change
    touches counts as it was. Where it touches nothing that counts there is nothing to compare, so who passed with
    changes would also pass without. ``digests`` has one for each of ``images_of``.
    """
    parts = (*_command(planned), *_judged(planned.gate), *_surroundings(planned, workflow, place, digests.__getitem__))
    still = _hash((*parts, inputs.digest))
    return (
        _hash((*parts, inputs.digest, inputs.changed)) if _compares(planned.gate) and inputs.changed else still
    ), still


def _command(planned: PlannedGate) -> tuple[object, ...]:
    gate = planned.gate
    env = {**dict(gate.env), **dict(planned.env)}
    return (
        __version__,
        gate.kind,
        gate.name,
        planned.declared,
        planned.command,
        gate.shell,
        gate.cwd,
        tuple(sorted(env.items())),
        planned.shard,
        gate.flags,
    )


def _judged(gate: Gate) -> tuple[object, ...]:
    return (
        gate.tests,
        astuple(gate.test_rules),
        astuple(gate.coverage) if gate.coverage else None,
        astuple(gate.telemetry) if gate.telemetry else None,
    )


def _compares(gate: Gate) -> bool:
    return bool(gate.tests) or gate.coverage is not None


def _surroundings(
    planned: PlannedGate, workflow: Workflow, place: Place, digest: Callable[[str], str]
) -> tuple[object, ...]:
    gate = planned.gate
    return (
        planned.image and (planned.image, digest(planned.image)),
        astuple(gate.resources) if gate.resources else None,
        gate.network,
        tuple((digest(service.image), *_service(service)) for service in _services(gate, workflow)),
        workflow.database.environment if gate.database and workflow.database else None,
        place.machine if planned.image else astuple(place),
    )


def _services(gate: Gate, workflow: Workflow) -> tuple[Service, ...]:
    database = workflow.database.service if gate.database and workflow.database else None
    return (*workflow.services, *gate.services, *((database,) if database else ()))


def _service(service: Service) -> tuple[object, ...]:
    return (service.name, service.image, service.port, service.publish, service.env, service.command, service.health)


def _hash(parts: tuple[object, ...]) -> str:
    """``ascii`` writes tuples of texts and numbers in one way only, and no two of them alike."""
    return hashlib.sha256(ascii(parts).encode("ascii")).hexdigest()
