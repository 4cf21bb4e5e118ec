"""Policies run beside the gates."""

from __future__ import annotations

from tests.command_line import gaterunner
from tests.gitrepo import Repository


def given(repo: Repository, workflow: str) -> Repository:
    repo.commit("Adopt", {".gaterunner.yml": workflow})
    repo.switch("feat/x", create=True)
    repo.commit("Work", {"a": "1"})
    return repo


def test_policies_do_not_wait_for_gates(repo: Repository) -> None:
    given(repo, "workflow: {gates: [{unit: sleep 2}], policies: [no-merge-to-main]}\n")

    told = gaterunner(repo.root, "run").err

    assert told.index("policy no-merge-to-main passed") < told.index("gate unit passed")


def test_gates_do_not_wait_for_policies(repo: Repository) -> None:
    given(repo, "workflow: {gates: [{unit: 'true'}], policies: [no-secret-changes]}\n")
    repo.commit("Much to read", {f"a{number}.txt": f"line {number}\n" * 300_000 for number in range(4)})

    told = gaterunner(repo.root, "run").err

    assert told.index("gate unit passed") < told.index("policy no-secret-changes passed")
