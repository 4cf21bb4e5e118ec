"""The fake's answers about reviews, permissions, protection and statuses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from tests.fake_github import review_shapes, shapes
from tests.fake_github.exchange import NOT_ACCESSIBLE, Reply, Request, page_of
from tests.fake_github.state import FakeRepository

if TYPE_CHECKING:
    from tests.fake_github.server import FakeGitHub


def reviews(fake: FakeGitHub, repository: FakeRepository, request: Request, match: re.Match[str]) -> Reply:
    pull = repository.pulls.get(int(match["id"]))
    if pull is None:
        return Reply(404, shapes.error("Not Found"))
    page, more = page_of(list(enumerate(pull.reviews)), request)
    return Reply(200, [review_shapes.review(repository, pull, *each) for each in page], next_page=more)


def pull_commits(fake: FakeGitHub, repository: FakeRepository, request: Request, match: re.Match[str]) -> Reply:
    pull = repository.pulls.get(int(match["id"]))
    if pull is None:
        return Reply(404, shapes.error("Not Found"))
    page, more = page_of([*pull.commits, pull.head][:250], request)
    shown = [review_shapes.pull_commit(repository, pull, sha, fake.url) for sha in page]
    return Reply(200, shown, next_page=more)


def permission(fake: FakeGitHub, repository: FakeRepository, request: Request, match: re.Match[str]) -> Reply:
    login = unquote(match["login"])
    if login not in repository.permissions:
        return Reply(404, shapes.error(f"{login} is not a user"))
    return Reply(200, review_shapes.permission(login, repository.permissions[login]))


def branch(fake: FakeGitHub, repository: FakeRepository, request: Request, match: re.Match[str]) -> Reply:
    found = repository.branches.get(unquote(match["branch"]))
    if found is None:
        return Reply(404, shapes.error("Branch not found"))
    return Reply(200, review_shapes.branch(repository, found, fake.url))


def classic(fake: FakeGitHub, repository: FakeRepository, request: Request, match: re.Match[str]) -> Reply:
    found = repository.branches.get(unquote(match["branch"]))
    if not fake.asking.administers:
        return Reply(403, shapes.error(NOT_ACCESSIBLE))
    if found is None or found.required is None:
        return Reply(404, shapes.error("Branch not protected"))
    return Reply(200, review_shapes.classic_protection(found, fake.url))


def rules(fake: FakeGitHub, repository: FakeRepository, request: Request, match: re.Match[str]) -> Reply:
    found = repository.branches.get(unquote(match["branch"]))
    page, more = page_of(found.rules if found else [], request)
    return Reply(200, [review_shapes.rule(each) for each in page], next_page=more)


def ruleset(fake: FakeGitHub, repository: FakeRepository, request: Request, match: re.Match[str]) -> Reply:
    number = int(match["id"])
    known = {rule.get("ruleset_id") for branch in repository.branches.values() for rule in branch.rules}
    if number not in known:
        return Reply(404, shapes.error("Not Found"))
    actors = [each for branch in repository.branches.values() for each in branch.bypass.get(number, [])]
    return Reply(200, review_shapes.ruleset(repository, number, actors if fake.asking.administers else None))


def status(fake: FakeGitHub, repository: FakeRepository, request: Request, match: re.Match[str]) -> Reply:
    if match["sha"] not in repository.commits:
        return Reply(422, shapes.error(f"No commit found for SHA: {match['sha']}"))
    newest = {each.context: each for each in repository.statuses.get(match["sha"], [])}
    page, more = page_of(list(newest.values()), request)
    shape = review_shapes.combined_status(repository, match["sha"], page, len(newest), fake.url)
    return Reply(200, shape, next_page=more)


def graphql(repository: FakeRepository, request: Request) -> Reply:
    """The one question that gaterunner puts in GraphQL: who edited the approving reviews of a pull request."""
    variables = request.body["variables"]
    pull = repository.pulls.get(variables["number"])
    if pull is None:
        told = f"Could not resolve to a PullRequest with the number of {variables['number']}."
        return Reply(200, {"data": {"repository": {"pullRequest": None}}, "errors": [{"message": told}]})
    approving = [each for each in enumerate(pull.reviews) if each[1].state == "APPROVED"]
    start = int(variables["after"] or 0)
    page = approving[start : start + 100]
    more = start + 100 < len(approving)
    nodes = [review_shapes.review_edits(repository, pull, *each) for each in page]
    reviews = {"pageInfo": {"hasNextPage": more, "endCursor": str(start + 100) if more else None}, "nodes": nodes}
    return Reply(200, {"data": {"repository": {"pullRequest": {"reviews": reviews}}}})
