"""The container of one gate: made without anything it does not need, started, looked at, removed."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from gaterunner.containers.faults import engine_errors, faults
from gaterunner.containers.lifecycle import State, remove_container, state_of
from gaterunner.containers.mounts import WORKSPACE, WorkspaceMount
from gaterunner.errors import EvaluationError
from gaterunner.executors.base import Container, Job
from gaterunner.executors.docker_stream import BEGUN, Attached
from gaterunner.executors.observed import SHELL_OPTIONS

if TYPE_CHECKING:
    from gaterunner.containers.engine import Engine

UNSEEN = "gaterunner: another folder"
"""What a container says instead of beginning when it does not see the sentinel."""
_NANO = 1_000_000_000
_TMPFS = "rw,nosuid,nodev,exec,mode=1777"
# Before the gate's shell begins, the sentinel is looked for and put out of the gate's sight, and the beginning is told
# on standard error. Then that joins standard output, so that both are one stream, in order.
_BEGIN = (
    f'if [ -n "$1" ]; then [ -e "$1" ] || {{ echo "{UNSEEN}" >&2; exit 125; }}; rm -f "$1" >/dev/null 2>&1 || :; fi; '
    f'shift; echo "{BEGUN.decode().strip()}" >&2; exec "$@" 2>&1'
)


class Rights(Struct, frozen=True, kw_only=True):
    """Whom a container's processes run as; ``machine_users`` undoes a mapping of users that the engine was given."""

    uid: int
    gid: int
    machine_users: bool = False


class GateContainer:
    """One gate's container, from ``made`` on. Safe to use from two threads."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self.name = name

    def attach(self) -> Attached:
        """Its output; call it before ``start``. Raises ``EvaluationError``."""
        with faults("the gate's container could not be attached to"):
            return Attached(self._engine.api, self.name)

    def start(self) -> None:
        """Starts it. Raises ``EvaluationError``."""
        with faults("the gate's container could not be started"):
            self._engine.api.start(self.name)

    def signal(self, name: str) -> None:
        """Sends a signal to its first process; that it has ended meanwhile is no fault. Raises nothing."""
        try:
            self._engine.api.kill(self.name, name)
        except engine_errors():
            return  # whoever waits for its end asks for its state

    def state(self) -> State:
        """How it is doing. Raises what the SDK raises."""
        return state_of(self._engine.api, self.name)

    def remove(self) -> None:
        """Removes it, running or not. Raises nothing."""
        remove_container(self._engine.api, self.name)


@contextmanager
def made(engine: Engine, config: Mapping[str, Any], networks: tuple[str, ...]) -> Iterator[GateContainer]:
    """A container for the block; gone afterwards, whatever happened. Raises ``EvaluationError`` when it cannot be made.

    Its name is ours, so that it is also found when the engine's answer was lost.
    """
    api: Any = engine.api  # whose types leave out how a container is made
    container = GateContainer(engine, f"gaterunner-{secrets.token_hex(8)}")
    try:
        with faults("the gate's container could not be made"):
            api.create_container_from_config(dict(config), container.name)
            for network in networks:
                api.connect_container_to_network(container.name, network)
        yield container
    finally:
        container.remove()


def joined_networks(wanted: Container) -> tuple[str, ...]:
    """The networks of a gate's container; the first is the one it is made with."""
    if wanted.network == "none":
        return ("none",)
    if wanted.network == "services":
        return wanted.networks or ("none",)
    return (*wanted.networks, "bridge")


def container_config(
    job: Job,
    wanted: Container,
    *,
    image: str,
    rights: Rights,
    mount: WorkspaceMount,
    labels: Mapping[str, str],
    sentinel: str = "",
) -> dict[str, Any]:
    """What the engine is asked to make, as its API takes it; ``sentinel`` is the path of what the shell has to see."""
    return {
        "Image": image,
        "Entrypoint": [job.shell, *_QUIET_START[job.shell], "-c", _BEGIN, "gaterunner", sentinel],
        "Cmd": [job.shell, *SHELL_OPTIONS[job.shell], job.command],
        "User": f"{rights.uid}:{rights.gid}",
        "WorkingDir": _inside(job.root, job.cwd),
        "Env": [f"{name}={value}" for name, value in job.env.items()],
        "Labels": dict(labels),
        "AttachStdout": True,
        "AttachStderr": True,
        "Healthcheck": {"Test": ["NONE"]},
        "HostConfig": _host_config(wanted, rights, mount),
    }


_QUIET_START = {"bash": ("--noprofile", "--norc"), "sh": ()}


def _inside(root: Path, cwd: Path) -> str:
    try:
        return str(PurePosixPath(WORKSPACE, cwd.resolve().relative_to(root.resolve()).as_posix()))
    except (ValueError, OSError, RuntimeError) as error:  # a gate that runs meanwhile put a link there
        raise EvaluationError(
            f"cwd: {cwd} leads out of the checkout",
            help="see what a gate that ran before or beside this one made of it",
        ) from error


def _host_config(wanted: Container, rights: Rights, mount: WorkspaceMount) -> dict[str, Any]:
    limits = wanted.resources
    config: dict[str, Any] = {
        "Mounts": [mount.as_api()],
        "NetworkMode": joined_networks(wanted)[0],
        "CapDrop": ["ALL"],
        "SecurityOpt": ["no-new-privileges"],
        "Init": True,
        "PidsLimit": limits.pids,
        "ReadonlyRootfs": limits.read_only,
        # The engine keeps no copy: a gate that never stops writing would fill its disk.
        "LogConfig": {"Type": "none"},
        "Tmpfs": dict.fromkeys((*(("/tmp",) if limits.read_only else ()), *limits.tmpfs), _TMPFS),  # noqa: S108 -- the container's
    }
    if limits.memory is not None:
        config |= {"Memory": limits.memory, "MemorySwap": limits.memory}  # the same: no swap beside it
    if limits.cpus is not None:
        config["NanoCpus"] = round(limits.cpus * _NANO)
    if rights.machine_users:
        config["UsernsMode"] = "host"
    return config


def ended_state(container: GateContainer, *, within_s: float, pause: Callable[[float], object]) -> State:
    """The state once it has ended; after ``within_s`` seconds as it is. Raises what the SDK raises.

    The output can end a moment before the engine has noted the exit code.
    """
    limit = time.monotonic() + within_s
    while True:
        state = container.state()
        if not state.running or time.monotonic() > limit:
            return state
        pause(0.02)
