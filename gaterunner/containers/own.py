"""Whether gaterunner itself runs in a container of the engine, and what is mounted there."""

from __future__ import annotations

import re
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    import docker

_ID = re.compile(r"[0-9a-f]{64}")
# The engine mounts these three files from the container's own folder, whose name is the id. Other mounts name ids too,
# but those of layers, or on a machine with an engine those of any container.
_OWN_FILES = ("/etc/hostname", "/etc/hosts", "/etc/resolv.conf")
_OF_CGROUP = re.compile(r"(?:/|docker-|libpod-)([0-9a-f]{64})(?:\.scope)?(?:/|$)", re.MULTILINE)
_SHORT_ID = re.compile(r"[0-9a-f]{12}")


class OwnMount(Struct, frozen=True, kw_only=True):
    """One mount of a container: ``source`` is a path of the engine's machine, ``name`` a volume's."""

    kind: str
    source: str
    destination: str
    name: str = ""


class OwnContainer(Struct, frozen=True, kw_only=True):
    """The container that gaterunner runs in. ``host_network`` is true when it has the machine's own network."""

    id: str
    mounts: tuple[OwnMount, ...] = ()
    host_network: bool = False


def find_own_container(api: docker.APIClient, *, proc: Path = Path("/proc/self")) -> OwnContainer | None:
    """The container of this engine that we run in; None on a machine, and in a container of another engine.

    The engine is asked about every candidate, and it must run and be named as we are. What the SDK raises when the
    engine cannot be asked is passed on.
    """
    import docker.errors

    for candidate in candidates(proc):
        try:
            found = api.inspect_container(candidate)
        except docker.errors.NotFound:
            continue
        if found["Id"].startswith(candidate) and _is_ours(found):
            return OwnContainer(
                id=found["Id"],
                mounts=tuple(_mount(each) for each in found.get("Mounts") or ()),
                host_network=found["HostConfig"].get("NetworkMode") == "host",
            )
    return None


def candidates(proc: Path = Path("/proc/self")) -> tuple[str, ...]:
    """What could be the id of our container, most certain first; nothing is proven yet."""
    found: list[str] = []
    for line in _lines(proc / "mountinfo"):
        match line.split(" "):  # see proc_pid_mountinfo(5)
            case [_, _, _, source, target, *_] if target in _OWN_FILES:
                found += _ID.findall(source)[-1:]
    found += _OF_CGROUP.findall("\n".join(_lines(proc / "cgroup")))
    name = socket.gethostname()
    if _SHORT_ID.fullmatch(name):
        found.append(name)
    return tuple(dict.fromkeys(found))


def _is_ours(found: dict[str, Any]) -> bool:
    shared_name = "host" in {found["HostConfig"].get("NetworkMode"), found["HostConfig"].get("UTSMode")}
    return bool(found["State"].get("Running")) and (shared_name or found["Config"]["Hostname"] == socket.gethostname())


def _mount(told: dict[str, Any]) -> OwnMount:
    return OwnMount(
        kind=told.get("Type", ""),
        source=told.get("Source", ""),
        destination=told.get("Destination", ""),
        name=told.get("Name", ""),
    )


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8", "replace").splitlines()
    except OSError:
        return []
