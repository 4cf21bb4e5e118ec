"""The engine over a real sshd on this machine, where one is installed and we may start it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gaterunner.containers.engine import Engine
from gaterunner.errors import EvaluationError
from tests.executors.containers import ContainerBench

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
pytestmark = [
    pytest.mark.docker,
    pytest.mark.skipif(SSHD is None or os.geteuid() != 0, reason="needs sshd and root"),
]
_SERVER = """
ListenAddress 127.0.0.1:{port}
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
PermitRootLogin prohibit-password
MaxStartups 100
"""
_CLIENT = """
IdentityFile {folder}/{key}
IdentitiesOnly yes
UserKnownHostsFile {folder}/known
StrictHostKeyChecking accept-new
LogLevel ERROR
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of somebody who may log in."""
    folder = tmp_path / "ssh"
    folder.mkdir()
    for name in ("host", "user", "stranger"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (folder / "sshd_config").write_text(_SERVER.format(port=port, folder=folder))
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # sshd insists on it
    assert SSHD is not None
    with subprocess.Popen([SSHD, "-D", "-e", "-f", str(folder / "sshd_config")], stderr=subprocess.DEVNULL) as process:
        _await_port(port)
        yield {**os.environ, "DOCKER_HOST": f"ssh://root@127.0.0.1:{port}", **_client(folder, "user")}
        process.terminate()


def _client(folder: Path, key: str) -> dict[str, str]:
    """A `PATH` whose `ssh` knows a key of ours; ssh itself looks for them in the home directory alone."""
    (folder / key).chmod(0o600)
    (folder / f"config-{key}").write_text(_CLIENT.format(folder=folder, key=key))
    program = folder / f"bin-{key}" / "ssh"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {folder}/config-{key} "$@"\n')
    program.chmod(0o755)
    return {"PATH": f"{program.parent}:{os.environ['PATH']}"}


def _await_port(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("sshd does not listen")


def test_gates_run_over_ssh(server: dict[str, str], tmp_path: Path) -> None:
    engine = Engine.connect(server)
    assert (engine.host, engine.is_remote) == ("127.0.0.1", True)
    bench = ContainerBench(tmp_path / "repo", engine)
    assert bench.run("echo over ssh > file; seq 50000").exit_code == 0
    assert (len(bench.lines), bench.lines[-1]) == (50_000, "50000")
    assert (tmp_path / "repo" / "file").read_text() == "over ssh\n"
    assert bench.run("sleep 60", timeout_s=0.5).ended == "timed-out"
    assert bench.left() == []
    engine.close()


def test_who_may_not_log_in_is_told_so(server: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(EvaluationError) as caught:
        Engine.connect({**server, **_client(tmp_path / "ssh", "stranger")})
    assert "root@127.0.0.1: Permission denied (publickey" in caught.value.message
