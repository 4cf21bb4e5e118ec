"""Commit statuses: what a token may write that may not write checks.

The limits are those of https://docs.github.com/rest/commits/statuses.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from gaterunner.github.api import RepositoryApi
from gaterunner.github.transport import Call, Deadline

DESCRIPTION_CHARACTERS = 140
CONTEXT_CHARACTERS = 255

State = Literal["success", "failure", "error", "pending"]


class CommitStatus(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One status of a commit. A newer one of the same ``context`` takes its place."""

    state: State
    context: str
    description: str | None = None
    target_url: str | None = None


class _Told(Struct, frozen=True, kw_only=True):
    """A status as GitHub tells it."""

    state: str
    context: str
    description: str | None = None
    target_url: str | None = None

    def says(self, status: CommitStatus) -> bool:
        ours = (status.state, status.context.casefold(), status.description, status.target_url)
        return (self.state, self.context.casefold(), self.description, self.target_url) == ours


def write_status(api: RepositoryApi, commit: str, status: CommitStatus, deadline: Deadline) -> None:
    """Puts a status on a commit, once: where the answer was lost, the newest of its context is looked at first."""

    def arrived(deadline: Deadline) -> _Told | None:
        rows = api.pages(f"/commits/{commit}/statuses", list[_Told], list, deadline=deadline)
        newest = next((row for row in rows if row.context.casefold() == status.context.casefold()), None)
        return newest if newest is not None and newest.says(status) else None

    call = Call(method="POST", path=f"{api.root}/statuses/{commit}", body=status)
    api.transport.send(call, _Told, deadline=deadline, recover=arrived)
