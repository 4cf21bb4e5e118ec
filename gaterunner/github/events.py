"""The event that started a workflow, from GitHub's environment and its payload file, as one frozen type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from gaterunner.errors import EvaluationError, UsageError

_Payload = TypeVar("_Payload")


class GitHubEvent(Struct, frozen=True, kw_only=True):
    """What GitHub says it is running for.

    ``sha`` is ``GITHUB_SHA`` (on a pull request the test merge commit); ``head_sha`` is what is judged and what a check
    belongs to. ``head_branch`` and ``base_branch`` are short names; ``head_branch`` is None for a tag. ``base_sha`` is
    the payload's word, which can be hours old. ``before`` is None where a push made the branch. ``author`` is the login
    of who opened the pull request, ``actor`` of who caused the run.
    """

    name: str
    repository: str
    sha: str
    head_sha: str
    ref: str
    actor: str
    run_id: str
    run_attempt: int
    server_url: str
    api_url: str
    head_branch: str | None = None
    base_branch: str | None = None
    base_sha: str | None = None
    default_branch: str | None = None
    number: int | None = None
    author: str | None = None
    before: str | None = None
    forced: bool = False

    @property
    def is_pull_request(self) -> bool:
        """True for every event that is about a pull request: a push to it, a review of it, and the trusted kind."""
        return self.name in ("pull_request", "pull_request_review", "pull_request_target")

    @property
    def run_url(self) -> str:
        """The page of the workflow run, and of this attempt where it is not the first: no two have the same."""
        page = f"{self.server_url}/{self.repository}/actions/runs/{self.run_id}"
        return f"{page}/attempts/{self.run_attempt}" if self.run_attempt > 1 else page

    @property
    def policies_only(self) -> bool:
        """True where the token can write and secrets are at hand, so that no code of the branch may be executed."""
        return self.name == "pull_request_target"


class _Named(Struct):
    full_name: str
    default_branch: str | None = None


class _User(Struct):
    login: str


class _Side(Struct):
    ref: str
    sha: str
    repo: _Named | None = None


class _PullRequest(Struct):
    number: int
    head: _Side
    base: _Side
    user: _User | None = None


class _PullRequestPayload(Struct):
    pull_request: _PullRequest
    repository: _Named


class _PushPayload(Struct):
    ref: str
    before: str
    after: str
    repository: _Named
    forced: bool = False
    deleted: bool = False


class _MergeGroup(Struct):
    head_sha: str
    head_ref: str
    base_sha: str
    base_ref: str


class _MergeGroupPayload(Struct):
    merge_group: _MergeGroup
    repository: _Named


class _PlainPayload(Struct):
    repository: _Named | None = None  # not in the payload of a schedule


class _Deployment(Struct):
    sha: str


class _DeploymentPayload(Struct):
    deployment: _Deployment
    repository: _Named


def read_event(env: Mapping[str, str], read: Callable[[Path], bytes]) -> GitHubEvent:
    """The event that ``env`` (``GITHUB_*``) tells of; ``read`` gives the content of the payload file.

    Raises ``UsageError`` for an event that cannot be judged and where a variable is missing, ``EvaluationError`` when
    the payload cannot be read or is not what GitHub documents.
    """
    name = variable(env, "GITHUB_EVENT_NAME")
    if name not in _READERS:
        raise UsageError(
            f"the event {name} holds no change that could be judged",
            help=f"start the workflow on one of: {', '.join(_READERS)}",
        )
    payload = read_payload(name, env, read)
    return _READERS[name](_common(name, env), payload)


def variable(env: Mapping[str, str], name: str) -> str:
    """A variable that every step of a workflow has. Raises ``UsageError`` where it is missing."""
    value = env.get(name, "")
    if not value:
        raise UsageError(
            f"{name} is not set", help="run gaterunner as a step of a GitHub workflow, or without the GitHub event"
        )
    return value


def _common(name: str, env: Mapping[str, str]) -> GitHubEvent:
    sha = variable(env, "GITHUB_SHA")
    attempt = env.get("GITHUB_RUN_ATTEMPT", "1")
    return GitHubEvent(
        name=name,
        repository=variable(env, "GITHUB_REPOSITORY"),
        sha=sha,
        head_sha=sha,
        # A deployment of a commit has no branch or tag (docs.github.com, "Events that trigger workflows").
        ref=env.get("GITHUB_REF", "") if name == "deployment_status" else variable(env, "GITHUB_REF"),
        actor=env.get("GITHUB_ACTOR", ""),
        run_id=env.get("GITHUB_RUN_ID", ""),
        run_attempt=int(attempt) if attempt.isdecimal() else 1,
        server_url=env.get("GITHUB_SERVER_URL", "https://github.com"),
        api_url=env.get("GITHUB_API_URL", "https://api.github.com"),
    )


def read_payload(name: str, env: Mapping[str, str], read: Callable[[Path], bytes]) -> bytes:
    """The content of the event's payload file, read with ``read``. Raises ``EvaluationError``."""
    path = Path(variable(env, "GITHUB_EVENT_PATH"))
    try:
        return read(path)
    except OSError as error:
        raise EvaluationError(
            f"the payload of the {name} event cannot be read: {path}: {error.strerror}",
            help="in a container of your own, mount the folder that GITHUB_EVENT_PATH names",
        ) from error


def decode_payload(payload: bytes, kind: type[_Payload], name: str) -> _Payload:
    """The payload of the event ``name``. Raises ``EvaluationError`` where it is not what GitHub documents."""
    try:
        return msgspec.json.decode(payload, type=kind)
    except msgspec.DecodeError as error:
        raise EvaluationError(
            f"the payload of the {name} event is not what GitHub documents: {error}",
            help="the file that GITHUB_EVENT_PATH names must be the one that GitHub wrote for this run",
        ) from error


def _read_pull_request(common: GitHubEvent, payload: bytes) -> GitHubEvent:
    decoded = decode_payload(payload, _PullRequestPayload, common.name)
    pull_request = decoded.pull_request
    return _with(
        common,
        head_sha=pull_request.head.sha,
        head_branch=pull_request.head.ref,
        base_branch=pull_request.base.ref,
        base_sha=pull_request.base.sha,
        default_branch=decoded.repository.default_branch,
        number=pull_request.number,
        author=pull_request.user.login if pull_request.user else None,
    )


def _read_push(common: GitHubEvent, payload: bytes) -> GitHubEvent:
    decoded = decode_payload(payload, _PushPayload, common.name)
    if decoded.deleted:
        raise UsageError(
            f"this push deletes {decoded.ref}: there is nothing to judge",
            help="skip the job for deletions: `if: ${{ !github.event.deleted }}`",
        )
    return _with(
        common,
        ref=decoded.ref,
        head_sha=decoded.after,
        head_branch=_branch(decoded.ref),
        default_branch=decoded.repository.default_branch,
        before=decoded.before if set(decoded.before) != {"0"} else None,
        forced=decoded.forced,
    )


def _read_merge_group(common: GitHubEvent, payload: bytes) -> GitHubEvent:
    decoded = decode_payload(payload, _MergeGroupPayload, common.name)
    group = decoded.merge_group
    return _with(
        common,
        head_sha=group.head_sha,
        head_branch=_branch(group.head_ref),
        base_branch=_branch(group.base_ref),
        base_sha=group.base_sha,
        default_branch=decoded.repository.default_branch,
    )


def _read_plain(common: GitHubEvent, payload: bytes) -> GitHubEvent:
    repository = decode_payload(payload, _PlainPayload, common.name).repository
    return _with(
        common,
        head_branch=_branch(common.ref),
        default_branch=repository.default_branch if repository is not None else None,
    )


def _read_deployment(common: GitHubEvent, payload: bytes) -> GitHubEvent:
    decoded = decode_payload(payload, _DeploymentPayload, common.name)
    return _with(
        common,
        head_sha=decoded.deployment.sha,
        head_branch=_branch(common.ref) if common.ref else None,
        default_branch=decoded.repository.default_branch,
    )


def _branch(ref: str) -> str | None:
    """The short name of a branch's full ref; None for a tag."""
    if ref.startswith("refs/heads/"):
        return ref.removeprefix("refs/heads/")
    return None if ref.startswith("refs/") else ref


def _with(event: GitHubEvent, **fields: Any) -> GitHubEvent:
    return msgspec.structs.replace(event, **fields)


_READERS: dict[str, Callable[[GitHubEvent, bytes], GitHubEvent]] = {
    "pull_request": _read_pull_request,
    # A review makes or voids an approval; what is judged is the same pull request, at its test merge.
    "pull_request_review": _read_pull_request,
    "pull_request_target": _read_pull_request,
    "push": _read_push,
    "merge_group": _read_merge_group,
    "workflow_dispatch": _read_plain,
    "schedule": _read_plain,
    # What was deployed is judged as what was pushed; it starts re-evaluations as well.
    "deployment_status": _read_deployment,
}
