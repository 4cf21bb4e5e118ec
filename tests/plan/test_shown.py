"""The plan as a person and a program see it."""

from __future__ import annotations

import json

from msgspec.structs import replace

from gaterunner.config.law import Law
from gaterunner.config.types import Flag, Gate, Position, SentryRules, Service, Workflow
from gaterunner.model import WorkflowInfo
from gaterunner.plan import make_plan
from gaterunner.reporters.plan import render_plan, render_plan_json
from tests.plan.test_plan import EMPTY, change, gate, workflow

AT = Position(1, 1)


def law(declared: Workflow) -> Law:
    info = WorkflowInfo(path=".gaterunner.yml", sha256="5" * 64, source="base", changed_by_branch=False)
    return Law(workflow=declared, info=info)


def shown(declared: Workflow, *touched: str) -> list[str]:
    plan = make_plan(declared, change(*touched), EMPTY, None)
    return [line.strip() for line in render_plan(change(*touched), law(declared), plan).splitlines()]


def rows(declared: Workflow) -> dict[str, dict[str, object]]:
    document = json.loads(render_plan_json(change(), law(declared), make_plan(declared, change(), EMPTY, None)))
    return {row["name"]: row for row in document["gates"]}


def rich() -> Workflow:
    unit = Gate(
        name="unit",
        position=AT,
        run="pytest",
        needs=(),
        image="python:3.13-slim",
        services=(Service(name="db", position=AT, image="postgres:16"),),
        database=True,
        retries=2,
        inputs=("src/**", "tests/**"),
        shards=4,
        flags="both",
    )
    return replace(
        workflow(gate("lint"), unit),
        services=(Service(name="cache", position=AT, image="redis:7"),),
        flags=(Flag(name="new", position=AT, env="NEW"), Flag(name="dual", position=AT, env="DUAL", off="0", on="1")),
    )


def test_a_person_reads_what_each_gate_is_given() -> None:
    lines = shown(rich())
    assert lines[3:5] == ["lint              true", "declared in .gaterunner.yml:1"]
    assert lines[5] == "services cache (redis:7)"
    assert lines[9:12] == [
        "unit (flags on)   pytest",
        "declared in .gaterunner.yml:1",
        (
            "in python:3.13-slim; with NEW=true DUAL=1; services cache (redis:7), db (postgres:16); a fresh develop "
            "database; 4 shards in a fan-out; up to 2 retries; cached by src/**, tests/**"
        ),
    ]


def test_a_rehearsal_says_what_it_does() -> None:
    rehearsal = Gate(name="rehearse", position=AT, kind="migration-rehearsal", run="migrate", database=True)
    assert shown(workflow(rehearsal))[3:6] == [
        "rehearse  migrate",
        "declared in .gaterunner.yml:1",
        "on a fresh develop database: for the base, for this, and once more",
    ]


def test_a_plain_gate_takes_two_lines() -> None:
    assert shown(workflow(gate("lint")))[3:] == [
        "lint  true",
        "declared in .gaterunner.yml:1",
        "",
        "policies: guardrails",
    ]


def test_of_a_long_script_the_beginning_is_shown() -> None:
    script = Gate(name="lint", position=AT, run="set -u\na\nb\nc\nd\n")
    assert shown(workflow(script))[3] == "lint  set -u … (4 more lines)"


def test_a_skipped_gate_says_only_why() -> None:
    skipped = replace(gate("lint", paths=("src/**",)), image="debian:12")
    assert shown(workflow(skipped), "README.md")[3:5] == [
        "lint  true",
        "skipped: none of the 1 changed file matches `paths`: src/**",
    ]


def test_a_gate_that_executes_nothing_says_what_it_asks() -> None:
    asking = Gate(
        name="clean",
        position=AT,
        kind="sentry-clean",
        sentry=SentryRules(environment="staging", window_s=24 * 3600),
        image=None,
    )
    declared = replace(workflow(asking), executor="docker")
    asks = "asks Sentry whether the release {head} was clean in staging for 24h after its deploy, by spans"
    assert shown(declared)[3:5] == ["clean  sentry-clean", asks]
    row = rows(declared)["clean"]
    assert (row["kind"], row["command"], row["executor"], row["image"]) == ("sentry-clean", "", "local", None)


def test_a_program_reads_the_same() -> None:
    found = rows(rich())
    assert found["unit (flags on)"] == {
        "name": "unit (flags on)",
        "declared": "unit",
        "kind": "command",
        "command": "pytest",
        "why": "declared in .gaterunner.yml:1",
        "needs": [],
        "after": ["unit (flags off)"],
        "executor": "docker",
        "image": "python:3.13-slim",
        "flags": {"NEW": "true", "DUAL": "1"},
        "shards": 4,
        "services": [{"name": "cache", "image": "redis:7"}, {"name": "db", "image": "postgres:16"}],
        "database": True,
        "inputs": ["src/**", "tests/**"],
        "advisory": False,
        "skipped": None,
    }
    assert (found["lint"]["executor"], found["lint"]["image"], found["lint"]["shards"]) == ("local", None, 1)
