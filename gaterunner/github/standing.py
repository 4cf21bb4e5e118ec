"""Where a branch is, and what became of the checks and statuses of a commit, as GitHub's API tells it."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from gaterunner.github.api import RepositoryApi, part
from gaterunner.github.transport import Deadline
from gaterunner.policies.forge import CommitChecks

_GREEN = ("success", "neutral", "skipped")  # what satisfies a required check


class _App(Struct, frozen=True):
    id: int | None = None


class _CheckRun(Struct, frozen=True):
    id: int
    name: str
    status: str
    conclusion: str | None = None
    app: _App | None = None


class _CheckRuns(Struct, frozen=True):
    check_runs: list[_CheckRun]


class _Status(Struct, frozen=True):
    context: str
    state: Literal["error", "failure", "pending", "success"]


class _Statuses(Struct, frozen=True):
    statuses: list[_Status]


class _Commit(Struct, frozen=True):
    sha: str


class _Branch(Struct, frozen=True):
    commit: _Commit


State = Literal["succeeded", "failed", "running"]


def read_branch_head(api: RepositoryApi, branch: str, deadline: Deadline) -> str:
    """The commit that a branch points at; raises ``GitHubError`` of status 404 when there is none of that name."""
    return api.get(f"/branches/{part(branch)}", _Branch, deadline=deadline).commit.sha


def read_checks_of(api: RepositoryApi, commit: str) -> CommitChecks:
    """The newest of each name and source; where two sources report under one name, the worse of them counts."""
    deadline = api.deadline()
    newest: dict[tuple[str, int | None], _CheckRun] = {}
    runs = api.pages(
        f"/commits/{commit}/check-runs",
        _CheckRuns,
        lambda answer: answer.check_runs,
        deadline=deadline,
        parameters={"filter": "latest"},
    )
    for run in runs:
        key = (run.name, run.app.id if run.app else None)
        # One per suite is listed, and a workflow that was started twice has two suites.
        if key not in newest or run.id > newest[key].id:
            newest[key] = run
    states = [(run.name, _state(run)) for run in newest.values()]
    # GitHub lists the newest status of each context here.
    statuses = api.pages(f"/commits/{commit}/status", _Statuses, lambda answer: answer.statuses, deadline=deadline)
    states += [(each.context, _state_of(each)) for each in statuses]
    return _gathered(states)


def _state(run: _CheckRun) -> State:
    if run.status != "completed":
        return "running"
    return "succeeded" if run.conclusion in _GREEN else "failed"


def _state_of(status: _Status) -> State:
    if status.state == "pending":
        return "running"
    return "succeeded" if status.state == "success" else "failed"


def _gathered(states: list[tuple[str, State]]) -> CommitChecks:
    failed = {name for name, state in states if state == "failed"}
    running = {name for name, state in states if state == "running"} - failed
    succeeded = {name for name, _ in states} - failed - running
    return CommitChecks(
        succeeded=tuple(sorted(succeeded)), failed=tuple(sorted(failed)), running=tuple(sorted(running))
    )
