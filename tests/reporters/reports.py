"""Reports for tests of reporters, in a few words."""

from __future__ import annotations

from typing import Any

from gaterunner.model import (
    Attempt,
    ChangeSummary,
    CoverageCounts,
    Event,
    Finding,
    GateResult,
    Outcome,
    Part,
    PolicyResult,
    Proof,
    Report,
    ServiceUse,
    Severity,
    Skip,
    TestCounts,
    ToolInfo,
    Verdict,
    WorkflowInfo,
)


def finding(message: str = "wrong", **fields: Any) -> Finding:
    return Finding(**{"rule": "a-rule", "severity": Severity.ERROR, "message": message, **fields})


def gate(name: str = "unit", outcome: Outcome = Outcome.PASSED, **fields: Any) -> GateResult:
    return GateResult(
        **{"name": name, "kind": "command", "outcome": outcome, "reason": "", "duration_s": 1.0, **fields}
    )


def policy(name: str = "no-merge-to-main", outcome: Outcome = Outcome.PASSED, **fields: Any) -> PolicyResult:
    return PolicyResult(**{"name": name, "outcome": outcome, "reason": "as it should be", **fields})


def summary(**fields: Any) -> ChangeSummary:
    values = {
        "event": Event.LOCAL,
        "base": "a" * 40,
        "head": "b" * 40,
        "merge": None,
        "branch": "feat/dashboard-hardening",
        "target": "main",
        "phase": "dashboard-hardening",
        "dirty": False,
        "commits": 12,
        "files": 35,
        "insertions": 6503,
        "deletions": 46,
    }
    return ChangeSummary(**{**values, **fields})


def report(**fields: Any) -> Report:
    values = {
        "verdict": Verdict.PASS,
        "sentence": "1 gate passed.",
        "started": "2025-06-15T12:00:00Z",
        "duration_s": 14760.0,
        "tool": ToolInfo(version="1.0.0"),
        "change": summary(),
        "workflow": WorkflowInfo(path=".gaterunner.yml", sha256="c" * 64, source="base", changed_by_branch=False),
        "gates": (gate(),),
    }
    return Report(**{**values, **fields})


def failing_report() -> Report:
    """A branch with a failing gate, a finding of a policy, a gate not reached and an unproven one."""
    return report(
        verdict=Verdict.FAIL,
        sentence="unit, no-secret-changes failed; integration unproven.",
        gates=(
            gate("build", duration_s=12.3, command="make build", exit_code=0),
            gate(
                "unit",
                Outcome.FAILED,
                reason="the command ended with exit code 1",
                command="python -m pytest --junit-xml results.xml",
                exit_code=1,
                duration_s=246.4,
                tests=TestCounts(total=120, passed=117, failed=2, skipped=1, flaky=1),
                log=".git/gaterunner/logs/unit.log",
                log_tail=("FAILED tests/test_filters.py::test_window - assert 3 == 4", "2 failed, 117 passed in 3.1s"),
                findings=(
                    finding("test_window: assert 3 == 4", rule="test-failure", path="tests/test_filters.py", line=41),
                    finding(
                        "test_banner: stale after 15 min", rule="test-failure", path="tests/test_banner.py", line=7
                    ),
                ),
            ),
            gate(
                "integration", Outcome.UNPROVEN, reason="no test was executed", command="make integration", exit_code=0
            ),
            gate("smoke", Outcome.SKIPPED, reason="not reached: unit failed", skip=Skip.NOT_REACHED),
        ),
        policies=(
            policy(),
            policy(
                "no-secret-changes",
                Outcome.FAILED,
                reason="1 secret was added",
                observed="1 secret in 12 commits",
                expected="no commit adds a secret or touches a file that holds one",
                findings=(
                    finding(
                        "AWS access key",
                        rule="aws-access-key",
                        path="config/staging.env",
                        line=3,
                        commit="1a2b3c4d" * 5,
                        help="Revoke the key, then remove it from the history: git rebase -i, not a commit on top.",
                    ),
                ),
            ),
        ),
    )


def proven_report() -> Report:
    """A part of a fan-out that passed: a flaky gate in a container with services, and one that was not run again."""
    return report(
        sentence="2 gates passed (1 cached, 1 flaky).",
        scope="gates",
        part=Part(number=2, total=5, plan="d" * 64, selected=("lint", "unit=2/4")),
        gates=(
            gate(
                "lint",
                reason="cached: passed on 1a2b3c4d at 2026-01-15 12:00 UTC, report 9f8e7d6c",
                cached=True,
                proof=Proof(report="9f8e7d6c" * 8, commit="1a2b3c4d" * 5, started="2026-01-15T12:00:00Z", key="e" * 64),
                duration_s=0.0,
            ),
            gate(
                "unit",
                reason="passed on attempt 2 of 3; flaky: app.test_cart failed before",
                flaky=True,
                attempts=2,
                tries=(
                    Attempt(
                        number=1,
                        outcome=Outcome.FAILED,
                        reason="1 of 120 tests failed",
                        exit_code=1,
                        duration_s=3.1,
                        log=".git/gaterunner/logs/02-unit.log",
                    ),
                    Attempt(
                        number=2,
                        outcome=Outcome.PASSED,
                        reason="",
                        exit_code=0,
                        duration_s=2.9,
                        log=".git/gaterunner/logs/02-unit.attempt-2.log",
                    ),
                ),
                duration_s=6.0,
                command="pytest",
                exit_code=0,
                executor="docker",
                image="python:3.13-slim",
                image_digest="python@sha256:" + "0123456789abcdef" * 4,
                services=(
                    ServiceUse(name="db", image="postgres:16", image_digest="sha256:" + "ab" * 32, ready_s=2.14),
                ),
                tests=TestCounts(total=120, passed=120, flaky=1),
                coverage=CoverageCounts(lines=3000, covered=2499, changed_lines=60, changed_covered=55),
                log=".git/gaterunner/logs/02-unit.attempt-2.log",
            ),
        ),
    )
