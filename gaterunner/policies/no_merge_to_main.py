"""Policy ``no-merge-to-main``: a protected branch is reached only through a pull request.

What can be seen differs by where the run happens. Locally the judged ref must not be a protected branch itself, and no
local protected branch may hold commits that its remote does not (somebody merged by hand). On a push to a protected
branch every commit on the first-parent line must belong to a pull request that was merged into that branch; GitHub is
asked, and where nothing can answer the policy is unproven. On pull requests and in merge queues the target must be an
allowed one; of a pull request GitHub is asked whether the target is protected and requires this check, and who merges.
Merging the protected branch *into* the judged branch is honest work and not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import replace

from gaterunner.errors import EvaluationError
from gaterunner.fingerprints import fingerprint
from gaterunner.model import Change, Event, Finding, Outcome, PolicyResult, Severity
from gaterunner.policies.context import LocalBranch, PolicyContext
from gaterunner.policies.forge import Forge, PullRequest
from gaterunner.policies.levels import Level, levelled
from gaterunner.policies.listing import not_applicable
from gaterunner.policies.target_protection import GITHUB_ACTIONS, Expected, Seen, judge_target, not_asked

NAME = "no-merge-to-main"
RuleName = Literal[
    "on-protected-branch",
    "protected-branch-ahead",
    "target-not-allowed",
    "pushed-without-pull-request",
    "no-merge/unprotected",
    "no-merge/direct-push",
    "no-merge/check-not-required",
    "no-merge/check-source",
    "no-merge/auto-merge",
    "no-merge/bypass",
    "no-merge/unread",
]
MAX_ASKED = 50
"""How many commits of one push are looked up. GitHub's token allows 1,000 requests an hour for a whole repository."""


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``protected``: globs of branches that only pull requests may move. ``targets``: globs of branches that a pull
    request may be merged into; empty means any. ``check`` is the check that a protected target must require, by default
    the one that this run publishes, and ``source`` the id of the app that must report it. ``rules`` says how much a
    rule weighs."""

    protected: tuple[str, ...] = ("main", "master", "release/*")
    targets: tuple[str, ...] = ()
    check: Annotated[str, Meta(min_length=1)] | UnsetType = UNSET
    source: Annotated[int, Meta(ge=1)] | Literal["any"] = GITHUB_ACTIONS
    rules: dict[RuleName, Level] = {}


def evaluate(context: PolicyContext, options: Options) -> PolicyResult:
    """Failed with a finding per broken rule, unproven when a push cannot be traced, otherwise passed."""
    change = context.change
    # A scheduled run on the branch is a push that moved nothing; one that set the branch back did move it.
    moved = not change.is_empty or change.base_tip != change.head
    if change.event is Event.PUSH and moved and _matches(change.branch, options.protected):
        return _evaluate_push(change, context.forge, options)
    seen = _around_the_pull_request(context, options)
    findings = tuple(levelled((*_findings(context, options), *seen.findings), _by_name(options)))
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if not findings and change.is_empty:
        return not_applicable(NAME, "the change is empty", expected=_expected(options))
    return PolicyResult(
        name=NAME,
        outcome=Outcome.FAILED if errors else Outcome.PASSED,
        reason=errors[0].message if errors else "the change reaches no protected branch by itself",
        observed="; ".join(part for part in (_observed(change), seen.observed) if part),
        expected=_expected(options),
        findings=findings,
    )


def _findings(context: PolicyContext, options: Options) -> Iterator[Finding]:
    change = context.change
    if change.event is Event.LOCAL:
        yield from _on_protected_branch(change, options)
        for branch in context.repository.local_branches():
            if _matches(branch.name, options.protected):
                yield from _ahead_of_remote(context, branch)
    elif change.event in (Event.PULL_REQUEST, Event.MERGE_GROUP):
        yield from _target_not_allowed(change, options)


def _around_the_pull_request(context: PolicyContext, options: Options) -> Seen:
    """What GitHub says about a protected target; nothing for other runs and other targets."""
    change = context.change
    if change.event is not Event.PULL_REQUEST or change.is_empty or change.target is None:
        return Seen(())
    if not _matches(change.target, options.protected):
        return Seen(())
    if context.forge is None or context.pull_request is None:
        return Seen((not_asked(),))
    check = options.check if isinstance(options.check, str) else _published_check(context.environment)
    return judge_target(context.forge, context.pull_request, Expected(check, options.source), change.target)


def _published_check(environment: Mapping[str, str]) -> str:
    """The name of the check that this run publishes, as the action's input says."""
    given = (environment.get(name, "").strip() for name in ("INPUT_CHECK-NAME", "INPUT_CHECK_NAME"))
    return next((name for name in given if name), "gaterunner")


def _by_name(options: Options) -> dict[str, Level]:
    return {str(rule): level for rule, level in options.rules.items()}


def _on_protected_branch(change: Change, options: Options) -> Iterator[Finding]:
    if _matches(change.branch, options.protected):
        help = "work on a branch of its own: git switch -c feat/my-change"
        if change.commits:
            back = f"git branch -f {change.branch} origin/{change.branch}"
            help = f"{help}, then set {change.branch} back to its remote with {back}"
        message = f"the judged branch is {change.branch}, which is protected"
        yield _finding("on-protected-branch", message, help, about=change.branch)


def _ahead_of_remote(context: PolicyContext, branch: LocalBranch) -> Iterator[Finding]:
    if branch.remote_sha is None or branch.remote_sha == branch.sha:
        return
    ahead = context.repository.ahead(branch.sha, branch.remote_sha)
    remote = (branch.remote_ref or "").removeprefix("refs/remotes/")
    if ahead:
        yield _finding(
            "protected-branch-ahead",
            f"local {branch.name} holds {ahead} commit{'s' if ahead != 1 else ''} that {remote} does not",
            f"somebody merged or committed by hand; open a pull request instead and set {branch.name} back with "
            f"git branch -f {branch.name} {remote}",
            about=branch.name,
            commit=branch.sha,
        )


def _target_not_allowed(change: Change, options: Options) -> Iterator[Finding]:
    if options.targets and not _matches(change.target, options.targets):
        yield _finding(
            "target-not-allowed",
            f"the pull request's target is {change.target or 'unknown'}",
            f"change the pull request's base to one of: {', '.join(options.targets)}",
            about=change.target,
        )


def _evaluate_push(change: Change, forge: Forge | None, options: Options) -> PolicyResult:
    branch = change.branch or ""
    moved = first_parents(change)
    result = PolicyResult(
        name=NAME,
        outcome=Outcome.PASSED,
        reason="every pushed commit came from a merged pull request",
        observed=f"push of {len(moved)} first-parent commits to {branch}",
        expected=f"{branch} moves only by merging a pull request",
    )
    unproven = _why_unproven(moved, forge, branch)
    if unproven or forge is None:
        return replace(result, outcome=Outcome.UNPROVEN, reason=unproven)
    findings = []
    for sha in moved:
        try:
            pull_requests = forge.pull_requests_of(sha)
        except EvaluationError as error:
            return replace(result, outcome=Outcome.ERRORED, reason=error.message)
        if not any(_merged_into(pull_request, branch) for pull_request in pull_requests):
            findings.append(
                _finding(
                    "pushed-without-pull-request",
                    f"commit {sha[:12]} was pushed to {branch} without a merged pull request",
                    f"revert it on {branch} through a pull request, and protect {branch} with a ruleset",
                    about=sha,
                    commit=sha,
                )
            )
    told = tuple(levelled(findings, _by_name(options)))
    if any(finding.severity is Severity.ERROR for finding in told):
        return replace(result, outcome=Outcome.FAILED, reason=told[0].message, findings=told)
    return replace(result, findings=told)


def _why_unproven(moved: tuple[str, ...], forge: Forge | None, branch: str) -> str:
    if forge is None:
        return f"nothing here can tell how {branch} was moved: no token that may read pull requests"
    if not moved:
        return f"the push moved {branch} without adding a commit (it was set back or created)"
    if len(moved) > MAX_ASKED:
        return f"the push holds {len(moved)} first-parent commits; at most {MAX_ASKED} are looked up"
    return ""


def first_parents(change: Change) -> tuple[str, ...]:
    """The commits of the change on the first-parent line from its head, newest first."""
    by_sha = {commit.sha: commit for commit in change.commits}
    line = []
    sha = change.head
    while sha in by_sha:
        line.append(sha)
        parents = by_sha[sha].parents
        sha = parents[0] if parents else ""
    return tuple(line)


def _merged_into(pull_request: PullRequest, branch: str) -> bool:
    return pull_request.merged and pull_request.target == branch


def _matches(name: str | None, patterns: tuple[str, ...]) -> bool:
    # Loaded here: most commands never look at a policy, and the import is not free.
    from wcmatch import glob

    flags = glob.GLOBSTAR | glob.CASE | glob.FORCEUNIX | glob.BRACE | glob.DOTGLOB
    return name is not None and any(glob.globmatch(name, pattern, flags=flags) for pattern in patterns)


def _observed(change: Change) -> str:
    where = {
        Event.LOCAL: f"local branch {change.branch}" if change.branch else "a detached HEAD",
        Event.PULL_REQUEST: f"pull request from {change.branch} into {change.target}",
        Event.MERGE_GROUP: f"merge queue of {change.target}",
        Event.PUSH: f"push to {change.branch}",
    }
    return where[change.event]


def _expected(options: Options) -> str:
    targets = f", and only into {', '.join(options.targets)}" if options.targets else ""
    return f"{', '.join(options.protected)} reached only through a pull request{targets}"


def _finding(rule: RuleName, message: str, help: str, *, about: str | None, commit: str | None = None) -> Finding:
    """An error; ``about`` is the branch or commit that makes it the same finding in the next run."""
    name = fingerprint(rule, str(about))
    return Finding(rule=rule, severity=Severity.ERROR, message=message, help=help, commit=commit, fingerprint=name)
