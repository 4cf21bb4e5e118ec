"""Findings in the order in which a reader wants them."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from gaterunner.model import RED, Finding, Report, Severity

SEVERITY_RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTICE: 2}
"""The gravest first."""


class Told(Struct, frozen=True, kw_only=True):
    """A finding with the gate or policy that it comes from."""

    source: str
    finding: Finding
    decides: bool


def waiver_words(finding: Finding) -> str:
    """By whom a finding is waived and why; empty when it is not."""
    if not finding.waived_by:
        return ""
    because = f": {finding.waived_because}" if finding.waived_because else ""
    return f"waived by {finding.waived_by}{because}"


def ranked_findings(report: Report, *, changed: frozenset[str] = frozenset()) -> tuple[Told, ...]:
    """All findings: those that decide the verdict first, then those in ``changed`` files, then by severity and place.

    Among equals those that the base has too come after the others. Waived ones come last.
    """
    return tuple(sorted(_all(report), key=lambda told: _rank(told, changed)))


def _all(report: Report) -> Iterator[Told]:
    for gate in report.gates:
        for finding in gate.findings:
            decides = gate.outcome in RED and not gate.advisory and finding.waived_by is None
            yield Told(source=gate.name, finding=finding, decides=decides)
    for policy in report.policies:
        for finding in policy.findings:
            decides = policy.outcome in RED and finding.waived_by is None
            yield Told(source=policy.name, finding=finding, decides=decides)


def _rank(told: Told, changed: frozenset[str]) -> tuple[bool, bool, bool, int, bool, str, int, str]:
    finding = told.finding
    return (
        finding.waived_by is not None,
        not told.decides,
        finding.path not in changed,
        SEVERITY_RANK[finding.severity],
        finding.standing == "known",
        finding.path or "",
        finding.line or 0,
        finding.rule,
    )
