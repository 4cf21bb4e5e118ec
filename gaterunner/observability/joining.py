"""What was found in the lines of a change, added to what was judged of the same policy before."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from gaterunner.model import Finding, Outcome, PolicyResult, Severity
from gaterunner.policies.listing import bounded


def with_findings(result: PolicyResult, findings: Iterable[Finding]) -> PolicyResult:
    """The result with these findings: failed where one of them is an error, otherwise as it was."""
    found = tuple(findings)
    errors = [each for each in found if each.severity is Severity.ERROR]
    if found:
        result = replace(result, findings=(*result.findings, *bounded(found)))
    if not errors:
        return result
    more = f" and {len(errors) - 1:,} more" if len(errors) > 1 else ""
    reason = f"{errors[0].path}: {errors[0].message}{more}"
    if result.outcome not in (Outcome.PASSED, Outcome.SKIPPED):
        reason = f"{reason}; {result.reason}"
    return replace(result, outcome=Outcome.FAILED, skip=None, reason=reason)
