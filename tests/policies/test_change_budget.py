"""``change-budget`` over real repositories."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gaterunner.config.grammar import parse_workflow
from gaterunner.errors import WorkflowFileError
from gaterunner.model import Outcome, PolicyResult, Severity, Skip
from gaterunner.policies.change_budget import Options, Tiers
from tests.gitrepo import Repository
from tests.policies.judging import judge_policy


def budget(repo: Repository, **options: Any) -> PolicyResult:
    return judge_policy(repo, "change-budget", Options(**options))


def lines(number: int) -> str:
    return "x = 1\n" * number


@pytest.fixture
def branch(repo: Repository) -> Repository:
    repo.commit("Start", {"app.py": lines(10)})
    repo.switch("feat/x", create=True)
    return repo


def test_a_small_change_is_within_its_budget(branch: Repository) -> None:
    branch.commit("Work", {"app.py": lines(12), "pic.png": b"\0\1\2"})

    result = budget(branch)

    assert (result.outcome, result.reason, result.findings) == (Outcome.PASSED, "within its budget", ())
    assert result.observed == "2 files, 2 added lines, 1 commit; 1 binary file without lines"
    assert result.expected == "a warning above 6,503 added lines"


def test_an_empty_change_costs_nothing(branch: Repository) -> None:
    assert budget(branch).skip is Skip.NOT_APPLICABLE


def test_by_default_more_lines_than_anybody_reads_are_a_warning(branch: Repository) -> None:
    branch.commit("As many as can be read", {"new.py": lines(6503)})
    assert budget(branch).findings == ()
    branch.commit("One more", {"new.py": lines(6504)})

    result = budget(branch)

    (finding,) = result.findings
    assert (result.outcome, finding.severity, finding.rule) == (
        Outcome.PASSED,
        Severity.WARNING,
        "change-budget/lines",
    )
    assert result.reason == finding.message == "the change has 6,504 added lines, more than 6,503"
    assert finding.approvable
    assert "Split the change" in (finding.help or "")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"files": 2}, "the change has 3 files, more than 2"),
        ({"files": Tiers(warn=1, fail=2)}, "the change has 3 files, more than 2"),
        ({"lines": 14}, "the change has 15 added lines, more than 14"),
        ({"commits": 1}, "the change has 2 commits, more than 1"),
    ],
)
def test_above_the_budget_a_change_fails(branch: Repository, options: dict[str, Any], told: str) -> None:
    branch.commit("One", {"a.py": lines(5), "b.py": lines(5)})
    branch.commit("Two", {"c.py": lines(5)})

    result = budget(branch, **options)

    assert (result.outcome, result.reason) == (Outcome.FAILED, told)
    assert [finding.severity for finding in result.findings] == [Severity.ERROR]


def test_what_is_removed_costs_nothing_and_a_merge_is_no_commit(branch: Repository) -> None:
    branch.commit("Remove", {"app.py": None})
    branch.switch("side", create=True, at="main")
    branch.commit("Side", {"side.py": lines(1)})
    branch.switch("feat/x")
    branch.merge("side")

    assert budget(branch).observed == "2 files, 1 added line, 2 commits"


def test_what_a_tool_writes_is_left_out_and_told(branch: Repository) -> None:
    branch.commit("Generate", {"web/package-lock.json": lines(9000), "docs/api/a.html": lines(9000), "a.py": lines(3)})

    result = budget(branch, ignore=("docs/api/**",))

    assert result.findings == ()
    assert result.observed == (
        "1 file, 3 added lines, 1 commit; not counted: 2 files that a tool writes with 18,000 added lines"
    )
    assert budget(branch, ignore=("docs/api/**",), lock_files=True).reason.startswith("the change has 9,003 added")


def test_a_rule_weighs_what_the_workflow_file_says(branch: Repository) -> None:
    branch.commit("Work", {"a.py": lines(20)})

    assert budget(branch, lines=10, rules={"lines": "warn"}).outcome is Outcome.PASSED
    assert budget(branch, lines=10, rules={"lines": "off"}).findings == ()
    assert budget(branch, lines=Tiers(warn=10), rules={"lines": "fail"}).outcome is Outcome.FAILED


def workflow(policy: str) -> Any:
    text = f"workflow:\n  gates: [build: make]\n  policies:\n    - {policy}\n"
    return parse_workflow(text.encode(), "file").policies[0].options


def test_a_number_alone_is_the_budget_of_lines() -> None:
    assert workflow("change-budget: 2000").lines == 2000
    assert workflow("change-budget: {lines: {warn: 5, fail: 9}, files: 3}").lines == Tiers(warn=5, fail=9)


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        ("change-budget: {lines: {warn: 9, fail: 5}}", "`warn` is 9 and `fail` is 5, expected a lower `warn`"),
        ("change-budget: {lines: 0}", "of at least 1"),
        ("change-budget: {rules: {line: warn}}", "line"),
        ("change-budget: {line: 5}", "did you mean `lines`?"),
    ],
)
def test_a_budget_that_cannot_be_is_an_error_of_the_workflow_file(policy: str, told: str) -> None:
    with pytest.raises(WorkflowFileError) as error:
        workflow(policy)

    assert told in error.value.problems[0].message


def test_the_documented_example_is_valid() -> None:
    page = Path(__file__).parents[2] / "docs" / "policies" / "change-budget.md"
    example = page.read_text().split("```yaml\n")[1].split("```")[0]

    assert parse_workflow(example.encode(), "file").policies[0].name == "change-budget"
