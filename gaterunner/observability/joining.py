"""What was found in the lines of a change, added to what was judged of the same policy before."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from gaterunner.model import Finding, Outcome, PolicyResult, Severity
from gaterunner.policies.listing import bounded


def with_findings(result: PolicyResult, findings: Iterable[Finding]) -> PolicyResult:
    """The result with these findings: failed where one of them is an error and nothing else was wrong.

    What was unproven stays so: letting a finding through, as an approving review does, lets through what failed, and
    would otherwise stand in for the proof.
    """
    found = tuple(findings)
    if not found:
        return result
    result = replace(result, findings=(*result.findings, *bounded(found)))
    errors = [each for each in found if each.severity is Severity.ERROR]
    if not errors:
        return result
    more = f" and {len(errors) - 1:,} more" if len(errors) > 1 else ""
    reason = f"{errors[0].path}: {errors[0].message}{more}"
    if result.outcome in (Outcome.PASSED, Outcome.SKIPPED):
        return replace(result, outcome=Outcome.FAILED, skip=None, reason=reason)
    return replace(result, reason=f"{result.reason}; {reason}")
