"""How many places of a change leave the data boundaries of its spec: the one fact that another room measures. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gaterunner.model import Outcome, Severity

if TYPE_CHECKING:
    from gaterunner.contract.types import Spec
    from gaterunner.model import Report
    from gaterunner.policies.context import PolicyContext

_RULES = "spec/data-"
_POLICY = "spec"
_JUDGED = (Outcome.PASSED, Outcome.FAILED, Outcome.UNPROVEN, Outcome.WAIVED)


def data_findings_of(report: Report) -> int | str:
    """What a report says of it; or why it does not."""
    policy = next((policy for policy in report.policies if policy.name == _POLICY), None)
    if policy is None or policy.outcome not in _JUDGED:
        return "the report does not tell of the policy `spec`"
    return sum(finding.rule.startswith(_RULES) and finding.severity is Severity.ERROR for finding in policy.findings)


def data_findings(context: PolicyContext, spec: Spec) -> int | str:  # noqa: ARG001 - the change is looked at by a run
    """What the change itself says of it; or why nobody knows."""
    if spec.data is None:
        return "the spec declares no data boundaries"
    return "only a run looks at the data boundaries: name its report with --report"
