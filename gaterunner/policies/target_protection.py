"""What the forge says about a pull request's target: is it protected, is this check required, who merges.

Part of ``no-merge-to-main``. What the token may not read is told as a notice: it is no proof that something is missing,
and no proof that it is there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from gaterunner.fingerprints import fingerprint
from gaterunner.model import Finding, Severity
from gaterunner.policies.forge import Forge, Protection, PullRequest, UnreadableError

GITHUB_ACTIONS = 15_368
"""The id of the app that GitHub Actions reports checks as, on github.com."""


class Expected(Struct, frozen=True):
    """The check that the target must require; ``source`` is the id of the app that reports it."""

    check: str
    source: int | Literal["any"]


class Seen(Struct, frozen=True):
    """What the forge said about a target: what is wrong, and in a sentence what was seen; empty for nothing."""

    findings: tuple[Finding, ...]
    observed: str = ""


def judge_target(forge: Forge, number: int, expected: Expected, target: str) -> Seen:
    """Judges the target of pull request ``number`` and who merges it.

    Raises ``EvaluationError`` when the forge gives no answer.
    """
    findings: list[Finding] = []
    protection = None
    try:
        protection = forge.protection(target)
    except UnreadableError as error:
        findings.append(_unread(f"how {target} is protected was not told: {error.message}"))
    else:
        findings += [*_of_protection(protection), *_of_check(protection, expected)]
    try:
        findings += _of_auto_merge(forge.pull_request(number), protection)
    except UnreadableError as error:
        findings.append(_unread(f"whether auto-merge is armed was not told: {error.message}"))
    return Seen(tuple(findings), _told(protection) if protection is not None else "")


def _told(found: Protection) -> str:
    if not found.is_protected:
        return f"no protection of {found.branch} was told" if found.unread else f"{found.branch} is not protected"
    approvals = f" with {_approvals(found.approvals)}" if found.approvals else ""
    parts = [f"a pull request{approvals}"] if found.pull_request else []
    parts += [f"{check.name} from {_source(check.source)}" for check in found.checks]
    return f"{found.branch} requires {', '.join(parts)}" if parts else f"{found.branch} is protected"


def _approvals(number: int) -> str:
    return f"{number} approval{'s' if number != 1 else ''}"


def _source(app: int | None) -> str:
    if app == GITHUB_ACTIONS:
        return "GitHub Actions"
    return "anybody" if app is None else f"app {app}"


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
            message=f"the protection of {branch} does not hold {', '.join(map(str, found.bypass))}",
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
    wrong = _source(None if None in sources else sources[0])
    yield _finding(
        "no-merge/check-source",
        f"{found.branch} takes the check {expected.check} from {wrong} and not only from {_source(expected.source)}",
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
        message = f"{armed}; it waits for {_approvals(approvals)}"
        yield Finding(rule="no-merge/auto-merge", severity=Severity.NOTICE, message=message)
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
        fingerprint=fingerprint(rule),
        approvable=severity is Severity.ERROR,
    )


def _unread(message: str) -> Finding:
    return Finding(
        rule="no-merge/unread",
        severity=Severity.NOTICE,
        message=message,
        help="see docs/policies/no-merge-to-main.md for what the token needs",
    )
