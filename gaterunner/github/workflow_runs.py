"""The run of another workflow that a report comes from, and what it can have been made of, as GitHub tells it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from msgspec import Struct

from gaterunner.github.api import RepositoryApi, listed
from gaterunner.github.errors import GitHubError
from gaterunner.github.events import decode_payload, read_payload, variable
from gaterunner.github.reviewing import Reference

_NOT_FOUND = 404
_TREE = "040000"
_RETARGETED = ("base_ref_changed", "automatic_base_change_succeeded")
_DELAY = timedelta(minutes=10)
"""How long before a run was made its event may have happened: what the pull request was then is what was judged."""


class WorkflowRunEvent(Struct, frozen=True, kw_only=True):
    """That a run of another workflow has ended: which one, and where its repository is."""

    repository: str
    run_id: int
    run_attempt: int
    server_url: str
    api_url: str


class _Repository(Struct, frozen=True):
    full_name: str
    default_branch: str | None = None


class _Ended(Struct, frozen=True):
    id: int
    run_attempt: int


class _Payload(Struct, frozen=True):
    workflow_run: _Ended
    repository: _Repository


class WorkflowRun(Struct, frozen=True, kw_only=True):
    """One run as it stands now. ``path`` is that of its workflow file; ``conclusion`` is None until it has ended.

    ``head_sha`` is the head of the pull request, not its test merge. ``head_repository`` is None where
    the fork is gone. ``created_at`` is when its first attempt was made; a later one judges the same test merge.
    """

    id: int
    run_attempt: int = 1
    head_sha: str
    event: str
    path: str
    html_url: str
    conclusion: str | None = None
    created_at: datetime
    head_branch: str | None = None
    repository: _Repository
    head_repository: _Repository | None = None


class PullRequestOfRun(Struct, frozen=True, kw_only=True):
    """A pull request. ``merge_commit_sha`` is GitHub's own test merge, None while there is none.

    ``closed_at`` is when it was closed or merged, None while it is open.
    """

    number: int
    state: str
    head: Reference
    base: Reference
    merge_commit_sha: str | None = None
    closed_at: datetime | None = None


class _Happened(Struct, frozen=True):
    """One row of a pull request's timeline; some have no name or time, as commits."""

    event: str | None = None
    created_at: datetime | None = None


class _Object(Struct, frozen=True):
    sha: str


class _Commit(Struct, frozen=True):
    tree: _Object
    parents: list[_Object]


class _Entry(Struct, frozen=True):
    path: str
    mode: str
    sha: str


class _Tree(Struct, frozen=True):
    tree: list[_Entry]
    truncated: bool = False


class _Settings(Struct, frozen=True):
    default_branch: str


def read_workflow_run_event(env: Mapping[str, str], read: Callable[[Path], bytes]) -> WorkflowRunEvent:
    """The event `workflow_run` that ``env`` (``GITHUB_*``) tells of; ``read`` gives the payload's content.

    Raises ``UsageError`` where a variable is missing, ``EvaluationError`` for a payload that is not GitHub's.
    """
    payload = decode_payload(read_payload("workflow_run", env, read), _Payload, "workflow_run")
    return WorkflowRunEvent(
        repository=variable(env, "GITHUB_REPOSITORY"),
        run_id=payload.workflow_run.id,
        run_attempt=payload.workflow_run.run_attempt,
        server_url=env.get("GITHUB_SERVER_URL", "https://github.com"),
        api_url=env.get("GITHUB_API_URL", "https://api.github.com"),
    )


def read_run(api: RepositoryApi, number: int) -> WorkflowRun:
    """A run of this repository. Raises ``GitHubError``."""
    try:
        return api.get(f"/actions/runs/{number}", WorkflowRun, deadline=api.deadline())
    except GitHubError as error:
        if error.status != _NOT_FOUND:
            raise
        help = "look at the number, and whether the token may read the repository's runs (*Actions: read*)"
        raise GitHubError(error.message, status=error.status, help=help) from error


def read_default_branch(api: RepositoryApi) -> str:
    return api.get("", _Settings, deadline=api.deadline()).default_branch


def read_pull_requests(api: RepositoryApi, run: WorkflowRun) -> tuple[PullRequestOfRun, ...]:
    """The pull requests that the run can have been for: of its branch, open at its commit or closed since it was made.

    The list in the run itself is empty for forks. What has another commit by now, or was closed, still counts: within
    a minute somebody can push something else, close it, push the commit again and propose it anew. Where a review's run
    leads to no pull request it is looked up by its commit, as GitHub documents the branch of other events only.
    """
    deadline = api.deadline()
    rows: tuple[PullRequestOfRun, ...] = ()
    if run.head_repository is not None and run.head_branch is not None:
        owner = run.head_repository.full_name.partition("/")[0]
        wanted = {"state": "all", "head": f"{owner}:{run.head_branch}", "sort": "created", "direction": "desc"}
        rows = tuple(api.pages("/pulls", list[PullRequestOfRun], listed, deadline=deadline, parameters=wanted))
    if not rows and run.event == "pull_request_review":
        rows = tuple(api.pages(f"/commits/{run.head_sha}/pulls", list[PullRequestOfRun], listed, deadline=deadline))
    return tuple(row for row in rows if _can_be_of(row, run))


def _can_be_of(pull: PullRequestOfRun, run: WorkflowRun) -> bool:
    if pull.state == "open":
        return pull.head.sha == run.head_sha
    return pull.closed_at is None or pull.closed_at >= run.created_at - _DELAY


def was_retargeted(api: RepositoryApi, pull: PullRequestOfRun, run: WorkflowRun) -> bool:
    """Whether the target of a pull request was changed since the run was made: another one was judged then.

    Raises ``GitHubError``.
    """
    rows: Iterator[_Happened] = api.pages(
        f"/issues/{pull.number}/timeline", list[_Happened], listed, deadline=api.deadline()
    )
    changed = (row for row in rows if row.event in _RETARGETED)
    return any(row.created_at is None or row.created_at >= run.created_at - _DELAY for row in changed)


def changed_by_merge(api: RepositoryApi, pull: PullRequestOfRun, paths: Sequence[str]) -> tuple[str, ...]:
    """Which of ``paths`` (files or folders) differ between the target and GitHub's test merge of a pull request.

    A run for a pull request takes its workflow from the test merge, so what is the same there is what the target
    brought. Whole trees are compared, by their ids: no rename, size or choice of a merge base can hide a difference.
    Raises ``GitHubError`` where there is no such merge, or where it is not one of this head.
    """
    if pull.merge_commit_sha is None:
        raise GitHubError(f"GitHub has no test merge of pull request #{pull.number}; does it conflict with its target?")
    deadline = api.deadline()
    merge = api.get(f"/git/commits/{pull.merge_commit_sha}", _Commit, deadline=deadline)
    if len(merge.parents) != 2 or merge.parents[1].sha != pull.head.sha:  # noqa: PLR2004  of a merge
        raise GitHubError(f"GitHub's test merge of pull request #{pull.number} is not of its head {pull.head.sha}")
    target = api.get(f"/git/commits/{merge.parents[0].sha}", _Commit, deadline=deadline)
    trees: dict[str | None, dict[str, tuple[str, str]]] = {None: {}}

    def entries(tree: str | None) -> dict[str, tuple[str, str]]:
        if tree not in trees:
            found = api.get(f"/git/trees/{tree}", _Tree, deadline=deadline)
            if found.truncated:
                raise GitHubError(f"GitHub does not list all of tree {tree}")
            trees[tree] = {entry.path: (entry.mode, entry.sha) for entry in found.tree}
        return trees[tree]

    return tuple(
        path for path in paths if _differs(entries, merge.tree.sha, target.tree.sha, [p for p in path.split("/") if p])
    )


def _differs(
    entries: Callable[[str | None], dict[str, tuple[str, str]]],
    one: str | None,
    other: str | None,
    names: Sequence[str],
) -> bool:
    """Whether two trees (None is none) hold different things at a path; goes down only as far as they differ."""
    for depth, name in enumerate(names, 1):
        mine, others = entries(one).get(name), entries(other).get(name)
        if mine == others:
            return False
        kinds = {each[0] for each in (mine, others) if each is not None}
        if depth == len(names) or kinds != {_TREE}:
            return True
        one, other = (each[1] if each else None for each in (mine, others))
    return one != other
