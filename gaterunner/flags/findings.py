"""The rules of ``reversible-rollout`` and how a finding of one is made."""

from __future__ import annotations

from typing import Literal, Unpack, get_args

from gaterunner.keyed_findings import Details, keyed
from gaterunner.model import Finding

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


def found(rule: RuleName, message: str, help: str, *, key: str, **details: Unpack[Details]) -> Finding:
    """A finding, which an approving review lets through unless it says otherwise; ``key`` as ``keyed`` has it."""
    details.setdefault("approvable", True)
    return keyed(f"rollout/{rule}", message, help, key=key, **details)
