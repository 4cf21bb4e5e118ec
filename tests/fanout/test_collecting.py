"""What becomes of a fan-out's parts, honest and otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gaterunner.config.types import CoverageRules, Gate, TestRules
from gaterunner.evidence.types import BaselineEvidence
from gaterunner.fanout.collecting import MAX_PART_BYTES, Merged, merge
from gaterunner.model import (
    Finding,
    GateResult,
    Outcome,
    Problem,
    Report,
    Severity,
    Skip,
    TestCounts,
    ToolInfo,
    Trouble,
    Verdict,
)
from gaterunner.reporters.json import encode_report
from gaterunner.verdict import decide
from tests.fanout.reports import FanOut, failed, not_run, passed, summary, with_tests
from tests.plan.test_plan import gate
from tests.plan.test_variants import sharded

BUILD = gate("build", needs=())
UNIT, LINT = gate("unit", needs=("build",)), gate("lint", needs=("build",))


def collected(fan_out: FanOut, files: list[tuple[str, bytes]] | None = None) -> Merged:
    return merge(fan_out.plan, fan_out.files() if files is None else files, fan_out.expected)


def verdict(merged: Merged) -> Verdict:
    return decide(merged.gates, [], scope="gates+policies", problems=merged.problems)


def outcomes(merged: Merged) -> dict[str, str]:
    return {each.name: str(each.outcome) for each in merged.gates}


def only(merged: Merged, name: str) -> GateResult:
    (found,) = [each for each in merged.gates if each.name == name]
    return found


def messages(merged: Merged) -> list[str]:
    return [problem.message for problem in merged.problems]


# --- all parts arrived -----------------------------------------------------------------------------------------------


def test_all_parts_together_are_a_pass() -> None:
    merged = collected(FanOut(BUILD, UNIT, LINT))
    assert outcomes(merged) == {"build": "passed", "unit": "passed", "lint": "passed"}
    assert merged.problems == ()
    assert verdict(merged) is Verdict.PASS


def test_a_failure_in_any_part_is_a_failure() -> None:
    fan_out = FanOut(BUILD, UNIT, LINT)
    lint = failed(fan_out.planned(2)["lint"])
    merged = collected(fan_out, fan_out.files({2: fan_out.report(2, {"lint": lint})}))
    assert outcomes(merged) == {"build": "passed", "unit": "passed", "lint": "failed"}
    assert verdict(merged) is Verdict.FAIL


def test_what_does_not_apply_is_told_by_the_plan() -> None:
    fan_out = FanOut(BUILD, gate("docs", needs=("build",), paths=("docs/**",)), touched=["src/a.py"])
    docs = only(collected(fan_out), "docs")
    assert (docs.outcome, docs.skip) == (Outcome.SKIPPED, Skip.NOT_APPLICABLE)
    assert docs.reason == "none of the 1 changed file matches `paths`: docs/**"


def test_where_nothing_applies_the_one_part_agrees() -> None:
    fan_out = FanOut(gate("docs", paths=("docs/**",)), touched=["src/a.py"])
    report = fan_out.report(1)
    assert report.part is not None
    all_given = replace(report, part=replace(report.part, selected=("docs",)))
    for each in (report, all_given):
        merged = collected(fan_out, fan_out.files({1: each}))
        assert (only(merged, "docs").skip, merged.problems) == (Skip.NOT_APPLICABLE, ())
        assert verdict(merged) is Verdict.FAIL


def test_a_part_s_word_that_a_gate_does_not_apply_is_not_taken() -> None:
    fan_out = FanOut(BUILD)
    skipped = not_run(fan_out.planned(1)["build"], Skip.NOT_APPLICABLE, "none of the 3 changed files matches")
    merged = collected(fan_out, fan_out.files({1: fan_out.report(1, {"build": skipped})}))
    assert only(merged, "build").outcome is Outcome.ERRORED
    assert only(merged, "build").reason == "part 1 of 1 did not run it: none of the 3 changed files matches"


def test_a_gate_that_was_given_and_does_not_apply_here_is_errored() -> None:
    fan_out = FanOut(gate("docs", paths=("docs/**",)), touched=["docs/a.md"])
    here = FanOut(gate("docs", paths=("docs/**",)), touched=["src/a.py"])
    merged = merge(here.plan, fan_out.files(), here.expected)
    assert only(merged, "docs").outcome is Outcome.ERRORED
    assert only(merged, "docs").reason == (
        "part 1 of 1 was given it, and here it does not apply: none of the 1 changed file matches `paths`: docs/**"
    )


def test_whether_a_gate_is_advisory_is_not_for_a_part_to_say() -> None:
    fan_out = FanOut(BUILD)
    mild = replace(failed(fan_out.planned(1)["build"]), advisory=True, kind="other", command="true")
    build = only(collected(fan_out, fan_out.files({1: fan_out.report(1, {"build": mild})})), "build")
    assert (build.advisory, build.kind, build.command) == (False, "command", "true")


def test_logs_of_other_machines_are_not_named() -> None:
    assert only(collected(FanOut(BUILD)), "build").log is None


def test_what_parts_note_is_told_once() -> None:
    fan_out = FanOut(BUILD, UNIT, LINT)
    reports: Mapping[int, Report] = {number: fan_out.report(number, notes=("gates ran as root",)) for number in (1, 2)}
    assert collected(fan_out, fan_out.files(reports)).notes == ("part 1 of 2, part 2 of 2: gates ran as root",)


# --- what several parts ran ------------------------------------------------------------------------------------------


def test_machines_that_disagree_come_to_the_graver_result_and_say_so() -> None:
    fan_out = FanOut(BUILD, UNIT, LINT)
    build = failed(fan_out.planned(2)["build"])
    merged = collected(fan_out, fan_out.files({2: fan_out.report(2, {"build": build})}))
    found = only(merged, "build")
    assert (found.outcome, found.reason) == (Outcome.FAILED, "in part 2 of 2: exit code 1")
    assert [(each.rule, each.message) for each in found.findings] == [
        ("parts-disagree", "gate `build` passed in part 1 of 2, failed in part 2 of 2")
    ]
    assert verdict(merged) is Verdict.FAIL


@pytest.mark.parametrize(
    "second",
    [{"t.a": "skipped", "t.b": "passed"}, {"t.a": "failed", "t.b": "passed"}],
    ids=["skipped", "failed, and tolerated"],
)
def test_a_test_that_did_worse_on_one_machine_counts_as_it_did_there(second: dict[str, str]) -> None:
    fan_out = FanOut(BUILD, UNIT, LINT)
    build = fan_out.planned(1)["build"]
    first = fan_out.report(1, {"build": passed(build, tests={"t.a": "passed", "t.b": "passed"})})
    other = fan_out.report(2, {"build": passed(build, tests=second)})
    found = only(collected(fan_out, fan_out.files({1: first, 2: other})), "build")
    assert {case.id: case.state for case in found.cases} == second
    (finding,) = found.findings
    assert (finding.rule, finding.message) == (
        "parts-disagree",
        "gate `build` has 1 test that did not do as well on every machine: t.a",
    )


def test_a_test_that_was_flaky_on_one_machine_is_flaky() -> None:
    fan_out = FanOut(BUILD, UNIT, LINT)
    build = passed(fan_out.planned(1)["build"], tests={"t.a": "passed"})
    retried = replace(build, cases=(replace(build.cases[0], flaky=True),))
    files = fan_out.files({1: fan_out.report(1, {"build": build}), 2: fan_out.report(2, {"build": retried})})
    assert only(collected(fan_out, files), "build").cases == retried.cases


def test_a_machine_that_did_not_get_to_it_does_not_disagree() -> None:
    fan_out = FanOut(BUILD, UNIT, LINT)
    planned = fan_out.planned(2)
    late = {name: not_run(planned[name], Skip.NOT_REACHED, "not reached: interrupted") for name in ("build", "lint")}
    merged = collected(fan_out, fan_out.files({2: fan_out.report(2, late)}))
    assert outcomes(merged) == {"build": "passed", "unit": "passed", "lint": "skipped"}
    assert only(merged, "build").findings == ()
    assert verdict(merged) is Verdict.ERROR


# --- shards ----------------------------------------------------------------------------------------------------------


def in_shards(*tests: Mapping[str, str], gate: Gate | None = None, **edits: Any) -> tuple[Merged, GateResult]:
    """A gate of as many shards as there are maps of tests, and its merged result; ``edits`` change the second shard."""
    declared = gate or replace(sharded("unit", len(tests)), tests=("*.xml",))
    fan_out = FanOut(declared)
    reports = {}
    for number, each in enumerate(tests, start=1):
        (planned,) = fan_out.planned(number).values()
        result = passed(planned, tests=each)
        reports[number] = fan_out.report(
            number, {planned.gate.name: replace(result, **edits) if number == 2 else result}
        )
    merged = collected(fan_out, fan_out.files(reports))
    return merged, only(merged, "unit")


def test_shards_become_one_gate_with_all_tests() -> None:
    merged, unit = in_shards({"t.a": "passed", "t.b": "skipped"}, {"t.c": "passed"}, {"t.d": "passed"})
    assert (unit.outcome, unit.reason, unit.duration_s) == (Outcome.PASSED, "3 of 3 shards passed", 6.0)
    assert unit.tests == TestCounts(total=4, passed=3, skipped=1)
    assert [case.id for case in unit.cases] == ["t.a", "t.b", "t.c", "t.d"]
    assert unit.findings == ()
    assert verdict(merged) is Verdict.PASS


def test_one_shard_that_failed_is_a_failed_gate() -> None:
    merged, unit = in_shards(
        {"t.a": "passed"}, {"t.b": "failed"}, outcome=Outcome.FAILED, reason="exit code 1: 1 of 1 test failed"
    )
    assert (unit.outcome, unit.reason) == (Outcome.FAILED, "shard 2 of 2 failed: exit code 1: 1 of 1 test failed")
    assert unit.tests == TestCounts(total=2, passed=1, failed=1)
    assert verdict(merged) is Verdict.FAIL


def test_one_shard_that_was_not_reached_is_no_pass() -> None:
    merged, unit = in_shards(
        {"t.a": "passed"}, {}, outcome=Outcome.SKIPPED, skip=Skip.NOT_REACHED, reason="not reached: interrupted"
    )
    assert (unit.outcome, unit.reason) == (Outcome.SKIPPED, "shard 2 of 2 was not reached: interrupted")
    assert verdict(merged) is Verdict.ERROR


def test_the_least_number_of_tests_is_that_of_all_shards() -> None:
    asked = replace(sharded("unit", 2), tests=("*.xml",), test_rules=TestRules(minimum=3))
    _, enough = in_shards({"t.a": "passed", "t.b": "passed"}, {"t.c": "passed"}, gate=asked)
    assert enough.outcome is Outcome.PASSED
    merged, short = in_shards({"t.a": "passed"}, {"t.c": "passed"}, gate=asked)
    assert (short.outcome, short.reason) == (
        Outcome.UNPROVEN,
        "2 tests executed, expected at least 3 (`tests: minimum`)",
    )
    assert verdict(merged) is Verdict.FAIL


def test_a_command_that_runs_everything_in_every_shard_is_told() -> None:
    _, unit = in_shards({"t.a": "passed", "t.b": "passed"}, {"t.a": "passed", "t.b": "passed"})
    assert unit.tests == TestCounts(total=2, passed=2)
    (finding,) = unit.findings
    assert (finding.rule, finding.message) == (
        "test-in-several-shards",
        "2 tests executed by more than one shard: t.a, t.b",
    )
    assert finding.help == "let the command run only its own share: GATERUNNER_SHARD_INDEX of GATERUNNER_SHARD_TOTAL"


def test_tests_of_other_shards_that_are_told_as_skipped_count_once() -> None:
    _, unit = in_shards({"t.a": "passed", "t.b": "skipped"}, {"t.a": "skipped", "t.b": "passed"})
    assert unit.tests == TestCounts(total=2, passed=2)
    assert unit.findings == ()


def test_a_test_that_no_shard_executes_is_told() -> None:
    _, unit = in_shards({"t.a": "passed", "t.c": "skipped"}, {"t.b": "passed", "t.c": "skipped"})
    assert unit.tests == TestCounts(total=3, passed=2, skipped=1)
    assert [(each.rule, each.message) for each in unit.findings] == [
        ("test-in-no-shard", "1 test told by several shards and executed by none: t.c")
    ]


def test_shards_that_contradict_each_other_are_told() -> None:
    _, unit = in_shards({"t.a": "passed"}, {"t.a": "failed"}, outcome=Outcome.FAILED, reason="exit code 1")
    assert unit.tests == TestCounts(total=1, failed=1)
    assert [each.rule for each in unit.findings] == ["shards-contradict", "test-in-several-shards"]


def test_lines_that_one_shard_did_not_execute_are_not_told_as_uncovered() -> None:
    uncovered = Finding(rule="changed-line-uncovered", severity=Severity.NOTICE, message="line 1", path="a.py", line=1)
    other = Finding(rule="flaky", severity=Severity.WARNING, message="t.a")
    _, unit = in_shards({"t.a": "passed"}, {"t.b": "passed"}, findings=(uncovered, other))
    assert [each.rule for each in unit.findings] == ["flaky"]


def test_the_base_s_tests_are_compared_with_those_of_all_shards() -> None:
    unit = replace(sharded("unit", 2), tests=("*.xml",), test_rules=TestRules(baseline="report"))
    merged, alone = in_shards({"t.a": "passed"}, {"t.b": "passed"}, gate=unit)
    assert (alone.outcome, alone.reason) == (
        Outcome.UNPROVEN,
        "its tests were not compared with the base's",
    )
    assert verdict(merged) is Verdict.FAIL

    def against(*ids: str) -> GateResult:
        cases = passed(FanOut(BUILD).plan[0], tests=dict.fromkeys(ids, "passed")).cases
        base = BaselineEvidence(commit="a" * 40, source="report", cases=cases)
        fan_out = FanOut(unit)
        reports = {
            number: fan_out.report(number, {each.gate.name: passed(each, tests={f"t.{letter}": "passed"})})
            for number, letter in ((1, "a"), (2, "b"))
            for each in fan_out.planned(number).values()
        }
        return only(merge(fan_out.plan, fan_out.files(reports), fan_out.expected, {"unit": base}), "unit")

    assert against("t.a", "t.b").outcome is Outcome.PASSED
    assert against("t.a", "t.b", "t.c").outcome is Outcome.UNPROVEN


def test_only_what_was_executed_as_a_whole_has_a_duration() -> None:
    fan_out = FanOut(BUILD, sharded("unit", 2, needs=("build",)), LINT)
    assert dict(collected(fan_out).durations) == {"build": 2.0, "unit": 4.0, "lint": 2.0}
    lint, shard = fan_out.planned(1)["lint"], fan_out.planned(2)["unit (shard 1 of 2)"]
    retried = replace(passed(lint), attempts=2, flaky=True)
    cached = replace(passed(shard), cached=True, attempts=0)
    reports = {1: fan_out.report(1, {"lint": retried}), 2: fan_out.report(2, {shard.gate.name: cached})}
    merged = collected(fan_out, fan_out.files(reports))
    assert dict(merged.durations) == {"build": 2.0}
    assert merged.partly_cached == ("unit",)


def test_a_shard_of_what_can_only_be_judged_whole_proves_nothing() -> None:
    fan_out = FanOut(sharded("unit", 2))
    plan = FanOut(replace(sharded("unit", 2), coverage=CoverageRules(files=("c.xml",), minimum=80))).plan
    unit = only(merge(plan, fan_out.files(), fan_out.expected), "unit")
    assert (unit.outcome, unit.reason) == (
        Outcome.ERRORED,
        "it came in shards, and its least coverage can only be judged over all its tests",
    )


def test_a_shard_that_rests_on_the_cache_is_told() -> None:
    _, unit = in_shards({"t.a": "passed"}, {"t.b": "passed"}, cached=True)
    assert (unit.cached, unit.reason) == (False, "2 of 2 shards passed, 1 of them cached")


# --- what is missing -------------------------------------------------------------------------------------------------


def test_a_part_that_did_not_arrive_leaves_its_gates_errored() -> None:
    fan_out = FanOut(BUILD, UNIT, LINT)
    merged = collected(fan_out, fan_out.files()[:1])
    assert outcomes(merged) == {"build": "passed", "unit": "passed", "lint": "errored"}
    assert only(merged, "lint").reason == "it did not arrive: part 2 of 2 is missing"
    assert verdict(merged) is Verdict.ERROR


def test_a_failure_that_was_seen_outweighs_a_part_that_was_not() -> None:
    fan_out = FanOut(BUILD, UNIT, LINT)
    unit = failed(fan_out.planned(1)["unit"])
    merged = collected(fan_out, fan_out.files({1: fan_out.report(1, {"unit": unit})})[:1])
    assert verdict(merged) is Verdict.FAIL


def test_a_shard_that_did_not_arrive_leaves_the_gate_errored() -> None:
    fan_out = FanOut(sharded("unit", 3))
    unit = only(collected(fan_out, fan_out.files()[1:]), "unit")
    assert (unit.outcome, unit.reason) == (Outcome.ERRORED, "shard 1 of 3 did not arrive: part 1 of 3 is missing")


def test_nothing_at_all_is_no_pass() -> None:
    merged = collected(FanOut(BUILD), [])
    assert messages(merged) == ["no report of a part arrived"]
    assert verdict(merged) is Verdict.ERROR


@pytest.mark.parametrize("copies", [0, 2])
def test_a_part_of_advisory_gates_has_to_arrive_once_as_well(copies: int) -> None:
    fan_out = FanOut(BUILD, replace(gate("docs", needs=()), advisory=True))
    build, docs = fan_out.files()
    merged = collected(fan_out, [build, *((f"{number}.json", docs[1]) for number in range(copies))])
    assert messages(merged)[:1] == [
        "part 2 of 2 did not arrive" if copies == 0 else "part 2 of 2 arrived more than once: 0.json"
    ]
    assert verdict(merged) is Verdict.ERROR


def test_a_part_that_nothing_depends_on_is_missed_all_the_same() -> None:
    """Its gates may have come with another part, but then somebody divided the plan by hand."""
    fan_out = FanOut(BUILD)
    alone = fan_out.report(1)
    assert alone.part is not None
    of_two = replace(alone, part=replace(alone.part, total=2))
    merged = collected(fan_out, [("one.json", encode_report(of_two))])
    assert messages(merged) == ["part 2 of 2 did not arrive"]
    assert verdict(merged) is Verdict.ERROR


def test_a_gate_that_the_matrix_left_out_is_errored() -> None:
    fan_out, more = FanOut(BUILD), FanOut(BUILD, gate("lint", needs=()))
    lint = only(merge(more.plan, fan_out.files(), fan_out.expected), "lint")
    assert lint.outcome is Outcome.ERRORED
    assert lint.reason == ("it came with no part, although all parts arrived: the matrix was not made from this plan")


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (lambda gates: [each for each in gates if each.name != "lint"], "part 2 of 2 holds no result of it"),
        (lambda gates: [*gates, gates[-1]], "part 2 of 2 holds several results of it"),
        (
            lambda gates: [*gates[:-1], not_run_like(gates[-1], Skip.NOT_SELECTED)],
            "part 2 of 2 did not run it: left out",
        ),
    ],
)
def test_a_part_without_one_result_of_what_it_was_given(edit: Any, reason: str) -> None:
    fan_out = FanOut(BUILD, UNIT, LINT)
    report = fan_out.report(2)
    merged = collected(fan_out, fan_out.files({2: replace(report, gates=tuple(edit(report.gates)))}))
    assert (only(merged, "lint").outcome, only(merged, "lint").reason) == (Outcome.ERRORED, reason)
    assert only(merged, "unit").outcome is Outcome.PASSED


def not_run_like(result: GateResult, skip: Skip) -> GateResult:
    return replace(result, outcome=Outcome.SKIPPED, skip=skip, reason="left out")


def test_a_gate_that_ran_without_what_it_needs_on_its_machine_is_errored() -> None:
    fan_out = FanOut(BUILD, UNIT, LINT)
    report = fan_out.report(2)
    assert report.part is not None
    alone = replace(report, part=replace(report.part, selected=("lint",)))
    alone = replace(alone, gates=tuple(each for each in alone.gates if each.name == "lint"))
    lint = only(collected(fan_out, fan_out.files({2: alone})), "lint")
    assert (lint.outcome, lint.reason) == (Outcome.ERRORED, "part 2 of 2 ran it without build, which it needs")


def test_a_pass_without_the_tests_that_it_has_to_show_is_errored() -> None:
    fan_out = FanOut(replace(BUILD, tests=("*.xml",)))
    build = only(collected(fan_out), "build")
    assert (build.outcome, build.reason) == (Outcome.ERRORED, "part 1 of 1 tells that it passed, and of no tests")
    shown = with_tests(passed(fan_out.planned(1)["build"]), {"t.a": "passed"})
    assert only(collected(fan_out, fan_out.files({1: fan_out.report(1, {"build": shown})})), "build").outcome is (
        Outcome.PASSED
    )


# --- what does not belong there --------------------------------------------------------------------------------------


def foreign(edit: Any) -> Merged:
    """The parts of a fan-out, the second of them changed."""
    fan_out = FanOut(BUILD, UNIT, LINT)
    return collected(fan_out, fan_out.files({2: edit(fan_out.report(2))}))


def change_part(**edits: Any) -> Any:
    def edit(report: Report) -> Report:
        assert report.part is not None
        return replace(report, part=replace(report.part, **edits))

    return edit


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (
            lambda report: replace(report, tool=ToolInfo(version="0.9.0")),
            "part-2.json: part 2 of 2 is of gaterunner 0.9.0, and this is 1.0.0",
        ),
        (
            lambda report: replace(report, change=summary(head="c" * 40)),
            "part-2.json: part 2 of 2 is of commit cccccccccccc, and this is bbbbbbbbbbbb",
        ),
        (
            lambda report: replace(report, change=summary(dirty=True)),
            "part-2.json: part 2 of 2 is of a work tree with changes that are not committed",
        ),
        (
            lambda report: replace(report, change=replace(summary(), phase="easy")),
            "part-2.json: part 2 of 2 is of the phase `easy`, and this is of no phase",
        ),
        (
            lambda report: replace(report, workflow=replace(report.workflow, sha256="6" * 64)),
            "part-2.json: part 2 of 2 is of another workflow file (sha256 666666666666, and this is 555555555555)",
        ),
        (
            change_part(plan="0" * 64),
            "part-2.json: part 2 of 2 is of another plan: other commands, images, shards or merge commit",
        ),
        (
            lambda report: replace(
                report, change=None, problems=(Problem(trouble=Trouble.EVALUATION, message="git is gone"),)
            ),
            "part-2.json: part 2 of 2 is of a run that did not get as far as its gates: git is gone",
        ),
        (lambda report: replace(report, part=None), "part-2.json: not the report of a part"),
        (lambda report: replace(report, scope="gates+policies"), "part-2.json: not the report of a part"),
        (change_part(number=0), "part-2.json: there is no part 0 of 2"),
        (change_part(number=3), "part-2.json: there is no part 3 of 2"),
        (change_part(total=10**9), "part-2.json: there is no part 2 of 1000000000"),
        (lambda _report: b"", "part-2.json: the report is not valid JSON: Input data was truncated"),
        (lambda report: encode_report(report)[:-200], "part-2.json: the report is not valid JSON:"),
        (lambda _report: b"[" * 100_000, "part-2.json: the report is not valid JSON:"),
        (lambda _report: b"\xff\xfe", "part-2.json: the report is not valid JSON:"),
        (lambda _report: b"{}", "part-2.json: the report's `schema` is none, expected `gaterunner.report/1`"),
        (
            lambda report: encode_report(report).replace(b'"verdict": "pass"', b'"verdict": "pass", "trust": "me"'),
            "part-2.json: the report does not fit gaterunner.report/1: it holds `$.trust`, which is unknown",
        ),
        (
            lambda _report: b" " * (MAX_PART_BYTES + 1),
            "part-2.json: larger than 64 MiB, which no report of a part is",
        ),
    ],
)
def test_a_report_that_is_no_part_of_this_plan_is_told_and_counts_for_nothing(edit: Any, message: str) -> None:
    merged = foreign(edit)
    assert messages(merged)[0].startswith(message)
    assert all(problem.help for problem in merged.problems)
    assert only(merged, "lint").outcome is Outcome.ERRORED
    assert verdict(merged) is Verdict.ERROR


WAY_BACK = replace(gate("way-back", needs=()), kind="rollback-rehearsal")
OTHER_BASE = "part 1 of 1 compared with cccccccccccc, and the base is aaaaaaaaaaaa"


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (WAY_BACK, OTHER_BASE),
        (replace(gate("migrations", needs=()), kind="migration-rehearsal"), OTHER_BASE),
        (replace(gate("unit", needs=()), test_rules=TestRules(baseline="run")), OTHER_BASE),
        (replace(gate("unit", needs=()), coverage=CoverageRules(files=("*.xml",))), OTHER_BASE),
        (gate("unit", needs=()), "exit code 0"),
    ],
    ids=["way back", "migrations", "baseline", "coverage", "what compares nothing"],
)
def test_what_was_compared_with_another_base_is_no_result(one: Gate, reason: str) -> None:
    fan_out = FanOut(one)
    elsewhere = replace(fan_out.report(1), change=replace(summary(), base="c" * 40))
    (found,) = collected(fan_out, fan_out.files({1: elsewhere})).gates
    assert (found.outcome, found.reason) == (Outcome.PASSED if reason == "exit code 0" else Outcome.ERRORED, reason)


def test_a_way_back_that_was_rehearsed_by_another_spec_is_no_result() -> None:
    fan_out = FanOut(WAY_BACK, gate("unit", needs=()))
    expected = replace(fan_out.expected, has_same_spec=lambda commit: commit != "a" * 40)
    merged = merge(fan_out.plan, fan_out.files(), expected)
    assert outcomes(merged) == {"way-back": "errored", "unit": "passed"}
    assert only(merged, "way-back").reason == (
        "part 1 of 2 went by another version of the phase's spec, which says what old code has to pass"
    )


def test_a_stranger_beside_complete_parts_is_no_pass_either() -> None:
    fan_out = FanOut(BUILD, UNIT, LINT)
    stranger = replace(fan_out.report(1), change=summary(head="c" * 40))
    merged = collected(fan_out, [*fan_out.files(), ("old/part-1.json", encode_report(stranger))])
    assert set(outcomes(merged).values()) == {"passed"}
    assert messages(merged) == ["old/part-1.json: part 1 of 2 is of commit cccccccccccc, and this is bbbbbbbbbbbb"]
    assert verdict(merged) is Verdict.ERROR


def test_a_part_that_came_twice_counts_for_nothing() -> None:
    fan_out = FanOut(BUILD, UNIT, LINT)
    merged = collected(fan_out, [*fan_out.files(), ("again.json", fan_out.files()[1][1])])
    assert outcomes(merged) == {"build": "errored", "unit": "passed", "lint": "errored"}
    assert only(merged, "lint").reason == "part 2 of 2 arrived more than once: again.json, part-2.json"
    assert verdict(merged) is Verdict.ERROR


def test_parts_of_two_divisions_of_one_plan_are_told() -> None:
    whole, cut = FanOut(BUILD, UNIT, LINT, limit=1), FanOut(BUILD, UNIT, LINT, limit=2)
    merged = collected(whole, [*whole.files(), ("other.json", cut.files()[1][1])])
    assert messages(merged) == ["the parts are of several divisions: part-1.json of 1 and other.json of 2 parts"]
    assert verdict(merged) is Verdict.ERROR


def test_what_kept_a_part_from_being_judged_keeps_the_whole_from_it() -> None:
    fan_out = FanOut(BUILD, UNIT, LINT)
    moved = Problem(trouble=Trouble.INTERRUPTED, message="the run was interrupted", help="run it again")
    merged = collected(fan_out, fan_out.files({2: fan_out.report(2, problems=(moved,))}))
    assert [(each.trouble, each.message, each.help) for each in merged.problems] == [
        (Trouble.EVALUATION, "part 2 of 2: the run was interrupted", "run it again")
    ]
    assert verdict(merged) is Verdict.ERROR


def test_results_of_gates_that_a_part_was_not_given_are_told() -> None:
    fan_out = FanOut(BUILD, UNIT, LINT)
    report = fan_out.report(2)
    extra = replace(report.gates[0], name="deploy")
    merged = collected(fan_out, fan_out.files({2: replace(report, gates=(*report.gates, extra))}))
    assert messages(merged) == ["part-2.json: holds deploy, which part 2 of 2 was not given"]


@pytest.mark.parametrize("selector", ["deploy", "lint=1/2", "", "=", "../../etc/passwd", "lint=\u0661/1"])
def test_a_part_that_names_what_the_plan_does_not_have_is_told(selector: str) -> None:
    fan_out = FanOut(BUILD, UNIT, LINT)
    report = fan_out.report(2)
    assert report.part is not None
    odd = replace(report, part=replace(report.part, selected=(*report.part.selected, selector)))
    assert messages(collected(fan_out, fan_out.files({2: odd}))) == [
        f"part-2.json: `{selector}` is no gate of this plan"
    ]


def test_the_order_in_which_parts_arrive_changes_nothing() -> None:
    fan_out = FanOut(BUILD, UNIT, LINT, sharded("e2e", 3, needs=("build",)))
    assert collected(fan_out, fan_out.files()[::-1]) == collected(fan_out)


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_only_every_part_once_with_nothing_but_passes_is_a_pass(data: st.DataObject) -> None:
    shards = data.draw(st.sampled_from([1, 3]))
    advisory = replace(gate("docs", needs=()), advisory=True)
    gates = (BUILD, replace(UNIT, shards=shards), LINT, advisory)
    fan_out = FanOut(*gates, limit=data.draw(st.integers(1, 6)))
    copies = [data.draw(st.sampled_from([0, 1, 1, 1, 1, 2])) for _ in fan_out.parts]
    bad = data.draw(st.sampled_from([None, None, Outcome.FAILED, Outcome.UNPROVEN, Outcome.ERRORED, Outcome.PENDING]))
    number = data.draw(st.integers(1, len(fan_out.parts)))
    victim = data.draw(st.sampled_from([each for each in fan_out.planned(number).values() if each.skip is None]))
    broken = {} if bad is None else {victim.gate.name: replace(passed(victim), outcome=bad, reason="seen")}

    files = [
        (f"{copy}/{name}", content)
        for (name, content), count in zip(fan_out.files({number: fan_out.report(number, broken)}), copies, strict=True)
        for copy in range(count)
    ]
    merged = collected(fan_out, data.draw(st.permutations(files)))

    complete = all(count == 1 for count in copies)
    good = bad is None or victim.gate.advisory
    assert (verdict(merged) is Verdict.PASS) is (complete and good)
    assert [each.name for each in merged.gates] == [each.gate.name for each in fan_out.plan]


def test_a_part_edited_to_green_is_believed_as_documented() -> None:
    """Nothing signs a part: what protects it is that it comes from a job of the same workflow run (docs/fan-out.md)."""
    fan_out = FanOut(BUILD)
    honest = encode_report(fan_out.report(1, {"build": failed(fan_out.planned(1)["build"])}))
    plain = msgspec.json.decode(honest)
    plain["gates"][0] |= {"outcome": "passed", "exit_code": 0}
    assert verdict(collected(fan_out, [("part-1.json", honest)])) is Verdict.FAIL
    assert verdict(collected(fan_out, [("part-1.json", msgspec.json.encode(plain))])) is Verdict.PASS
