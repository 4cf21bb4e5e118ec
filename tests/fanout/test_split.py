"""How a plan is cut into parts, and how the parts are told to GitHub."""

from __future__ import annotations

import json
import re
import shlex
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gaterunner.config.grammar import parse_workflow
from gaterunner.config.types import CoverageRules, Gate, TestRules, Workflow
from gaterunner.errors import UsageError
from gaterunner.fanout.parts import (
    PlannedPart,
    matrix,
    parse_part,
    reasons_not_to_shard,
    selector_of,
    split,
)
from gaterunner.plan import PlannedGate, make_plan
from gaterunner.plan.digest import plan_digest
from tests.plan.test_plan import EMPTY, change, gate, workflow
from tests.plan.test_variants import both, flagged, sharded


def planned(*gates: Gate, touched: Sequence[str] = (), selected: Sequence[str] = ()) -> tuple[PlannedGate, ...]:
    return make_plan(workflow(*gates), change(*touched), EMPTY, None, selected=selected)


def parts(
    *gates: Gate, durations: Mapping[str, float] | None = None, limit: int = 8, touched: Sequence[str] = ()
) -> list[tuple[str, ...]]:
    return [part.gates for part in split(planned(*gates, touched=touched), durations, limit)]


BUILD = gate("build", needs=())


def after_build(name: str) -> Gate:
    return gate(name, needs=("build",))


# --- goals and what they need ----------------------------------------------------------------------------------------


def test_gates_that_need_nothing_are_spread() -> None:
    assert parts(gate("a", needs=()), gate("b", needs=()), gate("c", needs=())) == [("a",), ("b",), ("c",)]


def test_what_several_goals_need_runs_in_each_of_their_parts() -> None:
    assert parts(BUILD, after_build("unit"), after_build("lint")) == [("build", "unit"), ("build", "lint")]


def test_a_list_without_needs_is_one_part() -> None:
    assert parts(gate("build"), gate("lint"), gate("unit")) == [("build", "lint", "unit")]


def test_no_more_parts_than_asked_for_and_what_is_shared_is_paid_once() -> None:
    durations = {"build": 100.0, "a": 10.0, "b": 9.0, "c": 8.0}
    gates = (BUILD, after_build("a"), after_build("b"), after_build("c"))
    found = split(planned(*gates), durations, 2)
    assert [(part.gates, part.estimate_s) for part in found] == [
        (("build", "a"), 110.0),
        (("build", "b", "c"), 117.0),
    ]


def test_the_longest_are_placed_first() -> None:
    durations = {"a": 2.0, "b": 3.0, "c": 4.0, "d": 5.0}
    gates = [gate(name, needs=()) for name in "abcd"]
    assert parts(*gates, durations=durations, limit=2) == [("a", "d"), ("b", "c")]


def test_a_duration_that_is_not_known_is_taken_for_the_median() -> None:
    durations = {"a": 10.0, "b": 10.0, "c": 30.0, "broken": float("nan"), "gone": 5.0}
    gates = [gate(name, needs=()) for name in ("a", "b", "c", "new", "broken")]
    estimates = {part.gates[0]: part.estimate_s for part in split(planned(*gates), durations, 5)}
    assert estimates == {"a": 10.0, "b": 10.0, "c": 30.0, "new": 10.0, "broken": 10.0}


def test_a_gate_that_does_not_apply_is_in_no_part_but_what_lies_behind_it_is() -> None:
    docs = gate("docs", needs=("build",), paths=("docs/**",))
    found = parts(BUILD, docs, gate("publish", needs=("docs",)), touched=["src/a.py"])
    assert found == [("build", "publish")]


def test_where_nothing_applies_there_is_one_part_without_gates() -> None:
    (part,) = split(planned(gate("docs", paths=("docs/**",)), touched=["src/a.py"]))
    assert (part.number, part.total, part.gates, part.goals) == (1, 1, (), ())
    assert json.loads(matrix([part], "d"))["include"] == [
        {"part": "1/1", "name": "nothing to run", "gates": "", "plan": "d"}
    ]


@pytest.mark.parametrize("limit", [0, -1, 257])
def test_as_many_parts_as_github_takes(limit: int) -> None:
    with pytest.raises(UsageError) as caught:
        split(planned(BUILD), None, limit)
    assert caught.value.message == f"--parts {limit} is out of range"


# --- shards and states of flags --------------------------------------------------------------------------------------


def test_each_shard_is_a_goal() -> None:
    assert parts(BUILD, sharded("unit", 3, needs=("build",))) == [
        ("build", "unit=1/3"),
        ("build", "unit=2/3"),
        ("build", "unit=3/3"),
    ]


def test_shards_may_share_a_machine() -> None:
    assert parts(sharded("unit", 4), limit=2) == [("unit=1/4", "unit=3/4"), ("unit=2/4", "unit=4/4")]


def test_a_shard_takes_its_share_of_the_whole() -> None:
    found = split(planned(sharded("unit", 4), gate("lint", needs=())), {"unit": 40.0, "lint": 7.0})
    assert [(part.goals, part.estimate_s) for part in found] == [
        (("unit=1/4",), 10.0),
        (("unit=2/4",), 10.0),
        (("unit=3/4",), 10.0),
        (("unit=4/4",), 10.0),
        (("lint",), 7.0),
    ]


def test_a_state_of_flags_takes_what_the_declared_gate_took() -> None:
    plan = make_plan(flagged(both("unit")), change(), EMPTY, None)
    assert [part.estimate_s for part in split(plan, {"unit": 40.0})] == [40.0, 40.0]
    assert [part.estimate_s for part in split(plan, {"unit": 40.0, "unit (flags on)": 50.0})] == [50.0, 40.0]


def test_a_sharded_gate_that_another_needs_stays_whole_and_says_how_to_cut_it() -> None:
    plan = planned(sharded("unit", 4), gate("smoke"))
    assert [part.gates for part in split(plan)] == [("unit", "smoke")]
    assert reasons_not_to_shard(plan) == (
        (
            "gate `unit` is not cut into shards, as `smoke` runs after it on the same machine; "
            "give `smoke` its own `needs:`, without it"
        ),
    )


@pytest.mark.parametrize(
    ("unit", "what"),
    [
        (
            replace(sharded("unit", 4), coverage=CoverageRules(files=("c.xml",), minimum=80)),
            "its least coverage",
        ),
        (
            replace(sharded("unit", 4), coverage=CoverageRules(files=("c.xml",), changed_minimum=80)),
            "its least coverage",
        ),
        (replace(sharded("unit", 4), tests=("t.xml",), test_rules=TestRules(baseline="run")), "its baseline"),
    ],
)
def test_a_gate_whose_proof_is_about_all_of_its_tests_stays_whole(unit: Gate, what: str) -> None:
    plan = planned(unit)
    assert [part.gates for part in split(plan)] == [("unit",)]
    assert reasons_not_to_shard(plan) == (
        f"gate `unit` is not cut into shards: {what} can only be judged over all its tests",
    )


def test_a_baseline_from_a_report_is_compared_where_the_shards_are_merged() -> None:
    unit = replace(sharded("unit", 2), tests=("t.xml",), test_rules=TestRules(baseline="report"))
    assert parts(unit) == [("unit=1/2",), ("unit=2/2",)]


def test_a_gate_that_is_cut_has_no_reason_not_to_be() -> None:
    plan = planned(sharded("unit", 4), gate("lint", needs=()))
    assert reasons_not_to_shard(plan) == ()


def test_both_states_of_flags_may_run_on_two_machines() -> None:
    plan = make_plan(flagged(both("unit")), change(), EMPTY, None)
    assert [part.gates for part in split(plan)] == [("unit (flags off)",), ("unit (flags on)",)]


def test_what_a_part_is_given_is_what_the_command_line_takes() -> None:
    declared = flagged(BUILD, replace(both("unit", needs=("build",)), shards=2), both("smoke", needs=("build",)))
    for part in split(make_plan(declared, change(), EMPTY, None), None, 3):
        again = make_plan(declared, change(), EMPTY, None, selected=[",".join(part.gates)])
        assert [selector_of(each) for each in again if each.skip is None] == list(part.gates)


# --- the digest of a plan --------------------------------------------------------------------------------------------


def test_every_part_of_a_plan_has_its_digest() -> None:
    declared = flagged(BUILD, replace(both("unit", needs=("build",)), shards=2), gate("smoke", needs=()))
    whole = make_plan(declared, change(), EMPTY, None)
    for part in split(whole, None, 3):
        selected = make_plan(declared, change(), EMPTY, None, selected=part.gates)
        assert plan_digest("law", "head", selected) == plan_digest("law", "head", whole)


@pytest.mark.parametrize(
    "other",
    [
        workflow(gate("build", run="make"), sharded("unit", 2)),
        workflow(gate("build"), sharded("unit", 3)),
        workflow(gate("build"), replace(sharded("unit", 2), image="debian:12")),
        workflow(gate("built"), sharded("unit", 2)),
        workflow(gate("build"), sharded("unit", 2), gate("lint")),
        workflow(gate("build"), replace(sharded("unit", 2), cwd="web")),
        flagged(gate("build"), replace(sharded("unit", 2), flags="on")),
    ],
)
def test_another_plan_has_another_digest(other: Workflow) -> None:
    plan = planned(gate("build"), sharded("unit", 2))
    assert plan_digest("law", "head", make_plan(other, change(), EMPTY, None)) != plan_digest("law", "head", plan)


def test_another_law_and_another_commit_have_another_digest() -> None:
    plan = planned(BUILD)
    assert len({plan_digest(law, head, plan) for law in ("law", "other") for head in ("head", "other")}) == 4


# --- for GitHub ------------------------------------------------------------------------------------------------------


def test_the_matrix_is_one_line_that_no_shell_takes_apart() -> None:
    declared = flagged(BUILD, replace(both("unit", needs=("build",)), shards=2))
    line = matrix(split(make_plan(declared, change(), EMPTY, None), None, 2), "5" * 64)
    assert json.loads(line) == {
        "include": [
            {
                "part": "1/2",
                "name": "unit (flags off) 1/2, unit (flags on) 1/2",
                "gates": "build,unit (flags off)=1/2,unit (flags on)=1/2",
                "plan": "5" * 64,
            },
            {
                "part": "2/2",
                "name": "unit (flags off) 2/2, unit (flags on) 2/2",
                "gates": "build,unit (flags off)=2/2,unit (flags on)=2/2",
                "plan": "5" * 64,
            },
        ]
    }
    assert re.fullmatch(r"[^\n\r'$`\\]+", line)
    assert shlex.split(f"echo '{line}'") == ["echo", line]


def test_a_job_s_name_stays_short() -> None:
    (part,) = split(planned(*[gate(f"{number:02}-{'x' * 50}", needs=()) for number in range(50)]), None, 1)
    (row,) = json.loads(matrix([part], "d"))["include"]
    assert len(row["name"]) == 100
    assert row["name"].endswith("...")


@pytest.mark.parametrize(("text", "part"), [("1/1", (1, 1)), ("2/5", (2, 5)), ("256/256", (256, 256))])
def test_a_part_is_number_and_total(text: str, part: tuple[int, int]) -> None:
    assert parse_part(text) == part


@pytest.mark.parametrize("text", ["", "2", "0/5", "6/5", "2/", "/5", "2/5/7", "a/b", "-1/5", " 2/5", "2/5\n", "02/5"])
def test_anything_else_is_no_part(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_part(text)
    assert caught.value.message == f"--part {text!r} is no part"
    assert caught.value.help == "give its number and how many there are: --part 2/5"


# --- for every plan --------------------------------------------------------------------------------------------------


@st.composite
def plans(draw: st.DrawFn) -> tuple[PlannedGate, ...]:
    """Any graph of gates, some sharded, some not touched by the change."""
    count = draw(st.integers(1, 12))
    gates: list[Gate] = []
    for number in range(count):
        needs = draw(st.lists(st.sampled_from([each.name for each in gates]), max_size=3)) if gates else []
        one = gate(f"g{number}", needs=tuple(dict.fromkeys(needs)), paths=("docs",) if draw(st.booleans()) else ())
        gates.append(replace(one, shards=draw(st.sampled_from([1, 1, 2, 5]))))
    return planned(*gates, touched=[draw(st.sampled_from(["docs/a", "src/a"]))])


def durations_of(plan: Sequence[PlannedGate]) -> st.SearchStrategy[dict[str, float]]:
    return st.dictionaries(st.sampled_from([each.gate.name for each in plan]), st.floats(0.01, 1000.0))


@settings(max_examples=150, deadline=None)
@given(data=st.data(), plan=plans(), limit=st.integers(1, 9))
def test_every_gate_runs_with_what_it_needs_and_the_same_every_time(
    data: st.DataObject, plan: tuple[PlannedGate, ...], limit: int
) -> None:
    durations = data.draw(durations_of(plan))
    found = split(plan, durations, limit)

    assert 1 <= len(found) <= limit
    assert [(part.number, part.total) for part in found] == [(n, len(found)) for n in range(1, len(found) + 1)]
    assert found == split(plan, dict(reversed(durations.items())), limit)

    runs = [each for each in plan if each.skip is None]
    assert wholes([gate for part in found for gate in part.gates]) == {each.gate.name for each in runs}
    goals = [goal for part in found for goal in part.goals]
    assert len(goals) == len(set(goals))
    for part in found:
        check_closed(part, plan)
    check_balanced(found, split(plan, durations, 256))


def wholes(selectors: Sequence[str]) -> set[str]:
    return {selector.partition("=")[0] for selector in selectors}


def check_closed(part: PlannedPart, plan: Sequence[PlannedGate]) -> None:
    """What a gate of the part needs comes before it, whole; of what does not apply, what that needs."""
    runs = {each.gate.name: each for each in plan}
    for place, selector in enumerate(part.gates):
        waiting = list(runs[selector.partition("=")[0]].needs)
        while waiting:
            needed = runs[waiting.pop()]
            assert needed.skip is not None or needed.gate.name in part.gates[:place]
            waiting.extend(needed.needs if needed.skip is not None else ())


def check_balanced(found: Sequence[PlannedPart], alone: Sequence[PlannedPart]) -> None:
    """No machine works longer than an even share of what all goals take ``alone``, and one goal more."""
    assert len(found) <= len(alone)
    fair = sum(part.estimate_s for part in alone) / len(found)
    assert max(part.estimate_s for part in found) <= fair + max(part.estimate_s for part in alone) + 0.01


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0.01, 1000.0), min_size=1, max_size=30), st.integers(1, 10))
def test_independent_gates_are_spread_as_evenly_as_the_longest_allows(seconds: list[float], limit: int) -> None:
    gates = [gate(f"g{number}", needs=()) for number in range(len(seconds))]
    found = split(planned(*gates), {f"g{number}": each for number, each in enumerate(seconds)}, limit)
    machines = min(limit, len(seconds))
    best = max(sum(seconds) / machines, *seconds)
    # Longest first is at most 4/3 of the best there is (Graham, "Bounds on Multiprocessing Timing Anomalies", 1969),
    # which cannot be told cheaply; it is at most twice what no spread can beat.
    assert max(part.estimate_s for part in found) <= 2 * best + 0.01


def test_five_hundred_gates_in_many_parts_are_cut_in_a_second() -> None:
    gates = [gate(f"base{n}", needs=()) for n in range(20)]
    gates += [gate(f"g{n}", needs=tuple(f"base{m}" for m in range(n % 20))) for n in range(480)]
    plan = planned(*gates)
    started = time.process_time()
    assert len(split(plan, {f"g{n}": float(n) for n in range(480)}, 64)) == 64
    assert time.process_time() - started < 1.0


def test_the_documented_workflow_is_cut_as_it_says() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "fan-out.md").read_text("utf-8")
    (block,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    plan = make_plan(parse_workflow(block.encode(), ".gaterunner.yml"), change(), EMPTY, None)
    assert [part.gates for part in split(plan)] == [("build", f"unit={number}/4") for number in (1, 2, 3, 4)]
