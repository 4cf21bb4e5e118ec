"""What the forge says about a pull request's target: is it protected, is this check required, who merges.

Part of ``no-merge-to-main``. What the token may not read is told as a notice: it is no proof that something is missing,
and no proof that it is there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from gaterunner.model import Finding, Severity
from gaterunner.policies.forge import Forge, Protection, PullRequest, UnreadableError

GITHUB_ACTIONS = 15_368
"""The id of the app that GitHub Actions reports checks as, on github.com."""


class Expected(Struct, frozen=True):
    """The check that the target must require; ``source`` is the id of the app that reports it."""

    check: str
    source: int | Literal["any"]


def judge_target(forge: Forge, number: int, expected: Expected, target: str | None) -> Iterator[Finding]:
    """What is wrong with a pull request's surroundings; ``target`` is None for a branch that need not be protected.

    Raises ``EvaluationError`` when the forge gives no answer.
    """
    protection = None
    if target is not None:
        try:
            protection = forge.protection(target)
        except UnreadableError as error:
            yield _unread(f"how {target} is protected was not told: {error.message}")
    if protection is not None:
        yield from _of_protection(protection)
        yield from _of_check(protection, expected)
    try:
        pull_request = forge.pull_request(number)
    except UnreadableError as error:
        yield _unread(f"whether auto-merge is armed was not told: {error.message}")
        return
    yield from _of_auto_merge(pull_request, protection)


def not_asked() -> Finding:
    """For a run that has no token."""
    return _unread("nothing was asked about the target's protection and auto-merge: there is no token")


def _of_protection(found: Protection) -> Iterator[Finding]:
    branch = found.branch
    for what in found.unread:
        yield _unread(f"the token may not read {what} of {branch}")
    if not found.is_protected and not found.unread:
        yield _finding(
            "no-merge/unprotected",
            f"{branch} is not protected: nothing keeps anybody from pushing to it",
            f"add a ruleset for {branch} that requires pull requests and this check",
        )
    elif not found.pull_request and not found.unread:
        yield _finding(
            "no-merge/direct-push",
            f"the protection of {branch} does not require a pull request",
            "add *Require a pull request before merging* to its ruleset",
        )
    if found.bypass:
        yield Finding(
            rule="no-merge/bypass",
            severity=Severity.NOTICE,
            message=f"the protection of {branch} does not hold {', '.join(found.bypass)}",
            help="no account that an agent uses should be among them",
        )


def _of_check(found: Protection, expected: Expected) -> Iterator[Finding]:
    sources = [check.source for check in found.checks if check.name == expected.check]
    if not sources:
        if found.is_protected and not found.unread:
            yield _finding(
                "no-merge/check-not-required",
                f"{found.branch} does not require the check {expected.check}, so a red one does not block the merge",
                f"require {expected.check} in its ruleset, or name the check that is required: `check: NAME`",
            )
        return
    if expected.source == "any" or expected.source in sources:
        return
    wrong = "anybody" if None in sources else f"app {sources[0]}"
    yield _finding(
        "no-merge/check-source",
        f"{found.branch} takes the check {expected.check} from {wrong} and not only from app {expected.source}",
        "choose the source of the required check in the ruleset (*GitHub Actions* is app 15368), or set `source`",
    )


def _of_auto_merge(found: PullRequest, protection: Protection | None) -> Iterator[Finding]:
    by = found.auto_merge_by
    if by is None or found.author is None or by.casefold() != found.author.casefold():
        return
    approvals = protection.approvals if protection is not None else 0
    unknown = protection is None or bool(protection.unread)
    armed = f"auto-merge was armed by {by}, who opened the pull request"
    help = "let somebody else arm it, or require an approval in the target's ruleset"
    if approvals:
        needs = f"{approvals} approval{'s' if approvals != 1 else ''}"
        yield Finding(rule="no-merge/auto-merge", severity=Severity.NOTICE, message=f"{armed}; it waits for {needs}")
    elif unknown:
        message = f"{armed}; whether {found.target} requires an approval was not told"
        yield _finding("no-merge/auto-merge", message, help)
    else:
        message = f"{armed}, and {found.target} requires no approval: nobody else decides"
        yield _finding("no-merge/auto-merge", message, help, severity=Severity.ERROR)


def _finding(rule: str, message: str, help: str, *, severity: Severity = Severity.WARNING) -> Finding:
    return Finding(
        rule=rule,
        severity=severity,
        message=message,
        help=help,
        fingerprint=hashlib.sha256(rule.encode()).hexdigest()[:32],
        approvable=severity is Severity.ERROR,
    )


def _unread(message: str) -> Finding:
    return Finding(
        rule="no-merge/unread",
        severity=Severity.NOTICE,
        message=message,
        help="see docs/policies/no-merge-to-main.md for what the token needs",
    )
