"""`lock-lint: squawk`: what it is told, what it says, and what a branch cannot silence."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from gaterunner.errors import EvaluationError
from gaterunner.migrations import squawk
from gaterunner.model import Outcome, Severity
from gaterunner.policies.context import LockRemark
from gaterunner.policies.forward_only_migrations import Options
from tests.gitrepo import Repository
from tests.policies.judging import judge_policy

INDEX = "CREATE INDEX item_name ON item (name);\n"


@pytest.fixture
def repo_with_index(repo: Repository) -> Repository:
    repo.commit("Start", {"db/migration/postgres/V1__start.sql": "CREATE TABLE item (id int, name text);\n"})
    repo.switch("feat/x", create=True)
    repo.commit("Index", {"db/migration/postgres/V2__index.sql": f"-- squawk-ignore-file\n{INDEX}"})
    return repo


def test_squawk_says_what_a_statement_locks_whatever_the_branch_asks_of_it(repo_with_index: Repository) -> None:
    options = Options(lock_lint="squawk")
    result = judge_policy(repo_with_index, "forward-only-migrations", options, lock_lint=squawk.lint)
    assert result.outcome is Outcome.PASSED
    assert [(each.rule, each.severity, each.line) for each in result.findings] == [
        ("migration-lint-ignored", Severity.NOTICE, 1),
        ("migration-lock", Severity.WARNING, 2),
    ]
    assert result.findings[1].message.startswith("squawk, require-concurrent-index-creation: ")


def test_a_rule_can_be_made_to_block(repo_with_index: Repository) -> None:
    options = Options(lock_lint="squawk", rules={"migration-lock": "fail"})
    result = judge_policy(repo_with_index, "forward-only-migrations", options, lock_lint=squawk.lint)
    assert result.outcome is Outcome.FAILED


def test_without_the_option_nothing_is_asked(repo_with_index: Repository) -> None:
    def never(_texts: Sequence[str], _without: Sequence[str]) -> tuple[LockRemark, ...]:
        raise AssertionError

    assert judge_policy(repo_with_index, "forward-only-migrations", lock_lint=never).findings == ()


def test_a_missing_squawk_is_an_error_that_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    with pytest.raises(EvaluationError) as caught:
        squawk.lint([INDEX], environment={"PATH": str(tmp_path)})
    assert caught.value.message == "squawk, which `lock-lint: squawk` asks for, was not found"
    assert "pip install gaterunner[locks]" in str(caught.value.help)


@pytest.mark.parametrize(("program", "said"), [("exit 7", "exit code 7"), ("echo no; exit 1", "cannot be read")])
def test_a_squawk_that_fails_is_an_error(tmp_path: Path, program: str, said: str) -> None:
    fake = tmp_path / "squawk"
    fake.write_text(f"#!/bin/sh\n{program}\n")
    fake.chmod(0o755)
    with pytest.raises(EvaluationError, match=said):
        squawk.lint([INDEX], environment={"PATH": f"{tmp_path}:/usr/bin:/bin"})


def test_where_nothing_can_start_it_the_policy_cannot_be_evaluated(repo_with_index: Repository) -> None:
    with pytest.raises(EvaluationError, match="nothing can start here"):
        judge_policy(repo_with_index, "forward-only-migrations", Options(lock_lint="squawk"))
