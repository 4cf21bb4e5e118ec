"""What a killed run left is removed on the next start; what a live one owns never is."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gaterunner.containers.engine import Engine
from gaterunner.containers.leftovers import OWNER_LABEL, RUN_LABEL, labels_of, sweep, this_process
from gaterunner.containers.own import OwnContainer
from tests.docker_engine import LABEL
from tests.executors.containers import IMAGE

pytestmark = pytest.mark.docker
ROOT = Path(__file__).resolve().parents[2]
# A pid that is never one: the kernel's own limit is 4,194,304.
GONE = msgspec.structs.replace(this_process(), pid=99_999_999)

RUN = """
import sys
from pathlib import Path
from gaterunner.containers.engine import Engine
import os
from tests.executors.containers import ContainerBench
bench = ContainerBench(Path(sys.argv[1]), Engine.connect(os.environ))
bench.name = sys.argv[2]
bench.run("echo started; sleep 300", on_lines=lambda lines: print(*lines, flush=True))
"""


@pytest.fixture
def name(engine: Engine) -> Iterator[str]:
    """A run's name; whatever carries it is gone after the test."""
    name = f"test-{secrets.token_hex(8)}"
    yield name
    filters: dict[str, Any] = {"label": [f"{RUN_LABEL}={name}"]}
    for row in engine.api.containers(all=True, filters=filters):
        engine.api.remove_container(row["Id"], force=True, v=True)
    for row in engine.api.networks(filters=filters):
        engine.api.remove_network(row["Id"])
    for row in engine.api.volumes(filters=filters)["Volumes"] or []:
        engine.api.remove_volume(row["Name"])


def labels(name: str, owner: object) -> dict[str, str]:
    key, _, value = LABEL.partition("=")
    text = owner if isinstance(owner, str) else msgspec.json.encode(owner).decode()
    return {RUN_LABEL: name, OWNER_LABEL: text, key: value}


def make(engine: Engine, labels: dict[str, str], *, running: bool = False) -> str:
    made = engine.api.create_container(IMAGE, command=["sleep", "300"], labels=labels, network_disabled=True)
    if running:
        engine.api.start(made["Id"])
    return str(made["Id"])


def left(engine: Engine, name: str) -> list[Any]:
    return list(engine.api.containers(all=True, filters={"label": [f"{RUN_LABEL}={name}"]}))


def test_a_killed_runs_container_is_removed_on_the_next_start(engine: Engine, name: str, tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", RUN, str(tmp_path / "repo"), name],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "started\n"
        sweep(engine)
        assert len(left(engine, name)) == 1, "a live run's container is not touched"
        run.send_signal(signal.SIGKILL)
    assert sweep(engine).containers >= 1
    assert left(engine, name) == []


def test_containers_networks_and_volumes_of_a_gone_process_are_removed(engine: Engine, name: str) -> None:
    of_gone = labels(name, GONE)
    network = engine.api.create_network(f"gaterunner-{name}", labels=of_gone)
    engine.api.create_volume(f"gaterunner-{name}", labels=of_gone)
    joined = engine.api.create_container(
        IMAGE,
        command=["sleep", "300"],
        labels=of_gone,
        host_config=engine.api.create_host_config(network_mode=network["Id"], binds=[f"gaterunner-{name}:/data"]),
    )
    engine.api.start(joined["Id"])
    swept = sweep(engine)
    assert (swept.containers, swept.networks, swept.volumes) >= (1, 1, 1)
    assert left(engine, name) == []
    assert engine.api.networks(filters={"label": [f"{RUN_LABEL}={name}"]}) == []
    assert not engine.api.volumes(filters={"label": [f"{RUN_LABEL}={name}"]})["Volumes"]


def test_our_own_are_not_removed(engine: Engine, name: str) -> None:
    make(engine, {**labels(name, "x"), **labels_of(name)})
    sweep(engine)
    assert len(left(engine, name)) == 1


def test_a_process_that_has_the_number_but_not_the_start_is_another(engine: Engine, name: str) -> None:
    us = this_process()
    make(engine, labels(name, msgspec.structs.replace(us, started=us.started - 1)))
    sweep(engine)
    assert left(engine, name) == []


def test_a_boot_that_is_over_took_its_processes_along(engine: Engine, name: str) -> None:
    make(engine, labels(name, msgspec.structs.replace(this_process(), boot="an earlier one")))
    sweep(engine)
    assert left(engine, name) == []


@pytest.mark.parametrize(
    "owner",
    [
        msgspec.structs.replace(GONE, machine="another/machine", boot="of that one"),
        msgspec.structs.replace(GONE, namespace="pid:[1]"),
        "not an owner at all",
        json.dumps({"pid": 1}),
    ],
    ids=["another machine", "another pid namespace", "no owner", "another version's owner"],
)
def test_what_cannot_be_told_is_left(engine: Engine, name: str, owner: object) -> None:
    make(engine, labels(name, owner))
    sweep(engine)
    assert len(left(engine, name)) == 1


def test_an_owner_in_a_container_lives_as_long_as_that_runs(engine: Engine, name: str) -> None:
    home = make(engine, labels(name, "the owner's own container"), running=True)
    owner = msgspec.structs.replace(GONE, namespace="pid:[1]", container=home)
    made = make(engine, labels(name, owner))
    sweep(engine)
    assert made in {row["Id"] for row in left(engine, name)}
    engine.api.kill(home)
    engine.api.wait(home)
    sweep(engine)
    assert made not in {row["Id"] for row in left(engine, name)}


def test_an_owner_in_a_container_that_is_gone_is_gone(engine: Engine, name: str) -> None:
    make(engine, labels(name, msgspec.structs.replace(this_process(), container="f" * 64)))
    sweep(engine)
    assert left(engine, name) == []


def test_an_earlier_life_of_our_own_container_is_gone(engine: Engine, name: str) -> None:
    own = OwnContainer(id="e" * 64)
    make(engine, labels(name, msgspec.structs.replace(GONE, namespace="pid:[1]", container=own.id)))
    engine.own_container = own
    sweep(engine)
    assert left(engine, name) == []


def test_a_container_whose_image_carries_the_labels_is_not_ours(engine: Engine, name: str) -> None:
    made = make(engine, labels(name, GONE))
    image = engine.api.commit(made, repository=f"gaterunner-test-{name}")["Id"]
    try:
        engine.api.remove_container(made)
        somebodys = engine.api.create_container(image, command=["true"])["Id"]
        sweep(engine)
        assert [row["Id"] for row in left(engine, name)] == [somebodys]
        engine.api.remove_container(somebodys)
    finally:
        engine.api.remove_image(image, force=True)


def test_a_network_goes_although_a_living_container_is_still_on_it(engine: Engine, name: str) -> None:
    living = make(engine, labels(name, this_process()), running=True)
    network = engine.api.create_network(f"gaterunner-test-{name}", labels=labels(name, GONE))["Id"]
    engine.api.connect_container_to_network(living, network)
    sweep(engine)
    assert network not in {row["Id"] for row in engine.api.networks()}
    assert [row["Id"] for row in left(engine, name)] == [living]
