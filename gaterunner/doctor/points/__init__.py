"""The points in the order in which they are told: one file each, one line here. Pure.

``tier`` is the tier of protection (docs/github.md) that cannot be reached without it; None is a point beside the tiers.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from gaterunner.doctor.answers import Answer
from gaterunner.doctor.facts import Facts
from gaterunner.doctor.points import (
    actions_approve,
    actions_on,
    always_runs,
    approvals,
    bypass,
    called,
    check_name,
    check_required,
    check_source,
    checkout,
    default_token,
    enforced,
    forks,
    history_kept,
    owners,
    owners_review,
    permissions,
    pinned,
    pull_request,
    runs_start,
    stale_approvals,
    triggers,
    workflow_file,
)


class Point(Struct, frozen=True):
    """One question about a repository, and the function that answers it from the facts."""

    name: str
    title: str
    tier: int | None
    judge: Callable[[Facts], Answer]


POINTS: tuple[Point, ...] = (
    Point("workflow-file", "the workflow file is valid", 1, workflow_file.judge),
    Point("enforced", "the workflow file enforces", 1, enforced.judge),
    Point("called", "a GitHub workflow calls gaterunner", 1, called.judge),
    Point("actions-on", "GitHub Actions is switched on", 1, actions_on.judge),
    Point("triggers", "it starts for everything that is judged", 1, triggers.judge),
    Point("always-runs", "nothing skips or excuses it", 1, always_runs.judge),
    Point("check-required", "the check is required", 1, check_required.judge),
    Point("check-name", "nothing else reports under its name", 1, check_name.judge),
    Point("check-source", "the check counts only from its own app", 1, check_source.judge),
    Point("pull-request", "the branch moves only by pull request", 1, pull_request.judge),
    Point("history-kept", "no force push, no deletion", 1, history_kept.judge),
    Point("bypass", "nobody may ignore the rules", 1, bypass.judge),
    Point("code-owners", "CODEOWNERS covers the guardrails", 2, owners.judge),
    Point("code-owner-review", "owners have to approve", 2, owners_review.judge),
    Point("approvals", "approvals are required", 2, approvals.judge),
    Point("stale-approvals", "a push voids approvals", 2, stale_approvals.judge),
    Point("actions-approve", "Actions may not approve", 2, actions_approve.judge),
    Point("permissions", "the job's token may do little", None, permissions.judge),
    Point("checkout", "the checkout keeps no credentials", None, checkout.judge),
    Point("default-token", "the default token only reads", None, default_token.judge),
    Point("pinned", "actions are pinned", None, pinned.judge),
    Point("runs-start", "pull requests start workflows", None, runs_start.judge),
    Point("forks", "forks and Dependabot get the check", None, forks.judge),
)
