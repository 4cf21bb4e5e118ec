"""What an earlier run left in the engine because it was killed: found by its labels and removed on the next start.

Whatever we have the engine make carries the run's name and its owner, the gaterunner process that made it. A process is
told by its number and start time, which count only in one pid namespace of one boot of one machine. A process in a
container is also told by the container's id, about which the engine can be asked.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from gaterunner.containers.faults import engine_errors

if TYPE_CHECKING:
    from gaterunner.containers.engine import Engine
    from gaterunner.containers.own import OwnContainer

RUN_LABEL = "dev.gaterunner.run"
OWNER_LABEL = "dev.gaterunner.owner"
_STARTED_FIELD = 19  # of /proc/PID/stat after the name: `starttime`, see proc_pid_stat(5)


class Owner(Struct, frozen=True, kw_only=True):
    """A gaterunner process. ``started`` is in clock ticks since boot; ``container`` is the engine's id of its own."""

    machine: str
    boot: str
    namespace: str
    pid: int
    started: int
    container: str | None = None


class Swept(Struct, frozen=True, kw_only=True):
    """How much of gone runs was removed."""

    containers: int = 0
    networks: int = 0
    volumes: int = 0


def this_process(own_container: OwnContainer | None = None) -> Owner:
    """The owner that we are."""
    return Owner(
        machine=f"{_read('/etc/machine-id')}/{socket.gethostname()}",
        boot=_read("/proc/sys/kernel/random/boot_id"),
        namespace=_namespace(),
        pid=os.getpid(),
        started=_started(os.getpid()) or 0,
        container=own_container.id if own_container else None,
    )


def labels_of(run: str, own_container: OwnContainer | None = None) -> dict[str, str]:
    """The labels of everything that a run has the engine make; ``own_container`` is the engine's (``Engine``)."""
    owner = msgspec.json.encode(this_process(own_container)).decode()
    return {RUN_LABEL: run, OWNER_LABEL: owner}


def sweep(engine: Engine) -> Swept:
    """Removes what runs that are gone left in the engine; what cannot be removed is left for the next start.

    Never touches what a live run owns, nor what cannot be told: an owner on another machine, or in a pid namespace that
    is not ours and no container of this engine. Raises nothing for what the engine refuses.
    """
    api = engine.api
    judge = _Judge(engine)
    chosen: dict[str, Any] = {"filters": {"label": [RUN_LABEL, OWNER_LABEL]}}
    containers = _remove(
        judge,
        [row for row in _listed(lambda: api.containers(all=True, **chosen)) if not _inherits(engine, row)],
        lambda row: api.remove_container(row["Id"], v=True, force=True),
    )
    networks = _remove(judge, _listed(lambda: api.networks(**chosen)), lambda row: _remove_network(engine, row["Id"]))
    volumes = _remove(
        judge, _listed(lambda: api.volumes(**chosen)["Volumes"] or []), lambda row: api.remove_volume(row["Name"])
    )
    return Swept(containers=containers, networks=networks, volumes=volumes)


def _inherits(engine: Engine, row: Any) -> bool:
    """True for somebody's container whose image was made from one of ours, and so carries its labels."""

    api: Any = engine.api  # whose types leave this method out
    try:
        labels = (api.inspect_image(row["ImageID"]).get("Config") or {}).get("Labels") or {}
    except engine_errors():
        return False  # an image that is removed while its container runs
    return bool(labels.get(OWNER_LABEL) == row["Labels"].get(OWNER_LABEL))


def _remove_network(engine: Engine, network: str) -> None:
    """Also one that a living container is still on: gaterunner's own, where it was killed and its container was not."""
    for container in engine.api.inspect_network(network)["Containers"] or {}:
        engine.api.disconnect_container_from_network(container, network, force=True)
    engine.api.remove_network(network)


def _listed(ask: Callable[[], Iterable[Any]]) -> list[Any]:

    try:
        return list(ask())
    except engine_errors():
        return []  # the first gate's own question to the engine tells the fault


def _remove(judge: _Judge, rows: list[Any], remove: Callable[[Any], object]) -> int:

    removed = 0
    for row in rows:
        if not judge.is_gone((row.get("Labels") or {}).get(OWNER_LABEL, "")):
            continue
        try:
            remove(row)
        except engine_errors():
            continue  # another run sweeps too, or it is still in use
        removed += 1
    return removed


class _Judge:
    """Tells whose owner is gone; each owner is looked at once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._us = this_process(engine.own_container)
        self._answers: dict[str, bool] = {}

    def is_gone(self, label: str) -> bool:
        if label not in self._answers:
            self._answers[label] = self._look(label)
        return self._answers[label]

    def _look(self, label: str) -> bool:
        try:
            owner = msgspec.json.decode(label.encode(), type=Owner)
        except msgspec.DecodeError:
            return False  # of another version, or forged
        if owner.container is not None and owner.container != self._us.container:
            return self._container_is_gone(owner.container)
        same_machine = bool(owner.machine) and owner.machine == self._us.machine
        if owner.boot != self._us.boot:
            # A container that was started anew has the same id and name, but on another boot only with the machine.
            return same_machine and bool(owner.boot)
        if owner.namespace != self._us.namespace:
            # The same container's earlier life: its processes ended with its namespace.
            return owner.container is not None and owner.container == self._us.container
        return _started(owner.pid) != owner.started

    def _container_is_gone(self, container: str) -> bool:
        import docker.errors

        try:
            state = self._engine.api.inspect_container(container)["State"]
        except docker.errors.NotFound:
            return True
        except engine_errors():
            return False
        return not (state.get("Running") or state.get("Paused") or state.get("Restarting"))


def _read(path: str) -> str:
    try:
        return Path(path).read_text("utf-8").strip()
    except OSError:
        return ""


def _namespace() -> str:
    try:
        return os.readlink("/proc/self/ns/pid")  # noqa: PTH115 (not a path: `pid:[4026531836]`)
    except OSError:
        return ""


def _started(pid: int) -> int | None:
    """When a process started; None when there is none, or it is dead and only waits to be collected."""
    row = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    if len(row) <= _STARTED_FIELD or row[0] in {"Z", "X"}:
        return None
    return int(row[_STARTED_FIELD])
