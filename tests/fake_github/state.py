"""What the fake remembers: repositories with commits, pull requests and check runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.fake_github.settings_state import Settings
from tests.fake_github.stage_state import Deployment, IssueComment, WorkflowRun
from tests.gitrepo import Repository

NOW = "2026-01-15T12:00:00Z"
Json = dict[str, Any]
ACTIONS = 15_368
"""The id of the app that GitHub Actions is."""


@dataclass
class Reviewed:
    """One review. ``kind`` is the account's type: User, Bot, Mannequin; ``author`` None is an account that is gone.

    ``editors`` are who edited its text since, None for an account that is gone.
    """

    author: str | None
    state: str = "APPROVED"
    commit: str | None = None
    body: str = ""
    kind: str = "User"
    submitted: str | None = NOW
    editors: tuple[str | None, ...] = ()


@dataclass
class Pull:
    """One pull request. ``commits`` are the ids that belong to it besides its head, oldest first.

    ``wrote`` gives author and committer of a commit, None for one without an account; otherwise ``author`` did both.
    ``count`` is how many commits GitHub says there are, where that differs from those it lists. ``head_repository`` is
    the fork that it comes from, ``merge_commit`` of an open one GitHub's test merge.
    """

    number: int
    head: str
    head_ref: str = "feat/x"
    base: str = "0" * 40
    base_ref: str = "main"
    merged: bool = False
    merge_commit: str | None = None
    commits: tuple[str, ...] = ()
    author: str = "octocat"
    auto_merge_by: str | None = None
    reviews: list[Reviewed] = field(default_factory=list)
    wrote: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    count: int | None = None
    head_repository: str | None = None
    closed: bool = False
    closed_at: str = NOW  # where it is closed or merged
    retargeted: list[str] = field(default_factory=list)  # when its target was changed


@dataclass
class Branch:
    """A branch with what holds it.

    ``rules`` are rules of rulesets as GitHub gives them, ``bypass`` who may ignore each ruleset (by its number).
    ``required`` are the classic protection's checks by name, each with the id of its app; None is no such protection.
    ``classic`` is the rest of it, which only administrators read.
    """

    name: str
    tip: str
    rules: list[Json] = field(default_factory=list)
    bypass: dict[int, list[Json]] = field(default_factory=dict)
    required: dict[str, int | None] | None = None
    classic: Json = field(default_factory=dict)


@dataclass
class Status:
    """One commit status."""

    context: str
    state: str
    description: str | None = None
    target_url: str | None = None


@dataclass
class Run:
    """One check run as it stands."""

    id: int
    name: str
    head_sha: str
    suite: int
    app: int = ACTIONS
    status: str = "queued"
    conclusion: str | None = None
    external_id: str | None = None
    details_url: str | None = None
    started_at: str | None = None
    completed_at: str | None = None
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: list[Json] = field(default_factory=list)
    history: list[Json] = field(default_factory=list)

    def apply(self, body: Json) -> None:
        """Takes over what a request says; annotations are appended to those already there."""
        self.history.append(body)
        for name in ("name", "external_id", "details_url", "started_at", "completed_at", "status", "conclusion"):
            if name in body:
                setattr(self, name, body[name])
        if "conclusion" in body:
            self.status = "completed"
            self.completed_at = self.completed_at or NOW
        output = body.get("output", {})
        for name in ("title", "summary", "text"):
            if name in output:
                setattr(self, name, output[name])
        self.annotations += output.get("annotations", [])


class FakeRepository:
    """One repository, ``owner/name``. A commit has to be pushed before a check can be put on it."""

    def __init__(self, full_name: str) -> None:
        self.full_name = full_name
        self.settings = Settings()
        self.commits: set[str] = set()
        self.pulls: dict[int, Pull] = {}
        self.check_runs: dict[int, Run] = {}
        self.branches: dict[str, Branch] = {}
        self.permissions: dict[str, str] = {}
        self.statuses: dict[str, list[Status]] = {}
        self.workflow_runs: dict[int, WorkflowRun] = {}
        self.comments: list[IssueComment] = []
        self.deployments: list[Deployment] = []
        self.objects: Repository | None = None  # where the fake finds commits and trees
        self.truncated: set[str] = set()  # trees of which GitHub lists only a part
        self._suites: dict[str, int] = {}

    def push(self, *commits: str) -> None:
        """Makes commits known to the fake."""
        self.commits.update(commits)

    def open_pull(self, pull: Pull) -> Pull:
        """Opens it; its target exists from then on, held by nothing unless it was opened as a branch before."""
        self.push(pull.head, *pull.commits)
        self.pulls[pull.number] = pull
        self.branches.setdefault(pull.base_ref, Branch(pull.base_ref, pull.base))
        return pull

    def open_branch(self, branch: Branch) -> Branch:
        self.push(branch.tip)
        self.branches[branch.name] = branch
        return branch

    def report(
        self, commit: str, name: str, conclusion: str | None, *, app: int = ACTIONS, suite: int | None = None
    ) -> Run:
        """A check run that somebody else put on a commit; None while it is running."""
        run = self.create_check_run({"name": name, "head_sha": commit, "status": "in_progress"})
        run.app, run.suite = app, suite or run.suite
        if conclusion:
            run.apply({"conclusion": conclusion})
        return run

    def create_check_run(self, body: Json) -> Run:
        suite = self._suites.setdefault(body["head_sha"], 900 + len(self._suites))
        run = Run(id=4_000 + len(self.check_runs), name=body["name"], head_sha=body["head_sha"], suite=suite)
        run.apply(body)
        self.check_runs[run.id] = run
        return run

    def checks_of(self, commit: str) -> list[Run]:
        """The check runs of one commit, newest first, as GitHub lists them."""
        return [run for run in reversed(self.check_runs.values()) if run.head_sha == commit]

    def pulls_of(self, commit: str) -> list[Pull]:
        return [
            pull
            for pull in self.pulls.values()
            if commit in (pull.head, pull.merge_commit if pull.merged else None, *pull.commits)
        ]
