"""Tests and checks that a change makes weaker, found by comparing what was with what is.

Everything here is pure: blobs in, findings out. A test that was skipped before, a test that moved or was renamed with
its content and a suppression that only moved are no findings, so both sides of every file of the change are compared,
not only the lines that were added.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gaterunner.model import Finding
from gaterunner.policies.context import PolicyContext

RULES: tuple[str, ...] = (
    "guardrails/test-deleted",
    "guardrails/test-skipped",
    "guardrails/test-born-skipped",
    "guardrails/test-focused",
    "guardrails/test-emptied",
    "guardrails/test-loosened",
    "guardrails/test-not-read",
    "guardrails/suppression-added",
    "guardrails/threshold-lowered",
    "guardrails/check-narrowed",
    "guardrails/failure-ignored",
    "guardrails/tests-deselected",
)


def weakened(context: PolicyContext) -> Iterator[Finding]:
    """What the change weakens, in the order of its files. Raises ``EvaluationError`` when a blob cannot be had."""
    from gaterunner.weakening.compare import compare

    yield from compare(context.change.files, context.repository, context.change.judged, _may_go(context))


def _may_go(context: PolicyContext) -> Callable[[str, str | None], bool] | None:
    """Which tests the spec of the phase lets the change remove; None where no spec is asked for."""
    if all(policy.name != "spec" for policy in context.workflow.policies):
        return None
    from gaterunner.contract.removable import removable
    from gaterunner.errors import EvaluationError

    try:
        allowed = removable(context)
    except EvaluationError:
        return None  # the policy `spec` meets the same error and tells it
    return allowed.in_code if allowed is not None else None
