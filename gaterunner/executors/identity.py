"""Whom gates run as when gaterunner is root: the owner of the checkout, without root's reach."""

from __future__ import annotations

import os
import pwd
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from gaterunner.temporary import TemporaryFolder

DOCKER_SOCKETS = (Path("/var/run/docker.sock"), Path("/run/podman/podman.sock"))
_NO_GROUP = 65534


class Identity(Struct, frozen=True, kw_only=True):
    """A user by number, with one group and no others."""

    uid: int
    gid: int

    @property
    def name(self) -> str | None:
        """The login name; None when this machine does not know the number, as in most containers."""
        try:
            return pwd.getpwuid(self.uid).pw_name
        except KeyError:
            return None


def docker_sockets(environment: Mapping[str, str]) -> tuple[Path, ...]:
    """Where engines listen: at the usual places, and at the one that ``DOCKER_HOST`` names."""
    scheme, _, path = environment.get("DOCKER_HOST", "").partition("://")
    return (*DOCKER_SOCKETS, Path(path)) if scheme == "unix" and path else DOCKER_SOCKETS


def owner_of(path: Path, *, sockets: tuple[Path, ...] | None = None) -> Identity | None:
    """The owner of a checkout, for gates to run as; None when gaterunner is not root, or when root owns it.

    The checkout's group is kept unless it is root's or that of a Docker socket: on hosted runners the group of the
    runner's user has been ``docker``, and whoever may write to that socket is root. ``sockets`` are by default those of
    ``docker_sockets``.
    """
    sockets = docker_sockets(os.environ) if sockets is None else sockets
    if os.geteuid() != 0:
        return None
    found = path.stat()
    if found.st_uid == 0:
        return None
    reserved = {0, *(status.st_gid for socket in sockets if (status := _socket(socket)) is not None)}
    return Identity(uid=found.st_uid, gid=_NO_GROUP if found.st_gid in reserved else found.st_gid)


def open_docker_socket(identity: Identity, *, sockets: tuple[Path, ...] | None = None) -> Path | None:
    """A Docker socket that this identity could still write to; None when there is none."""
    for socket in docker_sockets(os.environ) if sockets is None else sockets:
        status = _socket(socket)
        if status is None:
            continue
        writable = (
            status.st_mode & stat.S_IWUSR
            if status.st_uid == identity.uid
            else status.st_mode & stat.S_IWGRP
            if status.st_gid == identity.gid
            else status.st_mode & stat.S_IWOTH
        )
        if writable:
            return socket
    return None


@contextmanager
def private_home(identity: Identity) -> Iterator[Path]:
    """A home directory that only the identity can use, gone afterwards; root's own holds what gates must not read."""
    folder = TemporaryFolder(passable=True)
    try:
        folder.path.chmod(0o700)
        os.chown(folder.path, identity.uid, identity.gid)
        yield folder.path
    finally:
        folder.remove()


def _socket(path: Path) -> os.stat_result | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status if stat.S_ISSOCK(status.st_mode) else None
