"""What a change brings can be turned off and taken back: what the manifest says, and what the gates of the run show."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from gaterunner.config.grammar import parse_workflow
from gaterunner.config.types import Workflow
from gaterunner.model import CoverageCounts, Finding, GateResult, Outcome, PolicyResult, Severity, Skip
from gaterunner.policies.reversible_rollout import Options
from tests.gitrepo import Repository
from tests.policies.judging import judge_policy

GATES = "[unit: {run: pytest, flags: both}, rollback-rehearsal]"


def workflow(*, gates: str = GATES, manifest: str = "flag-manifest: flags.json") -> Workflow:
    text = f"""
workflow:
  phases: [hardening]
  gates: {gates}
  flags: {{new-page: FEATURE_NEW_PAGE}}
  {manifest}
  policies: [reversible-rollout]
"""
    return parse_workflow(text.encode(), ".gaterunner.yml")


SPEC = """---
id: hardening
owner: "@octocat"
objectives:
  - {id: one, text: It works., tests: ["*works*"]}
touchpoints: {allow: ["**"]}
flags: [new-page]
rollback: {steps: [Turn the flag off.]}
---
"""
OFF = {"flagType": "boolean", "defaultValue": False, "owner": "@octocat", "expires": "2999-01-31"}
CODE = "if flags.is_on('new-page'):\n    show()\n"


def manifest(**flags: Mapping[str, Any]) -> str:
    return json.dumps({"flags": {name.replace("_", "-"): flag for name, flag in flags.items()}}, indent=1)


def given(
    repo: Repository,
    *,
    base: str | None = None,
    judged: str | None = None,
    code: str = CODE,
    spec: str = SPEC,
    branch: str = "feat/hardening",
) -> None:
    """A base with a spec, and a branch with a change of code and manifest."""
    repo.commit(
        "Adopt",
        {"specs/hardening.md": spec, **({"flags.json": base} if base is not None else {}), "app.py": "one = 1\n"},
    )
    repo.switch(branch, create=True)
    files: dict[str, str | None] = {"app.py": f"one = 1\n{code}"}
    if judged is not None:
        files["flags.json"] = judged
    repo.commit("Work", files)


def result(name: str, outcome: Outcome = Outcome.PASSED, *, kind: str = "command", **fields: Any) -> GateResult:
    return GateResult(name=name, kind=kind, outcome=outcome, reason="as it ended", **fields)


BOTH = (result("unit (flags off)"), result("unit (flags on)"))
WAY_BACK = result("rollback-rehearsal", kind="rollback-rehearsal")
ALL = (*BOTH, WAY_BACK)


def judge(
    repo: Repository,
    *,
    gates: tuple[GateResult, ...] | None = ALL,
    law: Workflow | None = None,
    options: Options | None = None,
) -> PolicyResult:
    return judge_policy(repo, "reversible-rollout", options, workflow=law or workflow(), gates=gates)


def blocking(found: PolicyResult) -> list[tuple[str, str]]:
    return [(each.rule, each.message) for each in found.findings if each.severity is not Severity.NOTICE]


def only(found: PolicyResult) -> Finding:
    (finding,) = (each for each in found.findings if each.severity is not Severity.NOTICE)
    return finding


def test_a_flag_that_is_off_tested_both_ways_and_a_rehearsed_way_back_pass(repo: Repository) -> None:
    given(repo, judged=manifest(new_page=OFF))

    found = judge(repo)

    assert (found.outcome, found.reason) == (
        Outcome.PASSED,
        "unit passed with flags off and on; the way back was rehearsed",
    )
    assert found.observed == f"flags of the spec: new-page; {found.reason}"
    assert found.expected == "flags that are off by default and tested both ways, and a way back that was rehearsed"
    assert blocking(found) == []


WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "on": ({"defaultValue": True}, "rollout/flag-on", "the flag `new-page` is on by default"),
    "no boolean": (
        {"flagType": "string", "defaultValue": "none"},
        "rollout/flag-not-boolean",
        "the flag `new-page` is of type string, so that it cannot be off",
    ),
    "no owner": ({"owner": None}, "rollout/flag-without-owner", "the flag `new-page` has no owner"),
    "no end": ({"expires": None}, "rollout/flag-without-end", "the flag `new-page` says no day by which it goes"),
    "an end that is none": (
        {"expires": "soon"},
        "rollout/flag-without-end",
        "the flag `new-page`: `expires` is `soon`, expected a day such as 2030-01-31",
    ),
    "expired": ({"expires": "2001-02-03"}, "rollout/flag-expired", "the flag `new-page` expired on 2001-02-03"),
}


@pytest.mark.parametrize(("edit", "rule", "message"), WRONG.values(), ids=WRONG)
def test_a_flag_that_guards_nothing_is_told_where_it_stands(
    repo: Repository, edit: dict[str, Any], rule: str, message: str
) -> None:
    given(repo, judged=manifest(new_page={**OFF, **edit}))

    found = judge(repo)

    finding = only(found)
    assert (found.outcome, finding.rule, finding.message) == (Outcome.FAILED, rule, message)
    assert (finding.path, finding.line) == ("flags.json", 3)


FLAGD = {
    "state": "ENABLED",
    "variants": {"on": True, "off": False},
    "defaultVariant": "off",
    "metadata": {"owner": "@octocat", "expires": "2999-01-31"},
}
WRONG_OF_FLAGD: dict[str, tuple[dict[str, Any], str, str]] = {
    "on": ({"defaultVariant": "on"}, "rollout/flag-on", "the flag `new-page` is on by default"),
    "left to the code": (
        {"defaultVariant": None},
        "rollout/flag-on",
        "the flag `new-page` leaves its default to the code",
    ),
    "a name that says otherwise": (
        {"variants": {"on": True, "off": True}},
        "rollout/flag-on",
        "the flag `new-page` is on by default",
    ),
    "targeted": (
        {"targeting": {"if": [{"ends_with": [{"var": "email"}, "@example.com"]}, "on"]}},
        "rollout/flag-targeted",
        "the flag `new-page` has targeting rules, so that it is on for some although its default is off",
    ),
    "disabled": (
        {"state": "DISABLED"},
        "rollout/flag-missing",
        "the flag `new-page` is `DISABLED`, which is as if it were not there",
    ),
}


@pytest.mark.parametrize(("edit", "rule", "message"), WRONG_OF_FLAGD.values(), ids=WRONG_OF_FLAGD)
def test_flagds_definitions_are_held_to_the_same(
    repo: Repository, edit: dict[str, Any], rule: str, message: str
) -> None:
    given(repo, judged=manifest(new_page={**FLAGD, **edit}))

    assert blocking(judge(repo)) == [(rule, message)]


def test_flagds_flag_that_is_off_passes(repo: Repository) -> None:
    given(repo, judged=manifest(new_page=FLAGD))

    assert judge(repo).outcome is Outcome.PASSED


def test_a_flag_that_is_not_there_is_told_with_the_nearest(repo: Repository) -> None:
    given(repo, base=manifest(new_pages=OFF), judged=manifest(new_pages=OFF, other=OFF), code=f"{CODE}# other\n")

    told = blocking(judge(repo))

    assert told[0] == (
        "rollout/flag-missing",
        "the spec declares the flag `new-page`, and flags.json has none of that name; did you mean `new-pages`?",
    )


def test_a_manifest_that_nobody_named_is_asked_for(repo: Repository) -> None:
    given(repo, judged=manifest(new_page=OFF))

    finding = only(judge(repo, law=workflow(manifest="")))

    assert (finding.rule, finding.message) == (
        "rollout/no-manifest",
        "the spec declares `new-page`, and .gaterunner.yml names no manifest of flags",
    )


UNREADABLE: dict[str, tuple[str | None, str, int | None]] = {
    "gone": (None, "flags.json is not there", None),
    "no JSON": ("{", "this is not YAML: expected a key", 2),
    "nothing that fits": (
        '{"flags": {\n"new-page": {"flagType": "boolean", "defaultValue": "false"}}}',
        "`defaultValue` of the flag `new-page`: found `false` in quotes, expected `true` or `false`",
        2,
    ),
}


@pytest.mark.parametrize(("content", "message", "line"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_manifest_that_cannot_be_read_is_never_one_without_faults(
    repo: Repository, content: str | None, message: str, line: int | None
) -> None:
    given(repo, judged=content)

    found = judge(repo)

    finding = found.findings[0]
    assert (found.outcome, finding.rule, finding.path) == (Outcome.FAILED, "rollout/manifest-unreadable", "flags.json")
    assert finding.message.startswith(message.partition(": expected a key")[0])
    assert (finding.line, finding.approvable) == (line, False)


def test_no_link_is_followed(repo: Repository) -> None:
    given(repo, judged=manifest(new_page=OFF))
    (repo.root / "flags.json").unlink()
    (repo.root / "other.json").write_text(manifest(new_page=OFF))
    (repo.root / "flags.json").symlink_to("other.json")
    repo.commit("Link")

    assert judge(repo).findings[0].message == "flags.json is a symbolic link, expected a plain file"


def test_what_the_base_broke_an_approved_change_may_repair(repo: Repository) -> None:
    given(repo, base="{", judged=manifest(new_page=OFF))

    finding = only(judge(repo))

    assert (finding.rule, finding.line, finding.approvable) == ("rollout/manifest-unreadable", None, True)
    assert finding.message.startswith("at the base: ")


def test_a_flag_that_no_new_code_asks_for_makes_nothing_reversible(repo: Repository) -> None:
    given(repo, judged=manifest(new_page=OFF), code="show()\n")

    finding = only(judge(repo))

    assert (finding.rule, finding.message) == (
        "rollout/flag-unused",
        "no line of code that the change adds names the flag `new-page`",
    )


@pytest.mark.parametrize("code", ["on = os.environ['FEATURE_NEW_PAGE']\n", "if isNewPageEnabled(): show()\n"])
def test_its_variable_and_its_accessor_ask_for_it_too(repo: Repository, code: str) -> None:
    given(repo, judged=manifest(new_page=OFF), code=code)

    assert judge(repo).outcome is Outcome.PASSED


def test_a_mention_in_docs_or_tests_does_not_ask_for_it(repo: Repository) -> None:
    given(repo, judged=manifest(new_page=OFF), code="show()\n")
    repo.commit("Tell", {"docs/page.md": "`new-page`\n", "tests/test_page.py": "def test_new_page(): pass\n"})

    assert only(judge(repo)).rule == "rollout/flag-unused"


def test_a_flag_may_be_declared_before_the_code_that_asks_for_it(repo: Repository) -> None:
    repo.switch("fix/flags", create=True)
    repo.commit("Declare", {"flags.json": manifest(new_page=OFF)})

    assert blocking(judge(repo)) == []


def test_thousands_of_new_flags_cost_no_time(repo: Repository) -> None:
    flags = {f"flag_number_{number}": OFF for number in range(3_000)}
    given(repo, branch="fix/flags", judged=manifest(**flags), code="x = 1\n" * 20_000)

    told = judge(repo).findings

    assert len(told) == 100
    assert {finding.rule for finding in told[:50]} == {"rollout/flag-unused"}


FLIPPED: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "on": (OFF, {"defaultValue": True}, "would be `true` by default instead of `false`"),
    "off": ({**OFF, "defaultValue": True}, {"defaultValue": False}, "would be `false` by default instead of `true`"),
    "another text": (
        {**OFF, "flagType": "string", "defaultValue": "a"},
        {"defaultValue": "b"},
        'would be `"b"` by default instead of `"a"`',
    ),
    "another type": (
        {**OFF, "flagType": "integer", "defaultValue": 1},
        {"flagType": "string", "defaultValue": "1"},
        "would be of type string instead of integer",
    ),
    "disabled": (FLAGD, {"state": "DISABLED"}, "would be disabled"),
    "targeted": (FLAGD, {"targeting": {"if": [True, "on"]}}, "would be targeted by other rules"),
    "another variant": (
        FLAGD,
        {"variants": {"on": True, "off": True}},
        "would be `true` by default instead of `false`",
    ),
}


@pytest.mark.parametrize(("before", "edit", "what"), FLIPPED.values(), ids=FLIPPED)
def test_a_flag_of_somebody_else_is_not_turned_on_the_way(
    repo: Repository, before: dict[str, Any], edit: dict[str, Any], what: str
) -> None:
    own = FLAGD if before is FLAGD else OFF
    given(repo, base=manifest(checkout=before), judged=manifest(checkout={**before, **edit}, new_page=own))

    finding = only(judge(repo))

    assert (finding.rule, finding.line) == ("rollout/default-flipped", 3)
    assert finding.message == (
        f"the flag `checkout` {what}: that would take effect when this lands, and not when somebody decides"
    )


def test_a_description_may_change(repo: Repository) -> None:
    given(repo, base=manifest(checkout=OFF), judged=manifest(checkout={**OFF, "description": "More."}, new_page=OFF))

    assert blocking(judge(repo)) == []


def test_a_flag_that_is_removed_is_told(repo: Repository) -> None:
    given(repo, base=manifest(checkout=OFF), judged=manifest(new_page=OFF))

    finding = only(judge(repo))

    assert (finding.rule, finding.severity) == ("rollout/flag-removed", Severity.WARNING)
    assert finding.message == "the flag `checkout` would be gone: code that still asks for it gets its own default"


def test_clearing_up_what_has_expired_is_only_noted(repo: Repository) -> None:
    given(repo, base=manifest(checkout={**OFF, "expires": "2001-01-31"}), judged=manifest(new_page=OFF))

    assert blocking(judge(repo)) == []


def test_a_new_flag_beside_those_of_the_spec_is_held_to_the_same_and_told(repo: Repository) -> None:
    given(repo, judged=manifest(new_page=OFF, fast_lane={**OFF, "owner": None}), code=f"{CODE}fast_lane()\n")

    assert blocking(judge(repo)) == [
        ("rollout/flag-without-owner", "the flag `fast-lane` has no owner"),
        ("rollout/flag-undeclared", "the change adds the flag `fast-lane`, which the spec does not name"),
        ("rollout/not-both-ways", "no gate runs with the flag `fast-lane` on: .gaterunner.yml gives it no variable"),
    ]


def test_gates_must_have_run_with_the_flags_off_and_on(repo: Repository) -> None:
    given(repo, judged=manifest(new_page=OFF))
    law = workflow(gates="[unit, rollback-rehearsal]")

    finding = only(judge(repo, gates=(result("unit"), WAY_BACK), law=law))

    assert (finding.rule, finding.message) == (
        "rollout/not-both-ways",
        "no gate runs with the flags off and with the flags on",
    )


@pytest.mark.parametrize(
    ("gates", "said"),
    [
        ((BOTH[0], result("unit (flags on)", Outcome.FAILED), WAY_BACK), "`unit (flags on)` is failed"),
        ((BOTH[0], WAY_BACK), "`unit (flags on)` was not executed"),
        (
            (BOTH[0], result("unit (flags on)", Outcome.SKIPPED, skip=Skip.NOT_SELECTED), WAY_BACK),
            "`unit (flags on)` is skipped; run all gates: gaterunner run",
        ),
        (
            (*(result(each.name, Outcome.SKIPPED, skip=Skip.NOT_APPLICABLE) for each in BOTH), WAY_BACK),
            "no gate with `flags: both` applied to the change",
        ),
    ],
)
def test_a_state_that_was_not_seen_to_pass_is_unproven(
    repo: Repository, gates: tuple[GateResult, ...], said: str
) -> None:
    given(repo, judged=manifest(new_page=OFF))

    found = judge(repo, gates=gates)

    assert found.outcome is Outcome.UNPROVEN
    assert found.reason == said


def test_an_advisory_gate_proves_nothing(repo: Repository) -> None:
    given(repo, judged=manifest(new_page=OFF))
    law = workflow(gates="[unit: {run: pytest, flags: both, advisory: true}, rollback-rehearsal]")

    assert only(judge(repo, law=law)).message == "only advisory gates run with the flags off and with the flags on"


def test_where_no_gate_was_executed_nothing_is_proven(repo: Repository) -> None:
    given(repo, judged=manifest(new_page=OFF))

    found = judge(repo, gates=None)

    assert found.outcome is Outcome.UNPROVEN
    assert found.reason.endswith(
        "the way back was not rehearsed: `rollback-rehearsal` was not executed; run all gates: gaterunner run"
    )
    assert found.findings == ()  # how much stays dark is not asked where nothing ran


def test_how_much_stays_dark_is_shown_as_evidence(repo: Repository) -> None:
    given(repo, judged=manifest(new_page=OFF))
    coverage = CoverageCounts(lines=500, covered=400, changed_lines=120, changed_covered=14)
    off = result("unit (flags off)", coverage=coverage)

    (notice,) = judge(repo, gates=(off, BOTH[1], WAY_BACK)).findings

    assert (notice.rule, notice.severity) == ("rollout/dark-ratio", Severity.NOTICE)
    assert notice.message == ("`unit (flags off)` executed 14 of 120 changed lines with every flag off: 88.3 % dark")


def test_darkness_that_was_not_measured_is_no_darkness(repo: Repository) -> None:
    given(repo, judged=manifest(new_page=OFF))

    (notice,) = judge(repo).findings

    assert notice.message.startswith("how much stays dark was not measured: ")
    assert notice.help == "Give the gate with `flags: both` the files of its coverage as well (docs/proof.md)."


def test_almost_dark_is_not_rounded_up_to_dark(repo: Repository) -> None:
    given(repo, judged=manifest(new_page=OFF))
    off = result("unit (flags off)", coverage=CoverageCounts(changed_lines=10_000, changed_covered=1))

    assert "99.9 % dark" in judge(repo, gates=(off, BOTH[1], WAY_BACK)).findings[0].message


def test_a_way_back_that_nobody_rehearsed_is_none(repo: Repository) -> None:
    given(repo, judged=manifest(new_page=OFF))
    law = workflow(gates="[unit: {run: pytest, flags: both}]")

    finding = only(judge(repo, gates=BOTH, law=law))

    assert (finding.rule, finding.message) == (
        "rollout/not-rehearsed",
        "no gate rehearses the way back: whether the old code runs after this change is not known",
    )


def test_a_rehearsal_that_did_not_pass_leaves_it_unproven(repo: Repository) -> None:
    given(repo, judged=manifest(new_page=OFF))
    broken = result("rollback-rehearsal", Outcome.FAILED, kind="rollback-rehearsal")

    found = judge(repo, gates=(*BOTH, broken))

    assert found.reason == ("the way back was not rehearsed: `rollback-rehearsal` is failed (as it ended)")


def test_the_spec_has_to_say_how_to_go_back(repo: Repository) -> None:
    given(repo, judged=manifest(new_page=OFF), spec=SPEC.replace("rollback: {steps: [Turn the flag off.]}\n", ""))

    finding = only(judge(repo))

    assert (finding.rule, finding.path) == ("rollout/no-plan", "specs/hardening.md")
    assert finding.message == "the spec has no `rollback`, so that nobody knows how to go back"


def test_a_branch_of_no_phase_needs_a_rehearsal_and_no_plan(repo: Repository) -> None:
    given(repo, branch="fix/typo", base=manifest())

    found = judge(repo)

    assert (found.outcome, found.reason) == (Outcome.PASSED, "the way back was rehearsed")


def test_a_flag_can_be_asked_of_every_change(repo: Repository) -> None:
    given(repo, branch="fix/typo", base=manifest())

    finding = only(judge(repo, options=Options(require_flag=True)))

    assert finding.rule == "rollout/no-flag"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("docs/page.md", "the change touches nothing but docs and tests"),
        ("tests/test_page.py", "the change touches nothing but docs and tests"),
        ("specs/hardening.md", "the change touches nothing but what runs are judged by"),
    ],
)
def test_docs_tests_and_the_law_need_no_way_back(repo: Repository, path: str, reason: str) -> None:
    repo.switch("feat/hardening", create=True)
    repo.commit("Write", {path: "text\n"})

    found = judge(repo, gates=())

    assert (found.outcome, found.skip, found.reason) == (Outcome.SKIPPED, Skip.NOT_APPLICABLE, reason)


def test_a_rule_can_be_given_another_weight(repo: Repository) -> None:
    given(repo, judged=manifest(new_page={**OFF, "owner": None}))

    found = judge(repo, options=Options(rules={"flag-without-owner": "warn"}))

    assert (found.outcome, only(found).severity) == (Outcome.PASSED, Severity.WARNING)
