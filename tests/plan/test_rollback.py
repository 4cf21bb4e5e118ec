"""What a rehearsal of the way back executes before the gates that it runs on the base's code."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gaterunner.config.types import Database, Gate, Position, Service, Workflow
from gaterunner.model import Mode
from gaterunner.plan import PlannedGate, make_plan
from gaterunner.reporters.plan import _given
from tests.conventions.trees import MappingTree
from tests.plan.test_plan import EMPTY, change

AT = Position(7, 7)
SERVER = Database(environment="develop", service=Service(name="database", position=AT, image="postgres:16"))
UNIT = Gate(name="unit", position=AT, run="make unit")
BACK = Gate(name="back", position=AT, kind="rollback-rehearsal")
FORWARD = Gate(name="forward", position=Position(9, 7), kind="migration-rehearsal", run="./migrate", database=True)
ALEMBIC = MappingTree({"alembic.ini": ""})


def workflow(*gates: Gate, database: Database | None = SERVER) -> Workflow:
    return Workflow(path=".gaterunner.yml", mode=Mode.ENFORCE, phases=(), gates=gates, policies=(), database=database)


def planned(*gates: Gate, base: MappingTree = EMPTY, database: Database | None = SERVER) -> PlannedGate:
    whole = workflow(UNIT, *gates, database=database)
    return next(each for each in make_plan(whole, change(), base, None) if each.gate.name == "back")


@pytest.mark.parametrize(
    ("gates", "base", "command", "why"),
    [
        ((replace(BACK, run="make up"),), ALEMBIC, "make up", "migrated before as declared in .gaterunner.yml:7"),
        ((BACK, FORWARD), ALEMBIC, "./migrate", "migrated before as declared in .gaterunner.yml:9"),
        ((BACK,), ALEMBIC, "alembic upgrade head", "migrated before by Alembic (alembic.ini)"),
        ((BACK, replace(FORWARD, run=None)), ALEMBIC, "alembic upgrade head", "migrated before by Alembic"),
    ],
)
def test_migrations_are_applied_as_they_are_rehearsed_forwards(
    gates: tuple[Gate, ...], base: MappingTree, command: str, why: str
) -> None:
    found = planned(*gates, base=base)

    assert found.command == command
    assert found.why.startswith(f"runs other gates on the base's code, {why}")


def test_a_repository_without_migrations_needs_no_command_for_them() -> None:
    found = planned(replace(BACK, gates=("unit",)))

    assert (found.command, found.executes) == ("", True)
    assert found.why == "runs unit on the base's code; no tool that applies migrations is recognised"


def test_without_a_server_nothing_is_migrated() -> None:
    found = planned(BACK, base=ALEMBIC, database=None)

    assert found.command == ""
    assert found.why == "runs other gates on the base's code; there is no develop database to migrate"


def test_the_plan_says_what_it_works_on() -> None:
    found = planned(BACK, base=ALEMBIC)

    assert _given(found, workflow(BACK)) == [
        "on a fresh develop database for each of them: with the base's migrations, then with this one's"
    ]
