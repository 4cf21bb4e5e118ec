"""The fake's answers about a repository's settings and files, and the workflow runs of a commit."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

from githubkit_schemas.v2026_03_10 import models

from tests.fake_github import shapes, stage_routes, stage_shapes
from tests.fake_github.exchange import NOT_ACCESSIBLE, Reply, Request, page_of
from tests.fake_github.state import ACTIONS, NOW, FakeRepository, Json

if TYPE_CHECKING:
    from tests.fake_github.server import FakeGitHub

_NOT_FOUND = "Not Found"
_OWNERS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")


def elsewhere(fake: FakeGitHub, request: Request) -> Reply | None:
    """What does not lie below a repository's path; None for everything that does."""
    if request.method == "GET" and request.path == "/apps/github-actions":
        return Reply(200, shapes.valid(models.Integration, shapes.app(ACTIONS)))
    if request.method == "GET" and (match := re.fullmatch(r"/repositories/(\d+)", request.path)):
        found = fake.numbered(int(match[1]))
        if found is None:
            return Reply(404, shapes.error(_NOT_FOUND))
        return Reply(200, stage_shapes.full_repository(found.full_name, fake.url))
    return None


def tree(fake: FakeGitHub, found: FakeRepository, request: Request, match: re.Match[str]) -> Reply:
    """One folder, or with ``recursive`` all below it, with the folders as rows of their own."""
    if "recursive" not in request.query or found.objects is None:
        return stage_routes.git_tree(fake, found, request, match)
    rows, sizes = [], {}
    for line in found.objects.git("ls-tree", "-r", "-t", "-l", match["sha"]).splitlines():
        about, _, path = line.partition("\t")
        mode, kind, sha, size = about.split()
        rows.append((mode, kind, sha, path))
        sizes[path] = size
    truncated = match["sha"] in found.truncated
    shape = stage_shapes.git_tree(match["sha"], rows, truncated=truncated, base=fake.url)
    for row in shape["tree"]:
        if row["type"] == "blob":
            row["size"] = int(sizes[row["path"]])
    return Reply(200, shape)


def blob(fake: FakeGitHub, found: FakeRepository, request: Request, match: re.Match[str]) -> Reply:
    data = _content(found, match["sha"])
    if data is None:
        return Reply(404, shapes.error(_NOT_FOUND))
    shape = {**_encoded(data), "url": fake.url, "sha": match["sha"], "size": len(data), "node_id": "B_1"}
    return Reply(200, shapes.valid(models.Blob, shape))


def content(fake: FakeGitHub, found: FakeRepository, request: Request, match: re.Match[str]) -> Reply:
    ref = request.query.get("ref", "HEAD")
    data = _content(found, f"{ref}:{match['path']}")
    if data is None:
        return Reply(404, shapes.error(_NOT_FOUND))
    url = f"{fake.url}{request.path}"
    shape = {
        **_encoded(data),
        "type": "file",
        "size": len(data),
        "name": match["path"].rpartition("/")[2],
        "path": match["path"],
        "sha": "0" * 40,
        "_links": {"git": url, "html": url, "self": url},
        **dict.fromkeys(("url", "git_url", "html_url", "download_url"), url),
    }
    return Reply(200, shapes.valid(models.ContentFile, shape))


def _encoded(data: bytes) -> Json:
    """As GitHub does: in lines of at most 76 characters."""
    return {"content": base64.encodebytes(data).decode(), "encoding": "base64"}


def _content(found: FakeRepository, name: str) -> bytes | None:
    if found.objects is None:
        return None
    (told,) = found.objects.git("cat-file", "--batch-check", input=f"{name}\n".encode()).splitlines()
    if told.split(" ")[1:2] != ["blob"]:
        return None
    # Through a pipe of lines the last newline would be lost.
    return (found.objects.git("cat-file", "-p", told.split(" ")[0]) + "\n").encode("utf-8", "surrogateescape")


def owners_errors(fake: FakeGitHub, found: FakeRepository, request: Request, match: re.Match[str]) -> Reply:
    ref = request.query.get("ref", "HEAD")
    if not any(_content(found, f"{ref}:{path}") is not None for path in _OWNERS):
        return Reply(404, shapes.error(_NOT_FOUND))
    return Reply(200, shapes.valid(models.CodeownersErrors, {"errors": found.settings.owners_errors}))


def actions(fake: FakeGitHub, found: FakeRepository, request: Request, match: re.Match[str]) -> Reply:
    if not fake.asking.administers:
        return Reply(403, shapes.error(NOT_ACCESSIBLE))
    shape = {"enabled": found.settings.actions, "allowed_actions": "all", "sha_pinning_required": False}
    return Reply(200, shapes.valid(models.ActionsRepositoryPermissions, shape))


def token_settings(fake: FakeGitHub, found: FakeRepository, request: Request, match: re.Match[str]) -> Reply:
    if not fake.asking.administers:
        return Reply(403, shapes.error(NOT_ACCESSIBLE))
    shape = {
        "default_workflow_permissions": "write" if found.settings.token_writes else "read",
        "can_approve_pull_request_reviews": found.settings.token_approves,
    }
    return Reply(200, shapes.valid(models.ActionsGetDefaultWorkflowPermissions, shape))


def workflows(fake: FakeGitHub, found: FakeRepository, request: Request, match: re.Match[str]) -> Reply:
    listed = found.objects.git("ls-tree", "-r", "--name-only", "HEAD", ".github/workflows/") if found.objects else ""
    rows = [_workflow(found, number, path) for number, path in enumerate(listed.splitlines())]
    page, more = page_of(rows, request)
    return Reply(200, {"total_count": len(rows), "workflows": page}, next_page=more)


def _workflow(found: FakeRepository, number: int, path: str) -> Json:
    return shapes.valid(
        models.Workflow,
        {
            "id": number,
            "node_id": f"W_{number}",
            "name": path,
            "path": path,
            "state": "disabled_manually" if path in found.settings.disabled else "active",
            "created_at": NOW,
            "updated_at": NOW,
            **dict.fromkeys(("url", "html_url", "badge_url"), f"https://github.com/{found.full_name}"),
        },
    )


def runs(fake: FakeGitHub, found: FakeRepository, request: Request, match: re.Match[str]) -> Reply:
    head, event = request.query.get("head_sha"), request.query.get("event")
    rows = [
        stage_shapes.workflow_run(found, run, fake.url)
        for run in found.workflow_runs.values()
        if head in (None, run.head_sha) and event in (None, run.event)
    ]
    page, more = page_of(rows, request)
    return Reply(200, {"total_count": len(rows), "workflow_runs": page}, next_page=more)
