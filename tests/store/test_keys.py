"""What is in the key, field by field: a new option of a gate has to be decided upon here."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from msgspec.structs import fields, replace

from gaterunner.config.telemetry_rules import WATCH
from gaterunner.config.types import CoverageRules, Database, Gate, Position, Resources, Service, Workflow
from gaterunner.config.types import TestRules as Rules
from gaterunner.globs import Globs
from gaterunner.model import Mode
from gaterunner.plan import PlannedGate
from gaterunner.store.inputs import Inputs
from gaterunner.store.keys import Place, cache_key, images_of

AT = Position(1, 1)
SERVICE = Service(name="db", position=AT, image="pg:16")
GATE = Gate(name="unit", position=AT, run="x", inputs=("src/**",), tests=("o.xml",))
PLANNED = PlannedGate(gate=GATE, command="pytest", why="", declared="unit")
WORKFLOW = Workflow(path=".gaterunner.yml", mode=Mode.ENFORCE, phases=(), gates=(GATE,), policies=())
PLACE = Place(system="Linux debian 12", machine="x86_64")
INPUTS = Inputs(named=1, entries=(), digest="d", changed="c", globs=Globs(()))
DIGESTS = {"pg:16": "sha256:1", "python:3": "sha256:2", "redis": "sha256:3"}

COUNTED = {
    "name": "other",
    "kind": "other",
    "shell": "sh",
    "cwd": "src",
    "env": (("A", "b"),),
    "tests": ("p.xml",),
    "test_rules": Rules(minimum=2),
    "coverage": CoverageRules(files=("c.xml",), minimum=1.0),
    "resources": Resources(memory=1),
    "network": "none",
    "services": (SERVICE,),
    "flags": "on",
    "telemetry": WATCH,
}
# `run`, `image` and `shards` count as what the plan made of them, `database` with the workflow's, `inputs` by the files
# they match; keys.py says why the others do not count.
NOT_COUNTED = {
    *("position", "run", "image", "shards", "database", "inputs"),
    *("timeout_s", "needs", "paths", "advisory", "retries", "sentry", "gates"),
}


def key(
    planned: PlannedGate = PLANNED, inputs: Inputs = INPUTS, workflow: Workflow = WORKFLOW, place: Place = PLACE
) -> str:
    return cache_key(planned, inputs, workflow=workflow, place=place, digests=DIGESTS)[0]


def test_every_option_of_a_gate_is_decided() -> None:
    assert {field.name for field in fields(Gate)} == COUNTED.keys() | NOT_COUNTED


def variations() -> Iterator[tuple[str, str]]:
    yield "as it is", key()
    for name, value in COUNTED.items():
        yield name, key(replace(PLANNED, gate=replace(GATE, **{name: value})))
    for more in (
        {"command": "pytest -x"},
        {"env": (("FEATURE", "1"),)},
        {"shard": (1, 2)},
        {"shard": (2, 2)},
        {"image": "python:3"},
        {"declared": "other"},
    ):
        yield str(more), key(replace(PLANNED, **more))
    yield "inputs", key(inputs=replace(INPUTS, digest="e"))
    yield "what was changed", key(inputs=replace(INPUTS, changed="e"))
    yield "nothing was changed", key(inputs=replace(INPUTS, changed=None))
    yield "services of the run", key(workflow=replace(WORKFLOW, services=(replace(SERVICE, name="other"),)))
    with_database = replace(WORKFLOW, database=Database(environment="develop", service=SERVICE))
    yield "database", key(replace(PLANNED, gate=replace(GATE, database=True)), workflow=with_database)
    for place in (
        {"system": "Linux debian 13"},
        {"machine": "aarch64"},
        {"image_digest": "sha256:9"},
        {"toolchain": (("PATH", "/bin"),)},
    ):
        yield str(place), key(place=replace(PLACE, **place))


def test_each_of_them_makes_another_key() -> None:
    seen: dict[str, str] = {}
    for name, made in variations():
        assert seen.setdefault(made, name) == name


@pytest.mark.parametrize(
    "name", sorted(NOT_COUNTED - {"position", "run", "image", "database", "inputs", "sentry", "gates"})
)
def test_what_does_not_count(name: str) -> None:
    different = {"shards": 2, "timeout_s": 1.0, "needs": ("x",), "paths": ("x",), "advisory": True, "retries": 1}

    assert key(replace(PLANNED, gate=replace(GATE, **{name: different[name]}))) == key()


def test_texts_do_not_run_into_each_other() -> None:
    one = replace(PLANNED, gate=replace(GATE, env=(("A", "b'), ('C', 'd"),)))
    two = replace(PLANNED, gate=replace(GATE, env=(("A", "b"), ("C", "d"))))

    assert key(one) != key(two)


def test_the_order_of_variables_does_not_count_and_the_last_of_a_name_wins() -> None:
    one = replace(PLANNED, gate=replace(GATE, env=(("A", "1"), ("B", "2"))), env=(("A", "3"),))
    two = replace(PLANNED, gate=replace(GATE, env=(("B", "2"), ("A", "3"))))

    assert key(one) == key(two)


def test_the_images_are_those_of_the_gate_and_all_services_in_its_reach() -> None:
    gate = replace(GATE, services=(SERVICE,), database=True)
    workflow = replace(
        WORKFLOW,
        services=(replace(SERVICE, name="cache", image="redis"),),
        database=Database(environment="develop", service=SERVICE),
    )

    assert images_of(replace(PLANNED, gate=gate, image="python:3"), workflow) == ("python:3", "redis", "pg:16")


def test_bytes_that_are_not_text_can_be_in_a_command() -> None:
    assert key(replace(PLANNED, command="make \udcff")) != key(replace(PLANNED, command="make \\udcff"))
    assert msgspec.json.encode(key(replace(PLANNED, command="make \udcff")))
