"""One repository of GitHub's API: its paths, its pages, and how long one question may take."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

from gaterunner.github.errors import GitHubError
from gaterunner.github.transport import Call, Deadline, Transport

PATIENCE_S = 120.0
"""How long one question may take in all, waiting included, unless the caller says otherwise."""

PER_PAGE = 100
MOST_PAGES = 10

T = TypeVar("T")
Row = TypeVar("Row")


class RepositoryApi:
    """The paths below ``/repos/OWNER/NAME``. Every method raises one of ``github.errors`` for want of an answer."""

    def __init__(self, transport: Transport, repository: str) -> None:
        self.transport = transport
        self.root = f"/repos/{repository}"

    def deadline(self, seconds: float = PATIENCE_S) -> Deadline:
        return Deadline(self.transport.clock, seconds)

    def get(self, path: str, answer: type[T], *, deadline: Deadline, parameters: Mapping[str, str] | None = None) -> T:
        """The answer to a GET; ``path`` starts with ``/`` and stands below the repository's."""
        call = Call(method="GET", path=f"{self.root}{path}", parameters=dict(parameters or {}))
        return self.transport.send(call, answer, deadline=deadline)

    def pages(
        self,
        path: str,
        answer: type[T],
        rows: Callable[[T], list[Row]],
        *,
        deadline: Deadline,
        parameters: Mapping[str, str] | None = None,
    ) -> Iterator[Row]:
        """The rows of all pages. Raises ``GitHubError`` when there are more than 1,000: half a list proves nothing."""
        for page in range(1, MOST_PAGES + 1):
            numbered = {**(parameters or {}), "per_page": str(PER_PAGE), "page": str(page)}
            found = rows(self.get(path, answer, deadline=deadline, parameters=numbered))
            yield from found
            if len(found) < PER_PAGE:
                return
        raise GitHubError(f"GET {self.root}{path}: GitHub lists more than {MOST_PAGES * PER_PAGE:,} rows")


def part(name: str) -> str:
    """A branch's name or a login as one part of a path."""
    return quote(name, safe="")


def listed(rows: list[Any]) -> list[Any]:
    """For ``pages`` where an answer is nothing but its rows."""
    return rows
