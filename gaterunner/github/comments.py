"""The one comment of ours below a pull request: found by its marker and by its author, edited, never piled up."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Literal

from msgspec import Struct

from gaterunner.github.api import RepositoryApi, listed
from gaterunner.github.errors import GitHubError
from gaterunner.github.reviewing import Account, login_of
from gaterunner.github.transport import GRAPHQL, Call, Deadline

COMMENTING_S = 60.0
"""How long all requests about a comment may take together."""


class Comment(Struct, frozen=True, kw_only=True):
    """A comment as GitHub tells it."""

    id: int
    html_url: str
    body: str | None = None
    user: Account | None = None


class Commented(Struct, frozen=True, kw_only=True):
    """What became of it, and the page that shows it."""

    done: Literal["written", "edited"]
    url: str


class _Viewer(Struct, frozen=True):
    viewer: Account


class _Who(Struct, frozen=True):
    data: _Viewer | None = None


def write_comment(api: RepositoryApi, number: int, *, marker: str, body: str) -> Commented:
    """Makes ``body``, which begins with ``marker``, the only comment of ours with that marker below a pull request.

    Ours are those that the token's own account wrote and that begin with the marker: anybody can copy a marker. The
    oldest is edited; others, which two runs at the same time or a lost answer leave behind, are deleted. Raises
    ``GitHubError``.
    """
    deadline = api.deadline(COMMENTING_S)
    login = _own_login(api, deadline)

    def ours(deadline: Deadline) -> list[Comment]:
        """Our comments with the marker, oldest first."""
        rows = api.pages(f"/issues/{number}/comments", list[Comment], listed, deadline=deadline)
        found = [row for row in rows if login_of(row.user) == login and (row.body or "").startswith(marker)]
        return sorted(found, key=lambda row: row.id)

    own = ours(deadline)
    if not own:
        call = Call(method="POST", path=f"{api.root}/issues/{number}/comments", body={"body": body})
        made = api.transport.send(call, Comment, deadline=deadline, recover=lambda left: next(iter(ours(left)), None))
        return Commented(done="written", url=made.html_url)
    kept, *others = own
    edited = api.transport.send(
        Call(method="PATCH", path=_path(api, kept), body={"body": body}), Comment, deadline=deadline
    )
    for other in others:
        with suppress(GitHubError):  # the next run tries again
            api.transport.send(Call(method="DELETE", path=_path(api, other)), Any, deadline=deadline)
    return Commented(done="edited", url=edited.html_url)


def _own_login(api: RepositoryApi, deadline: Deadline) -> str:
    """Whom the token writes as. REST answers that to persons only, GraphQL to the token of a job as well."""
    call = Call(method="POST", path=GRAPHQL, body={"query": "query { viewer { login } }"})
    told = api.transport.send(call, _Who, deadline=deadline)
    login = login_of(told.data.viewer) if told.data else None
    if login is None:
        raise GitHubError("GitHub does not say which account the token writes as")
    return login


def _path(api: RepositoryApi, comment: Comment) -> str:
    return f"{api.root}/issues/comments/{comment.id}"
