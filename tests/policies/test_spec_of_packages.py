"""A spec in a repository of several packages, whose tests bear the same names: none speaks for another package's."""

from __future__ import annotations

from pathlib import Path

import pytest

from gaterunner.model import Outcome, PolicyResult
from tests.contract.contracts import PATH, result, spec, workflow
from tests.gitrepo import Files, Repository
from tests.policies.branches_of_a_phase import PROVEN, judge, rules, told

WORKFLOW = """
workflow:
  phases: [filters]
  gates:
    - unit-a: {run: pytest, tests: out/*.xml, cwd: ./packages/a}
    - unit-b: {run: pytest, tests: out/*.xml, cwd: packages/b}
    - tools: {run: pytest ../tests, tests: out/*.xml, cwd: tools}
  policies: [spec]
"""
OLD = "def test_old():\n    assert work() == 1\n"
KEPT = "\n\ndef test_kept():\n    assert work() == 2\n"
WINDOW = "\n\ndef test_window():\n    assert window('24h') == 24\n"
A, B, ROOT = "packages/a/tests/test_filters.py", "packages/b/tests/test_filters.py", "tests/test_root.py"
OLD_ID = "tests.test_filters.test_old"
JS = "it('opens the window', () => { expect(window()).toBe(24) })\n"


def judged(tmp_path: Path, work: Files, ran: dict[str, list[str]], **changed: str) -> PolicyResult:
    """What the policy says of a branch of two packages, whose gates showed these tests."""
    repo = Repository.create(tmp_path / "repo")
    scope = {"non_goals": None, "touchpoints": "{allow: [packages/**, tests/**]}", **changed}
    start = {A: OLD + KEPT, B: OLD + KEPT, ROOT: OLD + KEPT}
    repo.commit("Start", {".gaterunner.yml": WORKFLOW, PATH: spec(**scope), **start})
    repo.switch("feat/filters", create=True)
    repo.commit("Work", {A: OLD + KEPT + WINDOW, **work})
    gates = [result(gate, *ids) for gate, ids in ran.items()]
    return judge(repo, *gates, workflow=workflow(WORKFLOW))


@pytest.mark.parametrize(
    ("path", "pattern", "allowed"),
    [
        (B, f"{{gate: unit-b, test: {OLD_ID}}}", True),
        (B, f"{{gate: unit-a, test: {OLD_ID}}}", False),
        (B, "{gate: unit-a, test: '*.test_old'}", False),
        (B, f"{{gate: tools, test: {OLD_ID}}}", False),
        (B, OLD_ID, True),
        (ROOT, "{gate: tools, test: tests.test_root.test_old}", True),
        (ROOT, "{gate: unit-a, test: '*.test_old'}", True),
    ],
)
def test_a_gate_s_tests_may_go_in_its_own_package(tmp_path: Path, path: str, pattern: str, *, allowed: bool) -> None:
    one = judged(tmp_path, {path: KEPT}, {"unit-a": [PROVEN]}, tests=f"{{may-remove: {pattern}}}")
    assert rules(one) == (set() if allowed else {"test-removed"})


def test_a_new_test_that_ran_nowhere_gets_no_result_from_another_package(tmp_path: Path) -> None:
    work = {B: OLD + KEPT + WINDOW}
    one = judged(tmp_path / "a", work, {"unit-a": [PROVEN]}, tests="{add: 2}")
    assert (one.outcome, rules(one)) == (Outcome.UNPROVEN, {"new-tests-unproven"})
    both = judged(tmp_path / "b", work, {"unit-a": [PROVEN], "unit-b": [PROVEN]}, tests="{add: 2}")
    assert both.outcome is Outcome.PASSED


def test_neither_does_one_that_is_known_by_its_title(tmp_path: Path) -> None:
    work = {"packages/b/window.test.js": JS}
    ran = {"unit-a": [PROVEN, "window opens the window"]}
    assert rules(judged(tmp_path / "a", work, ran, tests="{add: 2}")) == {"new-tests-unproven"}
    ran["unit-b"] = ["window opens the window"]
    assert judged(tmp_path / "b", work, ran, tests="{add: 2}").outcome is Outcome.PASSED


def test_a_gate_may_run_what_lies_outside_of_its_folder_by_its_whole_path(tmp_path: Path) -> None:
    work = {ROOT: OLD + KEPT + WINDOW}
    ran = {"unit-a": [PROVEN], "tools": ["tests.test_root.test_window"]}
    assert judged(tmp_path, work, ran, tests="{add: 2}").outcome is Outcome.PASSED


def test_an_objective_of_one_package_is_not_proven_by_another(tmp_path: Path) -> None:
    objective = f"[{{id: window, text: A window, tests: {{gate: unit-b, test: {PROVEN}}}}}]"
    one = judged(tmp_path, {}, {"unit-a": [PROVEN], "unit-b": [OLD_ID]}, objectives=objective)
    assert one.outcome is Outcome.UNPROVEN
    assert told(one, "objective-unproven")[0].endswith("no test of this gate has such an id, only one of `unit-a`")
