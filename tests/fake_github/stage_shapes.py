"""Repositories, runs, comments and git's objects as GitHub's JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from githubkit_schemas.v2026_03_10 import models
from pydantic import BaseModel

from tests.fake_github.shapes import user, valid
from tests.fake_github.stage_state import IssueComment, WorkflowRun
from tests.fake_github.state import NOW, FakeRepository, Json

BOT = "github-actions[bot]"


def full_repository(full_name: str, base: str) -> Json:
    return valid(models.FullRepository, _repository(models.FullRepository, full_name, base))


def workflow_run(repository: FakeRepository, run: WorkflowRun, base: str) -> Json:
    url = f"{base}/repos/{repository.full_name}/actions/runs/{run.id}"
    fork = run.head_repository and _repository(models.MinimalRepository, run.head_repository, base)
    shape: Json = {
        "id": run.id,
        "node_id": f"WFR_{run.id}",
        "name": "gates",
        "head_branch": run.head_branch,
        "head_sha": run.head_sha,
        "path": run.path,
        "run_number": 1,
        "run_attempt": run.attempt,
        "event": run.event,
        "status": "completed" if run.conclusion else "in_progress",
        "conclusion": run.conclusion,
        "workflow_id": 5,
        "url": url,
        "html_url": f"https://github.com/{repository.full_name}/actions/runs/{run.id}",
        "pull_requests": [],  # as it is for forks
        "created_at": NOW,
        "updated_at": NOW,
        "head_commit": None,
        "repository": _repository(models.MinimalRepository, repository.full_name, base),
        "display_title": "A change",
        **{f"{name}_url": f"{url}/{name}" for name in ("jobs", "logs", "artifacts", "cancel", "rerun", "workflow")},
        "check_suite_url": f"{url}/suite",
    }
    # The published schema knows no run without it; GitHub answers null once the fork is deleted.
    valid(models.WorkflowRun, {**shape, "head_repository": fork or shape["repository"]})
    return {**shape, "head_repository": fork}


def comment(repository: FakeRepository, told: IssueComment, base: str) -> Json:
    url = f"{base}/repos/{repository.full_name}/issues/comments/{told.id}"
    author = told.author and user(told.author, "Bot" if told.author.endswith("[bot]") else "User")
    return valid(
        models.IssueComment,
        {
            "id": told.id,
            "node_id": f"IC_{told.id}",
            "url": url,
            "html_url": f"https://github.com/{repository.full_name}/pull/{told.issue}#issuecomment-{told.id}",
            "body": told.body,
            "user": author or None,
            "created_at": NOW,
            "updated_at": NOW,
            "issue_url": f"{base}/repos/{repository.full_name}/issues/{told.issue}",
            "author_association": "NONE",
        },
    )


def event(number: int, name: str, at: str) -> Json:
    return valid(
        models.StateChangeIssueEvent,
        {
            "id": number,
            "node_id": f"E_{number}",
            "url": f"https://api.github.com/events/{number}",
            "actor": user("octocat"),
            "event": name,
            "commit_id": None,
            "commit_url": None,
            "created_at": at,
            "performed_via_github_app": None,
        },
    )


def git_commit(repository: FakeRepository, sha: str, tree: str, parents: list[str], base: str) -> Json:
    url = f"{base}/repos/{repository.full_name}/git/commits"
    person = {"name": "Author", "email": "author@example.invalid", "date": NOW}
    return valid(
        models.GitCommit,
        {
            "sha": sha,
            "node_id": f"C_{sha}",
            "url": f"{url}/{sha}",
            "html_url": f"{url}/{sha}",
            "author": person,
            "committer": person,
            "message": "A change",
            "tree": {"sha": tree, "url": f"{base}/tree"},
            "parents": [{"sha": each, "url": f"{url}/{each}", "html_url": f"{url}/{each}"} for each in parents],
            "verification": {
                "verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None,
            },
        },
    )  # fmt: skip


def git_tree(sha: str, rows: list[tuple[str, str, str, str]], *, truncated: bool, base: str) -> Json:
    tree = [{"mode": mode, "type": kind, "sha": each, "path": path} for mode, kind, each, path in rows]
    return valid(models.GitTree, {"sha": sha, "url": f"{base}/tree/{sha}", "truncated": truncated, "tree": tree})


def _repository(model: type[BaseModel], full_name: str, base: str) -> Json:
    owner, _, name = full_name.partition("/")
    url = f"{base}/repos/{full_name}"
    shape: Json = {
        "id": 10,
        "node_id": "R_10",
        "name": name,
        "full_name": full_name,
        "owner": user(owner),
        "url": url,
        "default_branch": "main",
    }
    empty: dict[Any, Any] = {int: 0, bool: False, datetime: NOW}
    for field, info in model.model_fields.items():
        key = info.alias or field
        if info.is_required() and key not in shape:
            shape[key] = f"{url}/{key}" if key.endswith("_url") else empty.get(info.annotation)
    return shape
