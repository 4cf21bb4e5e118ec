"""A pull request whose own run, a real one, has left its check in progress, and the jobs that look at it again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.fake_github import FakeGitHub, Pull
from tests.fake_github.stage_state import WorkflowRun
from tests.fake_github.state import Run
from tests.fake_sentry import FakeSentry
from tests.gitrepo import Repository
from tests.runner_step import PULL, REPOSITORY, PullRequest, Step, StepRan

GATE = "staging-sentry-24h-clean"
WORKFLOW = f"""\
workflow:
  gates:
    - unit: touch executed
    - {GATE}
  policies: [no-merge-to-main]
"""
ARTIFACT = "last/gaterunner-report.json"
FIRST_RUN = 42

# The moment at which gates that wait for some are told that it is.
_AT = """
import datetime
import gaterunner.pipeline as pipeline
_settings, _now = pipeline.Settings, datetime.datetime.fromisoformat({now!r})
pipeline.Settings = lambda **given: _settings(**{{**given, "now": lambda: _now}})
"""


def at(now: datetime) -> str:
    """What a step's process executes first so that its gates see this time."""
    return _AT.format(now=now.isoformat())


class Waiting:
    """The pull request after its first stage. ``report`` are the bytes of the artifact that it uploaded."""

    def __init__(
        self,
        place: Path,
        github: FakeGitHub,
        sentry: FakeSentry,
        *,
        workflow: str = WORKFLOW,
        files: Mapping[str, str | None] | None = None,
    ) -> None:
        self.place, self.github, self.sentry = place, github, sentry
        self.pull = PullRequest.open(place, workflow, files)
        self.repository = github.repository(REPOSITORY)
        self.repository.objects = self.pull.remote
        self.opened = self.repository.open_pull(
            Pull(PULL, head=self.pull.head, base=self.pull.base, merge_commit=self.pull.merge)
        )
        step = self.pull.step().on(github)
        step.inputs["report"] = "gaterunner-report.json"
        step.env |= sentry.environment
        self.first = step.run(at(sentry.state.clock))
        self.report = (step.checkout.root / "gaterunner-report.json").read_bytes()
        self.run = WorkflowRun(
            FIRST_RUN,
            self.pull.head,
            head_repository=REPOSITORY,
            conclusion="failure" if self.first.code else "success",
        )
        self.repository.workflow_runs[FIRST_RUN] = self.run
        self._looked = 0
        self.withheld: tuple[str, ...] = ()  # variables that later steps lack

    @property
    def check(self) -> Run:
        """The only check run that there is."""
        (run,) = self.repository.check_runs.values()
        return run

    def began(self, started: str) -> None:
        """The first stage ran at another time; its check names the report that says so."""
        before = hashlib.sha256(self.report).hexdigest()
        self.report = json.dumps({**json.loads(self.report), "started": started}).encode()
        self.check.summary = str(self.check.summary).replace(before, hashlib.sha256(self.report).hexdigest())

    def deployed_and_used(self, *, hours: float) -> None:
        """The head is deployed and used, and so many hours go by."""
        self.sentry.state.deployed(self.pull.head)
        self.sentry.state.advance(hours=1)
        self.sentry.state.traffic(self.pull.head, 250)
        self.sentry.state.advance(hours=hours - 1)

    def step(self, event: str = "schedule", **payload: Any) -> Step:
        """A step of a job in a checkout of main, started an hour, a day or a deploy later."""
        self._looked += 1
        place = self.place / f"look {self._looked}"
        clone = Repository.create(place / "workspace")
        clone.git("remote", "add", "origin", f"file://{self.pull.remote.root}")
        clone.git("fetch", "-q", "--no-tags", "origin", "+refs/heads/main:refs/remotes/origin/main")
        clone.git("checkout", "-q", "--force", "--detach", "refs/remotes/origin/main")
        repository = {} if event == "schedule" else {"repository": {"full_name": REPOSITORY, "default_branch": "main"}}
        step = Step(clone, place / "runner", event_name=event, event={**repository, **payload}).on(self.github)
        step.env |= {
            "GITHUB_SHA": clone.git("rev-parse", "HEAD").strip(),
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_RUN_ID": str(90 + self._looked),
            "GITHUB_JOB": "re-evaluate",
            **{name: value for name, value in self.sentry.environment.items() if name not in self.withheld},
        }
        return step

    def pending(self, event: str = "schedule", **payload: Any) -> tuple[StepRan, list[dict[str, str]]]:
        """The first job: how it ran, and the rows of its matrix."""
        step = self.step(event, **payload)
        step.inputs["command"] = "pending"
        ran = step.run()
        matrix = ran.outputs.get("matrix", "")
        return ran, json.loads(matrix)["include"] if matrix else []

    def again(self, event: str = "schedule", report: bytes | None = None, /, **inputs: str) -> StepRan:
        """The second job, with the artifact of the first stage unless ``report`` are other bytes."""
        deployment = {"deployment": {"sha": self.pull.head}} if event == "deployment_status" else {}
        step = self.step(event, **deployment)
        file = step.checkout.root / ARTIFACT
        file.parent.mkdir()
        file.write_bytes(self.report if report is None else report)
        step.inputs |= {"onto": ARTIFACT, "pull-request": str(PULL), "report": "gaterunner-report.json", **inputs}
        ran = step.run(at(self.sentry.state.clock))
        written = step.checkout.root / "gaterunner-report.json"
        self.written = written.read_bytes() if written.exists() else b""
        return ran
