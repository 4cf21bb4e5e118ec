"""When commits were deployed to an environment, as GitHub's deployments tell it; needs `deployments: read`.

https://docs.github.com/rest/deployments: the newest deployment comes first, and so does the newest status of each.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from gaterunner.github.api import RepositoryApi
from gaterunner.github.transport import Transport

MOST_DEPLOYMENTS = 100
_BEFORE = 10  # made earlier than that of the head, and maybe successful only after it
_SUCCESS = "success"


class _Deployment(Struct, frozen=True):
    id: int
    sha: str
    environment: str


class _Status(Struct, frozen=True):
    state: str
    created_at: Annotated[datetime, Meta(tz=True)]


def deployments_since(
    environment: str, head: str, *, token: str, repository: str, api_url: str
) -> tuple[tuple[str, datetime], ...]:
    """The successful deployments to an environment since the first one of ``head``: commit and time of success.

    What counts is when they succeeded, and not when they were made: one may overtake the other.

    Nothing where ``head`` is not among the newest hundred. Raises ``GitHubError``.
    """
    api = RepositoryApi(Transport(token=token, api_url=api_url), repository)
    return read_deployments(api, environment, head)


def read_deployments(api: RepositoryApi, environment: str, head: str) -> tuple[tuple[str, datetime], ...]:
    """The same with what asks."""
    deadline = api.deadline()
    asked = {"environment": environment, "per_page": str(MOST_DEPLOYMENTS)}
    rows = api.get("/deployments", list[_Deployment], deadline=deadline, parameters=asked)
    rows = [row for row in rows if row.environment == environment]
    own = [number for number, row in enumerate(rows) if row.sha == head]
    found = []
    for row in rows[: own[-1] + 1 + _BEFORE] if own else ():
        statuses = api.pages(f"/deployments/{row.id}/statuses", list[_Status], list, deadline=deadline)
        times = [status.created_at for status in statuses if status.state == _SUCCESS]
        if times:
            found.append((row.sha, min(times)))
    first = min((at for sha, at in found if sha == head), default=None)
    return tuple((sha, at) for sha, at in found if first is not None and at >= first)
