"""Both stages of a fork's pull request: a real first run that may not write, and the step that publishes its report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from gaterunner.action import job_exit_code
from gaterunner.reporters.json import decode_report
from tests.fake_github import FakeGitHub, Pull
from tests.fake_github.stage_state import WorkflowRun
from tests.gitrepo import Repository
from tests.runner_step import PULL, REPOSITORY, PullRequest, Step

FORK = "fork/example"
RUN = 42
ARTIFACT = "gaterunner-report.json"
CALLER = ".github/workflows/gates.yml"


class Handed(Struct, frozen=True):
    """A pull request of a fork, and the report that its own run has handed over."""

    pull: PullRequest
    data: bytes

    @classmethod
    def over(cls, place: Path, workflow: str, files: Mapping[str, str | None] | None = None) -> Handed:
        """What a run on ``pull_request`` makes, in a checkout of the test merge and without a token."""
        pull = PullRequest.open(place, workflow, {"app.py": "print(1)\n"} if files is None else files)
        step = pull.step()
        step.inputs["report"] = ARTIFACT
        ran = step.run()
        file = step.checkout.root / ARTIFACT
        assert file.exists(), ran
        return cls(pull, file.read_bytes())

    def changed(self, **fields: Any) -> bytes:
        """The report as somebody else wrote it: ``fields`` of it replaced, ``change__head=…`` one of its parts."""
        plain = json.loads(self.data)
        for name, value in fields.items():
            *parents, last = name.split("__")
            inside = plain
            for each in parents:
                inside = inside[each]
            inside[last] = value
        return json.dumps(plain).encode()


def second(
    handed: Handed, fake: FakeGitHub, place: Path, *, data: bytes | None = None, run: WorkflowRun | None = None
) -> Step:
    """The step on ``workflow_run``, in an empty folder, and a fake that knows the pull request and its run.

    The run is green where the report passes, unless ``run`` says otherwise.
    """
    repository = fake.repository(REPOSITORY)
    repository.objects = handed.pull.remote
    if PULL not in repository.pulls:
        fork = Pull(
            PULL, head=handed.pull.head, base=handed.pull.base, head_repository=FORK, merge_commit=handed.pull.merge
        )
        repository.open_pull(fork)
    conclusion = "success" if job_exit_code(decode_report(handed.data)) == 0 else "failure"
    run = run or WorkflowRun(RUN, handed.pull.head, conclusion=conclusion)
    repository.workflow_runs[run.id] = run
    (place / "empty").mkdir(exist_ok=True)
    step = Step(
        Repository(place / "empty"),
        place / "second",
        event_name="workflow_run",
        event={
            "action": "completed",
            "workflow_run": {"id": run.id, "run_attempt": run.attempt, "head_sha": run.head_sha},
            "repository": {"full_name": REPOSITORY, "default_branch": "main"},
        },
    ).on(fake)
    step.env |= {"GITHUB_SHA": handed.pull.base, "GITHUB_REF": "refs/heads/main", "GITHUB_RUN_ID": "43"}
    step.inputs |= {"command": "publish", "report": ARTIFACT}
    (step.checkout.root / ARTIFACT).write_bytes(handed.data if data is None else data)
    return step


def as_json(report: Any) -> bytes:
    return msgspec.json.encode(report)
