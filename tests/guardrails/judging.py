"""``guardrails`` over a base and a branch given as files, with the law that a run would read."""

from __future__ import annotations

import os
from typing import Any

from gaterunner.change import ChangeOptions, determine_change
from gaterunner.config.law import read_law
from gaterunner.git.repository import Repository as Checkout
from gaterunner.model import PolicyResult
from gaterunner.policies.guardrails import Options
from tests.gitrepo import Files, Repository
from tests.policies.judging import judge_policy

SMALLEST = "workflow: {gates: [build: 'true']}\n"


def judge(repo: Repository, base: Files, branch: Files, **options: Any) -> PolicyResult:
    """What the policy says of a branch that writes ``branch`` on a main that holds ``base``."""
    repo.commit("Base", base)
    repo.switch("feat/x", create=True)
    repo.commit("Work", branch)
    return judge_head(repo, **options)


def judge_head(repo: Repository, **options: Any) -> PolicyResult:
    """The same of what is checked out."""
    with Checkout.open(repo.root, env=dict(os.environ)) as checkout:
        change = determine_change(checkout, ChangeOptions(base="main"), None)
        law = read_law(checkout, change, root=repo.root, config=None)
    return judge_policy(repo, "guardrails", Options(**options), law=law.info, workflow=law.workflow)


def told(result: PolicyResult) -> list[str]:
    """Each finding in one line: severity, rule without its area, message."""
    return [f"{one.severity} {one.rule.removeprefix('guardrails/')} {one.message}" for one in result.findings]
