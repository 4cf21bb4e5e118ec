"""What gaterunner asks of GitHub's API, as typed methods of one repository."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Self

import msgspec
from msgspec import Struct

from gaterunner.errors import UsageError
from gaterunner.github.checks import (
    ANNOTATIONS_PER_REQUEST,
    Annotation,
    CheckRun,
    CheckState,
    CheckTarget,
)
from gaterunner.github.transport import DEFAULT_API_URL, Call, Clock, Deadline, Transport
from gaterunner.policies.forge import PullRequest

PATIENCE_S = 120.0
"""How long one method may take in all, waiting included, unless the caller says otherwise."""

_PAGE = 100
_MOST_PAGES = 10


class _Reference(Struct, frozen=True):
    sha: str
    ref: str


class _PullRequest(Struct, frozen=True):
    number: int
    base: _Reference
    head: _Reference
    merged_at: str | None = None
    merge_commit_sha: str | None = None


class _CheckRuns(Struct, frozen=True):
    total_count: int
    check_runs: list[CheckRun]


class GitHubClient:
    """One repository on GitHub, seen with one token. It is a ``policies.context.Forge``.

    Every method raises ``EvaluationError`` (one of ``github.errors``) when GitHub gives no usable answer in time.
    Safe for several threads; their requests are made one after the other.
    """

    def __init__(self, transport: Transport, repository: str) -> None:
        """``repository`` is ``owner/name``; raises ``UsageError`` when it is not."""
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository, re.ASCII):
            raise UsageError(f"{repository!r} is not a repository", help="expected owner/name, as in GITHUB_REPOSITORY")
        self._transport = transport
        self._repository = f"/repos/{repository}"

    @classmethod
    def connect(
        cls, *, token: str, repository: str, api_url: str = DEFAULT_API_URL, clock: Clock | None = None
    ) -> Self:
        """A client for github.com, or for an Enterprise Server by its ``api_url``; makes no request yet."""
        return cls(Transport(token=token, api_url=api_url, clock=clock), repository)

    def create_check_run(
        self, target: CheckTarget, state: CheckState, *, look_first: bool = False, patience_s: float = PATIENCE_S
    ) -> CheckRun:
        """Creates the check run, or finds the one that an earlier attempt created although its answer was lost.

        ``look_first`` is for a caller whose earlier attempt ended without an answer.
        """
        deadline = self._deadline(patience_s)
        if look_first and (found := self._find(target, deadline)):
            return found
        body: dict[str, Any] = {
            "name": target.name,
            "head_sha": target.head_sha,
            "external_id": target.external_id,
            "started_at": target.started_at,
            **msgspec.to_builtins(state),
        }
        if target.details_url:
            body["details_url"] = target.details_url
        call = Call(method="POST", path=f"{self._repository}/check-runs", body=body)
        return self._transport.send(
            call, CheckRun, deadline=deadline, recover=lambda deadline: self._find(target, deadline)
        )

    def update_check_run(
        self,
        check_run: int,
        state: CheckState,
        annotations: Sequence[Annotation] = (),
        *,
        present: int = 0,
        patience_s: float = PATIENCE_S,
    ) -> CheckRun:
        """Sets the state of a check run and appends at most 50 annotations to the ``present`` ones it has.

        A request whose answer was lost is not repeated when its annotations have arrived: they would stand there twice.
        """
        if len(annotations) > ANNOTATIONS_PER_REQUEST:
            raise ValueError(f"GitHub takes {ANNOTATIONS_PER_REQUEST} annotations at a time, not {len(annotations)}")
        path = f"{self._repository}/check-runs/{check_run}"
        body = msgspec.to_builtins(state)
        if annotations:
            body["output"]["annotations"] = msgspec.to_builtins(annotations)

        def arrived(deadline: Deadline) -> CheckRun | None:
            now = self._transport.send(Call(method="GET", path=path), CheckRun, deadline=deadline)
            return now if now.output.annotations_count > present else None

        return self._transport.send(
            Call(method="PATCH", path=path, body=body),
            CheckRun,
            deadline=self._deadline(patience_s),
            recover=arrived if annotations else None,
        )

    def pull_request_head(self, number: int, *, patience_s: float = PATIENCE_S) -> str:
        """The commit that a pull request's branch points at now."""
        call = Call(method="GET", path=f"{self._repository}/pulls/{number}")
        return self._transport.send(call, _PullRequest, deadline=self._deadline(patience_s)).head.sha

    def pull_requests_of(self, commit: str) -> tuple[PullRequest, ...]:
        """The pull requests that a commit belongs to, merged or not."""
        deadline = self._deadline(PATIENCE_S)
        found: list[_PullRequest] = []
        for page in range(1, _MOST_PAGES + 1):
            call = Call(
                method="GET",
                path=f"{self._repository}/commits/{commit}/pulls",
                parameters={"per_page": str(_PAGE), "page": str(page)},
            )
            rows = self._transport.send(call, list[_PullRequest], deadline=deadline)
            found += rows
            if len(rows) < _PAGE:
                break
        return tuple(
            PullRequest(
                number=row.number,
                merged=row.merged_at is not None,
                target=row.base.ref,
                # Before the merge this is GitHub's own test merge, which says nothing about the branch.
                merge_commit=row.merge_commit_sha if row.merged_at else None,
                head=row.head.sha,
            )
            for row in found
        )

    def _find(self, target: CheckTarget, deadline: Deadline) -> CheckRun | None:
        for page in range(1, _MOST_PAGES + 1):
            call = Call(
                method="GET",
                path=f"{self._repository}/commits/{target.head_sha}/check-runs",
                parameters={"check_name": target.name, "filter": "all", "per_page": str(_PAGE), "page": str(page)},
            )
            rows = self._transport.send(call, _CheckRuns, deadline=deadline).check_runs
            for row in rows:
                if (row.name, row.head_sha, row.external_id) == (target.name, target.head_sha, target.external_id):
                    return row
            if len(rows) < _PAGE:
                break
        return None

    def _deadline(self, seconds: float) -> Deadline:
        return Deadline(self._transport.clock, seconds)
