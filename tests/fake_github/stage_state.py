"""What the fake remembers for a second stage: runs of workflows, and comments below pull requests."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class WorkflowRun:
    """One run of a workflow. ``head_repository`` None is a fork that is gone; ``conclusion`` None is not ended yet."""

    id: int
    head_sha: str
    head_repository: str | None = "fork/example"
    head_branch: str = "feat/x"
    event: str = "pull_request"
    path: str = ".github/workflows/gates.yml"
    conclusion: str | None = "success"
    attempt: int = 1


@dataclass
class IssueComment:
    """One comment; ``author`` None is an account that is gone."""

    id: int
    issue: int
    author: str | None
    body: str


@dataclass(frozen=True)
class Deployment:
    """``statuses`` are states with their times, in the order in which they came."""

    sha: str
    environment: str
    statuses: tuple[tuple[str, str], ...] = ()
