"""The fake's answers about commit statuses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.fake_github import review_shapes
from tests.fake_github.exchange import Reply, Request, page_of
from tests.fake_github.rules import status_refusals
from tests.fake_github.state import FakeRepository, Status

if TYPE_CHECKING:
    from tests.fake_github.server import FakeGitHub


def create(fake: FakeGitHub, repository: FakeRepository, request: Request, match: re.Match[str]) -> Reply:
    kept = repository.statuses.setdefault(match["sha"], [])
    reasons = status_refusals(request.body, kept)
    if not reasons and match["sha"] not in repository.commits:
        reasons = [f"No commit found for SHA: {match['sha']}"]
    if reasons:
        return fake.refuse(request, reasons)
    kept.append(Status(**request.body))
    return Reply(201, review_shapes.commit_status(repository, match["sha"], kept[-1], len(kept), fake.url))


def listed(fake: FakeGitHub, repository: FakeRepository, request: Request, match: re.Match[str]) -> Reply:
    """All statuses of a commit, the newest first."""
    numbered = list(enumerate(repository.statuses.get(match["sha"], []), start=1))
    page, more = page_of(numbered[::-1], request)
    shown = [review_shapes.commit_status(repository, match["sha"], each, number, fake.url) for number, each in page]
    return Reply(200, shown, next_page=more)
