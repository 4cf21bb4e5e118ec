"""The rules of ``reversible-rollout`` and how a finding of one is made."""

from __future__ import annotations

from typing import Literal, get_args

from gaterunner import fingerprints
from gaterunner.model import Finding, Severity

RuleName = Literal[
    "manifest-unreadable",
    "no-manifest",
    "no-flag",
    "flag-missing",
    "flag-not-boolean",
    "flag-on",
    "flag-targeted",
    "flag-unused",
    "flag-without-owner",
    "flag-without-end",
    "flag-expired",
    "flag-undeclared",
    "flag-removed",
    "default-flipped",
    "not-both-ways",
    "dark-ratio",
    "no-plan",
    "not-rehearsed",
]
RULES: tuple[RuleName, ...] = get_args(RuleName)


def found(
    rule: RuleName,
    message: str,
    help: str,
    *,
    key: str,
    path: str | None = None,
    line: int | None = None,
    severity: Severity = Severity.ERROR,
    approvable: bool = True,
) -> Finding:
    """A finding; ``key`` tells it from others of its rule, and is no place, which moves when others are added."""
    return Finding(
        rule=f"rollout/{rule}",
        severity=severity,
        message=message,
        path=path,
        line=line,
        help=help,
        fingerprint=fingerprints.fingerprint(f"rollout/{rule}", path or "", key),
        approvable=approvable,
    )
