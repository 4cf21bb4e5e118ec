"""How the checkout gets into a gate's container, and the proof that it did.

The engine takes paths of its own machine. Those are ours when we run on that machine; in a container they have to be
found from what is mounted there; and an engine elsewhere knows none of them. A wrong path would be an empty folder in
which a gate finds nothing to complain about, so nothing is run before a file of ours was seen through the mount: by us
in the container that was made, and by the gate's shell in the one that was started, since the engine follows the path
anew when it starts one and a gate that runs meanwhile may have put a link there.
"""

from __future__ import annotations

import base64
import errno
import fcntl
import json
import os
import re
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
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_SENTINEL = ".gaterunner-"
_LEFT = re.compile(r"\.gaterunner-[0-9a-f]{32}")
_OCTAL = re.compile(r"\\([0-7]{3})")
_ELSEWHERE = (
    'run gaterunner on the engine\'s machine, or in a container of it with the checkout mounted (`-v "$PWD:/repo"`)'
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
    """The mount that shows ``root`` at ``WORKSPACE``; ``root`` is a path without links, as it was when the run began.

    Raises ``EvaluationError`` when there is or must be none.
    """
    if root.resolve() != root:
        raise _exchanged(root)
    _refuse_sockets(engine, root)
    if engine.own_container is None:
        return WorkspaceMount(source=str(root))
    holding = [each for each in engine.own_container.mounts if _holds(each, root)]
    longest = max(holding, key=lambda each: len(PurePosixPath(each.destination).parts), default=None)
    if longest is None or longest.kind not in {"bind", "volume"}:
        raise EvaluationError(
            f"{root} lies in the file system of the container that gaterunner runs in, "
            f"which the engine at {engine.address} cannot show to another",
            help='mount the checkout into this container: `-v "$PWD:/repo"`',
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


def _mount_points(root: Path, told: Path = Path("/proc/self/mountinfo")) -> list[Path]:
    """What is mounted below the root; a mount of the root brings it along."""
    try:
        lines = told.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return []
    # Blanks, tabs, newlines and backslashes are octal numbers, see proc_pid_mountinfo(5).
    points = [Path(_OCTAL.sub(lambda found: chr(int(found[1], 8)), line.split(" ")[4])) for line in lines]
    return [point for point in points if point != root and point.is_relative_to(root)]


# --- proof -----------------------------------------------------------------------------------------------------------


class Sentinel:
    """A file of ours below a checkout's root, with a random name and size; see ``planted``.

    ``path`` is that in a container. As long as the run lives it holds a lock on it.
    """

    def __init__(self, folder: int, below: str) -> None:
        """Writes it into an open folder, which is closed with it. Raises ``OSError``."""
        self.size = 1 + secrets.randbelow(4096)
        self._name = f"{_SENTINEL}{secrets.token_hex(16)}"
        self.path = f"{WORKSPACE}/{below}{self._name}"
        # Locked before it gets its name, so that nobody finds one that nobody holds.
        making = f"{self._name}.new"
        file = os.open(
            making, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644, dir_fd=folder
        )
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            os.write(file, secrets.token_bytes(self.size))
            os.rename(making, self._name, src_dir_fd=folder, dst_dir_fd=folder)
        except OSError:
            os.close(file)
            with suppress(OSError):
                os.unlink(making, dir_fd=folder)
            raise
        self._opened: tuple[int, int] | None = (folder, file)

    def remove(self) -> None:
        """Removes it, once; that a gate which runs meanwhile took it away is no fault. Raises nothing."""
        if self._opened is not None:
            (folder, file), self._opened = self._opened, None
            with suppress(OSError):
                os.unlink(self._name, dir_fd=folder)
            os.close(file)
            os.close(folder)


@contextmanager
def planted(root: Path) -> Iterator[Sentinel]:
    """A sentinel for the block, or until it is removed. Raises ``EvaluationError`` when it cannot be written.

    It lies in the git directory, where nothing of git's looks at it. Links that a gate could have planted on the way
    are not followed.
    """
    try:
        folder, below = _sentinels_place(root)
        try:
            _sweep(folder)
            sentinel = Sentinel(folder, below)
        except OSError:
            os.close(folder)
            raise
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENOTDIR, errno.ENOENT}:
            raise _exchanged(root) from error
        raise EvaluationError(
            f"{root} cannot be written to ({(error.strerror or str(error)).lower()}), so it cannot be proven that "
            "the engine sees it",
            help="let the user that gaterunner runs as write to the checkout",
        ) from error
    try:
        yield sentinel
    finally:
        sentinel.remove()


def _exchanged(root: Path) -> EvaluationError:
    return EvaluationError(
        f"{root} was taken away, or a link lies in its place, since the run began",
        help="find out which gate does that; nothing but the checkout is shown to gates in containers",
    )


def _sweep(folder: int) -> None:
    """Removes what runs that were killed left in an open folder."""
    for name in os.listdir(folder):
        if not _LEFT.fullmatch(name):
            continue
        with suppress(OSError):  # BlockingIOError: its run is alive
            file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.unlink(name, dir_fd=folder)
            finally:
                os.close(file)


def _sentinels_place(root: Path) -> tuple[int, str]:
    """An open folder, and its path below the root with a slash: the git directory, or the root itself."""
    folder = os.open(root.anchor, _FOLDER)
    for part in root.parts[1:]:
        above = folder
        try:
            folder = os.open(part, _FOLDER, dir_fd=above)
        finally:
            os.close(above)
    try:
        inner = os.open(".git", _FOLDER, dir_fd=folder)
    except OSError:  # a worktree has a file there, and a plain folder nothing
        return folder, ""
    os.close(folder)
    return inner, ".git/"


def prove_sight(engine: Engine, container: str, root: Path, sentinel: Sentinel) -> None:
    """Sees the sentinel through a made, not yet started container that mounts ``root`` at ``WORKSPACE``.

    Raises ``EvaluationError`` when the engine shows something else there, or nothing.
    """
    if _size_through(engine, container, sentinel.path) != sentinel.size:
        raise another_folder(engine, root)


def another_folder(engine: Engine, root: Path) -> EvaluationError:
    """What is told when a container does not show ``root``."""
    return EvaluationError(
        f"the engine at {engine.address} does not see {root}: it shows another folder there", help=_ELSEWHERE
    )


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
