"""The fake's answers about deployments: the newest first, each with its statuses, the newest first as well."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from githubkit_schemas.v2026_03_10 import models

from tests.fake_github import shapes
from tests.fake_github.exchange import Reply, Request, page_of
from tests.fake_github.shapes import valid
from tests.fake_github.stage_state import Deployment
from tests.fake_github.state import FakeRepository, Json

if TYPE_CHECKING:
    from tests.fake_github.server import FakeGitHub


def listed(fake: FakeGitHub, repository: FakeRepository, request: Request, match: re.Match[str]) -> Reply:
    wanted = request.query.get("environment")
    numbered = [
        (number, each)
        for number, each in enumerate(repository.deployments, start=1)
        if wanted in (None, each.environment)
    ]
    page, more = page_of(numbered[::-1], request)
    root = f"{fake.url}/repos/{repository.full_name}"
    return Reply(200, [_deployment(each, number, root) for number, each in page], next_page=more)


def statuses(fake: FakeGitHub, repository: FakeRepository, request: Request, match: re.Match[str]) -> Reply:
    number = int(match["id"])
    if not 1 <= number <= len(repository.deployments):
        return Reply(404, shapes.error("Not Found"))
    page, more = page_of(list(enumerate(repository.deployments[number - 1].statuses, start=1))[::-1], request)
    root = f"{fake.url}/repos/{repository.full_name}"
    return Reply(200, [_status(number, each, state, at, root) for each, (state, at) in page], next_page=more)


def _deployment(told: Deployment, number: int, root: str) -> Json:
    url = f"{root}/deployments/{number}"
    return valid(
        models.Deployment,
        {
            "url": url,
            "id": number,
            "node_id": f"DE_{number}",
            "sha": told.sha,
            "ref": "feat/x",
            "task": "deploy",
            "payload": {},
            "environment": told.environment,
            "description": None,
            "creator": None,
            "created_at": "2025-06-16T08:00:00Z",
            "updated_at": "2025-06-16T08:00:00Z",
            "statuses_url": f"{url}/statuses",
            "repository_url": root,
        },
    )


def _status(deployment: int, number: int, state: str, at: str, root: str) -> Json:
    url = f"{root}/deployments/{deployment}"
    return valid(
        models.DeploymentStatus,
        {
            "url": f"{url}/statuses/{number}",
            "id": number,
            "node_id": f"DS_{number}",
            "state": state,
            "creator": None,
            "description": "",
            "environment": "staging",
            "target_url": "",
            "created_at": at,
            "updated_at": at,
            "deployment_url": url,
            "repository_url": root,
        },
    )
