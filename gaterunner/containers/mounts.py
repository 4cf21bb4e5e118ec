"""How the checkout gets into a gate's container, and the proof that it did.

The engine takes paths of its own machine. Those are ours when we run on that machine; in a container they have to be
found from what is mounted there; and an engine elsewhere knows none of them. A wrong path would be an empty folder in
which a gate finds nothing to complain about, so nothing is run before a file of ours was seen through the mount.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from gaterunner.containers.faults import faults
from gaterunner.errors import EvaluationError
from gaterunner.executors.identity import DOCKER_SOCKETS

if TYPE_CHECKING:
    from gaterunner.containers.engine import Engine
    from gaterunner.containers.own import OwnMount

WORKSPACE = "/workspace"
_SUBPATH_API = (1, 45)  # Docker Engine 26 mounts a folder of a volume
_ELSEWHERE = (
    "run gaterunner on the engine's machine, or in a container of it with the checkout mounted "
    '(`-v "$PWD:/workspace"`)'
)


class WorkspaceMount(Struct, frozen=True, kw_only=True):
    """A mount of the checkout: a folder of the engine's machine, or a volume, of which ``subpath`` is the folder."""

    source: str
    volume: bool = False
    subpath: str = ""

    def as_api(self) -> dict[str, Any]:
        """As the engine's API takes it. Unlike `-v`, this never makes a folder that is not there."""
        mount: dict[str, Any] = {
            "Type": "volume" if self.volume else "bind",
            "Source": self.source,
            "Target": WORKSPACE,
        }
        if self.subpath:
            mount["VolumeOptions"] = {"Subpath": self.subpath}
        return mount


def workspace_mount(engine: Engine, root: Path) -> WorkspaceMount:
    """The mount that shows ``root`` at ``WORKSPACE``. Raises ``EvaluationError`` when there is or must be none."""
    root = root.resolve()
    _refuse_sockets(engine, root)
    if engine.own_container is None:
        return WorkspaceMount(source=str(root))
    holding = [each for each in engine.own_container.mounts if _holds(each, root)]
    longest = max(holding, key=lambda each: len(PurePosixPath(each.destination).parts), default=None)
    if longest is None or longest.kind not in {"bind", "volume"}:
        raise EvaluationError(
            f"{root} lies in the file system of the container that gaterunner runs in, "
            f"which the engine at {engine.address} cannot show to another",
            help='mount the checkout into this container: `-v "$PWD:/workspace"`',
        )
    rest = root.relative_to(longest.destination)
    below = "" if rest == Path() else rest.as_posix()
    if longest.kind == "volume" and longest.name:
        if not below:
            return WorkspaceMount(source=longest.name, volume=True)
        if engine.api_version >= _SUBPATH_API:
            return WorkspaceMount(source=longest.name, volume=True, subpath=below)
    # An older engine takes the folder in which it keeps the volume; whether that is right, the proof tells.
    return WorkspaceMount(source=str(PurePosixPath(longest.source, below)))


def _holds(mount: OwnMount, root: Path) -> bool:
    return bool(mount.destination) and root.is_relative_to(mount.destination)


# --- the engine's socket ---------------------------------------------------------------------------------------------


def _refuse_sockets(engine: Engine, root: Path) -> None:
    """Whoever can write to the engine's socket is root on its machine: no mount may hold one."""
    for socket in {engine.socket, *DOCKER_SOCKETS} - {None}:
        if socket is None or not _is_socket(socket):
            continue
        if any(place.is_relative_to(root) for place in (socket.resolve(), Path(os.path.abspath(socket)))):  # noqa: PTH100 -- as it is written, too
            raise EvaluationError(
                f"the checkout {root} holds the Docker socket {socket}, with which a gate could become root",
                help="move the checkout or the socket elsewhere",
            )
        for point in _mount_points(root):
            if _is_same(point, socket) or _is_same(point / socket.name, socket):
                raise EvaluationError(
                    f"the Docker socket is mounted in the checkout, as {point}: a gate could become root with it",
                    help="mount it outside of the checkout",
                )


def _is_socket(path: Path) -> bool:
    try:
        return stat.S_ISSOCK(path.stat().st_mode)
    except OSError:
        return False


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def _mount_points(root: Path) -> list[Path]:
    """What is mounted below the root; a mount of the root brings it along."""
    try:
        lines = Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return []
    points = [Path(line.split(" ")[4].replace("\\040", " ")) for line in lines]
    return [point for point in points if point != root and point.is_relative_to(root)]


# --- proof -----------------------------------------------------------------------------------------------------------


def prove_sight(engine: Engine, container: str, root: Path) -> None:
    """Sees a file of ours in ``root`` through a made, not yet started container that mounts it at ``WORKSPACE``.

    Raises ``EvaluationError`` when the engine shows something else there, or nothing.
    """
    size = 1 + secrets.randbelow(4096)
    with _sentinel(root, secrets.token_bytes(size)) as name:
        seen = _size_through(engine, container, f"{WORKSPACE}/{name}")
    if seen != size:
        raise EvaluationError(
            f"the engine at {engine.address} does not see {root}: it shows another folder there", help=_ELSEWHERE
        )


@contextmanager
def _sentinel(root: Path, content: bytes) -> Iterator[str]:
    """A file of ours for the block; gives its path below the root.

    It lies in the git directory, where nothing of git's looks at it. Links that an earlier run's gate could have
    planted on the way are not followed.
    """
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        prefix = ""
        with suppress(OSError):  # a worktree has a file there, and a plain folder nothing
            inner = os.open(".git", os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder, prefix = inner, ".git/"
        name = f".gaterunner-{secrets.token_hex(16)}"
        try:
            file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644, dir_fd=folder)
        except OSError as error:
            raise EvaluationError(
                f"{root} cannot be written to ({(error.strerror or str(error)).lower()}), so it cannot be proven that "
                "the engine sees it",
                help="let the user that gaterunner runs as write to the checkout",
            ) from error
        try:
            with os.fdopen(file, "wb") as written:
                written.write(content)
            yield prefix + name
        finally:
            os.unlink(name, dir_fd=folder)
    finally:
        os.close(folder)


def _size_through(engine: Engine, container: str, path: str) -> int | None:
    """The size of a file as the engine sees it; None when there is none.

    The name, which is random, is proof enough; asking for the content would take the engine twenty times as long.
    """
    api = engine.api
    with faults(f"the checkout in a container of the engine at {engine.address}"):
        # The SDK has no method for this question, only one that also gets the content.
        answer = api.head(
            f"{api.base_url}/v{api.api_version}/containers/{container}/archive",
            params={"path": path},
            timeout=api.timeout,
        )
    try:
        told = json.loads(base64.b64decode(answer.headers["X-Docker-Container-Path-Stat"]))
        return int(told["size"])
    except (KeyError, TypeError, ValueError):
        return None
