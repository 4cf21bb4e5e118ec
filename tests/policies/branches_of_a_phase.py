"""Branches of a phase for tests of the policy `spec`, honest ones and others."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gaterunner.change import ChangeOptions, determine_change
from gaterunner.git.repository import Repository as Checkout
from gaterunner.model import Change, Finding, GateResult, PolicyResult, Severity
from gaterunner.policies.spec import Options
from tests.contract.contracts import PATH, WORKFLOW, result, spec, workflow
from tests.gitrepo import Files, Repository
from tests.policies.judging import judge_policy

OLD_TEST = "def test_old():\n    assert work() == 1\n"
NEW_TEST = "\n\ndef test_window():\n    assert window('24h') == 24\n"
PROVEN = "tests.test_filters.test_window"
START: dict[str, str | bytes | None] = {
    ".gaterunner.yml": WORKFLOW,
    "app/filters.py": "x = 1\n",
    "app/billing/invoice.py": "x = 1\n",
    "app/secrets/keys.py": "x = 1\n",
    "tests/test_filters.py": OLD_TEST,
}
WORK: dict[str, str | bytes | None] = {"app/filters.py": "x = 2\n", "tests/test_filters.py": OLD_TEST + NEW_TEST}


def start(tmp_path: Path, files: Files | None = None, **changed: str | None) -> Repository:
    """A repository whose target branch has the spec, at the branch of the phase; nothing is done there."""
    repo = Repository.create(tmp_path / "repo")
    repo.commit("Start", {**START, PATH: spec(**changed), **(files or {})})
    repo.switch("feat/filters", create=True)
    return repo


def judge(repo: Repository, *gates: GateResult, **context: Any) -> PolicyResult:
    """What the policy says of the branch; without gates, of one whose only objective is proven."""
    gates = gates or (result("unit", PROVEN),)
    rules = context.pop("rules", {})
    given = {"workflow": workflow(), "gates": gates, **context}
    return judge_policy(repo, "spec", Options(rules=rules), **given)


def after(tmp_path: Path, files: Files, *gates: GateResult, **changed: str | None) -> PolicyResult:
    """What the policy says of a branch that does the phase's work, and changes these files besides."""
    repo = start(tmp_path, None, **changed)
    repo.commit("Work", {**WORK, **files})
    return judge(repo, *gates)


def told(judged: PolicyResult, rule: str) -> list[str]:
    return [finding.message for finding in judged.findings if finding.rule == f"spec/{rule}"]


def placed(judged: PolicyResult, rule: str) -> list[str]:
    """As ``told``, with the place before each."""
    return [f"{one.path}: {one.message}" for one in judged.findings if one.rule == f"spec/{rule}"]


def rules(judged: PolicyResult) -> set[str]:
    """The rules of what blocks, without what stands before the slash."""
    return {one.rule.partition("/")[2] for one in judged.findings if one.severity is Severity.ERROR}


def only(judged: PolicyResult) -> Finding:
    (finding,) = judged.findings
    return finding


@contextmanager
def opened(repo: Repository) -> Iterator[tuple[Checkout, Change]]:
    """The checkout and its change, compared with main."""
    with Checkout.open(repo.root, env=dict(os.environ)) as checkout:
        yield checkout, determine_change(checkout, ChangeOptions(base="main"), None)
