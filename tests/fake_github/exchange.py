"""What goes over the wire between a client and the fake."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.fake_github.state import Json

NOT_ACCESSIBLE = "Resource not accessible by integration"
NOT_AN_APP = "You must authenticate via a GitHub App."
BUDGET = 1_000
"""Requests an hour that GitHub grants to the token of all jobs of a repository together."""


@dataclass(frozen=True)
class Request:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Json


@dataclass(frozen=True)
class Grants:
    """What a token may do: write at all; read what only administrators read; read pull requests; write checks.

    ``is_app`` is False for a person's token, which may write whatever that person may except checks.
    """

    writes: bool = True
    administers: bool = False
    reads_pulls: bool = True
    writes_checks: bool = True
    is_app: bool = True


@dataclass(frozen=True)
class Reply:
    """One answer; ``next_page`` becomes a Link header."""

    status: int
    body: object
    next_page: bool = False


def page_of(rows: list[Any], request: Request) -> tuple[list[Any], bool]:
    """The rows of the page that a request asks for, and whether there are more."""
    size = min(100, int(request.query.get("per_page", "30")))
    start = (int(request.query.get("page", "1")) - 1) * size
    return rows[start : start + size], start + size < len(rows)
