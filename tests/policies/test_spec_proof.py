"""What a branch of a phase has to prove: objectives, tests, budget, a way back, and an owner who did not make it."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from gaterunner.config.types import TestRules as Rules
from gaterunner.evidence.types import BaselineEvidence
from gaterunner.gates.baseline import judge_baseline
from gaterunner.model import Finding, GateResult, Outcome, PolicyResult, Severity, Skip, TestCase
from tests.contract.contracts import PATH, WORKFLOW, result, spec, workflow
from tests.policies.branches_of_a_phase import (
    NEW_TEST,
    OLD_TEST,
    PROVEN,
    WORK,
    after,
    judge,
    only,
    rules,
    start,
    told,
)

UNDECLARED = "and the spec does not declare that it may be removed"
NO_GATE = "and the workflow file declares no such gate"
OWNER = {"NAME": "Owner", "EMAIL": "owner@example.invalid"}


def objective(tests: str) -> str:
    """The only objective of a spec, proven by these."""
    return f"[{{id: window, text: A window, tests: {tests}}}]"


# --- objectives and must-pass ---------------------------------------------------------------------------------------


def proof(tmp_path: Path, *gates: GateResult, **changed: str | None) -> PolicyResult:
    """What the policy says of honest work, by what its gates came to."""
    return after(tmp_path, {}, *gates, **changed)


def cases(**states: str) -> tuple[TestCase, ...]:
    return tuple(TestCase(id=PROVEN if id == "it" else id, state=state) for id, state in states.items())  # type: ignore[arg-type]  # one of the three


def test_a_test_that_nobody_ran_proves_nothing(tmp_path: Path) -> None:
    judged = proof(tmp_path, result("unit", "tests.test_filters.test_old"))
    assert (judged.outcome, rules(judged)) == (Outcome.UNPROVEN, {"objective-unproven"})
    assert only(judged).message == (
        f"the objective `window` is not proven by `{PROVEN}`: no test that ran has such an id"
    )
    assert (only(judged).path, only(judged).line) == (PATH, 4)


def test_an_approval_of_the_spec_s_change_shows_no_objective(tmp_path: Path) -> None:
    judged = after(tmp_path, {PATH: spec(budget="{files: 9}")}, result("unit", "tests.test_filters.test_old"))
    assert (judged.outcome, judged.may_be_waived) == (Outcome.UNPROVEN, False)
    assert rules(judged) == {"changed", "objective-unproven"}


@pytest.mark.parametrize(
    "id",
    [
        "tests.test_filters.Test_window",
        "tests.test_filter\u0455.test_window",
        "tests.test_filters.test_wind\u200bow",
        "Tests.test_filters.test_window",
    ],
    ids=["case", "Cyrillic letter", "zero-width space", "case of a folder"],
)
def test_a_test_whose_id_merely_looks_alike_proves_nothing(tmp_path: Path, id: str) -> None:
    judged = proof(tmp_path, result("unit", id))
    assert judged.outcome is Outcome.UNPROVEN
    assert only(judged).message.endswith(f"no test that ran has such an id; `{id}` only looks like it")


def test_a_test_that_got_parameters_is_named_with_the_pattern_that_means_it(tmp_path: Path) -> None:
    (message,) = told(after(tmp_path, WORK, result("unit", f"{PROVEN}[24h]")), "objective-unproven")
    assert message.endswith(f"`{PROVEN}[24h]` has parameters, and only `{PROVEN}[*` means it")


@pytest.mark.parametrize(
    "pattern",
    [
        "test_window",
        "test_filters.test_*",
        "tests/test_filters.py::test_window",
        "test_filters::test_window",
        "./tests/test_filters.py::test_window",
    ],
)
def test_a_test_that_is_meant_by_another_name_is_told_by_its_whole_id(tmp_path: Path, pattern: str) -> None:
    judged = after(tmp_path, {}, result("unit", PROVEN), objectives=objective(f"'{pattern}'"))
    assert (judged.outcome, rules(judged)) == (Outcome.UNPROVEN, {"objective-unproven"})
    assert only(judged).message.endswith(
        f"no test that ran has such an id; the whole id of one that ends so is `{PROVEN}`"
    )


@pytest.mark.parametrize(
    "id",
    [
        "xtests.test_filters.test_window",
        "tests.test_filters.test_window[1]",
        "tests.test_filters.test_window2",
        "test_window",
    ],
)
def test_an_id_has_to_match_as_a_whole(tmp_path: Path, id: str) -> None:
    assert proof(tmp_path, result("unit", id)).outcome is Outcome.UNPROVEN


def test_brackets_and_dots_stand_for_themselves(tmp_path: Path) -> None:
    bracket = objective("'tests.test_filters.test_window[24h]'")
    assert proof(tmp_path, result("unit", f"{PROVEN}[24h]"), objectives=bracket).outcome is Outcome.PASSED
    assert proof(tmp_path / "b", result("unit", f"{PROVEN}2"), objectives=bracket).outcome is Outcome.UNPROVEN
    assert proof(tmp_path / "c", result("unit", PROVEN.replace(".", "_"))).outcome is Outcome.UNPROVEN


def test_a_failed_test_fails_the_objective(tmp_path: Path) -> None:
    judged = proof(tmp_path, result("unit", outcome=Outcome.FAILED, cases=cases(it="failed")))
    assert told(judged, "objective-failed") == [f"the objective `window` is not met by `{PROVEN}`: it failed in `unit`"]
    assert judged.outcome is Outcome.FAILED


def test_what_is_not_shown_is_told_apart_from_what_failed(tmp_path: Path) -> None:
    judged = proof(tmp_path, result("unit", cases=cases(it="skipped")), tests="{add: 9}")
    assert (judged.outcome, rules(judged)) == (Outcome.FAILED, {"objective-unproven", "too-few-tests"})
    assert judged.unshown == f"the objective `window` is not proven by `{PROVEN}`: it was skipped in `unit`"


def test_a_skipped_test_proves_nothing(tmp_path: Path) -> None:
    judged = proof(tmp_path, result("unit", cases=cases(it="skipped")))
    assert (judged.outcome, told(judged, "objective-unproven")) == (
        Outcome.UNPROVEN,
        [f"the objective `window` is not proven by `{PROVEN}`: it was skipped in `unit`"],
    )


def test_every_test_that_a_pattern_means_has_to_pass(tmp_path: Path) -> None:
    wide = objective("tests.test_filters.*")
    both = result("unit", PROVEN, cases=(TestCase(id="tests.test_filters.test_hard", state="skipped"),))
    judged = proof(tmp_path, both, objectives=wide)
    assert judged.outcome is Outcome.UNPROVEN
    assert "`tests.test_filters.test_hard`: it was skipped in `unit`" in only(judged).message


def test_a_flaky_test_proves_nothing(tmp_path: Path) -> None:
    flaky = result("unit", flaky=True, attempts=2, cases=(TestCase(id=PROVEN, state="passed", flaky=True),))
    judged = proof(tmp_path, flaky)
    assert judged.outcome is Outcome.UNPROVEN
    assert "it is flaky: in `unit` it failed before it passed" in only(judged).message


def test_a_flaky_test_is_not_saved_by_another_gate(tmp_path: Path) -> None:
    flaky = result("smoke", cases=(TestCase(id=PROVEN, state="passed", flaky=True),))
    assert proof(tmp_path, result("unit", PROVEN), flaky).outcome is Outcome.UNPROVEN


def test_an_advisory_gate_proves_nothing(tmp_path: Path) -> None:
    judged = proof(tmp_path, result("extra", PROVEN, advisory=True))
    assert "`extra` is advisory, so nothing depends on it" in told(judged, "objective-unproven")[0]


def test_a_failure_of_an_advisory_gate_takes_no_proof_away(tmp_path: Path) -> None:
    extra = result("extra", advisory=True, outcome=Outcome.FAILED, cases=cases(it="failed"))
    assert proof(tmp_path, result("unit", PROVEN), extra).outcome is Outcome.PASSED


def test_a_test_skipped_in_one_gate_and_passed_in_another_passed(tmp_path: Path) -> None:
    assert proof(tmp_path, result("unit", cases=cases(it="skipped")), result("smoke", PROVEN)).outcome is Outcome.PASSED


def test_a_test_that_failed_in_one_state_of_the_flags_failed(tmp_path: Path) -> None:
    on = result("unit (flags on)", outcome=Outcome.FAILED, cases=cases(it="failed"))
    assert rules(proof(tmp_path, result("unit (flags off)", PROVEN), on)) == {"objective-failed"}


def test_a_result_from_the_cache_proves_what_it_names(tmp_path: Path) -> None:
    judged = proof(tmp_path, result("unit", PROVEN, cached=True, attempts=0))
    assert judged.outcome is Outcome.PASSED
    assert "1 of 1 objective proven by 1 test (1 taken from an earlier run)" in judged.observed


def test_a_result_from_the_cache_without_tests_proves_nothing(tmp_path: Path) -> None:
    only_unit = objective(f"{{gate: unit, test: {PROVEN}}}")
    judged = proof(tmp_path, result("unit", cached=True, attempts=0), objectives=only_unit)
    assert told(judged, "objective-unproven")[0].endswith(
        "the gate `unit` was taken from the cache, which names no test of it; run it with --fresh"
    )


@pytest.mark.parametrize("outcome", [Outcome.UNPROVEN, Outcome.ERRORED, Outcome.PENDING])
def test_a_gate_that_proved_nothing_proves_no_objective(tmp_path: Path, outcome: Outcome) -> None:
    judged = proof(tmp_path, result("unit", PROVEN, outcome=outcome))
    assert (judged.outcome, f"`unit` is {outcome.value}" in only(judged).message) == (Outcome.UNPROVEN, True)


@pytest.mark.parametrize("skip", [Skip.NOT_SELECTED, Skip.NOT_REACHED, Skip.NOT_APPLICABLE])
def test_a_gate_that_was_not_executed_is_named(tmp_path: Path, skip: Skip) -> None:
    only_unit = objective(f"{{gate: unit, test: {PROVEN}}}")
    gate = result("unit", outcome=Outcome.SKIPPED, skip=skip, reason="not reached: why", attempts=0)
    judged = proof(tmp_path, gate, result("smoke", PROVEN), objectives=only_unit)
    assert told(judged, "objective-unproven")[0].endswith(": the gate `unit` did not run: not reached: why")


def test_only_gates_that_could_have_run_the_test_are_named(tmp_path: Path) -> None:
    unit = result("unit", outcome=Outcome.SKIPPED, skip=Skip.NOT_REACHED, reason="why", attempts=0)
    judged = proof(tmp_path, unit, replace(unit, name="back", kind="rollback-rehearsal"))
    assert told(judged, "objective-unproven")[0].endswith("no test that ran has such an id (not executed: `unit`)")


def test_a_test_counts_for_the_gate_that_is_named(tmp_path: Path) -> None:
    only_smoke = objective(f"{{gate: smoke, test: {PROVEN}}}")
    judged = proof(tmp_path, result("unit", PROVEN), result("smoke", "other.test"), objectives=only_smoke)
    assert rules(judged) == {"objective-unproven"}
    assert (
        proof(tmp_path / "b", result("smoke (shard 1 of 2)", PROVEN), objectives=only_smoke).outcome is Outcome.PASSED
    )


def test_must_pass_is_held_to_the_same(tmp_path: Path) -> None:
    must = '{must-pass: [{gate: smoke, test: "*"}, tests.test_login.*]}'
    unit = result("unit", PROVEN, "tests.test_login.test_in")
    assert proof(tmp_path, unit, result("smoke", "a.b"), tests=must).outcome is Outcome.PASSED
    failed = result("smoke", "a.b", outcome=Outcome.FAILED, cases=cases(c="failed"))
    judged = proof(tmp_path / "b", unit, failed, tests=must)
    assert told(judged, "must-pass-failed") == ["`must-pass` is not met by `*` of `smoke`: `c`: it failed in `smoke`"]
    judged = proof(tmp_path / "c", result("unit", PROVEN), tests=must)
    assert told(judged, "must-pass-unproven") == [
        "`must-pass` is not proven by `*` of `smoke`: the gate `smoke` is none of this run",
        "`must-pass` is not proven by `tests.test_login.*`: no test that ran has such an id",
    ]


# --- new and removed tests ------------------------------------------------------------------------------------------


def test_new_tests_are_those_that_ran(tmp_path: Path) -> None:
    assert proof(tmp_path, tests="{add: 1}").outcome is Outcome.PASSED
    judged = proof(tmp_path / "b", result("unit", PROVEN), tests="{add: 2}")
    assert told(judged, "too-few-tests") == ["the change adds 1 new test, and the spec asks for at least 2"]


def test_too_few_new_tests_are_told_though_no_gate_was_executed(tmp_path: Path) -> None:
    repo = start(tmp_path, tests="{add: 2}")
    repo.commit("Work", WORK)
    judged = judge(repo, gates=None)
    assert (judged.outcome, rules(judged)) == (Outcome.FAILED, {"too-few-tests"})


def test_a_new_test_that_nobody_runs_is_none(tmp_path: Path) -> None:
    more = OLD_TEST + NEW_TEST + "\n\ndef test_more():\n    assert window('1h') == 1\n"
    judged = after(tmp_path, {"tests/test_filters.py": more}, result("unit", PROVEN), tests="{add: 2}")
    assert judged.outcome is Outcome.UNPROVEN
    assert told(judged, "new-tests-unproven") == ["1 of 2 new tests ran and passed, and the spec asks for at least 2"]


TITLED = """\
describe('filters', () => {
  it('are applied.', () => { expect(window('24h')).toBe(24) })
})
"""


@pytest.mark.parametrize(
    ("id", "ran"),
    [
        ("filters are applied.", True),  # Jest
        ("filters > are applied.", True),  # Vitest
        ("test.are applied.", True),  # node:test
        ("filters » something else.", False),
        ("filters.are not applied.", False),
        ("filters.spare applied.", False),
    ],
)
def test_a_test_with_a_title_is_known_by_all_of_it(tmp_path: Path, id: str, ran: bool) -> None:
    judged = after(tmp_path, {"tests/filters.test.js": TITLED}, result("unit", PROVEN, id), tests="{add: 2}")
    assert rules(judged) == (set() if ran else {"new-tests-unproven"})


def test_a_moved_test_is_no_new_one_and_none_that_is_gone(tmp_path: Path) -> None:
    moved = {"tests/test_filters.py": NEW_TEST, "tests/test_old.py": OLD_TEST}
    judged = after(tmp_path, moved, result("unit", PROVEN, "tests.test_old.test_old"), tests="{add: 2}")
    assert rules(judged) == {"too-few-tests"}


def test_a_removed_test_has_to_be_declared(tmp_path: Path) -> None:
    judged = after(tmp_path, {"tests/test_filters.py": NEW_TEST})
    assert told(judged, "test-removed") == [f"the test `test_old` of tests/test_filters.py is gone, {UNDECLARED}"]


@pytest.mark.parametrize(
    "pattern", ["tests.test_filters.test_old", "tests.*.test_old", "tests/test_filters.py::test_old"]
)
def test_a_declared_test_may_be_removed(tmp_path: Path, pattern: str) -> None:
    judged = after(tmp_path, {"tests/test_filters.py": NEW_TEST}, tests=f"{{may-remove: '{pattern}'}}")
    assert judged.outcome is Outcome.PASSED


@pytest.mark.parametrize(
    "pattern", ["tests.test_filters.test_ol", "tests.test_others.*", "other.test_filters.test_old"]
)
def test_another_test_may_not(tmp_path: Path, pattern: str) -> None:
    judged = after(tmp_path, {"tests/test_filters.py": NEW_TEST}, tests=f"{{may-remove: '{pattern}'}}")
    assert rules(judged) == {"test-removed"}


def test_what_only_results_show_as_gone_counts(tmp_path: Path) -> None:
    gone = Finding(
        rule="test-gone",
        severity=Severity.WARNING,
        message="tests.test_b.test_x[1]: was executed on the base (0123456789), and is not there any more",
    )
    judged = proof(tmp_path, result("unit", PROVEN, findings=(gone,)))
    assert told(judged, "test-removed") == [
        f"the test `tests.test_b.test_x[1]` of the gate `unit` is gone from the results, {UNDECLARED}"
    ]
    allowed = "{may-remove: {gate: unit, test: 'tests.test_b.*'}}"
    assert proof(tmp_path / "b", result("unit", PROVEN, findings=(gone,)), tests=allowed).outcome is Outcome.PASSED


def test_what_results_do_not_name_as_gone_counts_as_well(tmp_path: Path) -> None:
    gone = [f"tests.test_b.test_x[{number}]" for number in range(51)]
    baseline = BaselineEvidence(
        commit="0" * 40, source="run", cases=tuple(TestCase(id=id, state="passed") for id in gone)
    )
    findings = judge_baseline(Rules(), (), baseline).findings
    assert len(findings) == 51
    judged = proof(tmp_path, result("unit", PROVEN, findings=findings), tests="{may-remove: 'tests.test_b.test_x*'}")
    assert told(judged, "test-removed") == [
        "further tests of the gate `unit`, which it does not name, are not there: 1 more of 51 in all"
    ]
    assert only(judged).approvable


def test_the_same_test_is_told_once(tmp_path: Path) -> None:
    gone = Finding(
        rule="test-gone",
        severity=Severity.ERROR,
        message="tests.test_filters.test_old: was executed on the base (0123456789), and is not there any more",
    )
    judged = after(tmp_path, {"tests/test_filters.py": NEW_TEST}, result("unit", PROVEN, findings=(gone,)))
    assert len(told(judged, "test-removed")) == 1


# --- budget, plan, names, owner -------------------------------------------------------------------------------------


def test_a_budget_bounds_files_lines_and_commits(tmp_path: Path) -> None:
    repo = start(tmp_path, budget="{files: 1, lines: 3, commits: 1}")
    repo.commit("Work", {**WORK, "app/package-lock.json": "{}\n" * 50})
    repo.commit("More", {"app/filters.py": "x = 3\n"})
    judged = judge(repo)
    assert told(judged, "over-budget") == [
        "the change has 2 files, and the spec's budget is 1",
        "the change has 6 lines, and the spec's budget is 3",
        "the change has 2 commits, and the spec's budget is 1",
    ]


def test_a_spec_needs_a_way_back(tmp_path: Path) -> None:
    assert rules(proof(tmp_path, rollback=None)) == {"no-rollback-plan"}


def test_names_that_mean_nothing_are_told(tmp_path: Path) -> None:
    judged = proof(
        tmp_path,
        objectives=objective(f"[{PROVEN}, {{gate: units, test: tests.x}}, {{gate: lint, test: tests.y}}]"),
        tests="{must-pass: {gate: extra, test: '*'}}",
        flags="[new-filter]",
        cutovers="[sums]",
        rollback="{steps: [Turn it off], gates: [unit, smok]}",
    )
    assert told(judged, "unknown-name") == [
        f"the objective `window` names the gate `units`, {NO_GATE}; did you mean `unit`?",
        "the objective `window` needs tests of the gate `lint`, which declares no `tests`, so that it names none",
        "`must-pass` needs tests of the gate `extra`, which is advisory, so that nothing depends on it",
        f"`rollback` names the gate `smok`, {NO_GATE}; did you mean `smoke`?",
        "`flags` names the flag `new-filter`, and no flag of that name is declared; did you mean `new-filters`?",
        "`cutovers` names the cutover `sums`, and no cutover of that name is declared",
    ]


def test_a_flag_of_the_manifest_is_one(tmp_path: Path) -> None:
    text = WORKFLOW.replace("  flags:", "  flag-manifest: flags.json\n  flags:")
    manifest = '{"flags": {"calm": {"flagType": "boolean", "defaultValue": false}}}'
    repo = start(tmp_path, {"flags.json": manifest}, flags="[calm, calmer]")
    repo.commit("Work", WORK)
    assert told(judge(repo, workflow=workflow(text)), "unknown-name") == [
        "`flags` names the flag `calmer`, and no flag of that name is declared; did you mean `calm`?"
    ]


@pytest.mark.parametrize(
    "owner",
    [
        "Author",
        "AUTHOR",
        "author@example.invalid",
        "Owner <author@example.invalid>",
        "Author <owner@example.invalid>",
        "\uff21uthor <owner@example.invalid>",
        '"@author"',
    ],
)
def test_the_owner_is_somebody_else_than_who_made_the_branch(tmp_path: Path, owner: str) -> None:
    assert "owner-is-author" in rules(proof(tmp_path, owner=owner))


def test_nobody_is_somebody_else_by_a_letter_that_is_not_seen(tmp_path: Path) -> None:
    repo = start(tmp_path, owner="Zoe\u0308 <owner@example.invalid>")
    who = {
        f"GIT_AUTHOR_{key}": value for key, value in {"NAME": "Zo\u00eb\u200b", "EMAIL": "zoe@example.invalid"}.items()
    }
    repo.commit("Work", WORK, env=who)
    assert "owner-is-author" in rules(judge(repo))


def test_a_mark_tells_two_people_apart(tmp_path: Path) -> None:
    repo = start(tmp_path, owner="H\u00f9ng <owner@example.invalid>")
    repo.commit("Work", WORK, env={"GIT_AUTHOR_NAME": "H\u01b0ng"})
    assert "owner-is-author" not in rules(judge(repo))


def test_an_owner_who_brings_the_branch_up_to_date_did_not_make_it(tmp_path: Path) -> None:
    repo = start(tmp_path)
    repo.commit("Work", WORK)
    repo.switch("main")
    repo.commit("Elsewhere", {"README.md": "x\n"})
    repo.switch("feat/filters")
    who = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in OWNER.items()}
    repo.git("merge", "-q", "--no-ff", "-m", "Update", "main", env=who)
    assert judge(repo).outcome is Outcome.PASSED


def test_an_owner_who_hides_work_in_a_merge_made_it(tmp_path: Path) -> None:
    repo = start(tmp_path)
    repo.commit("Work", WORK)
    repo.switch("main")
    repo.commit("Elsewhere", {"README.md": "x\n"})
    repo.switch("feat/filters")
    repo.git("merge", "-q", "--no-ff", "--no-commit", "main")
    repo.write({"app/more.py": "x = 1\n"})
    repo.git("add", "app/more.py")
    who = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in OWNER.items()}
    repo.git("commit", "-q", "-m", "Update", env=who)
    assert "owner-is-author" in rules(judge(repo))


def test_a_login_is_only_told_where_nobody_can_be_asked(tmp_path: Path) -> None:
    judged = proof(tmp_path, owner='"@owner"')
    assert (judged.outcome, only(judged).severity, only(judged).rule) == (
        Outcome.PASSED,
        Severity.NOTICE,
        "spec/owner-unknown",
    )
