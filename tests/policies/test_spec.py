"""A branch of a phase keeps to the phase's spec, as the target branch has it: which spec that is, and its paths."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import convert
from msgspec.structs import replace

from gaterunner.contract.findings import RULES
from gaterunner.model import Event, Outcome, Severity, Skip
from gaterunner.policies import POLICIES
from gaterunner.policies.context import PolicyContext
from gaterunner.policies.levels import Level
from gaterunner.policies.spec import Options
from gaterunner.secrets.engine import Engine
from tests.contract.contracts import PATH, WORKFLOW, spec, workflow
from tests.gitrepo import Repository
from tests.policies.branches_of_a_phase import START, WORK, after, judge, only, opened, placed, rules, start, told
from tests.policies.judging import judge_policy

PAGES = Path(__file__).parents[2] / "gaterunner" / "rules" / "spec"
DOCS = Path(__file__).parents[2] / "docs" / "policies" / "spec.md"


# --- the whole ------------------------------------------------------------------------------------------------------


def test_a_branch_that_keeps_to_its_spec_passes(tmp_path: Path) -> None:
    judged = after(tmp_path, {})
    assert (judged.outcome, judged.findings) == (Outcome.PASSED, ())
    assert judged.reason == f"1 of 1 objective proven by 1 test; keeps to {PATH}"
    assert judged.observed.partition(", ")[0] == f"{PATH} of the base"
    assert judged.observed.endswith(
        "owner Owner <owner@example.invalid>; 2 of 2 paths in scope; 1 of 1 objective proven by 1 test; "
        "1 new test, 1 of them ran and passed"
    )


def test_an_empty_change_has_nothing_to_keep_to(tmp_path: Path) -> None:
    judged = judge(start(tmp_path))
    assert (judged.outcome, judged.skip, judged.reason) == (
        Outcome.SKIPPED,
        Skip.NOT_APPLICABLE,
        "the change is empty",
    )


def test_the_target_branch_itself_is_of_no_phase(tmp_path: Path) -> None:
    repo = Repository.create(tmp_path / "repo")
    first = repo.commit("Start", {**START, PATH: spec()})
    repo.commit("On main", {"x": "1"})
    repo.git("update-ref", "refs/remotes/origin/main", first)
    judged = judge_policy(repo, "spec", base="origin/main", workflow=workflow(), gates=())
    assert (judged.outcome, judged.reason) == (Outcome.SKIPPED, "main is the target branch itself")


def test_without_gates_what_needs_them_is_told_as_not_executed(tmp_path: Path) -> None:
    repo = start(tmp_path, tests="{must-pass: tests.test_login.*}")
    repo.commit("Work", WORK)
    judged = judge_policy(repo, "spec", workflow=workflow(), gates=())
    assert (judged.outcome, judged.findings) == (Outcome.UNPROVEN, ())
    assert judged.reason == (
        "1 objective and 1 `must-pass` pattern need tests, and no gate was executed; run all gates: gaterunner run"
    )


def test_without_gates_paths_are_judged_all_the_same(tmp_path: Path) -> None:
    repo = start(tmp_path)
    repo.commit("Work", {**WORK, "app/secrets/keys.py": "x = 2\n"})
    judged = judge_policy(repo, "spec", workflow=workflow(), gates=())
    assert (judged.outcome, rules(judged)) == (Outcome.FAILED, {"forbidden-path"})


# --- which spec -----------------------------------------------------------------------------------------------------


def test_a_branch_of_no_phase_fails(tmp_path: Path) -> None:
    repo = start(tmp_path)
    repo.switch("fix/quick", create=True)
    repo.commit("Work", WORK)
    judged = judge(repo)
    assert (judged.outcome, judged.reason) == (Outcome.FAILED, "`fix/quick` is the branch of no phase")
    assert only(judged).help == "Work on the branch of a phase: feat/filters, feat/alerts."
    assert not only(judged).approvable


def test_a_team_may_let_other_branches_be(tmp_path: Path) -> None:
    repo = start(tmp_path)
    repo.switch("fix/quick", create=True)
    repo.commit("Work", WORK)
    judged = judge(repo, rules={"no-phase": "warn"})
    assert (judged.outcome, judged.skip, only(judged).severity) == (
        Outcome.SKIPPED,
        Skip.NOT_APPLICABLE,
        Severity.WARNING,
    )
    assert judged.reason == "`fix/quick` is the branch of no phase"


@pytest.mark.parametrize("level", ["warn", "off"])
def test_without_a_spec_nothing_is_said_to_be_kept(tmp_path: Path, level: Level) -> None:
    repo = start(tmp_path, owner=None)
    repo.commit("Work", WORK)
    assert judge(repo, rules={"unreadable": level}).outcome is Outcome.SKIPPED


@pytest.mark.parametrize("branch", ["Feat/Filters", "feat/filters2", "feat/filters/x", "feat/f\u0456lters"])
def test_a_branch_that_only_looks_like_a_phase_s_is_none(tmp_path: Path, branch: str) -> None:
    repo = start(tmp_path)
    if branch == "feat/filters/x":
        repo.git("branch", "-q", "-m", "feat/filters", "elsewhere")
    repo.switch(branch, create=True)
    repo.commit("Work", WORK)
    assert rules(judge(repo)) == {"no-phase"}


def test_a_pull_request_from_a_branch_with_the_target_s_name_is_judged(tmp_path: Path) -> None:
    repo = start(tmp_path)
    repo.commit("Work", WORK)
    with opened(repo) as (checkout, change):
        fork = replace(change, event=Event.PULL_REQUEST, branch="main", target="main")
        made = PolicyContext(change=fork, repository=checkout, secrets=Engine(), workflow=workflow())
        assert rules(POLICIES["spec"].evaluate(made, Options())) == {"no-phase"}


def test_a_phase_without_a_spec_fails(tmp_path: Path) -> None:
    repo = start(tmp_path)
    repo.switch("feat/alerts", create=True)
    repo.commit("Work", WORK)
    judged = judge(repo)
    assert told(judged, "missing") == ["the phase `alerts` has no spec: specs/alerts.md is not there"]
    assert only(judged).help == (
        "Write it on the target branch first: `gaterunner spec new alerts` prints an empty one."
    )


def test_the_spec_lies_where_the_workflow_file_says(tmp_path: Path) -> None:
    text = WORKFLOW.replace("  flags:", "  specs: docs/{phase}/spec.yml\n  flags:")
    repo = Repository.create(tmp_path / "repo")
    repo.commit("Start", {**START, "docs/filters/spec.yml": spec().split("---\n")[1]})
    repo.switch("feat/filters", create=True)
    repo.commit("Work", WORK)
    judged = judge(repo, workflow=workflow(text))
    assert judged.outcome is Outcome.PASSED
    assert judged.reason.endswith("; keeps to docs/filters/spec.yml")


def test_a_spec_that_the_branch_adds_counts_once_somebody_else_approves(tmp_path: Path) -> None:
    repo = Repository.create(tmp_path / "repo")
    repo.commit("Start", START)
    repo.switch("feat/filters", create=True)
    repo.commit("Work", {**WORK, PATH: spec(touchpoints="{allow: ['**']}", non_goals=None)})
    judged = judge(repo)
    assert (judged.outcome, judged.unapproved, rules(judged)) == (Outcome.UNPROVEN, True, {"changed"})
    assert only(judged).approvable
    assert only(judged).message == (
        f"the branch adds its own spec, {PATH}: not proven until somebody else approves; there is none at the base, so "
        "that the branch is judged by its own until it is merged"
    )
    assert "of the branch itself, as the base has none" in judged.observed


def test_a_spec_that_the_branch_widens_is_judged_by_as_it_was(tmp_path: Path) -> None:
    wide = spec(touchpoints="{allow: ['**']}", non_goals=None)
    judged = after(tmp_path, {PATH: wide, "app/secrets/keys.py": "x = 2\n", "other.py": "x = 1\n"})
    assert (judged.outcome, judged.may_be_waived) == (Outcome.FAILED, True)
    assert rules(judged) == {"changed", "forbidden-path", "outside-touchpoints"}
    assert [one.rule for one in judged.findings if one.approvable] == ["spec/changed"]
    assert told(judged, "changed")[0].endswith("what counts is the one at the base")


def test_a_spec_that_the_branch_removes_still_holds(tmp_path: Path) -> None:
    judged = after(tmp_path, {PATH: None, "other.py": "x = 1\n"})
    assert rules(judged) == {"changed", "outside-touchpoints"}


def test_a_spec_that_changed_at_the_base_meanwhile_holds(tmp_path: Path) -> None:
    repo = start(tmp_path)
    repo.commit("Work", WORK)
    repo.switch("main")
    repo.commit("Forbid", {PATH: spec(touchpoints="{allow: [tests/**], forbid: [app/**]}", non_goals=None)})
    repo.switch("feat/filters")
    judged = judge(repo)
    assert rules(judged) == {"forbidden-path"}


def test_a_change_of_the_spec_alone_is_told_of_nothing_else(tmp_path: Path) -> None:
    repo = start(tmp_path)
    repo.switch("specs", create=True)
    repo.commit("Amend", {PATH: spec(owner="Somebody Else"), "specs/alerts.md": spec(id="alerts")})
    judged = judge(repo)
    assert (judged.outcome, rules(judged), len(judged.findings)) == (Outcome.UNPROVEN, {"changed"}, 2)
    assert judged.observed.endswith("; 2 changed specs")
    assert all(finding.approvable for finding in judged.findings)


def test_a_change_of_the_law_alone_does_no_phase_s_work(tmp_path: Path) -> None:
    repo = start(tmp_path)
    repo.switch("ci", create=True)
    repo.commit("Gate", {".gaterunner.yml": WORKFLOW + "  keep-going: true\n"})
    judged = judge(repo)
    assert (judged.outcome, judged.reason) == (
        Outcome.SKIPPED,
        "the change touches nothing but what runs are judged by",
    )


@pytest.mark.parametrize("path", ["specs/notes/x.py", "specs/filters.md/evil.py", "specs/evil.py", "Specs/filters.md"])
def test_what_only_lies_near_specs_is_no_spec(tmp_path: Path, path: str) -> None:
    repo = Repository.create(tmp_path / "repo")
    repo.commit("Start", {**START, PATH: spec()})
    repo.switch("specs", create=True)
    repo.commit("Hide", {**({PATH: None} if "filters.md/" in path else {}), path: "x = 1\n"})
    assert "no-phase" in rules(judge(repo))


def test_no_approval_stands_for_a_spec_of_the_base_that_cannot_be_read(tmp_path: Path) -> None:
    repo = start(tmp_path, objectives="[{id: window, text: A}]")
    repo.commit("Work", WORK)
    judged = judge(repo)
    assert told(judged, "unreadable") == ["at the base, line 4: an objective lacks the key `tests`"]
    assert not only(judged).approvable


def test_it_is_repaired_by_a_change_of_its_own_with_approval(tmp_path: Path) -> None:
    repo = start(tmp_path, objectives="[{id: window, text: A}]")
    repo.commit("Repair", {PATH: spec()})
    judged = judge(repo)
    assert (judged.unapproved, only(judged).rule, only(judged).approvable) == (True, "spec/changed", True)


def test_a_broken_spec_of_the_branch_is_never_let_through(tmp_path: Path) -> None:
    repo = Repository.create(tmp_path / "repo")
    repo.commit("Start", START)
    repo.switch("feat/filters", create=True)
    repo.commit("Work", {**WORK, PATH: spec(owner=None)})
    judged = judge(repo)
    (broken,) = (finding for finding in judged.findings if finding.rule == "spec/unreadable")
    assert (broken.approvable, broken.path, broken.line) == (False, PATH, 2)


def test_a_spec_of_another_phase_is_no_spec(tmp_path: Path) -> None:
    repo = start(tmp_path, id="alerts")
    repo.commit("Work", WORK)
    assert told(judge(repo), "unreadable") == [
        "at the base, line 2: `id` is `alerts`, expected `filters`, the phase whose spec lies here"
    ]


# --- something else in its place ------------------------------------------------------------------------------------


def test_a_link_in_the_place_of_the_spec_is_not_followed(tmp_path: Path) -> None:
    repo = Repository.create(tmp_path / "repo")
    repo.write({**START, "wide.md": spec(touchpoints="{allow: ['**']}", non_goals=None)})
    (repo.root / "specs").mkdir()
    (repo.root / PATH).symlink_to("../wide.md")
    repo.commit("Start")
    repo.switch("feat/filters", create=True)
    repo.commit("Work", WORK)
    judged = judge(repo)
    assert told(judged, "unreadable") == [f"{PATH} is a symbolic link, expected a plain file"]


def test_a_link_in_the_place_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    repo = Repository.create(tmp_path / "repo")
    repo.write({**START, "elsewhere/filters.md": spec()})
    (repo.root / "specs").symlink_to("elsewhere")
    repo.commit("Start")
    repo.switch("feat/filters", create=True)
    repo.commit("Work", WORK)
    assert told(judge(repo), "unreadable") == [f"specs is a symbolic link, expected a folder with {PATH} in it"]


def test_a_submodule_in_the_place_of_the_folder_is_none(tmp_path: Path) -> None:
    repo = Repository.create(tmp_path / "repo")
    commit = repo.commit("Start", START)
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{commit},specs")
    repo.git("commit", "-q", "-m", "Submodule")
    repo.switch("feat/filters", create=True)
    repo.write(WORK)
    repo.git("add", "app", "tests")
    repo.git("commit", "-q", "-m", "Work")
    (repo.root / "specs").mkdir(exist_ok=True)
    assert told(judge(repo), "unreadable") == [f"specs is a submodule, expected a folder with {PATH} in it"]


def test_the_branch_cannot_put_a_link_in_the_place_of_the_spec(tmp_path: Path) -> None:
    repo = start(tmp_path)
    repo.write({**WORK, "other.py": "x = 1\n", "wide.md": spec(touchpoints="{allow: ['**']}", non_goals=None)})
    (repo.root / PATH).unlink()
    (repo.root / PATH).symlink_to("../wide.md")
    repo.commit("Work")
    assert rules(judge(repo)) == {"changed", "outside-touchpoints"}


def test_a_spec_that_nobody_could_read_is_not_read(tmp_path: Path) -> None:
    repo = start(tmp_path, title='"' + "x" * 1_100_000 + '"')
    repo.commit("Work", WORK)
    assert "bytes, expected at most 1,000,000" in told(judge(repo), "unreadable")[0]


# --- paths ----------------------------------------------------------------------------------------------------------


def test_a_path_outside_is_told_with_the_nearest_that_may_be_touched(tmp_path: Path) -> None:
    judged = after(
        tmp_path, {"docs/other.md": "x\n", "lib/x.py": "x\n"}, touchpoints="{allow: [app/**, tests/**, docs/a.md]}"
    )
    assert placed(judged, "outside-touchpoints") == [
        "docs/other.md: added outside of what the spec allows; the nearest that may be touched is `docs/a.md`",
        "lib/x.py: added outside of what the spec allows",
    ]
    assert judged.reason.startswith("docs/other.md: added outside of")


def test_what_is_yet_to_come_may_be_created(tmp_path: Path) -> None:
    assert after(tmp_path, {"docs/filters.md": "x\n"}).outcome is Outcome.PASSED


def test_a_move_counts_at_both_ends(tmp_path: Path) -> None:
    judged = after(tmp_path, {"app/billing/invoice.py": None, "app/invoice.py": "x = 1\n"})
    assert placed(judged, "non-goal") == ["app/billing/invoice.py: removed in the non-goal “Billing stays as it is”"]
    judged = after(tmp_path / "other", {"app/filters.py": None, "lib/filters.py": "x = 2\n"})
    assert placed(judged, "outside-touchpoints") == ["lib/filters.py: added outside of what the spec allows"]


def test_what_is_forbidden_wins_over_what_is_allowed(tmp_path: Path) -> None:
    judged = after(tmp_path, {"app/secrets/new.py": "x\n"})
    assert placed(judged, "forbidden-path") == ["app/secrets/new.py: added in `app/secrets/**`, which the spec forbids"]


@pytest.mark.parametrize(
    "path",
    [
        "app/Secrets/x.py",
        "APP/secrets/x.py",
        "app/\u0455ecrets/x.py",
        "app/sec\u200brets/x.py",
        "app/\uff53ecrets/x.py",
    ],
    ids=["case", "case of a folder above", "Cyrillic letter", "zero-width space", "full-width letter"],
)
def test_what_looks_forbidden_is_forbidden(tmp_path: Path, path: str) -> None:
    judged = after(tmp_path, {path: "x\n"})
    assert placed(judged, "forbidden-path") == [
        f"{path}: added in what looks like `app/secrets/**`, which the spec forbids"
    ]


@pytest.mark.parametrize("path", ["App/x.py", "\u0430pp/x.py", "app\u2215x.py", "application/x.py", "xapp/x.py"])
def test_what_only_looks_allowed_is_not(tmp_path: Path, path: str) -> None:
    assert told(after(tmp_path, {path: "x\n"}), "outside-touchpoints")


def test_both_spellings_of_a_letter_are_one(tmp_path: Path) -> None:
    judged = after(
        tmp_path, {"app2/fu\u0308r/x.py": "x\n"}, touchpoints="{allow: [app/**, tests/**], create: [app2/für/**]}"
    )
    assert judged.outcome is Outcome.PASSED


@pytest.mark.parametrize(("content", "did"), [("Another page.\n", "changed"), (None, "removed")])
def test_what_may_be_made_may_not_be_changed_where_it_is(tmp_path: Path, content: str | None, did: str) -> None:
    repo = start(tmp_path, {"docs/filters.md": "A page.\n"})
    repo.commit("Work", {**WORK, "docs/filters.md": content})
    (outside,) = placed(judge(repo), "outside-touchpoints")
    assert outside.startswith(
        f"docs/filters.md: {did}, and `docs/filters.md` stands under `create`, which lets the change "
    )


def test_a_link_and_a_submodule_count_where_they_lie(tmp_path: Path) -> None:
    repo = start(tmp_path)
    repo.write(WORK)
    (repo.root / "link").symlink_to("app")
    repo.commit("Work")
    assert placed(judge(repo), "outside-touchpoints") == ["link: added outside of what the spec allows"]


def test_the_law_need_not_be_allowed_and_can_be_forbidden(tmp_path: Path) -> None:
    law = {".gaterunner/waivers.yml": "waivers: []\n", ".gaterunner/decisions.jsonl": "{}\n"}
    assert after(tmp_path, law).outcome is Outcome.PASSED
    closed = "{allow: [app/**, tests/**], forbid: [.gaterunner/**]}"
    assert rules(after(tmp_path / "closed", law, touchpoints=closed)) == {"forbidden-path"}


def test_patterns_that_match_nothing_are_warned_of(tmp_path: Path) -> None:
    judged = after(
        tmp_path, {}, touchpoints="{allow: [app/**, tests/**, lib/*.py], forbid: [app/sekrets/**, '**/*.pem']}"
    )
    assert (judged.outcome, told(judged, "matches-nothing")) == (
        Outcome.PASSED,
        [
            "`lib/*.py` under `allow` matches no file of base and branch",
            "`app/sekrets/**` under `forbid` matches no file of base and branch",
        ],
    )


# --- the pages ------------------------------------------------------------------------------------------------------


def test_every_rule_has_a_page_and_stands_in_the_docs() -> None:
    assert {page.stem for page in PAGES.glob("*.md")} == set(RULES)
    page = DOCS.read_text(encoding="utf-8")
    assert [rule for rule in RULES if f"`{rule}`" not in page] == []


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_can_be_given_a_level(rule: str) -> None:
    assert convert({"rules": {rule: "off"}}, Options).rules == {rule: "off"}
