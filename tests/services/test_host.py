"""Services on a real engine: started, in reach, ended."""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from docker import APIClient

from gaterunner.containers.engine import Engine
from gaterunner.containers.own import OwnContainer
from gaterunner.errors import EvaluationError
from gaterunner.services.base import Reached, ServiceError
from tests.docker_engine import LABEL, docker
from tests.services.hosting import PLAIN_IMAGE, Host, gate, plain, pong, psql, service

ASK_REDIS = """
import socket, sys
with socket.create_connection(sys.argv[1:]) as connection:
    connection.sendall(b"PING\\r\\n")
    print(connection.recv(64))
"""
pytestmark = pytest.mark.docker


def test_a_gate_on_this_machine_reaches_the_run_s_redis(host: Host, redis_image: str) -> None:
    with host.offers(service("cache", redis_image)).for_gate(gate()) as reached:
        assert pong(reached) == b"+PONG\r\n"
        assert dict(reached.env)["CACHE_HOST"] == "127.0.0.1"
        (use,) = reached.uses
        assert (use.name, use.image) == ("cache", redis_image)
        assert use.ready_s is not None
        assert host.lines == [f"service `cache` ({redis_image}) is ready after {use.ready_s:.1f} s"]
    assert use.log is not None
    assert "Ready to accept connections" in Path(use.log).read_text()


def test_a_gate_in_a_container_reaches_its_postgresql_by_name(host: Host, postgres_image: str) -> None:
    with host.offers().for_gate(gate(image="any", services=(service("db", postgres_image),))) as reached:
        env = dict(reached.env)
        (network,) = reached.networks
        assert (env["DB_HOST"], env["DB_PORT"]) == ("db", "5432")
        assert reached.secrets[0] in env["DB_URL"]
        assert psql("select 1", [("PGURI", "")], network=network, ok=False)  # no address, no answer
        ran = docker(
            "run", "--rm", "--label", LABEL, f"--network={network}", postgres_image, "psql", env["DB_URL"], "-Atc",
            "select current_user",
        )  # fmt: skip
        assert ran.stdout.strip() == "postgres"


def test_services_of_gates_in_containers_reach_no_outside_and_are_published_nowhere(
    host: Host, redis_image: str
) -> None:
    with host.offers(service("cache", redis_image)).for_gate(gate(image="any")):
        (network,) = host.networks()
        (container,) = host.containers()
        assert network["Internal"] is True
        assert container["NetworkSettings"]["Ports"] in ({}, {"6379/tcp": None})


def test_the_engines_machine_is_not_in_reach_of_a_services_network(host: Host, redis_image: str) -> None:
    with host.offers(service("cache", redis_image)).for_gate(gate(image="any")), socket.create_server(("", 0)) as here:
        here.settimeout(0.1)
        (network,) = host.networks()
        machine = network["IPAM"]["Config"][0]["Gateway"]
        call = (
            "import socket, sys; socket.create_connection(('cache', 6379), 5);"
            f"print(socket.socket().connect_ex(('cache', 6379)), flush=True);"
            f"client = socket.socket(); client.settimeout(2); client.connect(('{machine}', {here.getsockname()[1]}))"
        )
        ran = docker(
            "run", "--rm", "--label", LABEL, f"--network={network['Id']}", PLAIN_IMAGE, "python3", "-c", call,
            check=False,
        )  # fmt: skip
        assert ran.stdout.strip() == "0"
        assert ran.returncode != 0
        with pytest.raises(TimeoutError):
            here.accept()


def test_a_gate_on_this_machine_reaches_what_a_gate_in_a_container_started(host: Host, redis_image: str) -> None:
    host.offers(service("cache", redis_image))
    with host.for_gate(gate("in a container", image="any")):
        pass

    with host.for_gate(gate("on this machine")) as reached:
        assert pong(reached) == b"+PONG\r\n"


def test_a_service_has_less_than_a_container_usually_gets(host: Host, redis_image: str) -> None:
    with host.offers(service("cache", redis_image)).for_gate(gate()):
        (container,) = host.containers()
        config = container["HostConfig"]
        assert config["SecurityOpt"] == ["no-new-privileges"]
        assert "NET_RAW" in str(config["CapDrop"])
        assert config["PidsLimit"] > 0
        assert config["Init"] is True
        assert not config["Privileged"]
        assert [mount["Type"] for mount in container["Mounts"]] == ["volume"]  # the image's own, no socket


def test_anonymous_volumes_go_with_their_container(host: Host, redis_image: str) -> None:
    with host.offers(service("cache", redis_image)).for_gate(gate()):
        (container,) = host.containers()
        (volume,) = (mount["Name"] for mount in container["Mounts"])
        assert docker("volume", "inspect", volume, check=False).returncode == 0
    host.close()

    assert docker("volume", "inspect", volume, check=False).returncode != 0


def test_the_run_s_services_start_once_for_gates_that_run_at_once(host: Host, redis_image: str) -> None:
    host.offers(service("cache", redis_image))

    def port(number: int) -> str:
        with host.for_gate(gate(f"gate-{number}")) as reached:
            assert pong(reached) == b"+PONG\r\n"
            return dict(reached.env)["CACHE_PORT"]

    with ThreadPoolExecutor(6) as pool:
        ports = set(pool.map(port, range(6)))

    assert len(ports) == 1
    assert len(host.containers()) == 1
    assert host.connects == 1


def test_a_gate_s_own_services_are_its_own_and_end_with_it(host: Host, redis_image: str) -> None:
    host.offers()
    both = threading.Barrier(2, timeout=60)

    def port(name: str) -> str:
        with host.for_gate(gate(name, services=(service("cache", redis_image),))) as reached:
            both.wait()
            return dict(reached.env)["CACHE_PORT"]

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(port, ["one", "two"])

    assert first != second
    assert host.containers() == []
    assert len(host.networks()) == 1  # the one that ports are published on, until the run is over


def test_a_gate_that_crashes_leaves_nothing(host: Host, redis_image: str) -> None:
    def crash() -> None:
        with host.offers().for_gate(gate(services=(service("cache", redis_image),))):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        crash()

    assert host.containers() == []


def test_a_run_without_services_asks_no_engine(host: Host) -> None:
    with host.offers().for_gate(gate()) as reached:
        assert reached == Reached()
    assert host.connects == 0


def test_a_gate_without_a_network_gets_no_services(host: Host, redis_image: str) -> None:
    with host.offers(service("cache", redis_image)).for_gate(gate(image="any", network="none")) as reached:
        assert reached == Reached()
    assert host.connects == 0


def test_a_fixed_port_leads_to_the_service_too(host: Host, redis_image: str) -> None:
    port = free_port()

    with host.offers(service("cache", redis_image, publish=port)).for_gate(gate(image="any")) as reached:
        assert dict(reached.env)["CACHE_PORT"] == "6379"
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(b"PING\r\n")
            assert connection.recv(64) == b"+PONG\r\n"


def test_a_fixed_port_that_is_taken_is_told_with_its_number(host: Host, redis_image: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        host.offers(service("cache", redis_image, publish=port))

        error = refusal(host)

    assert error.message == (
        f"service `cache` ({redis_image}) could not be started with its port published on {port}: "
        "the port is already in use on the engine's machine"
    )
    assert error.help == "end what listens there, or choose another port"


def test_a_service_that_never_gets_healthy_is_given_up(host: Host) -> None:
    slow = plain("slow", "echo still thinking; sleep 600", health="echo not yet; exit 4", start_timeout_s=1.0)
    host.offers(slow)

    error = refusal(host)

    assert error.message == (
        f"service `slow` ({PLAIN_IMAGE}) was not ready within 1 s; its health command ended with exit code 4: not yet; "
        "its last lines: still thinking"
    )
    assert error.help == "give it longer with `start:`, or correct its `health:`"
    assert host.containers() == []


def test_a_health_command_that_hangs_is_bounded_too(host: Host) -> None:
    host.offers(plain("slow", "sleep 600", health="sleep 600", start_timeout_s=1.0))

    assert "was not ready within 1 s; its health command gave no answer" in refusal(host).message


def test_a_service_that_ends_at_once_is_told_at_once_with_its_last_lines(host: Host) -> None:
    host.offers(plain("broken", "echo reading configuration; echo no such option >&2; exit 3", health="false"))
    began = time.monotonic()

    error = refusal(host)

    assert time.monotonic() - began < 20  # of the 60 that it may take to start
    assert f"service `broken` ({PLAIN_IMAGE}) ended with exit code 3 before it was ready" in error.message
    assert "no such option" in error.message
    assert "no such option" in host.lines
    (use,) = error.uses
    assert use.log is not None
    assert sorted(Path(use.log).read_text().splitlines()) == ["no such option", "reading configuration"]


def test_a_service_of_the_run_that_fails_to_start_is_the_same_error_for_every_gate(host: Host) -> None:
    host.offers(plain("broken", "exit 1", health="false"))

    with ThreadPoolExecutor(4) as pool:
        messages = set(pool.map(lambda number: refusal(host, f"gate-{number}").message, range(4)))

    assert len(messages) == 1
    assert sum("the last lines of" in line for line in host.lines) == 1  # it was started once


def test_a_program_that_is_not_in_the_image_is_told(host: Host) -> None:
    host.offers(service("odd", PLAIN_IMAGE, port=1, health="true", command=("no-such-program",)))

    assert f"service `odd` ({PLAIN_IMAGE}) could not be started" in refusal(host).message


def test_an_unknown_image_without_a_port_is_told_before_the_engine_is_asked(host: Host) -> None:
    host.offers(service("odd", "example/ledger:2"))

    with pytest.raises(EvaluationError, match="service `odd`: no port is given"), host.for_gate(gate()):
        pass
    assert host.connects == 0


def test_an_unknown_image_without_health_is_told_before_anything_is_started(host: Host, redis_image: str) -> None:
    host.offers(service("cache", redis_image), service("odd", PLAIN_IMAGE, port=1))

    error = refusal(host)

    assert error.message == (
        f"service `odd` ({PLAIN_IMAGE}): nothing says when it is ready: "
        "it has no `health:`, and its image no HEALTHCHECK"
    )
    assert host.lines == []


def test_the_image_s_own_healthcheck_is_asked(host: Host, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(
        f"FROM {PLAIN_IMAGE}\nHEALTHCHECK CMD test -e /tmp/open\nCMD sleep 1; touch /tmp/open; sleep 600\n"
    )
    built = docker("build", "--quiet", "--label", LABEL, str(tmp_path)).stdout.strip()
    try:
        with host.offers(service("odd", built, port=1)).for_gate(gate()) as reached:
            assert (reached.uses[0].ready_s or 0) > 0.5
        host.close()
    finally:
        docker("rmi", built)


def test_ctrl_c_ends_the_waiting(host: Host) -> None:
    host.offers(plain("slow", "sleep 600", health="false"))
    threading.Timer(1.0, host.cancelled.set).start()
    began = time.monotonic()

    with pytest.raises(EvaluationError) as caught, host.for_gate(gate()):
        pass

    assert time.monotonic() - began < 20
    assert caught.value.message == "interrupted while waiting for service `slow`"
    assert host.containers() == []


def test_where_a_cancelled_gate_gave_up_another_goes_on(host: Host, redis_image: str) -> None:
    host.offers(service("cache", redis_image))
    given_up = threading.Event()
    given_up.set()

    with pytest.raises(EvaluationError), host.for_gate(gate("first"), cancelled=given_up):
        pass
    with host.for_gate(gate("second")) as reached:
        assert pong(reached) == b"+PONG\r\n"


def test_a_service_that_ends_under_a_gate_is_told_there_and_to_the_next(host: Host, redis_image: str) -> None:
    host.offers(service("cache", redis_image))
    with host.for_gate(gate("first")):
        docker("kill", host.containers()[0]["Id"])
    told = f"service `cache` ({redis_image}) ended with exit code 137 while gates were using it"

    assert told in host.lines
    assert refusal(host, "second").message == told


def test_passwords_are_masked_in_logs_and_live_lines(host: Host, postgres_image: str) -> None:
    talkative = service("db", postgres_image, command=("sh", "-c", 'echo "pw $POSTGRES_PASSWORD"; exit 1'))
    host.offers(talkative)

    error = refusal(host)

    assert "its last lines: pw ***" in error.message
    assert "pw ***" in host.lines
    assert "pw ***" in Path(error.uses[0].log or "").read_text()


def test_a_flood_of_output_is_kept_bounded(host: Host) -> None:
    host.offers(
        plain(
            "loud",
            "yes $(printf %01000d) | head -c 60000000; echo; echo done; touch /done; sleep 600",
            health="ls /done",
        )
    )

    with host.for_gate(gate()) as reached:
        pass

    log = Path(reached.uses[0].log or "")
    assert log.stat().st_size < 5 * 1024 * 1024
    assert log.read_text().endswith("done\n")


def test_from_inside_a_container_gaterunner_joins_the_services_network(host: Host, redis_image: str) -> None:
    own = docker("run", "--detach", "--rm", "--label", LABEL, PLAIN_IMAGE, "sleep", "600").stdout.strip()
    try:
        host.offers(service("cache", redis_image), connect=lambda: engine_inside(own))
        with host.for_gate(gate("one")), host.for_gate(gate("two")) as reached:
            env = dict(reached.env)
            ran = docker("exec", own, "python3", "-c", ASK_REDIS, env["CACHE_HOST"], env["CACHE_PORT"])
            assert "PONG" in ran.stdout
            (container,) = host.containers()
            assert container["NetworkSettings"]["Ports"] in ({}, {"6379/tcp": None})
        host.close()
        assert host.networks() == []
    finally:
        docker("rm", "--force", own)


def test_from_inside_a_container_without_a_network_that_is_told(host: Host, redis_image: str) -> None:
    own = docker("run", "-d", "--rm", "--label", LABEL, "--network=none", PLAIN_IMAGE, "sleep", "600").stdout.strip()
    try:
        host.offers(service("cache", redis_image), connect=lambda: engine_inside(own))
        with (
            pytest.raises(EvaluationError, match="gaterunner runs in has no network to join another beside") as error,
            host.for_gate(gate()),
        ):
            pass
        assert "give the gate an `image:`" in str(error.value.help)
    finally:
        host.close()
        docker("rm", "--force", own)


def test_closing_after_the_engine_has_gone_raises_nothing(host: Host, redis_image: str) -> None:
    with host.offers(service("cache", redis_image)).for_gate(gate()):
        pass
    assert host.engine is not None
    answering, host.engine.api = host.engine.api, gone_engine()

    host.services.close()

    host.engine.api = answering
    host.remove_all()


def gone_engine() -> APIClient:
    return APIClient(base_url=f"tcp://127.0.0.1:{free_port()}", version="1.41", timeout=5)


def engine_inside(container: str) -> Engine:
    engine = Engine.connect({})
    return Engine(
        engine.api, address=engine.address, api_version=engine.api_version, own_container=OwnContainer(id=container)
    )


def refusal(host: Host, name: str = "unit") -> ServiceError:
    """The error that a gate gets instead of its services."""
    with pytest.raises(ServiceError) as caught, host.for_gate(gate(name)):
        pass
    return caught.value


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
