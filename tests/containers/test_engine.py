"""How the engine is found and reached, and what is said when it is not."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gaterunner.containers.engine import Engine
from gaterunner.errors import EvaluationError
from tests.containers.fake_engine import Answer, FakeEngine
from tests.containers.relay import Relay, engine_socket
from tests.executors.containers import ContainerBench


def fault(environment: dict[str, str]) -> EvaluationError:
    with pytest.raises(EvaluationError) as caught:
        Engine.connect(environment)
    assert "\n" not in caught.value.message
    return caught.value


def test_no_socket_is_told_with_what_to_do(tmp_path: Path) -> None:
    error = fault({"DOCKER_HOST": f"unix://{tmp_path}/none.sock"})
    assert error.message == f"no Docker engine at unix://{tmp_path}/none.sock: its socket does not exist"
    assert error.help == "start Docker, or correct DOCKER_HOST"


def test_a_socket_without_an_engine_is_told(tmp_path: Path) -> None:
    path = tmp_path / "left.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    assert fault({"DOCKER_HOST": f"unix://{path}"}).message.endswith("nothing listens there")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open every socket")
def test_a_socket_that_is_not_ours_is_told(tmp_path: Path) -> None:
    path = tmp_path / "engine.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        path.chmod(0)
        error = fault({"DOCKER_HOST": f"unix://{path}"})
    assert error.message.endswith("permission denied on its socket")
    assert "usermod -aG docker" in (error.help or "")


def test_permission_denied_names_the_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing(socket.socket):
        def connect(self, _: object) -> None:
            raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("gaterunner.containers.engine.socket.socket", Refusing)
    error = fault({})
    assert error.message == "no Docker engine at unix:///var/run/docker.sock: permission denied on its socket"
    assert error.help == "let your user use Docker (`sudo usermod -aG docker $USER`, then log in again)"


def test_a_closed_port_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert fault({"DOCKER_HOST": f"tcp://127.0.0.1:{port}"}).message.endswith("nothing listens there")


@pytest.mark.parametrize("address", ["docker", "fd://", "npipe:////./pipe/docker", "tcp://", "unix://", "ssh://"])
def test_what_is_no_address_is_told(address: str) -> None:
    assert fault({"DOCKER_HOST": address}).message.startswith(f"DOCKER_HOST is {address!r}, which ")


def test_an_engine_that_is_too_old_is_told(tmp_path: Path) -> None:
    with FakeEngine(tmp_path, {}, api_version="1.40") as fake:
        error = fault({"DOCKER_HOST": fake.address})
    assert error.message.endswith("is too old: it speaks API 1.40, gaterunner needs 1.41")
    assert error.help == "upgrade it to Docker Engine 20.10 or newer"


def test_an_engine_is_spoken_to_in_its_own_version(tmp_path: Path) -> None:
    with FakeEngine(tmp_path, {}, api_version="1.51") as fake:
        engine = Engine.connect({"DOCKER_HOST": fake.address})
        assert (engine.api_version, engine.api.api_version) == ((1, 51), "1.51")
        engine.close()


def test_what_is_no_engine_is_told(tmp_path: Path) -> None:
    with FakeEngine(tmp_path, {"GET /version": Answer(200, {"name": "something else"})}) as fake:
        assert fault({"DOCKER_HOST": fake.address}).message == f"what answers at {fake.address} is not a Docker engine"


def test_missing_certificates_are_told(tmp_path: Path) -> None:
    error = fault({"DOCKER_HOST": "tcp://127.0.0.1:1", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(tmp_path)})
    assert error.message.endswith(f"{tmp_path}/ca.pem cannot be read")


def test_a_certificate_path_alone_does_not_mean_an_unverified_connection(tmp_path: Path) -> None:
    assert "ca.pem" in fault({"DOCKER_HOST": "tcp://127.0.0.1:1", "DOCKER_CERT_PATH": str(tmp_path)}).message


def test_proxies_of_the_web_are_not_for_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert fault({"DOCKER_HOST": f"tcp://localhost:{port}"}).message.endswith("nothing listens there")


# --- TLS -------------------------------------------------------------------------------------------------------------


def certificates(folder: Path) -> Path:
    """An authority, a server's and a client's certificate, named as Docker names them."""
    folder.mkdir()

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    openssl("req", "-x509", *key, "-keyout", "ca-key.pem", "-out", "ca.pem", "-subj", "/CN=authority")
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1")
    for name, stem in (("server", "server-"), ("client", "")):
        openssl("req", *key, "-keyout", f"{stem}key.pem", "-out", "request.pem", "-subj", f"/CN={name}")
        signed = ("x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca-key.pem", "-CAcreateserial")
        openssl(*signed, "-out", f"{stem}cert.pem", "-extfile", "names")
    return folder


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[tuple[Relay, Path]]:
    """The engine behind TLS, which asks for a certificate, and the folder with ours."""
    folder = certificates(tmp_path / "certificates")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(folder / "ca.pem"))
    context.load_cert_chain(folder / "server-cert.pem", folder / "server-key.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    with Relay(engine_socket(), tls=context) as relay:
        yield relay, folder


@pytest.mark.docker
@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificates")
def test_an_engine_over_tls_runs_gates(tmp_path: Path, secured: tuple[Relay, Path]) -> None:
    relay, folder = secured
    settings = {"DOCKER_HOST": relay.address, "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(folder)}
    engine = Engine.connect({**os.environ, **settings})
    bench = ContainerBench(tmp_path / "repo", engine)
    assert bench.run("echo over tls > file; seq 100000").exit_code == 0
    assert (len(bench.lines), bench.lines[-1]) == (100_000, "100000")
    assert bench.run("sleep 60", timeout_s=0.5).ended == "timed-out"
    assert bench.left() == []
    engine.close()


@pytest.mark.docker
@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificates")
def test_an_engine_with_another_authoritys_certificate_is_not_spoken_to(
    tmp_path: Path, secured: tuple[Relay, Path]
) -> None:
    relay, _ = secured
    other = certificates(tmp_path / "other")
    error = fault({"DOCKER_HOST": relay.address, "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(other)})
    assert error.message.startswith(f"no Docker engine at {relay.address}: no TLS connection: ")
    assert "certificate" in error.message
    assert error.help == "see to the certificates in the folder that DOCKER_CERT_PATH names"


# --- tcp and ssh to the real engine ----------------------------------------------------------------------------------

_SSH = """#!{python}
import os, sys
expected = ["-o", "BatchMode=yes", "-o", "ConnectTimeout=30", "-T", "-l", "builder", "-p", "2222", "--",
            "engine.example", "docker", "system", "dial-stdio"]
if sys.argv[1:] != expected:
    sys.exit("unexpected arguments: %r" % sys.argv[1:])
os.execvp("docker", ["docker", "-H", "unix://{socket}", "system", "dial-stdio"])
"""


@pytest.fixture
def over_ssh(tmp_path: Path) -> dict[str, str]:
    """An environment whose `ssh` takes exactly the arguments that it should get, and dials the engine here."""
    program = tmp_path / "bin" / "ssh"
    program.parent.mkdir()
    program.write_text(_SSH.format(python=sys.executable, socket=engine_socket()))
    program.chmod(0o755)
    return {
        **os.environ,
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "DOCKER_HOST": "ssh://builder@engine.example:2222",
    }


@pytest.mark.docker
def test_an_engine_over_tcp_runs_gates(tmp_path: Path) -> None:
    with Relay(engine_socket()) as relay:
        engine = Engine.connect({**os.environ, "DOCKER_HOST": relay.address})
        bench = ContainerBench(tmp_path / "repo", engine)
        assert (engine.host, engine.is_remote, engine.socket) == ("127.0.0.1", True, None)
        assert bench.run("echo over tcp > file; seq 20000").exit_code == 0
        assert bench.lines[-1] == "20000"
        assert (tmp_path / "repo" / "file").read_text() == "over tcp\n"
        assert bench.run("sleep 60", timeout_s=0.5).ended == "timed-out"
        assert bench.left() == []
        engine.close()


@pytest.mark.docker
def test_an_engine_over_ssh_runs_gates(tmp_path: Path, over_ssh: dict[str, str]) -> None:
    engine = Engine.connect(over_ssh)
    assert (engine.host, engine.is_remote) == ("engine.example", True)
    bench = ContainerBench(tmp_path / "repo", engine)
    assert bench.run("echo over ssh > file; seq 20000").exit_code == 0
    assert bench.lines[-1] == "20000"
    assert (tmp_path / "repo" / "file").read_text() == "over ssh\n"
    assert bench.run("sleep 60", timeout_s=0.5).ended == "timed-out"
    assert bench.left() == []
    engine.close()
    assert not _children_named("docker")


def test_without_the_ssh_program_that_is_told(tmp_path: Path) -> None:
    error = fault({"PATH": str(tmp_path), "DOCKER_HOST": "ssh://engine.example"})
    assert error.message == "ssh was not found"


def test_what_ssh_complains_of_is_told(tmp_path: Path) -> None:
    program = tmp_path / "ssh"
    program.write_text("#!/bin/sh\necho 'builder@engine.example: Permission denied (publickey).' >&2\nexit 255\n")
    program.chmod(0o755)
    error = fault({"PATH": str(tmp_path), "DOCKER_HOST": "ssh://builder@engine.example"})
    assert error.message == (
        "no Docker engine at ssh://builder@engine.example: builder@engine.example: Permission denied (publickey)."
    )
    assert "must work without a question" in (error.help or "")


def test_a_host_that_looks_like_an_option_is_no_option(tmp_path: Path) -> None:
    program = tmp_path / "ssh"
    program.write_text('#!/bin/sh\necho "$*" >&2\nexit 255\n')
    program.chmod(0o755)
    error = fault({"PATH": f"{tmp_path}:/bin", "DOCKER_HOST": "ssh://-oProxyCommand=touch"})
    assert "-T -- -oproxycommand=touch docker system dial-stdio" in error.message


def test_a_password_in_an_ssh_address_is_refused() -> None:
    error = fault({"DOCKER_HOST": "ssh://builder:word@engine.example"})
    assert "word" not in error.message


def _children_named(name: str) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            row = (folder / "stat").read_text()
        except OSError:
            continue
        if f"({name})" in row and int(row.rpartition(")")[2].split()[1]) == os.getpid():
            found.append(int(folder.name))
    return found
