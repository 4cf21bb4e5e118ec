"""What gaterunner asks of GitHub's API, as typed methods of one repository."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Self

import msgspec
from msgspec import Struct

from gaterunner.errors import UsageError
from gaterunner.github.api import MOST_PAGES, PATIENCE_S, PER_PAGE, RepositoryApi, listed
from gaterunner.github.checks import (
    ANNOTATIONS_PER_REQUEST,
    Annotation,
    CheckRun,
    CheckState,
    CheckTarget,
    Level,
    is_same_job,
)
from gaterunner.github.edits import read_unedited_reviews
from gaterunner.github.protection import read_protection
from gaterunner.github.reviewing import (
    PullRequestAnswer,
    read_authorship,
    read_may_write,
    read_pull_request,
    read_reviews,
)
from gaterunner.github.standing import read_branch_head, read_checks_of
from gaterunner.github.statuses import CommitStatus, write_status
from gaterunner.github.transport import DEFAULT_API_URL, Call, Clock, Deadline, Transport
from gaterunner.policies.forge import Authorship, CommitChecks, Protection, PullRequest, Review


class _CheckRuns(Struct, frozen=True):
    total_count: int
    check_runs: list[CheckRun]


class _AnnotationAnswer(Struct, frozen=True):
    """An annotation as GitHub tells it; it gives null where nothing was sent."""

    path: str
    start_line: int
    end_line: int
    annotation_level: Level
    message: str | None = None
    title: str | None = None
    raw_details: str | None = None

    def told(self) -> Annotation:
        return Annotation(
            path=self.path,
            start_line=self.start_line,
            end_line=self.end_line,
            annotation_level=self.annotation_level,
            message=self.message or "",
            title=self.title,
            raw_details=self.raw_details,
        )


class GitHubClient:
    """One repository on GitHub, seen with one token. It is a ``policies.forge.Forge``.

    Every method raises ``EvaluationError`` (one of ``github.errors``) when GitHub gives no usable answer in time.
    Safe for several threads; their requests are made one after the other.
    """

    def __init__(self, transport: Transport, repository: str) -> None:
        """``repository`` is ``owner/name``; raises ``UsageError`` when it is not."""
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository, re.ASCII):
            raise UsageError(f"{repository!r} is not a repository", help="expected owner/name, as in GITHUB_REPOSITORY")
        self._transport = transport
        self._api = RepositoryApi(transport, repository)

    @classmethod
    def connect(
        cls, *, token: str, repository: str, api_url: str = DEFAULT_API_URL, clock: Clock | None = None
    ) -> Self:
        """A client for github.com, or for an Enterprise Server by its ``api_url``; makes no request yet."""
        return cls(Transport(token=token, api_url=api_url, clock=clock), repository)

    @property
    def remaining(self) -> int | None:
        """How many requests the token has left in this hour, by GitHub's last answer; None before the first one."""
        return self._transport.remaining

    def create_check_run(
        self,
        target: CheckTarget,
        state: CheckState,
        annotations: Sequence[Annotation] = (),
        *,
        look_first: bool = False,
        known: Collection[int] = (),
        patience_s: float = PATIENCE_S,
    ) -> CheckRun:
        """Creates the check run, or finds the one that an earlier attempt created although its answer was lost.

        ``annotations`` are its first ones, at most 50. ``look_first`` is for a caller whose earlier attempt ended
        without an answer. ``known`` are the ids of check runs that were there before: none of them is found.
        """
        deadline = self._api.deadline(patience_s)
        if look_first and (found := self._find(target, known, deadline)):
            return found
        body: dict[str, Any] = {
            "name": target.name,
            "head_sha": target.head_sha,
            "external_id": target.external_id,
            "started_at": target.started_at,
            **_body(state, annotations),
        }
        if target.details_url:
            body["details_url"] = target.details_url
        call = Call(method="POST", path=f"{self._api.root}/check-runs", body=body)
        return self._transport.send(
            call, CheckRun, deadline=deadline, recover=lambda deadline: self._find(target, known, deadline)
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
        path, body = f"{self._api.root}/check-runs/{check_run}", _body(state, annotations)

        def arrived(deadline: Deadline) -> CheckRun | None:
            now = self._transport.send(Call(method="GET", path=path), CheckRun, deadline=deadline)
            return now if now.output.annotations_count > present else None

        return self._transport.send(
            Call(method="PATCH", path=path, body=body),
            CheckRun,
            deadline=self._api.deadline(patience_s),
            recover=arrived if annotations else None,
        )

    def check_run(self, number: int, *, patience_s: float = PATIENCE_S) -> CheckRun:
        """One check run as it stands now."""
        return self._api.get(f"/check-runs/{number}", CheckRun, deadline=self._api.deadline(patience_s))

    def earlier_check_runs(self, target: CheckTarget, *, patience_s: float = PATIENCE_S) -> tuple[CheckRun, ...]:
        """The check runs of this job's attempts on this commit, this one included, the newest first."""
        rows = self._check_runs(target, self._api.deadline(patience_s))
        found = [
            row for row in rows if row.head_sha == target.head_sha and is_same_job(row.external_id, target.external_id)
        ]
        return tuple(sorted(found, key=lambda row: row.id, reverse=True))

    def annotations_of(self, check_run: CheckRun, *, patience_s: float = PATIENCE_S) -> Iterator[Annotation]:
        """The annotations that a check run has, asked for a hundred at a time as they are wanted."""
        path, deadline = f"/check-runs/{check_run.id}/annotations", self._api.deadline(patience_s)
        for page in range(1, -(-check_run.output.annotations_count // PER_PAGE) + 1):
            parameters = {"per_page": str(PER_PAGE), "page": str(page)}
            for row in self._api.get(path, list[_AnnotationAnswer], deadline=deadline, parameters=parameters):
                yield row.told()

    def write_status(self, commit: str, status: CommitStatus, *, patience_s: float = PATIENCE_S) -> None:
        """Puts a commit status on a commit, in the place of an older one of its context."""
        write_status(self._api, commit, status, self._api.deadline(patience_s))

    def pull_request_head(self, number: int, *, patience_s: float = PATIENCE_S) -> str:
        """The commit that a pull request's branch points at now."""
        return read_pull_request(self._api, number, self._api.deadline(patience_s)).head.sha

    def branch_head(self, branch: str, *, patience_s: float = PATIENCE_S) -> str:
        """The commit that a branch of the repository points at now."""
        return read_branch_head(self._api, branch, self._api.deadline(patience_s))

    def pull_request(self, number: int) -> PullRequest:
        """One pull request as it is now."""
        return read_pull_request(self._api, number, self._api.deadline()).told()

    def pull_requests_of(self, commit: str) -> tuple[PullRequest, ...]:
        """The pull requests that a commit belongs to, merged or not."""
        path = f"/commits/{commit}/pulls"
        rows = self._api.pages(path, list[PullRequestAnswer], listed, deadline=self._api.deadline())
        return tuple(row.told() for row in rows)

    def reviews(self, number: int) -> tuple[Review, ...]:
        """All submitted reviews of a pull request, oldest first."""
        return read_reviews(self._api, number)

    def unedited_reviews(self, number: int) -> frozenset[str]:
        """The addresses of approving reviews whose text nobody but their author has edited, as far as it is told."""
        return read_unedited_reviews(self._api, number)

    def may_write(self, login: str) -> bool:
        """Whether an account may push to the repository (write, maintain or admin)."""
        return read_may_write(self._api, login)

    def authorship(self, number: int) -> tuple[Authorship, ...]:
        """The accounts behind all commits of a pull request; raises when it has more than GitHub lists (250)."""
        return read_authorship(self._api, number)

    def protection(self, branch: str) -> Protection:
        """What holds a branch, as far as the token may read it; raises when there is no such branch."""
        return read_protection(self._api, branch)

    def checks_of(self, commit: str) -> CommitChecks:
        """The checks and statuses of a commit; any that stands in neither list of them was never reported."""
        return read_checks_of(self._api, commit)

    def _find(self, target: CheckTarget, known: Collection[int], deadline: Deadline) -> CheckRun | None:
        wanted = (target.head_sha, target.external_id)
        rows = self._check_runs(target, deadline)
        return next((row for row in rows if (row.head_sha, row.external_id) == wanted and row.id not in known), None)

    def _check_runs(self, target: CheckTarget, deadline: Deadline) -> Iterator[CheckRun]:
        """Those of the target's name on its commit. Nobody needs more than GitHub lists in ten pages."""
        for page in range(1, MOST_PAGES + 1):
            call = Call(
                method="GET",
                path=f"{self._api.root}/commits/{target.head_sha}/check-runs",
                parameters={"check_name": target.name, "filter": "all", "per_page": str(PER_PAGE), "page": str(page)},
            )
            rows = self._transport.send(call, _CheckRuns, deadline=deadline).check_runs
            yield from (row for row in rows if row.name == target.name)
            if len(rows) < PER_PAGE:
                return


def _body(state: CheckState, annotations: Sequence[Annotation]) -> dict[str, Any]:
    if len(annotations) > ANNOTATIONS_PER_REQUEST:
        raise ValueError(f"GitHub takes {ANNOTATIONS_PER_REQUEST} annotations at a time, not {len(annotations)}")
    body: dict[str, Any] = msgspec.to_builtins(state)
    if annotations:
        body["output"]["annotations"] = msgspec.to_builtins(annotations)
    return body
