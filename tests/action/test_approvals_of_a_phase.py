"""What an approving review on GitHub lets through of a phase's branch, and what it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.action.test_approvals import reviewed, words
from tests.contract.contracts import PATH, spec
from tests.contract.test_run import NEW, OLD, RUNNER, WORK
from tests.fake_github import FakeGitHub, Reviewed
from tests.gitrepo import Files
from tests.runner_step import PullRequest, StepRan

WORKFLOW = """
workflow:
  phases: [{filters: {branch: feat/x}}]
  gates:
    - unit: {run: python3 runner.py, tests: out/*.xml}
  policies: [spec]
"""
START = {"runner.py": RUNNER, ".gitignore": "out/\n", "app/filters.py": "x = 1\n", "tests/test_filters.py": OLD}
SCOPE = {"non_goals": None, "touchpoints": "{allow: [app/**, tests/**]}"}
WIDE = {"non_goals": None, "touchpoints": "{allow: ['**']}"}
OWNER = "Owner <owner@example.invalid>"
LINES = f"Fine.\n\nwaive spec/objective-unproven {PATH}: shown elsewhere\nwaive spec/changed {PATH}: agreed\n"


def approved(fake: FakeGitHub, tmp_path: Path, work: Files, said: str = "Fine.", **changed: str | None) -> StepRan:
    """The job that an approving review of a phase's branch starts; ``changed`` is about the spec of the base."""
    base = {**START, PATH: spec(**{**SCOPE, **changed})}
    pull = PullRequest.open(tmp_path, WORKFLOW, work, beside=base)
    return reviewed(fake, pull, Reviewed("hopper", commit=pull.head, body=said)).run()


def test_a_spec_that_the_branch_changes_is_let_through(fake_github: FakeGitHub, tmp_path: Path) -> None:
    ran = approved(fake_github, tmp_path, {**WORK, PATH: spec(**WIDE)})
    assert ran.code == 0, ran
    assert "guardrails, spec waived" in words(ran.out)


@pytest.mark.parametrize(
    "case",
    [
        ({**WORK, PATH: spec(**WIDE), "outside.py": "x = 1\n"}, "Fine.", OWNER, "outside.py: added outside of what"),
        ({"app/filters.py": "x = 2\n", PATH: spec(**WIDE)}, LINES, OWNER, "the objective `window` is not proven"),
        ({"app/filters.py": "x = 2\n", "any.py": NEW}, "Fine.", None, "the spec lacks the key `owner`"),
    ],
    ids=["a path that the old spec closes", "an objective that is not proven", "work while the base's is broken"],
)
def test_nothing_else_is_let_through_by_it(
    fake_github: FakeGitHub, tmp_path: Path, case: tuple[Files, str, str | None, str]
) -> None:
    work, said, owner, why = case
    ran = approved(fake_github, tmp_path, work, said, owner=owner)
    assert ran.code == 1, ran
    assert why in words(ran.out)
