"""Reviews, commits, permissions, rules and statuses as GitHub's JSON, each accepted by the published schema."""

from __future__ import annotations

from githubkit_schemas.v2026_03_10 import models
from pydantic import TypeAdapter

from tests.fake_github.shapes import user, valid
from tests.fake_github.state import NOW, Branch, FakeRepository, Json, Pull, Reviewed, Status

# The rules that a branch can have, as `GET /rules/branches/{branch}` gives them.
_RULE: TypeAdapter[object] = TypeAdapter(
    models.RepositoryRuleDetailedOneof0
    | models.RepositoryRuleDetailedOneof1
    | models.RepositoryRuleDetailedOneof2
    | models.RepositoryRuleDetailedOneof3
    | models.RepositoryRuleDetailedOneof4
    | models.RepositoryRuleDetailedOneof6
    | models.RepositoryRuleDetailedOneof7
    | models.RepositoryRuleDetailedOneof8
    | models.RepositoryRuleDetailedOneof9
    | models.RepositoryRuleDetailedOneof15
)
_SWITCHES = ("required_linear_history", "allow_force_pushes", "allow_deletions", "block_creations")


def review(repository: FakeRepository, pull: Pull, number: int, said: Reviewed) -> Json:
    web = f"https://github.com/{repository.full_name}/pull/{pull.number}"
    shape = {
        "id": 8_000 + number,
        "node_id": f"PRR_{number}",
        "user": user(said.author, said.kind) if said.author else None,
        "body": said.body,
        "state": said.state,
        "html_url": f"{web}#pullrequestreview-{8_000 + number}",
        "pull_request_url": web,
        "_links": {"html": {"href": web}, "pull_request": {"href": web}},
        "commit_id": said.commit or pull.head,
        "author_association": "MEMBER",
    }
    # One that was not sent yet has no such time.
    return valid(models.PullRequestReview, {**shape, "submitted_at": said.submitted} if said.submitted else shape)


def review_edits(repository: FakeRepository, pull: Pull, number: int, said: Reviewed) -> Json:
    """A review in GraphQL's words; an account that is gone is null there."""
    edits = [{"editor": {"login": each} if each else None} for each in said.editors]
    return {
        "url": review(repository, pull, number, said)["html_url"],
        "author": {"login": said.author} if said.author else None,
        "userContentEdits": {"totalCount": len(edits), "nodes": edits[:100]},
    }


def pull_commit(repository: FakeRepository, pull: Pull, sha: str, base: str) -> Json:
    url = f"{base}/repos/{repository.full_name}/commits/{sha}"
    author, committer = pull.wrote.get(sha, (pull.author, pull.author))
    person = {"name": "Octo", "email": "octo@example.com", "date": NOW}
    return valid(
        models.Commit,
        {
            "url": url,
            "sha": sha,
            "node_id": f"C_{sha}",
            "html_url": f"https://github.com/{repository.full_name}/commit/{sha}",
            "comments_url": f"{url}/comments",
            "commit": {
                "url": url,
                "author": person,
                "committer": person,
                "message": "Work",
                "comment_count": 0,
                "tree": {"sha": sha, "url": url},
            },
            "author": user(author) if author else None,
            "committer": user(committer) if committer else None,
            "parents": [{"sha": pull.base, "url": url}],
        },
    )


def permission(login: str, role: str) -> Json:
    """The two finer roles are folded into the older ones, as GitHub does."""
    coarse = {"maintain": "write", "triage": "read"}.get(role, role)
    shape = {"permission": coarse, "role_name": role, "user": {**user(login), "role_name": role}}
    return valid(models.RepositoryCollaboratorPermission, shape)


def rule(declared: Json) -> Json:
    _RULE.validate_python(declared)
    return declared


def ruleset(repository: FakeRepository, number: int, bypass: list[Json] | None) -> Json:
    shape = {
        "id": number,
        "name": f"ruleset-{number}",
        "target": "branch",
        "source_type": "Repository",
        "source": repository.full_name,
        "enforcement": "active",
    }
    # Left out for everybody who may not edit the ruleset.
    return valid(models.RepositoryRuleset, {**shape, "bypass_actors": bypass} if bypass is not None else shape)


def branch(repository: FakeRepository, found: Branch, base: str) -> Json:
    url = f"{base}/repos/{repository.full_name}/branches/{found.name}"
    pull = Pull(number=0, head=found.tip)
    required = found.required or {}
    return valid(
        models.BranchWithProtection,
        {
            "name": found.name,
            "commit": pull_commit(repository, pull, found.tip, base),
            "_links": {"html": url, "self": url},
            "protected": found.required is not None or bool(found.rules),
            "protection": {
                "enabled": found.required is not None,
                "required_status_checks": {
                    "enforcement_level": "non_admins" if required else "off",
                    "contexts": list(required),
                    "checks": [{"context": name, "app_id": app} for name, app in required.items()],
                },
            },
            "protection_url": f"{url}/protection",
        },
    )


def classic_protection(found: Branch, base: str) -> Json:
    switches = {name: {"enabled": False} for name in _SWITCHES}
    enforced = {"url": f"{base}/enforce_admins", "enabled": False}
    return valid(models.BranchProtection, {**switches, "enforce_admins": enforced, **found.classic})


def commit_status(repository: FakeRepository, sha: str, told: Status, number: int, base: str) -> Json:
    """One status by itself, as it is answered to who made it."""
    return valid(
        models.Status,
        {
            "url": f"{base}/repos/{repository.full_name}/statuses/{sha}",
            "avatar_url": None,
            "id": number,
            "node_id": f"SC_{number}",
            "state": told.state,
            "description": told.description,
            "target_url": told.target_url,
            "context": told.context,
            "created_at": NOW,
            "updated_at": NOW,
            "creator": user("octocat"),
        },
    )


def combined_status(repository: FakeRepository, sha: str, rows: list[Status], total: int, base: str) -> Json:
    url = f"{base}/repos/{repository.full_name}/statuses/{sha}"
    shapes = [
        valid(
            models.SimpleCommitStatus,
            {
                "description": each.description,
                "id": number,
                "node_id": f"SC_{number}",
                "state": each.state,
                "context": each.context,
                "target_url": each.target_url,
                "avatar_url": None,
                "url": url,
                "created_at": NOW,
                "updated_at": NOW,
            },
        )
        for number, each in enumerate(rows)
    ]
    home = f"{base}/repos/{repository.full_name}"
    minimal = {
        "id": 10,
        "node_id": "R_10",
        "name": repository.full_name.partition("/")[2],
        "full_name": repository.full_name,
        "owner": user(repository.full_name.partition("/")[0]),
        "private": False,
        "description": None,
        "fork": False,
        "url": home,
        "html_url": f"https://github.com/{repository.full_name}",
    }
    for name, info in models.MinimalRepository.model_fields.items():
        if info.is_required() and name not in minimal:
            minimal[name] = f"{home}/{name}"
    # GitHub says pending where there is no status at all.
    state = "pending" if not rows else "success" if all(each.state == "success" for each in rows) else "failure"
    return valid(
        models.CombinedCommitStatus,
        {
            "state": state,
            "statuses": shapes,
            "sha": sha,
            "total_count": total,
            "repository": minimal,
            "commit_url": f"{home}/commits/{sha}",
            "url": url,
        },
    )
