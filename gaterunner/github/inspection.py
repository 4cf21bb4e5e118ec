"""What GitHub tells about a repository's settings, files and newest pull requests, for ``doctor``.

Each function asks one question and raises one of ``github.errors`` for want of an answer.
"""

from __future__ import annotations

import base64
import binascii
from typing import Literal

from msgspec import Struct

from gaterunner.github.api import RepositoryApi, listed, part
from gaterunner.github.errors import GitHubError
from gaterunner.github.reviewing import Account
from gaterunner.github.transport import Call

MOST_FILE_BYTES = 512 * 1024
"""A larger file of these kinds is none that anybody writes."""


class RepositoryAnswer(Struct, frozen=True):
    """``full_name`` is owner/name as it is now, whatever name it was asked for by."""

    default_branch: str
    full_name: str


class _Id(Struct, frozen=True):
    sha: str


class _Branch(Struct, frozen=True):
    commit: _Id


class _Commit(Struct, frozen=True):
    tree: _Id


class Tip(Struct, frozen=True):
    """The newest commit of a branch, and its tree."""

    commit: str
    tree: str


class Entry(Struct, frozen=True):
    """One row of a tree. ``path`` is relative to the tree that was asked for, ``type`` is blob, tree or commit."""

    path: str
    mode: str
    type: str
    sha: str
    size: int = 0


class _Tree(Struct, frozen=True):
    tree: list[Entry]
    truncated: bool = False


class _Blob(Struct, frozen=True):
    content: str
    encoding: str


class OwnersErrorAnswer(Struct, frozen=True):
    line: int
    kind: str
    message: str


class _OwnersErrors(Struct, frozen=True):
    errors: list[OwnersErrorAnswer]


class ActionsAnswer(Struct, frozen=True):
    """``sha_pinning_required`` is left out by servers that do not know it."""

    enabled: bool
    sha_pinning_required: bool = False


class TokenAnswer(Struct, frozen=True):
    default_workflow_permissions: Literal["read", "write"]
    can_approve_pull_request_reviews: bool


class WorkflowState(Struct, frozen=True):
    path: str
    state: str


class _Workflows(Struct, frozen=True):
    workflows: list[WorkflowState]


class _Head(Struct, frozen=True):
    sha: str
    repo: RepositoryAnswer | None = None


class PullAnswer(Struct, frozen=True):
    """``head`` has no repository once the fork is gone."""

    number: int
    state: str
    head: _Head
    user: Account | None = None


class _Mergeable(Struct, frozen=True):
    mergeable: bool | None = None


class Run(Struct, frozen=True):
    status: str | None = None
    conclusion: str | None = None


class Runs(Struct, frozen=True):
    total_count: int
    workflow_runs: list[Run]


class _App(Struct, frozen=True):
    id: int


def read_repository(api: RepositoryApi) -> RepositoryAnswer:
    return api.get("", RepositoryAnswer, deadline=api.deadline())


def read_repository_of(api: RepositoryApi, number: int) -> RepositoryAnswer:
    """Another repository by its id."""
    call = Call(method="GET", path=f"/repositories/{number}")
    return api.transport.send(call, RepositoryAnswer, deadline=api.deadline())


def read_tip(api: RepositoryApi, branch: str) -> Tip:
    commit = api.get(f"/branches/{part(branch)}", _Branch, deadline=api.deadline()).commit.sha
    return Tip(commit, api.get(f"/git/commits/{commit}", _Commit, deadline=api.deadline()).tree.sha)


def read_tree(api: RepositoryApi, sha: str, *, recursive: bool = False) -> tuple[Entry, ...]:
    """The rows of a tree. Raises ``GitHubError`` where GitHub lists only a part of them."""
    parameters = {"recursive": "1"} if recursive else {}
    found = api.get(f"/git/trees/{sha}", _Tree, deadline=api.deadline(), parameters=parameters)
    if found.truncated:
        raise GitHubError(f"GET {api.root}/git/trees/{sha}: GitHub lists only a part of the files")
    return tuple(found.tree)


def read_blob(api: RepositoryApi, entry: Entry, *, most: int = MOST_FILE_BYTES) -> bytes:
    """A file's content. Raises ``GitHubError`` for one of more than ``most`` bytes."""
    if entry.size > most:
        raise GitHubError(
            f"{entry.path} has {entry.size:,} bytes, and at most {most:,} are read", help="make it smaller"
        )
    return _decoded(api.get(f"/git/blobs/{entry.sha}", _Blob, deadline=api.deadline()), entry.path)


def read_content(api: RepositoryApi, repository: str, path: str, ref: str | None) -> bytes:
    """A file of another repository."""
    parts = "/".join(map(part, path.split("/")))
    call = Call(
        method="GET", path=f"/repos/{repository}/contents/{parts}", parameters={"ref": ref} if ref is not None else {}
    )
    return _decoded(api.transport.send(call, _Blob, deadline=api.deadline()), path)


def _decoded(blob: _Blob, path: str) -> bytes:
    if blob.encoding != "base64":
        raise GitHubError(f"GitHub gives the content of {path} as {blob.encoding!r}")
    try:
        return base64.b64decode(blob.content)
    except (binascii.Error, ValueError) as error:
        raise GitHubError(f"GitHub gives the content of {path} as what is no base64") from error


def read_owners_errors(api: RepositoryApi, commit: str) -> tuple[OwnersErrorAnswer, ...]:
    """What GitHub does not obey in the CODEOWNERS file of a commit."""
    found = api.get("/codeowners/errors", _OwnersErrors, deadline=api.deadline(), parameters={"ref": commit})
    return tuple(found.errors)


def read_actions(api: RepositoryApi) -> ActionsAnswer:
    return api.get("/actions/permissions", ActionsAnswer, deadline=api.deadline())


def read_token_settings(api: RepositoryApi) -> TokenAnswer:
    return api.get("/actions/permissions/workflow", TokenAnswer, deadline=api.deadline())


def read_workflow_states(api: RepositoryApi) -> tuple[WorkflowState, ...]:
    rows = api.pages("/actions/workflows", _Workflows, lambda answer: answer.workflows, deadline=api.deadline())
    return tuple(rows)


def read_newest_pulls(api: RepositoryApi, base: str, count: int) -> tuple[PullAnswer, ...]:
    """The newest pull requests into a branch, open or not, newest first."""
    parameters = {"state": "all", "base": base, "sort": "created", "direction": "desc", "per_page": str(count)}
    return tuple(listed(api.get("/pulls", list[PullAnswer], deadline=api.deadline(), parameters=parameters)))


def read_conflicts(api: RepositoryApi, number: int) -> bool | None:
    """Whether a pull request conflicts with its target; None while GitHub has not found out."""
    found = api.get(f"/pulls/{number}", _Mergeable, deadline=api.deadline()).mergeable
    return None if found is None else not found


def read_runs(api: RepositoryApi, head: str) -> Runs:
    """The newest workflow runs that pull requests with this head started."""
    parameters = {"head_sha": head, "event": "pull_request", "per_page": "30"}
    return api.get("/actions/runs", Runs, deadline=api.deadline(), parameters=parameters)


def read_actions_app(api: RepositoryApi) -> int:
    """The id of the app that GitHub Actions reports as; another one on every Enterprise Server."""
    call = Call(method="GET", path="/apps/github-actions")
    return api.transport.send(call, _App, deadline=api.deadline()).id
