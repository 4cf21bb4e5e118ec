"""The fake's answers about runs of workflows, git's objects, and comments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from githubkit_schemas.v2026_03_10 import models
from pydantic import TypeAdapter, ValidationError

from tests.fake_github import shapes, stage_shapes
from tests.fake_github.exchange import Grants, Reply, Request, page_of
from tests.fake_github.stage_state import IssueComment
from tests.fake_github.state import FakeRepository, Json, Pull

if TYPE_CHECKING:
    from tests.fake_github.server import FakeGitHub

_WRITE = TypeAdapter(models.ReposOwnerRepoIssuesIssueNumberCommentsPostBody)
_MOST_CHARACTERS = 65_536
_PERSON = "octocat"


def repository(fake: FakeGitHub, found: FakeRepository, request: Request, match: re.Match[str]) -> Reply:
    return Reply(200, stage_shapes.full_repository(found.full_name, fake.url))


def workflow_run(fake: FakeGitHub, found: FakeRepository, request: Request, match: re.Match[str]) -> Reply:
    run = found.workflow_runs.get(int(match["id"]))
    if run is None:
        return Reply(404, shapes.error("Not Found"))
    return Reply(200, stage_shapes.workflow_run(found, run, fake.url))


def pulls(fake: FakeGitHub, found: FakeRepository, request: Request, match: re.Match[str]) -> Reply:
    """Pull requests, filtered as GitHub does: a `head` without an owner is no filter at all."""
    state, head = request.query.get("state", "open"), request.query.get("head", "")

    def wanted(pull: Pull) -> bool:
        is_open = not (pull.merged or pull.closed)
        owner = (pull.head_repository or found.full_name).partition("/")[0]
        return (state == "all" or (state == "open") is is_open) and (
            ":" not in head or head == f"{owner}:{pull.head_ref}"
        )

    base = request.query.get("base")
    rows = [pull for pull in found.pulls.values() if wanted(pull) and base in (None, pull.base_ref)]
    if request.query.get("direction") == "desc":
        rows.sort(key=lambda pull: pull.number, reverse=True)
    page, more = page_of(rows, request)
    version = request.headers["x-github-api-version"]
    return Reply(200, [shapes.pull_simple(found, pull, fake.url, version) for pull in page], next_page=more)


def git_commit(fake: FakeGitHub, found: FakeRepository, request: Request, match: re.Match[str]) -> Reply:
    lines = _object(found, match["sha"], "commit")
    if lines is None:
        return Reply(404, shapes.error("Not Found"))
    head = [line.split(" ", 1) for line in lines.partition("\n\n")[0].splitlines()]
    tree = next(value for name, value in head if name == "tree")
    parents = [value for name, value in head if name == "parent"]
    return Reply(200, stage_shapes.git_commit(found, match["sha"], tree, parents, fake.url))


def git_tree(fake: FakeGitHub, found: FakeRepository, request: Request, match: re.Match[str]) -> Reply:
    lines = _object(found, match["sha"], "tree")
    if lines is None:
        return Reply(404, shapes.error("Not Found"))
    rows = []
    for line in lines.splitlines():
        about, _, path = line.partition("\t")
        mode, kind, sha = about.split(" ")
        rows.append((mode, kind, sha, path))
    shape = stage_shapes.git_tree(match["sha"], rows, truncated=match["sha"] in found.truncated, base=fake.url)
    return Reply(200, shape)


def _object(found: FakeRepository, sha: str, kind: str) -> str | None:
    """What git prints of an object; None where there is none, or none of this kind."""
    if found.objects is None:
        return None
    (told,) = found.objects.git("cat-file", "--batch-check", input=f"{sha}\n".encode()).splitlines()
    return found.objects.git("cat-file", "-p", sha) if told.split(" ")[1] == kind else None


def timeline(fake: FakeGitHub, found: FakeRepository, request: Request, match: re.Match[str]) -> Reply:
    """What happened to a pull request: its commits, which have neither name nor time of an event, and new targets."""
    pull = found.pulls.get(int(match["number"]))
    if pull is None:
        return Reply(404, shapes.error("Not Found"))
    rows: list[Json] = [{"event": "committed", "sha": sha} for sha in (*pull.commits, pull.head)]
    rows += [stage_shapes.event(number, "base_ref_changed", at) for number, at in enumerate(pull.retargeted, 1)]
    page, more = page_of(rows, request)
    return Reply(200, page, next_page=more)


def comments(fake: FakeGitHub, found: FakeRepository, request: Request, match: re.Match[str]) -> Reply:
    if int(match["number"]) not in found.pulls:
        return Reply(404, shapes.error("Not Found"))
    rows = [each for each in found.comments if each.issue == int(match["number"])]
    page, more = page_of(rows, request)
    return Reply(200, [stage_shapes.comment(found, each, fake.url) for each in page], next_page=more)


def create_comment(fake: FakeGitHub, found: FakeRepository, request: Request, match: re.Match[str]) -> Reply:
    if int(match["number"]) not in found.pulls:
        return Reply(404, shapes.error("Not Found"))
    if reasons := _refusals(request.body):
        return fake.refuse(request, reasons)
    number = max((each.id for each in found.comments), default=600) + 1
    made = IssueComment(number, int(match["number"]), account_of(fake.asking), request.body["body"])
    found.comments.append(made)
    return Reply(201, stage_shapes.comment(found, made, fake.url))


def edit_comment(fake: FakeGitHub, found: FakeRepository, request: Request, match: re.Match[str]) -> Reply:
    kept = next((each for each in found.comments if each.id == int(match["id"])), None)
    if kept is None:
        return Reply(404, shapes.error("Not Found"))
    if reasons := _refusals(request.body):
        return fake.refuse(request, reasons)
    if kept.author != account_of(fake.asking):
        fake.violations.append(f"{request.method} {request.path}: the comment of {kept.author} is not ours to edit")
    kept.body = request.body["body"]
    return Reply(200, stage_shapes.comment(found, kept, fake.url))


def delete_comment(fake: FakeGitHub, found: FakeRepository, request: Request, match: re.Match[str]) -> Reply:
    kept = next((each for each in found.comments if each.id == int(match["id"])), None)
    if kept is None:
        return Reply(404, shapes.error("Not Found"))
    if kept.author != account_of(fake.asking):
        fake.violations.append(f"{request.method} {request.path}: the comment of {kept.author} is not ours to delete")
    found.comments.remove(kept)
    return Reply(204, None)


def viewer(asking: Grants) -> Reply:
    """Whom a token acts as, which GraphQL tells to every token."""
    return Reply(200, {"data": {"viewer": {"login": account_of(asking)}}})


def account_of(asking: Grants) -> str:
    return stage_shapes.BOT if asking.is_app else _PERSON


def _refusals(body: Json) -> list[str]:
    try:
        _WRITE.validate_python(body)
    except ValidationError as error:
        return [f"schema: {'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
    found = [f"{name} is not a permitted key" for name in sorted(body.keys() - {"body"})]
    if not body["body"].strip():
        found.append("Body cannot be blank")
    if len(body["body"]) > _MOST_CHARACTERS:
        found.append(f"Body is too long (maximum is {_MOST_CHARACTERS} characters)")
    return found
