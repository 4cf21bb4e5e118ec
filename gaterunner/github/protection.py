"""What holds a branch: the rules of its rulesets and its classic protection, as far as the token may read them.

Rules and the outline of a classic protection are told to everybody who may read the repository. Who may bypass a
ruleset, and the rest of a classic protection, only to administrators.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import TypeVar

import msgspec
from msgspec import Struct

from gaterunner.github.api import RepositoryApi, listed, part
from gaterunner.github.errors import GitHubError, NotPermittedError
from gaterunner.github.transport import Deadline
from gaterunner.policies.forge import Bypass, Protection, RequiredCheck, RequiredWorkflow

T = TypeVar("T")

_READ_CONTENTS = "give the job `permissions: contents: read`"
_UNREADABLE = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
# The numbers are those of https://docs.github.com/rest/repos/rules#create-a-repository-ruleset.
_ROLES = {2: "maintain", 4: "write", 5: "admin"}


class _RuleCheck(Struct, frozen=True):
    context: str
    integration_id: int | None = None


class _StatusChecks(Struct, frozen=True):
    required_status_checks: list[_RuleCheck]


class _Reviews(Struct, frozen=True):
    required_approving_review_count: int
    dismiss_stale_reviews_on_push: bool
    require_code_owner_review: bool


class _RuleWorkflow(Struct, frozen=True):
    path: str
    repository_id: int
    sha: str | None = None
    ref: str | None = None


class _RuleWorkflows(Struct, frozen=True):
    workflows: list[_RuleWorkflow]


class _Rule(Struct, frozen=True):
    """``parameters`` differ with ``type``; only those that are looked at are decoded."""

    type: str
    parameters: msgspec.Raw = msgspec.Raw(b"{}")
    ruleset_id: int | None = None


class _Actor(Struct, frozen=True):
    actor_type: str
    actor_id: int | None = None
    bypass_mode: str = "always"


class _Ruleset(Struct, frozen=True):
    name: str
    bypass_actors: list[_Actor] | None = None


class _ClassicCheck(Struct, frozen=True):
    context: str
    app_id: int | None = None


class _ClassicChecks(Struct, frozen=True):
    checks: list[_ClassicCheck] = []


class _Outline(Struct, frozen=True):
    enabled: bool = False
    required_status_checks: _ClassicChecks | None = None


class _Branch(Struct, frozen=True):
    name: str
    protected: bool
    protection: _Outline = _Outline()


class _Switch(Struct, frozen=True):
    enabled: bool = False


class _Someone(Struct, frozen=True):
    """A user has a login, a team or an app a slug."""

    login: str = ""
    slug: str = ""


class _Allowances(Struct, frozen=True):
    users: list[_Someone] = []
    teams: list[_Someone] = []
    apps: list[_Someone] = []


class _ClassicReviews(Struct, frozen=True):
    dismiss_stale_reviews: bool
    require_code_owner_reviews: bool
    required_approving_review_count: int = 0
    bypass_pull_request_allowances: _Allowances = _Allowances()


class _Classic(Struct, frozen=True):
    required_pull_request_reviews: _ClassicReviews | None = None
    enforce_admins: _Switch = _Switch()
    allow_force_pushes: _Switch = _Switch()
    allow_deletions: _Switch = _Switch()


def read_protection(api: RepositoryApi, branch: str) -> Protection:
    """The rules of rulesets and classic protection together.

    Raises ``NotPermittedError`` where there is no such branch, or none that the token may see: GitHub does not say.
    """
    deadline = api.deadline()
    name = part(branch)
    try:
        found = api.get(f"/branches/{name}", _Branch, deadline=deadline)
    except GitHubError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            raise NotPermittedError(error.message, status=error.status, help=_READ_CONTENTS) from error
        raise
    unread: list[str] = []
    rules = _readable(lambda: _rules(api, name, deadline), "the rules of rulesets", unread) or ()
    classic = None
    if found.protection.enabled:
        classic = _readable(
            lambda: api.get(f"/branches/{name}/protection", _Classic, deadline=deadline),
            "the classic branch protection beyond its required checks",
            unread,
        )
    protection = _held_by_rules(branch, rules)
    if found.protection.enabled:
        protection = _with_classic(protection, found.protection, classic)
    hidden: list[str] = []
    bypass = _bypass(api, rules, deadline, hidden)
    bypass += _classic_bypass(classic) if classic is not None else ()
    return msgspec.structs.replace(
        protection,
        is_protected=bool(rules) or found.protected or found.protection.enabled,
        bypass=None if unread or hidden else tuple(bypass),
        unread=tuple(unread),
    )


def _readable(read: Callable[[], T], what: str, unread: list[str]) -> T | None:
    """What ``read`` gives; None, with ``what`` noted in ``unread``, where the token may not have it."""
    try:
        return read()
    except GitHubError as error:
        if error.status not in _UNREADABLE:
            raise
        unread.append(what)
        return None


def _rules(api: RepositoryApi, name: str, deadline: Deadline) -> tuple[_Rule, ...]:
    return tuple(api.pages(f"/rules/branches/{name}", list[_Rule], listed, deadline=deadline))


def _held_by_rules(branch: str, rules: tuple[_Rule, ...]) -> Protection:
    kinds = {rule.type for rule in rules}
    reviews = [_parameters(rule, _Reviews) for rule in rules if rule.type == "pull_request"]
    checks = [_parameters(rule, _StatusChecks) for rule in rules if rule.type == "required_status_checks"]
    workflows = [_parameters(rule, _RuleWorkflows) for rule in rules if rule.type == "workflows"]
    return Protection(
        branch=branch,
        is_protected=bool(rules),
        # A merge queue takes nothing but pull requests.
        pull_request=bool(kinds & {"pull_request", "merge_queue"}),
        approvals=max((each.required_approving_review_count for each in reviews), default=0),
        dismiss_stale=any(each.dismiss_stale_reviews_on_push for each in reviews),
        code_owners=any(each.require_code_owner_review for each in reviews),
        force_push_blocked="non_fast_forward" in kinds,
        deletion_blocked="deletion" in kinds,
        merge_queue="merge_queue" in kinds,
        workflows=tuple(
            RequiredWorkflow(
                path=workflow.path, repository=workflow.repository_id, commit=workflow.sha, ref=workflow.ref
            )
            for each in workflows
            for workflow in each.workflows
        ),
        checks=_distinct(
            RequiredCheck(name=check.context, source=check.integration_id)
            for each in checks
            for check in each.required_status_checks
        ),
    )


def _parameters(rule: _Rule, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(rule.parameters, type=kind)
    except msgspec.DecodeError as error:
        raise GitHubError(f"a rule {rule.type!r} of a ruleset is not what GitHub documents: {error}") from error


def _with_classic(held: Protection, outline: _Outline, classic: _Classic | None) -> Protection:
    checks = outline.required_status_checks.checks if outline.required_status_checks else []
    required = [RequiredCheck(name=check.context, source=_app(check.app_id)) for check in checks]
    held = msgspec.structs.replace(held, checks=_distinct((*held.checks, *required)))
    if classic is None:
        return held
    reviews = classic.required_pull_request_reviews
    if reviews is not None:
        held = msgspec.structs.replace(
            held,
            pull_request=True,
            approvals=max(held.approvals, reviews.required_approving_review_count),
            dismiss_stale=held.dismiss_stale or reviews.dismiss_stale_reviews,
            code_owners=held.code_owners or reviews.require_code_owner_reviews,
        )
    return msgspec.structs.replace(
        held,
        force_push_blocked=held.force_push_blocked or not classic.allow_force_pushes.enabled,
        deletion_blocked=held.deletion_blocked or not classic.allow_deletions.enabled,
    )


def _app(number: int | None) -> int | None:
    # -1 is the older way to say that any source will do.
    return None if number in (None, -1) else number


def _distinct(checks: Iterable[RequiredCheck]) -> tuple[RequiredCheck, ...]:
    return tuple(dict.fromkeys(checks))


def _bypass(api: RepositoryApi, rules: tuple[_Rule, ...], deadline: Deadline, hidden: list[str]) -> list[Bypass]:
    """Who may ignore a ruleset that holds the branch; GitHub leaves the list out for who may not edit the ruleset."""
    names: list[Bypass] = []
    for number in dict.fromkeys(rule.ruleset_id for rule in rules if rule.ruleset_id is not None):
        what = f"who may bypass the ruleset {number}"
        ruleset = _readable(lambda: api.get(f"/rulesets/{number}", _Ruleset, deadline=deadline), what, hidden)  # noqa: B023  called at once
        if ruleset is not None and ruleset.bypass_actors is None:
            hidden.append(what)
        names += [_actor(each, ruleset) for each in (ruleset.bypass_actors or ())] if ruleset else []
    return names


def _classic_bypass(classic: _Classic) -> list[Bypass]:
    reviews = classic.required_pull_request_reviews
    allowed = reviews.bypass_pull_request_allowances if reviews is not None else _Allowances()
    names = [] if classic.enforce_admins.enabled else ["administrators"]
    names += [f"user {each.login}" for each in allowed.users]
    names += [f"team {each.slug}" for each in allowed.teams]
    names += [f"app {each.slug}" for each in allowed.apps]
    return [Bypass(who=name, by="classic branch protection") for name in names]


def _actor(actor: _Actor, ruleset: _Ruleset) -> Bypass:
    role = _ROLES.get(actor.actor_id or 0) if actor.actor_type == "RepositoryRole" else None
    who = f"role {role}" if role else f"{actor.actor_type} {actor.actor_id}" if actor.actor_id else actor.actor_type
    return Bypass(
        who=who,
        by=f"{actor.bypass_mode}, ruleset {ruleset.name}",
        only_pull_requests=actor.bypass_mode == "pull_request",
    )
