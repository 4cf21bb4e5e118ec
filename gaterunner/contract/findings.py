"""The rules about specs, and how their findings are worded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Unpack, get_args

from gaterunner.keyed_findings import Details, keyed
from gaterunner.model import Finding, Severity

if TYPE_CHECKING:  # the types of options are decoded with every workflow file, and need none of it
    from gaterunner.config.types import Position
    from gaterunner.contract.held import Held

RuleName = Literal[
    "no-phase",
    "several-phases",
    "missing",
    "unreadable",
    "changed",
    "outside-touchpoints",
    "forbidden-path",
    "non-goal",
    "matches-nothing",
    "objective-unproven",
    "objective-failed",
    "must-pass-unproven",
    "must-pass-failed",
    "too-few-tests",
    "new-tests-unproven",
    "test-removed",
    "over-budget",
    "no-rollback-plan",
    "unknown-name",
    "owner-is-author",
    "owner-unknown",
    "data-read",
    "data-write",
    "data-logged",
    "data-never",
    "data-unseen",
]
RULES: tuple[RuleName, ...] = get_args(RuleName)
UNPROVEN = frozenset(
    f"spec/{rule}"
    for rule in (
        "several-phases",
        "objective-unproven",
        "must-pass-unproven",
        "new-tests-unproven",
        "owner-unknown",
        "data-unseen",
    )
)
"""Rules of what the evidence does not show; all others but ``UNAPPROVED`` are observed to be wrong."""
UNAPPROVED = frozenset({"spec/changed"})
"""Rules of what is proven by nothing but somebody's approval."""


def found(rule: RuleName, message: str, help: str, *, key: str, **details: Unpack[Details]) -> Finding:
    """A finding; ``key`` as ``keyed`` has it."""
    return keyed(f"spec/{rule}", message, help, key=key, **details)


def about(
    held: Held,
    rule: RuleName,
    message: str,
    help: str,
    *,
    key: str,
    at: Position | None = None,
    severity: Severity = Severity.ERROR,
) -> Finding:
    """A finding about what the spec says, at its place in it.

    Where the branch has another version of the spec, the line is that of the law's, and is told in words.
    """
    if at is not None and held.differs:
        message = f"{message} (line {at.line} of the spec at the base)"
    line = at.line if at is not None and not held.differs else None
    return found(rule, message, help, key=key, path=held.path, line=line, severity=severity)
