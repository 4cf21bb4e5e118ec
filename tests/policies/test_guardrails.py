"""What ``guardrails`` says of a change, over real repositories."""

from __future__ import annotations

import pytest

from gaterunner.model import Outcome, Severity
from tests.gitrepo import Files, Repository
from tests.guardrails.judging import judge, told

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
