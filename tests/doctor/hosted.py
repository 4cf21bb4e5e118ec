"""A repository on the fake GitHub that reaches tier 2 without a fault, for tests to break in one place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gaterunner.doctor.run import run_doctor
from tests.fake_github import Branch, FakeGitHub, FakeRepository, Pull
from tests.fake_github.stage_state import WorkflowRun
from tests.github.samples import StoppedClock
from tests.gitrepo import Repository

ACTIONS = 15_368
HEAD = "a1" * 20
CI = ".github/workflows/gates.yml"
PIN = "b" * 40
WORKFLOW = f"""\
name: gates
on:
  pull_request:
  pull_request_review: {{types: [submitted, edited, dismissed]}}
  merge_group:
permissions: {{}}
jobs:
  gates:
    name: Gates
    runs-on: ubuntu-latest
    permissions: {{contents: read, checks: write, pull-requests: read, statuses: read}}
    steps:
      - uses: actions/checkout@{PIN}
        with: {{fetch-depth: 0, persist-credentials: false}}
      - uses: org/gaterunner@{PIN}
"""
LAW = "workflow: {gates: [unit: make test], policies: [no-secret-changes]}\n"
OWNERS = "/.github/ @octo/leads\n/.gaterunner.yml @octo/leads\n/.gaterunner/ @octo/leads\n/CODEOWNERS @octo/leads\n"
PULL_REQUEST: dict[str, Any] = {
    "type": "pull_request",
    "ruleset_id": 5,
    "parameters": {
        "dismiss_stale_reviews_on_push": True,
        "require_code_owner_review": True,
        "require_last_push_approval": True,
        "required_approving_review_count": 1,
        "required_review_thread_resolution": False,
    },
}
QUEUE: dict[str, Any] = {"type": "merge_queue", "ruleset_id": 5}


def check_rule(name: str = "gaterunner", source: int | None = ACTIONS) -> dict[str, Any]:
    """A required check, of any source for None."""
    check = {"context": name} if source is None else {"context": name, "integration_id": source}
    parameters = {"required_status_checks": [check], "strict_required_status_checks_policy": True}
    return {"type": "required_status_checks", "ruleset_id": 5, "parameters": parameters}


def rules(*, check: Mapping[str, Any] | None = None, **reviews: Any) -> list[dict[str, Any]]:
    """The rules of tier 2 with another required check or other parameters of reviews."""
    pull_request = {**PULL_REQUEST, "parameters": {**PULL_REQUEST["parameters"], **reviews}}
    return [pull_request, dict(check or check_rule()), {"type": "deletion"}, {"type": "non_fast_forward"}]


class Hosted:
    """The repository octo/example, as tests see and change it."""

    def __init__(self, fake: FakeGitHub, folder: Path) -> None:
        self.fake = fake
        self.git = Repository.create(folder / "hosted")
        self.on_github: FakeRepository = fake.repository("octo/example")
        self.on_github.objects = self.git
        self.folder = folder
        self.branch = Branch("main", "0" * 40, rules=rules(), bypass={5: []})
        self.commit({CI: WORKFLOW, ".gaterunner.yml": LAW, ".github/CODEOWNERS": OWNERS, "Makefile": "test:\n\ttrue\n"})
        self.on_github.open_pull(Pull(number=7, head=HEAD, author="agent-account"))
        self.ran(HEAD)

    def commit(self, files: Mapping[str, str | None]) -> None:
        """Puts files on the default branch."""
        self.branch.tip = self.git.commit("Change", files)
        self.on_github.open_branch(self.branch)

    def ran(self, head: str, conclusion: str | None = "success") -> None:
        """A workflow run that a pull request with this head started."""
        number = len(self.on_github.workflow_runs) + 1
        self.on_github.workflow_runs[number] = WorkflowRun(number, head, "octo/example", conclusion=conclusion)

    def environment(self, *, administers: bool = True, **more: str) -> dict[str, str]:
        token = self.fake.token(administers=administers)
        return {"GH_TOKEN": token, "GITHUB_API_URL": self.fake.url, "PATH": "/usr/bin:/bin", **more}

    def doctor(self, *, form: str = "text", administers: bool = True, **more: str) -> int:
        """Runs the command in this process; what it prints is the test's to read."""
        return run_doctor(
            self.folder,
            repository="octo/example",
            form=form,
            environment=self.environment(administers=administers, **more),
            clock=StoppedClock().clock,
        )

    def diagnosis(self, capsys: pytest.CaptureFixture[str], *, administers: bool = True) -> dict[str, Any]:
        """The JSON of a run."""
        self.doctor(form="json", administers=administers)
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    def point(self, name: str, capsys: pytest.CaptureFixture[str], *, administers: bool = True) -> dict[str, str]:
        """One point of a run."""
        points = self.diagnosis(capsys, administers=administers)["points"]
        found: dict[str, str] = next(point for point in points if point["name"] == name)
        return found
