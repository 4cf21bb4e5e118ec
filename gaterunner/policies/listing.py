"""How many findings of one policy are listed."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from gaterunner.model import Finding, Severity

MAX_FINDINGS = 100

_ORDER = (Severity.ERROR, Severity.WARNING, Severity.NOTICE)


def bounded(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The heaviest first, at most ``MAX_FINDINGS`` of them, with a last one that says how many more there are."""
    ranked = sorted(findings, key=lambda finding: _ORDER.index(finding.severity))  # stable: else in their order
    if len(ranked) <= MAX_FINDINGS:
        return tuple(ranked)
    left = ranked[MAX_FINDINGS - 1 :]
    last = replace(
        left[0],
        message=f"{len(left):,} further findings of this policy are not listed",
        help="Fix those listed and run again.",
        path=None,
        commit=None,
        content=None,
        fingerprint=None,
        approvable=all(finding.approvable for finding in left),
    )
    return (*ranked[: MAX_FINDINGS - 1], last)
