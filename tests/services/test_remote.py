"""Services of an engine that is reached by tcp or ssh, and of one that goes away."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

import pytest

from gaterunner.containers.engine import Engine
from gaterunner.errors import EvaluationError
from tests.containers.relay import Relay, engine_socket
from tests.services.hosting import Host, database, gate, plain, pong, psql, service

pytestmark = pytest.mark.docker

_SSH = """#!{python}
import os
os.execvp("docker", ["docker", "-H", "unix://{socket}", "system", "dial-stdio"])
"""


def test_over_tcp_a_local_gate_finds_services_at_the_engine_s_host(
    host: Host, redis_image: str, postgres_image: str
) -> None:
    with Relay(engine_socket()) as relay:
        engine = Engine.connect({**os.environ, "DOCKER_HOST": relay.address})
        host.offers(service("cache", redis_image), database=database(postgres_image), connect=lambda: engine)
        with host.for_gate(gate(database=True)) as reached:
            assert pong(reached) == b"+PONG\r\n"
            assert psql("select 1", reached.env) == "1"
            bindings = [
                binding
                for container in host.containers()
                for ports in container["NetworkSettings"]["Ports"].values()
                for binding in ports or ()
            ]
            assert {binding["HostIp"] for binding in bindings} == {"0.0.0.0"}  # noqa: S104 (it is asserted, not bound)
        host.close()
        engine.close()


def test_over_ssh_a_gate_in_a_container_gets_its_database(host: Host, postgres_image: str, tmp_path: Path) -> None:
    program = tmp_path / "bin" / "ssh"
    program.parent.mkdir()
    program.write_text(_SSH.format(python=sys.executable, socket=engine_socket()))
    program.chmod(0o755)
    engine = Engine.connect(
        {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}", "DOCKER_HOST": "ssh://builder@engine.example"}
    )
    host.offers(database=database(postgres_image), connect=lambda: engine)

    with host.for_gate(gate(image="any", database=True)) as reached:
        assert psql("select 1", reached.env, network=reached.networks[0]) == "1"

    host.close()
    engine.close()


def test_an_engine_that_goes_away_while_a_service_is_awaited_is_told(host: Host) -> None:
    with Relay(engine_socket()) as relay:
        engine = Engine.connect({**os.environ, "DOCKER_HOST": relay.address})
        host.offers(plain("slow", "sleep 600", health="false"), connect=lambda: engine)
        threading.Thread(target=cut_once_started, args=(host, relay), daemon=True).start()

        with pytest.raises(EvaluationError) as caught, host.for_gate(gate()):
            pass

        assert "service `slow`" in caught.value.message
        assert "\n" not in caught.value.message
        host.services.close()
        engine.close()
    host.remove_all()


def test_a_run_that_ends_while_services_start_leaves_nothing(host: Host) -> None:
    host.offers(plain("slow", "sleep 600", health="false"))
    told: list[str] = []

    def ask() -> None:
        try:
            with host.for_gate(gate()):
                pass
        except EvaluationError as error:
            told.append(error.message)

    asking = threading.Thread(target=ask)
    asking.start()
    until_started(host)
    host.cancelled.set()
    host.services.close()

    assert host.containers() == []
    asking.join(20)
    assert told == ["interrupted while waiting for service `slow`"]


def until_started(host: Host) -> None:
    limit = time.monotonic() + 30
    while time.monotonic() < limit and not any(each["State"]["Running"] for each in host.containers()):
        time.sleep(0.1)


def cut_once_started(host: Host, relay: Relay) -> None:
    until_started(host)
    relay.cut()
