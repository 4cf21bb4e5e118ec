"""A cutover moves one phase at a time, and what it relies on is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gaterunner.cutovers import PATH
from gaterunner.cutovers.findings import RULES
from gaterunner.model import Outcome, PolicyResult, Severity, Skip
from gaterunner.policies.cutovers import Options
from tests.cutovers.declaring import CODE, declared, entry, gate, workflow
from tests.gitrepo import Repository
from tests.policies.judging import judge_policy

RULE_PAGES = Path(__file__).parents[2] / "gaterunner" / "rules" / "cutover"
App = dict[str, str | bytes | None]


def judge(
    tmp_path: Path, before: str | None, after: str | None, *, code: App | None = None, **context: Any
) -> PolicyResult:
    """The policy over a branch that takes the cutovers file from ``before`` to ``after`` and changes ``code``."""
    repo = Repository.create(tmp_path / "repo")
    start: App = {"app/orders.py": CODE, "README.md": "NEW_TOTALS is a flag\n"}
    repo.commit("Start", start if before is None else {**start, PATH: before})
    repo.switch("feat/x", create=True)
    moved: App = {} if after == before else {PATH: after}
    repo.commit("Work", {"other.txt": "x\n", **moved, **(code or {})})
    options = context.pop("options", Options())
    return judge_policy(repo, "cutovers", options, **{"workflow": workflow(), "gates": (), **context})


def rules(result: PolicyResult) -> list[str]:
    return [finding.rule for finding in result.findings]


def test_without_a_declared_cutover_there_is_nothing_to_judge(tmp_path: Path) -> None:
    result = judge(tmp_path, None, None)
    assert (result.outcome, result.skip, result.reason) == (
        Outcome.SKIPPED,
        Skip.NOT_APPLICABLE,
        "no cutover is declared",
    )


def test_a_new_cutover_begins_at_dual_write(tmp_path: Path) -> None:
    result = judge(tmp_path, None, declared(entry()))
    assert (result.outcome, result.reason) == (Outcome.PASSED, "`totals` begins at dual-write")
    assert result.observed == "totals: dual-write"


def test_a_new_cutover_cannot_begin_later(tmp_path: Path) -> None:
    result = judge(tmp_path, None, declared(entry("stop-old")))
    (finding,) = result.findings
    assert (result.outcome, finding.rule, finding.path, finding.line) == (
        Outcome.FAILED,
        "cutover/skipped-phase",
        PATH,
        2,
    )
    assert finding.message == "cutover `totals`: it is new and begins at `stop-old`"
    assert finding.help == "Begin at `dual-write` and go on by one phase in each change."
    assert len(finding.fingerprint or "") == 32
    assert not finding.approvable


@pytest.mark.parametrize(("before", "after"), [("dual-write", "backfill"), ("read-new", "stop-old")])
def test_one_step_on_is_what_a_change_may_take(tmp_path: Path, before: str, after: str) -> None:
    result = judge(tmp_path, declared(entry(before)), declared(entry(after)))
    assert (result.outcome, result.reason) == (Outcome.PASSED, f"`totals` goes from {before} to {after}")


@pytest.mark.parametrize(
    ("before", "after", "left_out"),
    [
        ("dual-write", "read-new", "`backfill`"),
        ("dual-write", "stop-old", "`backfill` and `read-new`"),
        ("backfill", "stop-old", "`read-new`"),
    ],
)
def test_no_phase_is_skipped(tmp_path: Path, before: str, after: str, left_out: str) -> None:
    result = judge(tmp_path, declared(entry(before)), declared(entry(after)), gates=(gate(),))
    assert (result.outcome, rules(result)) == (Outcome.FAILED, ["cutover/skipped-phase"])
    assert result.reason == f"cutover `totals`: it goes from `{before}` to `{after}` and leaves out {left_out}"


def test_going_back_is_told_while_both_are_written(tmp_path: Path) -> None:
    result = judge(tmp_path, declared(entry("read-new")), declared(entry("dual-write")))
    assert (result.outcome, rules(result)) == (Outcome.PASSED, ["cutover/stepped-back"])


def test_there_is_no_way_back_from_the_last_phase(tmp_path: Path) -> None:
    result = judge(tmp_path, declared(entry("stop-old")), declared(entry("read-new")))
    assert (result.outcome, rules(result)) == (Outcome.FAILED, ["cutover/stepped-back"])


@pytest.mark.parametrize("after", [None, "cutovers: []\n"], ids=["file deleted", "entry deleted"])
def test_an_entry_cannot_vanish_on_the_way(tmp_path: Path, after: str | None) -> None:
    result = judge(tmp_path, declared(entry("backfill")), after)
    assert (result.outcome, rules(result)) == (Outcome.FAILED, ["cutover/removed-early"])
    assert result.reason == "cutover `totals`: the entry is removed, and at the base it stands at `backfill`"


def test_a_finished_one_is_removed(tmp_path: Path) -> None:
    result = judge(tmp_path, declared(entry("stop-old")), None, code={"app/orders.py": "def save(): ...\n"})
    assert (result.outcome, result.reason) == (Outcome.PASSED, "`totals` is done")


def test_a_renamed_entry_begins_anew(tmp_path: Path) -> None:
    result = judge(tmp_path, declared(entry("backfill")), declared(entry("stop-old", name="sums")))
    assert rules(result) == ["cutover/skipped-phase", "cutover/removed-early"]


def test_nothing_is_added_to_what_a_late_cutover_drops(tmp_path: Path) -> None:
    wider = declared(entry("stop-old", drops="[orders.total, users]"))
    result = judge(tmp_path, declared(entry("read-new")), wider)
    assert (result.outcome, rules(result)) == (Outcome.FAILED, ["cutover/drops-changed"])
    assert result.reason == "cutover `totals`: `drops` gets `users`, which no earlier phase was about"


def test_at_the_first_phase_more_may_be_added(tmp_path: Path) -> None:
    wider = declared(entry(drops="[orders.total, users]"))
    assert judge(tmp_path, declared(entry()), wider).outcome is Outcome.PASSED


def test_another_parity_gate_needs_approval(tmp_path: Path) -> None:
    other = declared(entry("read-new", parity="unit"))
    result = judge(tmp_path, declared(entry("backfill")), other, gates=(gate("unit"), gate()))
    (finding,) = result.findings
    assert (result.outcome, finding.rule, finding.approvable) == (Outcome.FAILED, "cutover/parity-changed", True)


def test_with_another_parity_gate_the_base_s_still_counts(tmp_path: Path) -> None:
    other = declared(entry("read-new", parity="unit"))
    gates = (gate("unit"), gate(outcome=Outcome.FAILED, reason="3 rows differ"))
    result = judge(tmp_path, declared(entry("backfill")), other, gates=gates)
    assert rules(result) == ["cutover/parity-changed", "cutover/parity-not-passed"]


# --- the code -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "told"),
    {
        "deleted": (
            {"app/orders.py": None, "app/flags.py": "NEW_TOTALS"},
            "app/orders.py is no file of the judged tree",
        ),
        "without the symbol": ({"app/orders.py": "NEW_TOTALS, saved, unsave"}, "app/orders.py holds no `save`"),
    }.values(),
    ids=["deleted", "without the symbol"],
)
def test_the_code_that_writes_both_stays(tmp_path: Path, code: App, told: str) -> None:
    result = judge(tmp_path, declared(entry("backfill")), declared(entry("backfill")), code=code)
    assert (result.outcome, rules(result)) == (Outcome.FAILED, ["cutover/dual-write-missing"])
    assert result.reason == f"cutover `totals`: `dual-write`: {told}"


def test_a_link_in_place_of_the_code_is_not_it(tmp_path: Path) -> None:
    repo = Repository.create(tmp_path / "repo")
    repo.commit("Start", {"app/orders.py": CODE, "app/flags.py": "NEW_TOTALS", PATH: declared(entry())})
    repo.switch("feat/x", create=True)
    (repo.root / "app/orders.py").unlink()
    (repo.root / "app/orders.py").symlink_to("flags.py")
    repo.commit("Work")
    result = judge_policy(repo, "cutovers", workflow=workflow(), gates=())
    assert result.reason == "cutover `totals`: `dual-write`: app/orders.py is no plain file"


def test_the_flag_stays(tmp_path: Path) -> None:
    without = CODE.replace("NEW_TOTALS", "TOTALS")
    result = judge(tmp_path, declared(entry()), declared(entry()), code={"app/orders.py": without})
    assert (result.outcome, rules(result)) == (Outcome.FAILED, ["cutover/flag-missing"])
    assert result.reason == "cutover `totals`: the flag `NEW_TOTALS` stands in no file of the judged tree's code"


def test_the_flag_may_move_to_another_file(tmp_path: Path) -> None:
    code: App = {"app/orders.py": CODE.replace("NEW_TOTALS", "TOTALS"), "app/flags.rb": "NEW_TOTALS = true"}
    assert judge(tmp_path, declared(entry()), declared(entry()), code=code).outcome is Outcome.PASSED


def test_a_new_cutover_s_flag_is_looked_for_everywhere_but_in_prose(tmp_path: Path) -> None:
    named = declared(entry(flag="TOTALS_FROM_LINES"))
    missing = judge(tmp_path / "a", None, named, code={"docs/flags.md": "TOTALS_FROM_LINES"})
    assert rules(missing) == ["cutover/flag-missing"]
    found = judge(tmp_path / "b", None, named, code={"config/flags.json": '{"TOTALS_FROM_LINES": false}'})
    assert found.outcome is Outcome.PASSED


def test_at_the_last_phase_flag_and_code_may_go(tmp_path: Path) -> None:
    result = judge(
        tmp_path, declared(entry("read-new")), declared(entry("stop-old")), code={"app/orders.py": "def save(): ...\n"}
    )
    assert result.outcome is Outcome.PASSED


# --- parity ---------------------------------------------------------------------------------------------------------


def to_read_new(tmp_path: Path, *gates: Any, **context: Any) -> PolicyResult:
    return judge(tmp_path, declared(entry("backfill")), declared(entry("read-new")), **{"gates": gates, **context})


def test_readers_go_over_once_the_parity_gate_passed(tmp_path: Path) -> None:
    result = to_read_new(tmp_path, gate())
    assert (result.outcome, result.reason) == (Outcome.PASSED, "`totals` goes from backfill to read-new")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"outcome": Outcome.FAILED, "reason": "3 rows differ"}, "failed: 3 rows differ"),
        ({"outcome": Outcome.UNPROVEN, "reason": "no test ran"}, "proved nothing: no test ran"),
        ({"outcome": Outcome.ERRORED, "reason": "no psql"}, "could not be evaluated: no psql"),
        ({"cached": True}, "was not executed: an earlier pass was taken over"),
        ({"advisory": True}, "is advisory, so that nothing depends on it"),
        ({"flaky": True, "attempts": 2}, "passed only when it was tried again"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_nothing_but_a_pass_of_this_run_counts(tmp_path: Path, given: dict[str, Any], told: str) -> None:
    result = to_read_new(tmp_path, gate(**given))
    assert (result.outcome, rules(result)) == (Outcome.FAILED, ["cutover/parity-not-passed"])
    assert result.reason == f"cutover `totals`: it goes to `read-new`, but its gate `parity-totals` {told}"


@pytest.mark.parametrize(
    "gates", [None, (), (gate(outcome=Outcome.SKIPPED, skip=Skip.NOT_REACHED),), (gate("parity-totals-2"),)]
)
def test_a_parity_gate_that_was_not_executed_proves_nothing(tmp_path: Path, gates: Any) -> None:
    result = to_read_new(tmp_path, gates=gates)
    assert (result.outcome, result.findings) == (Outcome.UNPROVEN, ())
    assert result.reason == (
        "cutover `totals` goes to `read-new`, and its gate `parity-totals` was not executed; run all gates: "
        "gaterunner run"
    )


def test_all_states_of_a_gate_have_to_pass(tmp_path: Path) -> None:
    gates = (gate("parity-totals (flags off)"), gate("parity-totals (flags on)", Outcome.FAILED))
    assert rules(to_read_new(tmp_path, *gates)) == ["cutover/parity-not-passed"]


def test_a_gate_that_the_law_lacks_is_told_before_it_is_needed(tmp_path: Path) -> None:
    law = workflow("workflow: {gates: [unit]}")
    early = judge(tmp_path / "a", None, declared(entry()), workflow=law)
    assert (early.outcome, early.findings[0].rule, early.findings[0].severity) == (
        Outcome.PASSED,
        "cutover/parity-unknown",
        Severity.WARNING,
    )
    late = to_read_new(tmp_path / "b", gate(), workflow=law)
    assert (late.outcome, rules(late)) == (Outcome.FAILED, ["cutover/parity-unknown"])


# --- the file itself ------------------------------------------------------------------------------------------------


def test_a_file_that_cannot_be_read_fails_with_every_problem(tmp_path: Path) -> None:
    result = judge(tmp_path, declared(entry()), declared(entry("soon", drops="[a b]")))
    assert (result.outcome, rules(result)) == (Outcome.FAILED, ["cutover/unreadable"] * 2)
    assert [finding.line for finding in result.findings] == [3, 7]


def test_a_file_that_the_base_spoilt_can_be_repaired_with_a_review(tmp_path: Path) -> None:
    result = judge(tmp_path, "cutovers: 1\n", declared(entry("stop-old")))
    (finding,) = result.findings
    assert (result.outcome, finding.approvable) == (Outcome.FAILED, True)
    assert finding.message == "at the base, line 1: `cutovers`: found the number `1`, expected a list of maps"


def test_a_link_in_the_file_s_place_is_refused(tmp_path: Path) -> None:
    repo = Repository.create(tmp_path / "repo")
    repo.commit("Start", {"app/orders.py": CODE, "elsewhere.yml": declared(entry("stop-old"))})
    repo.switch("feat/x", create=True)
    (repo.root / PATH).parent.mkdir()
    (repo.root / PATH).symlink_to("../elsewhere.yml")
    repo.commit("Work")
    result = judge_policy(repo, "cutovers", workflow=workflow(), gates=())
    assert (result.outcome, rules(result)) == (Outcome.FAILED, ["cutover/unreadable"])
    assert result.reason == f"{PATH} is a symbolic link, expected a plain file"


# --- levels and pages -----------------------------------------------------------------------------------------------


def test_a_rule_weighs_what_the_workflow_says(tmp_path: Path) -> None:
    late = declared(entry("stop-old"))
    warned = judge(tmp_path / "a", None, late, options=Options(rules={"skipped-phase": "warn"}))
    assert (warned.outcome, warned.findings[0].severity) == (Outcome.PASSED, Severity.WARNING)
    off = judge(tmp_path / "b", None, late, options=Options(rules={"skipped-phase": "off"}))
    assert (off.outcome, off.findings) == (Outcome.PASSED, ())


def test_a_hundred_findings_at_most_are_told(tmp_path: Path) -> None:
    many = declared(*(entry("stop-old", name=f"c{number}", drops=f"t{number}") for number in range(150)))
    result = judge(tmp_path, None, many)
    assert (result.outcome, len(result.findings), result.findings[-1].message) == (
        Outcome.FAILED,
        100,
        "51 further findings of this policy are not listed",
    )


def test_every_rule_has_a_page_and_every_page_a_rule() -> None:
    assert {page.stem for page in RULE_PAGES.glob("*.md")} == set(RULES)
