"""What is read from GitHub's environment and payload, and what a user is told when it does not fit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gaterunner.errors import EvaluationError, UsageError
from gaterunner.github.events import GitHubEvent, read_event

HEAD, BASE, MERGE = "a" * 40, "b" * 40, "c" * 40
REPOSITORY = {"full_name": "octo/shop", "default_branch": "main"}


def environment(name: str, ref: str = "refs/heads/feat/x") -> dict[str, str]:
    return {
        "GITHUB_EVENT_NAME": name,
        "GITHUB_EVENT_PATH": "/github/workflow/event.json",
        "GITHUB_REPOSITORY": "octo/shop",
        "GITHUB_SHA": MERGE,
        "GITHUB_REF": ref,
        "GITHUB_ACTOR": "someone",
        "GITHUB_RUN_ID": "42",
        "GITHUB_RUN_ATTEMPT": "2",
        "GITHUB_SERVER_URL": "https://forge.example",
        "GITHUB_API_URL": "https://forge.example/api/v3",
    }


def read(name: str, payload: Any, ref: str = "refs/heads/feat/x") -> GitHubEvent:
    return read_event(environment(name, ref), lambda _: json.dumps(payload).encode())


def pull_request(head_repo: dict[str, str] | None) -> dict[str, Any]:
    return {
        "action": "synchronize",
        "pull_request": {
            "number": 7,
            "user": {"login": "author"},
            "head": {"ref": "feat/x", "sha": HEAD, "repo": head_repo},
            "base": {"ref": "main", "sha": BASE, "repo": REPOSITORY},
        },
        "repository": REPOSITORY,
    }


def test_a_pull_request_is_judged_at_its_head() -> None:
    event = read("pull_request", pull_request(REPOSITORY), ref="refs/pull/7/merge")
    assert (event.number, event.head_sha, event.sha) == (7, HEAD, MERGE)
    assert (event.head_branch, event.base_branch, event.base_sha) == ("feat/x", "main", BASE)
    assert (event.author, event.actor, event.default_branch) == ("author", "someone", "main")
    assert (event.run_id, event.run_attempt) == ("42", 2)
    assert (event.server_url, event.api_url) == ("https://forge.example", "https://forge.example/api/v3")
    assert not event.policies_only


@pytest.mark.parametrize("head_repo", [{"full_name": "other/shop"}, None], ids=["another repository", "a deleted one"])
def test_a_pull_request_from_elsewhere_is_read_like_any_other(head_repo: dict[str, str] | None) -> None:
    assert read("pull_request", pull_request(head_repo)).head_sha == HEAD


def test_a_review_is_of_a_pull_request_and_judges_it_anew() -> None:
    payload = {**pull_request(REPOSITORY), "action": "submitted", "review": {"id": 80, "state": "approved"}}
    reviewed = read("pull_request_review", payload, ref="refs/pull/7/merge")
    assert (reviewed.is_pull_request, reviewed.policies_only) == (True, False)
    assert (reviewed.number, reviewed.head_sha, reviewed.base_branch) == (7, HEAD, "main")


def test_with_secrets_at_hand_only_policies_may_run() -> None:
    assert read("pull_request_target", pull_request(REPOSITORY)).policies_only


def test_a_push_tells_what_was_there_before() -> None:
    payload = {"ref": "refs/heads/feat/x", "before": BASE, "after": HEAD, "forced": True, "repository": REPOSITORY}
    event = read("push", payload)
    assert (event.before, event.head_sha, event.head_branch, event.forced) == (BASE, HEAD, "feat/x", True)


def test_a_push_of_a_new_branch_had_nothing_before() -> None:
    payload = {"ref": "refs/heads/feat/x", "before": "0" * 40, "after": HEAD, "repository": REPOSITORY}
    assert read("push", payload).before is None


def test_a_push_of_a_tag_is_of_no_branch() -> None:
    payload = {"ref": "refs/tags/v1", "before": "0" * 40, "after": HEAD, "repository": REPOSITORY}
    assert read("push", payload, ref="refs/tags/v1").head_branch is None


def test_a_push_that_deletes_a_branch_is_refused() -> None:
    payload = {
        "ref": "refs/heads/x",
        "before": HEAD,
        "after": "0" * 40,
        "deleted": True,
        "repository": REPOSITORY,
    }
    with pytest.raises(UsageError, match="this push deletes refs/heads/x") as caught:
        read("push", payload)
    assert "github.event.deleted" in str(caught.value.help)


def test_a_merge_group_names_its_target() -> None:
    group = {
        "head_sha": HEAD,
        "head_ref": "refs/heads/gh-readonly-queue/main/pr-7",
        "base_sha": BASE,
        "base_ref": "refs/heads/main",
    }
    event = read("merge_group", {"merge_group": group, "repository": REPOSITORY})
    assert (event.head_sha, event.base_branch, event.head_branch) == (HEAD, "main", "gh-readonly-queue/main/pr-7")


@pytest.mark.parametrize(
    ("name", "payload"), [("workflow_dispatch", {"repository": REPOSITORY}), ("schedule", {"schedule": "0 3 * * *"})]
)
def test_a_run_without_a_change_of_its_own_is_of_its_branch(name: str, payload: dict[str, Any]) -> None:
    event = read(name, payload)
    assert (event.head_sha, event.head_branch, event.before) == (MERGE, "feat/x", None)


def test_another_event_is_refused_with_the_ones_that_work() -> None:
    with pytest.raises(UsageError, match="the event issue_comment holds no change that could be judged") as caught:
        read("issue_comment", {})
    assert caught.value.help == (
        "start the workflow on one of: "
        "pull_request, pull_request_review, pull_request_target, push, merge_group, workflow_dispatch, schedule, "
        "deployment_status"
    )


def test_a_missing_payload_file_is_told() -> None:
    def missing(path: Path) -> bytes:
        raise FileNotFoundError(2, "No such file or directory")

    with pytest.raises(
        EvaluationError, match=r"payload of the push event cannot be read: /github/workflow/event\.json: No such file"
    ):
        read_event(environment("push"), missing)


@pytest.mark.parametrize(
    ("payload", "told"),
    [
        (b"{", "Input data was truncated"),
        (b"[]", "Expected `object`, got `array`"),
        (b'{"repository": {"full_name": "octo/shop"}}', "missing required field `pull_request`"),
        (b"\xff", "malformed"),
    ],
    ids=["cut off", "a list", "a key missing", "not text"],
)
def test_a_payload_that_does_not_fit_is_told(payload: bytes, told: str) -> None:
    with pytest.raises(EvaluationError, match="is not what GitHub documents") as caught:
        read_event(environment("pull_request"), lambda _: payload)
    assert told in caught.value.message


@pytest.mark.parametrize(
    "variable", ["GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH", "GITHUB_SHA", "GITHUB_REPOSITORY", "GITHUB_REF"]
)
def test_a_missing_variable_is_named(variable: str) -> None:
    env = {name: value for name, value in environment("push").items() if name != variable}
    with pytest.raises(UsageError, match=f"{variable} is not set"):
        read_event(env, lambda _: b"{}")


@pytest.mark.parametrize(("ref", "branch"), [("refs/heads/feat/x", "feat/x"), ("refs/tags/v1", None), ("", None)])
def test_a_deployment_is_about_the_commit_that_was_deployed(ref: str, branch: str | None) -> None:
    payload = {"deployment": {"sha": "d" * 40}, "repository": {"full_name": "octo/example", "default_branch": "main"}}
    event = read("deployment_status", payload, ref)
    assert (event.head_sha, event.head_branch, event.default_branch) == ("d" * 40, branch, "main")
