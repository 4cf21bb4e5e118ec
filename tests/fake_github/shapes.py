"""State as GitHub's JSON. Every object has all the properties that the published schema requires."""

from __future__ import annotations

from typing import Any

from githubkit_schemas.v2026_03_10 import models
from pydantic import BaseModel

from tests.fake_github.state import ACTIONS, NOW, FakeRepository, Json, Pull, Run

OLD_API = "2022-11-28"


def check_run(repository: FakeRepository, run: Run, base: str) -> Json:
    url = f"{base}/repos/{repository.full_name}/check-runs/{run.id}"
    return valid(
        models.CheckRun,
        {
            "id": run.id,
            "node_id": f"CR_{run.id}",
            "head_sha": run.head_sha,
            "external_id": run.external_id,
            "url": url,
            "html_url": f"https://github.com/{repository.full_name}/runs/{run.id}",
            "details_url": run.details_url or "https://github.com",
            "status": run.status,
            "conclusion": run.conclusion,
            "started_at": run.started_at or NOW,
            "completed_at": run.completed_at,
            "name": run.name,
            "output": {
                "title": run.title,
                "summary": run.summary,
                "text": run.text,
                "annotations_count": len(run.annotations),
                "annotations_url": f"{url}/annotations",
            },
            "check_suite": {"id": run.suite},
            "app": app(run.app),
            "pull_requests": [],
        },
    )


def check_runs(repository: FakeRepository, runs: list[Run], total: int, base: str) -> Json:
    return {"total_count": total, "check_runs": [check_run(repository, run, base) for run in runs]}


def annotation(repository: FakeRepository, run: Run, sent: Json) -> Json:
    return valid(
        models.CheckAnnotation,
        {
            "start_column": None,
            "end_column": None,
            "title": None,
            "raw_details": None,
            **sent,
            "blob_href": f"https://github.com/{repository.full_name}/blob/{run.head_sha}/{sent['path']}",
        },
    )


def pull_simple(repository: FakeRepository, pull: Pull, base: str, version: str) -> Json:
    return valid(models.PullRequestSimple, _pull(repository, pull, base, version))


def pull_full(repository: FakeRepository, pull: Pull, base: str, version: str) -> Json:
    return valid(
        models.PullRequest,
        {
            **_pull(repository, pull, base, version),
            "merged": pull.merged,
            "mergeable": None if pull.merged else True,
            "mergeable_state": "unknown",
            "merged_by": user("octocat") if pull.merged else None,
            "comments": 0,
            "review_comments": 0,
            "maintainer_can_modify": False,
            "commits": 1 + len(pull.commits) if pull.count is None else pull.count,
            "additions": 1,
            "deletions": 0,
            "changed_files": 1,
        },
    )


def error(message: str) -> Json:
    return valid(models.BasicError, {"message": message, "documentation_url": "https://docs.github.com/rest"})


def _pull(repository: FakeRepository, pull: Pull, base: str, version: str) -> Json:
    web = f"https://github.com/{repository.full_name}/pull/{pull.number}"
    url = f"{base}/repos/{repository.full_name}/pulls/{pull.number}"
    links = {
        name: {"href": f"{url}/{name}"}
        for name in ("comments", "commits", "statuses", "html", "issue", "review_comments", "review_comment", "self")
    }
    shape = {
        "id": 70_000 + pull.number,
        "node_id": f"PR_{pull.number}",
        "number": pull.number,
        "url": url,
        "html_url": web,
        "diff_url": f"{web}.diff",
        "patch_url": f"{web}.patch",
        "issue_url": f"{url}/issue",
        "commits_url": f"{url}/commits",
        "review_comments_url": f"{url}/comments",
        "review_comment_url": f"{url}/comments{{/number}}",
        "comments_url": f"{url}/comments",
        "statuses_url": f"{url}/statuses",
        "state": "closed" if pull.merged or pull.closed else "open",
        "locked": False,
        "title": "A change",
        "user": user(pull.author),
        "body": None,
        "labels": [],
        "milestone": None,
        "created_at": NOW,
        "updated_at": NOW,
        "closed_at": pull.closed_at if pull.merged or pull.closed else None,
        "merged_at": NOW if pull.merged else None,
        "head": _end(pull.head_repository or repository.full_name, pull.head_ref, pull.head, base),
        "base": _end(repository.full_name, pull.base_ref, pull.base, base),
        "_links": links,
        "author_association": "CONTRIBUTOR",
        "auto_merge": _auto_merge(pull.auto_merge_by) if pull.auto_merge_by else None,
        "draft": False,
    }
    # Version 2026-03-10 of the API no longer tells it.
    return {**shape, "merge_commit_sha": pull.merge_commit} if version == OLD_API else shape


def _end(full_name: str, ref: str, sha: str, base: str) -> Json:
    owner = full_name.partition("/")[0]
    return {
        "label": f"{owner}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": user(owner),
        "repo": _repository(full_name, base),
    }


def _auto_merge(login: str) -> Json:
    return {"enabled_by": user(login), "merge_method": "squash", "commit_title": "A change", "commit_message": ""}


def user(login: str, kind: str = "User") -> Json:
    """An account as it stands in other objects."""
    home = f"https://api.github.com/users/{login}"
    urls = (
        "followers",
        "following",
        "gists",
        "starred",
        "subscriptions",
        "organizations",
        "repos",
        "events",
        "received_events",
    )
    return {
        "login": login,
        "id": 1,
        "node_id": "U_1",
        "avatar_url": f"{home}.png",
        "gravatar_id": "",
        "url": home,
        "html_url": f"https://github.com/{login}",
        "type": kind,
        "site_admin": False,
        **{f"{name}_url": f"{home}/{name}" for name in urls},
    }


def _repository(full_name: str, base: str) -> Json:
    owner, _, name = full_name.partition("/")
    url = f"{base}/repos/{full_name}"
    shape: dict[str, Any] = {
        "id": 10,
        "node_id": "R_10",
        "name": name,
        "full_name": full_name,
        "owner": user(owner),
        "private": False,
        "fork": False,
        "url": url,
        "default_branch": "main",
        "disabled": False,
        "has_pages": False,
    }
    for field, info in models.Repository.model_fields.items():
        if info.is_required() and field not in shape:
            shape[field] = f"{url}/{field}" if field.endswith("_url") else 0 if info.annotation is int else None
    return shape


def app(number: int) -> Json:
    """An app as it stands in other objects."""
    return {
        "id": number,
        "slug": "github-actions" if number == ACTIONS else f"app-{number}",
        "node_id": "A_1",
        "owner": user("github"),
        "name": "GitHub Actions",
        "description": None,
        "external_url": "https://help.github.com/en/actions",
        "html_url": "https://github.com/apps/github-actions",
        "created_at": NOW,
        "updated_at": NOW,
        "permissions": {"checks": "write"},
        "events": [],
    }


def valid(model: type[BaseModel], shape: Json) -> Json:
    """``shape``, after GitHub's own schema has accepted it: the fake must not answer what GitHub never would."""
    model.model_validate(shape)
    return shape
