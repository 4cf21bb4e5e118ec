"""One declared gate that becomes several: states of flags, shards; and where each of them runs."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from gaterunner.config.types import Flag, Gate, Position, Workflow
from gaterunner.errors import UsageError
from gaterunner.model import Skip
from gaterunner.plan import PlannedGate, make_plan
from gaterunner.plan.places import Place
from tests.plan.test_plan import EMPTY, change, gate, workflow

AT = Position(1, 1)
FLAGS = (
    Flag(name="new-dashboard", position=AT, env="FEATURE_NEW_DASHBOARD"),
    Flag(name="dual-write", position=AT, env="DUAL_WRITE", off="0", on="1"),
)
OFF = (("FEATURE_NEW_DASHBOARD", "false"), ("DUAL_WRITE", "0"))
ON = (("FEATURE_NEW_DASHBOARD", "true"), ("DUAL_WRITE", "1"))


def plan(
    declared: Workflow, *, selected: Sequence[str] = (), executor: Place | None = None, touched: Sequence[str] = ()
) -> list[PlannedGate]:
    return list(make_plan(declared, change(*touched), EMPTY, None, selected=selected, executor=executor))


def flagged(*gates: Gate) -> Workflow:
    return replace(workflow(*gates), flags=FLAGS)


def both(name: str, *, needs: tuple[str, ...] | None = None) -> Gate:
    return replace(gate(name, needs=needs), flags="both")


def sharded(name: str, shards: int, *, needs: tuple[str, ...] | None = None) -> Gate:
    return replace(gate(name, needs=needs), shards=shards)


def names(planned: Sequence[PlannedGate]) -> list[str]:
    return [each.gate.name for each in planned]


def run_of(planned: Sequence[PlannedGate]) -> list[str]:
    return names([each for each in planned if each.skip is None])


# --- states of flags -------------------------------------------------------------------------------------------------


def test_both_states_are_two_gates_one_after_the_other() -> None:
    off, on = plan(flagged(both("unit")))
    assert [(each.gate.name, each.declared, each.env) for each in (off, on)] == [
        ("unit (flags off)", "unit", OFF),
        ("unit (flags on)", "unit", ON),
    ]
    assert (off.after, on.after) == ((), ("unit (flags off)",))
    assert (off.needs, on.needs) == ((), ())


@pytest.mark.parametrize(("state", "env"), [("off", OFF), ("on", ON)])
def test_one_state_keeps_the_gate_s_name(state: str, env: tuple[tuple[str, str], ...]) -> None:
    (planned,) = plan(flagged(replace(gate("unit"), flags="on" if state == "on" else "off")))
    assert (planned.gate.name, planned.declared, planned.env) == ("unit", "unit", env)


def test_flags_are_not_passed_to_a_gate_that_does_not_ask() -> None:
    (planned,) = plan(flagged(gate("unit")))
    assert planned.env == ()


def test_whoever_needs_a_gate_needs_it_in_both_states() -> None:
    listed, given = gate("smoke"), gate("docs", needs=("unit", "build"))
    planned = plan(flagged(gate("build"), both("unit"), listed, given))
    assert names(planned) == ["build", "unit (flags off)", "unit (flags on)", "smoke", "docs"]
    assert {each.gate.name: each.needs for each in planned} == {
        "build": (),
        "unit (flags off)": ("build",),
        "unit (flags on)": ("build",),
        "smoke": ("unit (flags off)", "unit (flags on)"),
        "docs": ("unit (flags off)", "unit (flags on)", "build"),
    }


@pytest.mark.parametrize(
    ("selected", "runs"),
    [
        (["unit"], ["unit (flags off)", "unit (flags on)"]),
        (["unit (flags on)"], ["unit (flags on)"]),
        (["unit (flags off)", "unit"], ["unit (flags off)", "unit (flags on)"]),
        (["build,unit (flags on)"], ["build", "unit (flags on)"]),
        (["build\nunit (flags on)\n"], ["build", "unit (flags on)"]),
    ],
)
def test_states_are_selected_together_or_each_by_its_name(selected: list[str], runs: list[str]) -> None:
    assert run_of(plan(flagged(gate("build"), both("unit")), selected=selected)) == runs


# --- shards ----------------------------------------------------------------------------------------------------------


def test_a_plain_run_runs_a_sharded_gate_whole() -> None:
    (planned,) = plan(workflow(sharded("unit", 4)))
    assert (planned.gate.name, planned.shard) == ("unit", (1, 1))
    (selected,) = plan(workflow(sharded("unit", 4)), selected=["unit"])
    assert (selected.gate.name, selected.shard) == ("unit", (1, 1))


def test_a_selected_shard_has_its_own_name() -> None:
    (planned,) = plan(workflow(sharded("unit", 4)), selected=["unit=2/4"])
    assert (planned.gate.name, planned.declared, planned.shard) == ("unit (shard 2 of 4)", "unit", (2, 4))


def test_shards_of_one_gate_run_one_after_the_other_on_one_machine() -> None:
    planned = plan(workflow(sharded("unit", 4), gate("smoke")), selected=["unit=3/4", "unit=1/4", "smoke"])
    assert run_of(planned) == ["unit (shard 1 of 4)", "unit (shard 3 of 4)", "smoke"]
    assert planned[1].after == ("unit (shard 1 of 4)",)
    assert planned[2].needs == ("unit (shard 1 of 4)", "unit (shard 3 of 4)")


def test_a_shard_of_one_state_can_be_selected() -> None:
    declared = flagged(replace(both("unit"), shards=2))
    assert run_of(plan(declared, selected=["unit (flags on)=2/2"])) == ["unit (flags on) (shard 2 of 2)"]
    assert run_of(plan(declared, selected=["unit=1/2"])) == [
        "unit (flags off) (shard 1 of 2)",
        "unit (flags on) (shard 1 of 2)",
    ]


def test_every_name_that_a_report_tells_can_be_selected() -> None:
    declared = flagged(gate("build"), replace(both("unit"), shards=3))
    for shown in ("unit (flags off) (shard 2 of 3)", "unit (flags on)", "build"):
        assert run_of(plan(declared, selected=[shown])) == [shown]


@pytest.mark.parametrize(
    ("selected", "message"),
    [
        ("unit=2/3", "--gate unit=2/3: gate `unit` declares 4 shards, not 3"),
        ("unit=5/4", "--gate unit=5/4: there is no shard 5 of 4"),
        ("unit=0/4", "--gate unit=0/4: `0/4` is no shard"),
        ("unit=1", "--gate unit=1: `1` is no shard"),
        ("unit=", "--gate unit=: `` is no shard"),
        ("unit=1/4/4", "--gate unit=1/4/4: `1/4/4` is no shard"),
        ("unit=\u0661/4", "--gate unit=\u0661/4: `\u0661/4` is no shard"),
        ("build=1/4", "--gate build=1/4: gate `build` declares no shards"),
        ("build=1/1", "--gate build=1/1: gate `build` declares no shards"),
        ("uint=1/4", "--gate names `uint`, but .gaterunner.yml declares no such gate"),
        ("unit (flags on)", "--gate names `unit (flags on)`, but .gaterunner.yml declares no such gate"),
        ("unit (shard 5 of 4)", "--gate unit (shard 5 of 4): there is no shard 5 of 4"),
        ("uint (shard 1 of 4)", "--gate names `uint`, but .gaterunner.yml declares no such gate"),
    ],
)
def test_a_selection_that_means_nothing_is_refused(selected: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        plan(workflow(gate("build"), sharded("unit", 4)), selected=[selected])
    assert caught.value.message == message
    assert caught.value.help


def test_a_gate_cannot_be_selected_whole_and_as_a_shard() -> None:
    with pytest.raises(UsageError) as caught:
        plan(workflow(sharded("unit", 4)), selected=["unit=1/4", "unit"])
    assert caught.value.message == "--gate names `unit` both whole and as a shard"


def test_a_need_that_does_not_apply_is_not_missed() -> None:
    docs = gate("docs", paths=("docs/**",))
    build, _, smoke = plan(workflow(gate("build"), docs, gate("smoke")), selected=["smoke"], touched=["src/a.py"])
    assert build.skip is Skip.NOT_SELECTED
    assert smoke.why == "declared in .gaterunner.yml:1"


# --- places ----------------------------------------------------------------------------------------------------------


def images(declared: Workflow, executor: Place | None = None) -> list[str | None]:
    return [each.image for each in plan(declared, executor=executor)]


def test_a_gate_with_an_image_runs_in_it() -> None:
    own = replace(gate("unit"), image="python:3.13-slim")
    assert images(workflow(gate("build"), own)) == [None, "python:3.13-slim"]


def test_the_workflow_s_image_is_for_gates_without_one() -> None:
    own = replace(gate("unit"), image="python:3.13-slim")
    declared = replace(workflow(gate("build"), own), executor="docker", image="debian:12")
    assert images(declared) == ["debian:12", "python:3.13-slim"]


def test_a_workflow_that_runs_here_uses_its_image_only_when_asked() -> None:
    declared = replace(workflow(gate("build")), image="debian:12")
    assert images(declared) == [None]
    assert images(declared, "docker") == ["debian:12"]


def test_the_command_line_may_run_everything_here_and_says_so() -> None:
    own = replace(gate("unit"), image="python:3.13-slim")
    build, unit = plan(workflow(gate("build"), own), executor="local")
    assert (build.image, unit.image) == (None, None)
    assert build.why == "declared in .gaterunner.yml:1"
    assert unit.why == "declared in .gaterunner.yml:1; not in python:3.13-slim: --executor local"


def test_docker_for_everything_needs_an_image_for_everything() -> None:
    own = replace(gate("unit"), image="python:3.13-slim")
    declared = workflow(gate("build"), own, gate("lint"))
    with pytest.raises(UsageError) as caught:
        plan(declared, executor="docker")
    assert caught.value.message == "--executor docker: no image for `build`, `lint`"
    assert caught.value.help == "give `workflow.image` in .gaterunner.yml for all gates, or `image:` for each of these"
    assert plan(declared, executor="docker", selected=["unit"])[1].image == "python:3.13-slim"
