"""How a weakened test or check is told: one rule each, and what to do about it."""

from __future__ import annotations

from gaterunner.fingerprints import fingerprint
from gaterunner.model import Finding, Severity

TEST_DELETED = "guardrails/test-deleted"
TEST_SKIPPED = "guardrails/test-skipped"
TEST_BORN_SKIPPED = "guardrails/test-born-skipped"
TEST_FOCUSED = "guardrails/test-focused"
TEST_EMPTIED = "guardrails/test-emptied"
TEST_LOOSENED = "guardrails/test-loosened"
TEST_NOT_READ = "guardrails/test-not-read"
SUPPRESSION_ADDED = "guardrails/suppression-added"
THRESHOLD_LOWERED = "guardrails/threshold-lowered"
CHECK_NARROWED = "guardrails/check-narrowed"
FAILURE_IGNORED = "guardrails/failure-ignored"
TESTS_DESELECTED = "guardrails/tests-deselected"

WARNINGS = frozenset({TEST_BORN_SKIPPED, TEST_LOOSENED, TEST_NOT_READ, SUPPRESSION_ADDED})


def finding(
    rule: str,
    message: str,
    help: str,
    *,
    path: str,
    line: int | None = None,
    about: str,
    severity: Severity | None = None,
) -> Finding:
    """A finding with its rule's own level; ``about`` is what stays the same when it moves within its file."""
    usual = Severity.WARNING if rule in WARNINGS else Severity.ERROR
    return Finding(
        rule=rule,
        severity=severity or usual,
        message=message,
        path=path,
        line=line,
        help=help,
        fingerprint=fingerprint(rule, path, about),
        approvable=True,
    )
