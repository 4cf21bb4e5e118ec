"""Whom gates run as when gaterunner is root."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from gaterunner.executors.identity import Identity, open_docker_socket, owner_of, private_home
from tests.executors.jobs import Bench

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
SOMEBODY = Identity(uid=12345, gid=23456)


@pytest.fixture
def checkout() -> Iterator[Path]:
    """A directory that other users can reach, unlike pytest's own."""
    with TemporaryDirectory() as name:
        path = Path(name)
        path.chmod(0o755)
        (path / "repo").mkdir()
        yield path / "repo"


@pytest.fixture
def docker_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("d.sock")
        path = tmp_path / "d.sock"
        path.chmod(0o660)
        yield path


@as_root
def test_gates_run_as_the_checkouts_owner(checkout: Path) -> None:
    os.chown(checkout, SOMEBODY.uid, SOMEBODY.gid)
    assert owner_of(checkout, sockets=()) == SOMEBODY


@as_root
def test_a_checkout_of_root_leaves_gates_root(checkout: Path) -> None:
    assert owner_of(checkout) is None


@as_root
@pytest.mark.parametrize("group", [0, 777])
def test_the_group_of_root_or_of_the_docker_socket_is_not_kept(checkout: Path, docker_socket: Path, group: int) -> None:
    os.chown(docker_socket, 0, 777)
    os.chown(checkout, SOMEBODY.uid, group)
    owner = owner_of(checkout, sockets=(docker_socket,))
    assert owner == Identity(uid=SOMEBODY.uid, gid=65534)
    assert open_docker_socket(owner, sockets=(docker_socket,)) is None


@as_root
def test_an_engine_elsewhere_is_guarded_like_the_usual_one(
    checkout: Path, docker_socket: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{docker_socket}")
    os.chown(docker_socket, 0, 777)
    os.chown(checkout, SOMEBODY.uid, 777)
    assert owner_of(checkout) == Identity(uid=SOMEBODY.uid, gid=65534)
    docker_socket.chmod(0o666)
    assert open_docker_socket(SOMEBODY) == docker_socket


def test_a_docker_socket_open_to_everybody_is_found(docker_socket: Path) -> None:
    docker_socket.chmod(0o666)
    assert open_docker_socket(SOMEBODY, sockets=(docker_socket,)) == docker_socket


@as_root
def test_a_gate_is_its_owner_in_every_respect(checkout: Path) -> None:
    os.chown(checkout, SOMEBODY.uid, SOMEBODY.gid)
    bench = Bench(checkout.parent)
    command = "id -u; id -g; id -G; umask; grep NoNewPrivs /proc/self/status; touch made; stat -c %u:%g made"
    assert bench.run(command, cwd=checkout, identity=SOMEBODY).exit_code == 0
    assert bench.lines[:4] == ["12345", "23456", "23456", "0022"]
    assert bench.lines[4].split() == ["NoNewPrivs:", "1"]
    assert bench.lines[5] == "12345:23456"


@as_root
def test_a_gate_cannot_reach_root_its_logs_or_its_supervisor(checkout: Path) -> None:
    os.chown(checkout, SOMEBODY.uid, SOMEBODY.gid)
    bench = Bench(checkout.parent)
    environ = f"cat /proc/{os.getpid()}/environ || echo hidden"
    command = f"kill -9 $PPID || echo kept; {environ}; echo x >> {bench.log} || echo ours"
    bench.run(command, cwd=checkout, identity=SOMEBODY)
    assert [line for line in bench.lines if " " not in line] == ["kept", "hidden", "ours"]


@as_root
def test_a_directory_the_owner_cannot_enter_is_told(checkout: Path) -> None:
    checkout.chmod(0o700)
    execution = Bench(checkout.parent).run("true", cwd=checkout, identity=SOMEBODY)
    assert execution.ended == "not-started"
    assert execution.error == f"the working directory {checkout} could not be entered: permission denied"


@as_root
def test_an_open_docker_socket_keeps_gates_from_starting(
    checkout: Path, docker_socket: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker_socket.chmod(0o666)
    monkeypatch.setattr("gaterunner.executors.local.open_docker_socket", lambda _: docker_socket)
    execution = Bench(checkout.parent).run("true", cwd=checkout, identity=SOMEBODY)
    assert execution.ended == "not-started"
    assert execution.error is not None
    assert "is open to the user that gates run as (uid 12345)" in execution.error


@as_root
def test_the_private_home_is_the_owners_alone_and_gone_afterwards() -> None:
    with private_home(SOMEBODY) as home:
        status = home.stat()
        assert (status.st_uid, status.st_gid, status.st_mode & 0o777) == (12345, 23456, 0o700)
    assert not home.exists()
