"""The checks in progress that a re-evaluation can go on with, and the pull requests whose heads they stand on."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from gaterunner.github.api import RepositoryApi, listed
from gaterunner.github.checks import run_and_job

APP = "github-actions"
"""Who a workflow's own token acts as, on every GitHub; nobody else may write on its check runs."""


class PendingCheck(Struct, frozen=True, kw_only=True):
    """A check run in progress: by which workflow run and job it was made, and what its summary says."""

    id: int
    external_id: str
    run: int
    job: str
    summary: str


class OpenPull(Struct, frozen=True, kw_only=True):
    """An open pull request; ``from_fork`` also where the repository that it comes from is gone."""

    number: int
    head: str
    head_branch: str
    base: str
    base_branch: str
    from_fork: bool
    author: str | None = None


class _App(Struct, frozen=True):
    slug: str | None = None


class _Output(Struct, frozen=True):
    summary: str | None = None


class _CheckRun(Struct, frozen=True):
    id: int
    name: str
    head_sha: str
    status: str
    external_id: str | None = None
    app: _App | None = None
    output: _Output = _Output()


class _CheckRuns(Struct, frozen=True):
    check_runs: list[_CheckRun]


class _Repository(Struct, frozen=True):
    full_name: str


class _Side(Struct, frozen=True):
    sha: str
    ref: str
    repo: _Repository | None = None


class _User(Struct, frozen=True):
    login: str


class _Pull(Struct, frozen=True):
    number: int
    state: str
    head: _Side
    base: _Side
    user: _User | None = None


def read_pending_check(api: RepositoryApi, head: str, name: str) -> PendingCheck | None:
    """The newest check run of a name on a commit where it is in progress and of a workflow's run; else None.

    Only what GitHub Actions made counts: an app may write on its own check runs alone. Raises ``GitHubError``.
    """
    rows = api.pages(
        f"/commits/{head}/check-runs",
        _CheckRuns,
        lambda answer: answer.check_runs,
        deadline=api.deadline(),
        parameters={"check_name": name, "filter": "all"},
    )
    ours = [row for row in rows if row.name == name and row.head_sha == head and row.app and row.app.slug == APP]
    newest = max(ours, key=lambda row: row.id, default=None)
    made_by = run_and_job(newest.external_id) if newest is not None else None
    if newest is None or newest.status != "in_progress" or made_by is None:
        return None
    return PendingCheck(
        id=newest.id,
        external_id=newest.external_id or "",
        run=made_by[0],
        job=made_by[1],
        summary=newest.output.summary or "",
    )


def read_open_pulls(api: RepositoryApi, repository: str) -> Iterator[OpenPull]:
    """The open pull requests of a repository, as far as its pages go. Raises ``GitHubError``."""
    rows = api.pages("/pulls", list[_Pull], listed, deadline=api.deadline(), parameters={"state": "open"})
    return (_told(row, repository) for row in rows)


def read_open_pull(api: RepositoryApi, repository: str, number: int) -> OpenPull | None:
    """One pull request, None where it is not open. Raises ``GitHubError``."""
    row = api.get(f"/pulls/{number}", _Pull, deadline=api.deadline())
    return _told(row, repository) if row.state == "open" else None


def _told(row: _Pull, repository: str) -> OpenPull:
    source = row.head.repo.full_name if row.head.repo else ""
    return OpenPull(
        number=row.number,
        head=row.head.sha,
        head_branch=row.head.ref,
        base=row.base.sha,
        base_branch=row.base.ref,
        from_fork=source.casefold() != repository.casefold(),
        author=row.user.login if row.user else None,
    )
