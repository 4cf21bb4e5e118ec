"""Whether a red branch is red only because nobody else has looked at it yet. Pure.

Findings that are ``approvable`` are let through by a review on the pull request, and there is none before the push: a
hook that held them back would hold them back for ever.
"""

from __future__ import annotations

from gaterunner.model import Outcome, PolicyResult, Report, Severity, Verdict

_FINE = (Outcome.PASSED, Outcome.WAIVED, Outcome.SKIPPED)


def awaits_only_an_approval(report: Report) -> tuple[str, ...]:
    """The policies that an approving review would turn green, where nothing else is wrong; otherwise none."""
    gates = [gate for gate in report.gates if not gate.advisory]
    nothing_ran = report.scope != "policies" and all(gate.outcome is not Outcome.PASSED for gate in gates)
    if report.verdict is not Verdict.FAIL or report.problems or nothing_ran:
        return ()
    if any(gate.outcome not in _FINE for gate in gates):
        return ()
    red = [policy for policy in report.policies if policy.outcome not in _FINE]
    return tuple(policy.name for policy in red) if all(map(_is_approvable, red)) else ()


def _is_approvable(policy: PolicyResult) -> bool:
    errors = [each for each in policy.findings if each.severity is Severity.ERROR and each.waived_by is None]
    return policy.outcome is Outcome.FAILED and bool(errors) and all(each.approvable for each in errors)
