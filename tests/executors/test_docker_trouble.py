"""What a gate's container, its image and its engine can do to a run: each told apart, nothing left behind."""

from __future__ import annotations

import gc
import os
import resource
import secrets
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Thread

import pytest

from gaterunner.config.types import Resources
from gaterunner.containers.engine import Engine
from gaterunner.executors.base import Execution
from tests.containers.relay import Relay, engine_socket
from tests.docker_engine import LABEL, docker
from tests.executors.containers import IMAGE, ContainerBench

pytestmark = pytest.mark.docker


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = Engine.connect(os.environ)
    yield engine
    engine.close()


@pytest.fixture
def bench(tmp_path: Path, engine: Engine) -> Iterator[ContainerBench]:
    bench = ContainerBench(tmp_path / "repo", engine)
    yield bench
    assert bench.left() == []


# --- the image -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def without() -> Iterator[Callable[[str], str]]:
    """Gives an image like the base, without some files."""
    made: list[str] = []

    def make(files: str) -> str:
        name = f"gaterunner-test-without:{secrets.token_hex(6)}"
        container = f"gaterunner-test-{secrets.token_hex(6)}"
        docker("run", "--name", container, "--label", LABEL, "--network=none", IMAGE, "sh", "-c", f"rm -f {files}")
        docker("commit", "--change", f"LABEL {LABEL}", container, name)
        docker("rm", container)
        made.append(name)
        return name

    yield make
    for name in made:
        docker("rmi", "--force", name)


def test_an_image_without_bash_names_the_way_out(bench: ContainerBench, without: Callable[[str], str]) -> None:
    image = without("/bin/bash /usr/bin/bash")
    execution = bench.run("true", image=image)
    assert execution.ended == "not-started"
    assert execution.error == f"image {image} has no bash; set `shell: sh` on this gate, or use an image with bash"
    assert bench.run("echo $0; exit 5", image=image, shell="sh").exit_code == 5  # noqa: S604 -- the kind of shell
    assert bench.lines == ["sh"]


def test_an_image_without_any_shell_is_told(bench: ContainerBench, without: Callable[[str], str]) -> None:
    image = without("/bin/sh /usr/bin/sh /bin/dash /usr/bin/dash")
    execution = bench.run("true", image=image, shell="sh")  # noqa: S604 -- the kind of shell
    assert execution.ended == "not-started"
    assert execution.error == f"image {image} has no sh, which gates are run with; use an image with a shell"


def test_a_gate_that_pretends_to_have_no_shell_has_an_exit_code(bench: ContainerBench) -> None:
    assert (
        bench.run("echo '[FATAL tini (7)] exec bash failed: No such file or directory' >&2; exit 127").exit_code == 127
    )


def test_a_gate_cannot_speak_for_what_starts_it(bench: ContainerBench) -> None:
    said = "[FATAL tini (7)] exec bash failed: No such file or directory"
    execution = bench.run(f"echo '{said}' > /proc/1/fd/2; sleep 0.2; exit 3")
    assert (execution.ended, execution.exit_code) == ("exited", 3)
    assert bench.lines == [said]


def test_a_directory_that_leads_out_of_the_checkout_is_told(bench: ContainerBench) -> None:
    (bench.root / "sub").symlink_to("/etc")
    execution = bench.run("true", cwd=bench.root / "sub")
    assert execution.ended == "not-started"
    assert execution.error is not None
    assert "leads out of the checkout" in execution.error


def test_an_image_that_cannot_be_had_is_told(bench: ContainerBench) -> None:
    execution = bench.run("true", image="gaterunner.invalid/none:1")
    assert execution.ended == "not-started"
    assert execution.error is not None
    assert execution.error.startswith(
        "image gaterunner.invalid/none:1: the registry cannot be reached from the engine; "
    )
    assert bench.lines == ["pulling image gaterunner.invalid/none:1"]


@pytest.fixture
def declaring() -> Iterator[Callable[..., str]]:
    """An image that declares more than the plain one."""
    container, image = f"gaterunner-test-{secrets.token_hex(6)}", f"gaterunner-test-image:{secrets.token_hex(6)}"
    docker("create", "--name", container, "--label", LABEL, IMAGE, "true")

    def make(*changes: str) -> str:
        docker("commit", *(f"--change={change}" for change in changes), container, image)
        return image

    yield make
    docker("rm", container)
    docker("rmi", "--force", image)


def test_what_an_image_declares_does_not_undo_the_isolation(
    bench: ContainerBench, declaring: Callable[..., str]
) -> None:
    image = declaring(
        *("USER 0", "VOLUME /data", "VOLUME /workspace", 'ENTRYPOINT ["/bin/false"]', "WORKDIR /etc"),
        *("HEALTHCHECK CMD false", "ONBUILD RUN false"),
    )
    (bench.root / "committed").touch()
    volumes = set(docker("volume", "ls", "-q").stdout.split())
    bench.run("pwd; id -u; ls", image=image)
    assert bench.lines == ["/workspace", str(os.geteuid()), "committed"]
    assert set(docker("volume", "ls", "-q", "-f", "dangling=true").stdout.split()) <= volumes


def test_a_volume_that_would_hide_a_folder_of_the_checkout_is_refused(
    bench: ContainerBench, declaring: Callable[..., str]
) -> None:
    image = declaring("VOLUME /workspace/build")
    execution = bench.run("true", image=image)
    assert execution.ended == "not-started"
    assert execution.error is not None
    assert execution.error.startswith(f"image {image} declares a volume at /workspace/build, which would hide")
    assert list(bench.root.iterdir()) == []


# --- limits that the engine refuses ----------------------------------------------------------------------------------


def test_more_processors_than_there_are_is_told(bench: ContainerBench) -> None:
    execution = bench.run("true", resources=Resources(cpus=4096.0))
    assert execution.ended == "not-started"
    assert execution.error is not None
    assert execution.error.endswith("lower `resources: cpus:` to what the engine's machine has")


def test_too_little_memory_is_told(bench: ContainerBench) -> None:
    execution = bench.run("true", resources=Resources(memory=1024))
    assert execution.ended == "not-started"
    assert execution.error is not None
    assert execution.error.endswith("raise `resources: memory:`")


def test_a_command_too_long_for_the_kernel_is_told(bench: ContainerBench) -> None:
    execution = bench.run("true " + "x" * 200_000)
    assert execution.ended == "not-started"
    assert execution.error is not None
    assert "too long" in execution.error


def test_a_full_disk_is_the_gates_own_failure(bench: ContainerBench) -> None:
    limits = Resources(read_only=True, memory=256 << 20, tmpfs=("/full",))
    execution = bench.run("head -c 100M /dev/zero > /dev/shm/x; echo not reached", resources=limits)
    assert execution.exit_code == 1
    assert any("No space left on device" in line for line in bench.lines)


# --- networks --------------------------------------------------------------------------------------------------------


@pytest.fixture
def service(engine: Engine) -> Iterator[str]:
    """The id of an internal network on which `db` answers "hello" on port 5432."""
    name = f"gaterunner-test-{secrets.token_hex(6)}"
    network = docker("network", "create", "--internal", "--label", LABEL, name).stdout.strip()
    server = "import socket\ns = socket.create_server(('', 5432))\nwhile True:\n    s.accept()[0].sendall(b'hello\\n')"
    docker(
        *("run", "--detach", "--name", name, "--label", LABEL, "--network", name, "--network-alias", "db", IMAGE),
        *("python3", "-c", server),
    )
    yield network
    docker("rm", "--force", name)
    docker("network", "rm", name)


ASK = (
    "for i in $(seq 50); do (exec 3<>/dev/tcp/db/5432) 2>/dev/null && break; sleep 0.1; done;"
    "exec 3<>/dev/tcp/db/5432; read -r line <&3; echo $line;"
    "tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' ' | sort | tr '\\n' ' '"
)


def test_services_alone_are_in_reach_and_nothing_else(bench: ContainerBench, service: str) -> None:
    assert bench.run(ASK, network="services", networks=(service,)).exit_code == 0
    assert bench.lines == ["hello", "eth0 lo "]


def test_with_the_bridge_there_is_a_way_out_besides(bench: ContainerBench, service: str) -> None:
    assert bench.run(ASK, network="bridge", networks=(service,)).exit_code == 0
    assert bench.lines == ["hello", "eth0 eth1 lo "]


def test_services_without_any_is_no_network(bench: ContainerBench) -> None:
    bench.run("tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '", network="services")
    assert bench.lines == ["lo"]


def test_a_network_that_is_gone_is_told(bench: ContainerBench) -> None:
    execution = bench.run("true", network="services", networks=("f" * 64,))
    assert execution.ended == "not-started"
    assert execution.error is not None
    assert "not found" in execution.error


# --- the engine goes away --------------------------------------------------------------------------------------------


class Through:
    """A bench whose engine is reached through a relay; ``when_started`` is called with it once the gate runs."""

    def __init__(self, folder: Path, when_started: Callable[[Relay], None]) -> None:
        self.execution: Execution | None = None
        with Relay(engine_socket(), path=folder / "relay.sock") as relay:
            self.engine = Engine.connect({**os.environ, "DOCKER_HOST": relay.address})
            bench = ContainerBench(folder / "repo", self.engine)
            self.name = bench.name

            def seen(_: Sequence[str]) -> None:
                when_started(relay)

            start = time.monotonic()
            self.execution = bench.run("echo started; sleep 60", on_lines=seen)
            self.took_s = time.monotonic() - start
            self.address = relay.address
            self.engine.close()
        with warnings.catch_warnings():
            # docker.transport.unixconn leaves a socket open that it could not connect.
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()


def test_an_engine_that_goes_away_is_told_at_once(tmp_path: Path, engine: Engine) -> None:
    run = Through(tmp_path, Relay.cut)
    assert run.execution is not None
    assert (run.execution.ended, run.execution.exit_code) == ("lost", None)
    assert run.execution.error == (
        f"the Docker engine at {run.address} went away while the gate ran; see in its log why it stopped, "
        "then run the gate again"
    )
    assert run.took_s < 20
    for row in engine.api.containers(all=True, filters={"label": f"dev.gaterunner.run={run.name}"}):
        engine.api.remove_container(row["Id"], force=True)


def test_a_way_to_the_engine_that_breaks_is_told_and_the_container_removed(tmp_path: Path, engine: Engine) -> None:
    run = Through(tmp_path, Relay.drop)
    assert run.execution is not None
    assert run.execution.ended == "lost"
    assert run.execution.error is not None
    assert "broke while the gate ran" in run.execution.error
    assert engine.api.containers(all=True, filters={"label": f"dev.gaterunner.run={run.name}"}) == []


def test_a_container_that_somebody_removes_is_told(bench: ContainerBench) -> None:
    def remove(_: Sequence[str]) -> None:
        for row in bench.left():
            bench.engine.api.remove_container(row["Id"], force=True)

    execution = bench.run("echo started; sleep 60", on_lines=remove)
    assert execution.ended in {"lost", "exited"}
    assert execution.exit_code != 0


# --- much of it ------------------------------------------------------------------------------------------------------


def test_a_gigabyte_of_output_needs_little_memory_and_disk(bench: ContainerBench) -> None:
    counted = [0]

    def count(lines: Sequence[str]) -> None:
        counted[0] += len(lines)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    command = "head -c 1000000000 /dev/zero | tr '\\0' x | fold -w 4000"
    execution = bench.run(command, on_lines=count, timeout_s=280)
    assert execution.exit_code == 0
    assert counted[0] == 250_000
    assert execution.log_truncated
    assert bench.log.stat().st_size <= (1 << 20) + 100
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000  # kilobytes


def test_200_gates_at_once(engine: Engine, tmp_path: Path) -> None:
    benches = [ContainerBench(tmp_path / f"repo{number}", engine) for number in range(200)]
    ended: dict[int, tuple[str, int | None, list[str], str | None]] = {}

    def run(number: int) -> None:
        bench = benches[number]
        execution = bench.run(f"echo {number}; exit {number % 7}", timeout_s=250)
        ended[number] = (execution.ended, execution.exit_code, bench.lines, execution.error)

    threads = [Thread(target=run, args=(number,)) for number in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ended == {number: ("exited", number % 7, [str(number)], None) for number in range(200)}
    assert [bench.left() for bench in benches if bench.left()] == []
