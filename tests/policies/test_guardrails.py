"""What ``guardrails`` says of a change, over real repositories."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

import gaterunner
from gaterunner import weakening
from gaterunner.config.grammar import parse_workflow
from gaterunner.errors import WorkflowFileError
from gaterunner.guardrails.findings import RuleName as OwnRule
from gaterunner.model import Outcome, Severity, Skip
from gaterunner.policies.guardrails import RuleName
from tests.gitrepo import Files, Repository
from tests.guardrails.judging import judge, judge_head, told

PACKAGE = Path(gaterunner.__file__).parent
WORKFLOW = """\
workflow:
  gates:
    - build: make build
    - unit: {run: make unit, timeout: 30m, tests: reports/*.xml}
  policies:
    - no-secret-changes
"""


@pytest.mark.parametrize(
    ("was", "will", "message"),
    [
        ("    - build: make build\n", "", "error gate-removed gate `build` would no longer run"),
        ("timeout: 30m", "timeout: 3h", "error gate-weakened gate `unit` has its timeout raised from 30m to 3h"),
        ("make unit,", "'true',", "error gate-command gate `unit` would run `true` instead of `make unit`"),
        (
            ", tests: reports/*.xml",
            "",
            "error gate-weakened gate `unit` would pass without any test result (`tests` is gone)",
        ),
        (
            "timeout: 30m",
            "timeout: 30m, advisory: true",
            "error gate-weakened gate `unit` would no longer count: it would be told only (`advisory`)",
        ),
        (
            "timeout: 30m",
            "timeout: 30m, paths: [docs/**]",
            "error gate-weakened gate `unit` would run only when the change touches `docs/**`",
        ),
        (
            "timeout: 30m",
            "timeout: 30m, retries: 2",
            "error gate-weakened gate `unit` would be tried 2 times more after a failure instead of 0 times",
        ),
        (
            "timeout: 30m",
            "timeout: 30m, needs: []",
            "error gate-changed gate `unit` would start without waiting for `build`",
        ),
        (
            "  policies:\n    - no-secret-changes\n",
            "",
            "error policy-removed policy `no-secret-changes` would no longer be evaluated as declared",
        ),
        (
            "    - no-secret-changes",
            "    - no-secret-changes: {ignore: ['**']}",
            "error policy-changed policy `no-secret-changes`: `ignore` would change from nothing to [`**`]",
        ),
        (
            "workflow:\n",
            "workflow:\n  mode: shadow\n",
            "error shadow-mode mode would become `shadow`: a red verdict would no longer block anything",
        ),
        ("gates:", "gates: [", "error workflow-unreadable would not be a workflow file: "),
        (
            "    - build: make build\n",
            "    - build: make build\n    - lint: make lint\n",
            "error gate-added gate `lint` would be added and run `make lint`",
        ),
        ("workflow:\n", "# Ours\nworkflow:\n", "notice form-only only comments, order of keys or spacing change"),
    ],
)
def test_a_change_of_the_workflow_file_is_told_with_its_effect(
    repo: Repository, was: str, will: str, message: str
) -> None:
    changed = WORKFLOW.replace(was, will, 1)
    assert changed != WORKFLOW
    result = judge(repo, {".gaterunner.yml": WORKFLOW}, {".gaterunner.yml": changed})
    (finding,) = told(result)
    assert finding.startswith(message)


@pytest.mark.parametrize(
    ("was", "will", "message"),
    [
        ("", "unit", "gate-weakened gate `back` would run `unit` on the base's code instead of all that is asked for"),
        ("unit, build", "unit", "gate-weakened gate `back` would no longer run `build` on the base's code"),
        ("unit", "unit, build", "gate-changed gate `back` would get `build` under `gates`"),
        ("unit", "", "gate-changed gate `back` would run on the base's code what the spec names, or all, instead of"),
    ],
)
def test_fewer_gates_on_the_way_back_are_less_proof(repo: Repository, was: str, will: str, message: str) -> None:
    gates = (f", gates: [{named}]" if named else "" for named in (was, will))
    before, after = (f"{WORKFLOW}    - back: {{kind: rollback-rehearsal{each}}}\n" for each in gates)
    before, after = (text.replace("  policies:\n    - no-secret-changes\n", "") for text in (before, after))
    result = judge(repo, {".gaterunner.yml": before}, {".gaterunner.yml": after})
    (finding,) = told(result)
    assert finding.startswith(f"error {message}")


def test_a_workflow_file_that_is_gone_is_told(repo: Repository) -> None:
    result = judge(repo, {".gaterunner.yml": WORKFLOW}, {".gaterunner.yml": None})
    assert told(result) == ["error workflow-deleted would be gone: no gate and no policy would run"]


def test_the_first_workflow_file_is_only_told(repo: Repository) -> None:
    result = judge(repo, {}, {".gaterunner.yml": WORKFLOW, ".github/workflows/ci.yml": "on: push\n"})
    assert result.outcome is Outcome.PASSED
    assert {finding.severity for finding in result.findings} == {Severity.NOTICE}


@pytest.mark.parametrize(
    ("files", "rule"),
    [
        ({".github/workflows/ci.yml": "on: push\njobs: {}\n"}, "ci-workflow"),
        ({"docs/CODEOWNERS": "* @nobody\n"}, "code-owners"),
        ({"web/AGENTS.md": "Skip the tests.\n"}, "agent-instructions"),
        ({".gaterunner/waivers.yml": "waivers: []\n"}, "waivers"),
        ({"specs/dashboard.md": "# Less\n"}, "spec"),
        ({".husky/pre-commit": "true\n"}, "gate-definition"),
    ],
)
def test_other_guarded_files_need_approval(repo: Repository, files: Files, rule: str) -> None:
    result = judge(repo, {".gaterunner.yml": WORKFLOW}, files)
    assert result.outcome is Outcome.FAILED
    assert [finding.rule for finding in result.findings] == [f"guardrails/{rule}"]
    assert all(finding.approvable for finding in result.findings)


def test_ordinary_work_passes(repo: Repository) -> None:
    result = judge(repo, {".gaterunner.yml": WORKFLOW}, {"app.py": "x = 1\n", "docs/usage.md": "# Usage\n"})
    assert (result.outcome, result.findings) == (Outcome.PASSED, ())
    assert result.reason == "nothing that the branch is judged by changes"


def test_every_rule_can_be_levelled_and_has_its_page() -> None:
    own = {f"guardrails/{rule}" for rule in get_args(OwnRule)}
    pages = {f"guardrails/{path.stem}" for path in (PACKAGE / "rules" / "guardrails").glob("*.md")}
    levelled = {f"guardrails/{rule}" for rule in get_args(RuleName)}
    assert levelled == own | set(weakening.RULES)
    assert own <= pages <= levelled


def test_the_pages_of_the_policy_name_every_rule() -> None:
    docs = PACKAGE.parent / "docs"
    text = "".join((docs / page).read_text("utf-8") for page in ("policies/guardrails.md", "weakened-tests.md"))
    assert [rule for rule in get_args(RuleName) if f"`{rule}`" not in text] == []


def test_a_rule_that_is_misspelt_is_told_with_the_nearest_and_not_with_all_of_them(repo: Repository) -> None:
    policies = "policies: [{guardrails: {rules: {test-skiped: warn}}}]"
    with pytest.raises(WorkflowFileError) as error:
        parse_workflow(f"workflow: {{gates: [unit], {policies}}}\n".encode(), ".gaterunner.yml")
    (problem,) = error.value.problems
    assert problem.message == (
        "a key of `rules` of policy `guardrails`: found `test-skiped`, "
        f"expected one of {len(get_args(RuleName))} names; did you mean `test-skipped`?"
    )


def test_a_branch_without_changed_files_is_skipped(repo: Repository) -> None:
    repo.commit("Base", {".gaterunner.yml": WORKFLOW})
    repo.switch("feat/x", create=True)
    repo.commit("Nothing")
    result = judge_head(repo)
    assert (result.outcome, result.skip) == (Outcome.SKIPPED, Skip.NOT_APPLICABLE)


def test_what_the_target_changed_meanwhile_is_not_the_branchs(repo: Repository) -> None:
    repo.commit("Base", {".gaterunner.yml": WORKFLOW})
    repo.switch("feat/x", create=True)
    repo.commit("Work", {"app.py": "x = 1\n"})
    repo.switch("main")
    repo.commit("Tighten", {".gaterunner.yml": WORKFLOW.replace("30m", "10m"), "CLAUDE.md": "Test first.\n"})
    repo.switch("feat/x")
    assert judge_head(repo).findings == ()


def test_at_most_a_hundred_findings_are_listed(repo: Repository) -> None:
    files = {f"d{number}/AGENTS.md": "x\n" for number in range(120)}
    result = judge(repo, {".gaterunner.yml": WORKFLOW}, files)
    assert len(result.findings) == 100
    assert result.findings[-1].message == "21 further findings of this policy are not listed"
    assert result.findings[-1].approvable


def test_a_fingerprint_stays_when_the_finding_moves(repo: Repository) -> None:
    makefile = ".PHONY: build unit\nbuild:\n\ttrue\nunit:\n\tpytest\n"
    base = {".gaterunner.yml": WORKFLOW, "Makefile": makefile}
    first = judge(repo, base, {"Makefile": makefile.replace("pytest", "true")})
    repo.commit("Move it down", {"Makefile": "# One\n# Two\n" + makefile.replace("pytest", "true")})
    second = judge_head(repo)
    assert first.findings[0].line != second.findings[0].line
    assert first.findings[0].fingerprint == second.findings[0].fingerprint


@pytest.mark.parametrize("path", [".github", ".github/workflows/ci.yml", "AGENTS.md", ".gaterunner.yml"])
def test_a_link_in_a_guarded_place_is_told(repo: Repository, path: str) -> None:
    repo.commit("Base", {".gaterunner.yml": WORKFLOW, "AGENTS.md": "Test.\n"})
    repo.switch("feat/x", create=True)
    link = repo.root / path
    link.unlink(missing_ok=True)
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to("elsewhere")
    repo.commit("Link")
    result = judge_head(repo)
    assert [finding.rule for finding in result.findings] in (["guardrails/not-a-file"], ["guardrails/workflow-deleted"])


def test_a_credential_in_a_quoted_line_is_not_shown(repo: Repository) -> None:
    token = "gh" + "p_" + "1234567890abcdefghijABCDEFGHIJ123456"
    makefile = ".PHONY: build unit\nbuild:\n\ttrue\nunit:\n\tpytest\n"
    base = {".gaterunner.yml": WORKFLOW, "Makefile": makefile}
    result = judge(repo, base, {"Makefile": makefile.replace("pytest", f"curl -u bot {token}")})
    assert result.outcome is Outcome.FAILED
    assert token not in str(result)


def test_a_policy_with_required_options_can_be_declared(repo: Repository) -> None:
    """A finding about an added policy compares with its defaults, which not every policy has."""
    changed = WORKFLOW + "    - forward-only-migrations: {order: warn}\n"
    result = judge(repo, {".gaterunner.yml": WORKFLOW}, {".gaterunner.yml": changed})
    assert told(result) == [
        "error policy-changed policy `forward-only-migrations` would be declared with `order`: `warn`"
    ]
