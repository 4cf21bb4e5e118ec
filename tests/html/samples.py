"""Reports that a page has to stand: large, hostile, unfinished, and one that holds a bit of everything."""

from __future__ import annotations

from gaterunner.model import (
    AreaLines,
    Attempt,
    ChangeSummary,
    CoverageCounts,
    Decision,
    DecisionLog,
    Event,
    Excerpt,
    Failure,
    FailureIndex,
    Figure,
    Finding,
    GateResult,
    Mode,
    Numbers,
    Outcome,
    PolicyResult,
    Problem,
    Repetition,
    Report,
    ServiceUse,
    Severity,
    Skip,
    TestCounts,
    Trouble,
    Verdict,
    WorkflowInfo,
)
from tests.reporters.reports import finding, gate, policy, report, summary

CODE = (
    "def is_stale(state: str, age: timedelta) -> bool:",
    '    """Whether an analysis takes longer than it was promised."""',
    "    limit = LIMITS.get(state)",
    "    if limit is None:",
    "        return False",
    "    return age > limit",
    "",
)


def full_report() -> Report:
    """A red pull request with something of everything that a report can hold."""
    return report(
        verdict=Verdict.FAIL,
        sentence="unit, guardrails failed; integration unproven.",
        duration_s=512.4,
        started="2026-01-15T12:00:00Z",
        run_url="https://github.com/acme/dashboard/actions/runs/812",
        change=_change(),
        workflow=WorkflowInfo(path=".gaterunner.yml", sha256="c" * 64, source="base", changed_by_branch=True),
        gates=_gates(),
        policies=(_guardrails(), _secrets(), _budget(), policy("no-merge-to-main")),
        failures=_failures(),
        decisions=(decision(),),
        decision_log=DecisionLog(path=".gaterunner/decisions.jsonl", entries=3, head="d" * 64),
        numbers=numbers(),
    )


def decision() -> Decision:
    """An answer of the panel."""
    return Decision(
        phase="hardening",
        question="retry-budget",
        text="How often is a delivery tried again?",
        outcome="decided",
        option="three-times",
        by="vote",
        votes_for=(("three-times", "13"), ("for-ever", "5")),
        votes_cast=18,
        votes_total=18,
        explanation=("18 of 18 votes were cast; the quorum of 2/3 asks for 12.", "`three-times` is chosen by vote."),
        entry=3,
        hash="d" * 64,
        panel="e" * 64,
        recorded="2026-01-15T11:00:00Z",
        added=True,
    )


def numbers() -> Numbers:
    """Figures of every group, some of them not measured, and three areas."""
    unkept = "no report is kept of the base 0a1b2c3d4e"
    return Numbers(
        figures=(
            Figure(group="run", name="whole run", unit="s", value=512.4, base=498.0),
            Figure(group="run", name="unit", unit="s", value=31.2, base=30.9),
            Figure(group="run", name="lint", unit="s", reason="its result is that of an earlier run", base=4.0),
            Figure(group="change", name="commits", unit="commits", value=12),
            Figure(group="change", name="insertions", unit="lines", value=6503),
            Figure(group="tests", name="executed", unit="tests", value=214, base=170),
            Figure(group="tests", name="functions added", unit="tests", value=44),
            Figure(group="coverage", name="lines (unit)", unit="%", value=93.1, base=92.4),
            Figure(
                group="telemetry",
                name="traces",
                unit="items",
                reason="no gate with `telemetry:` ran",
                base_reason=unkept,
            ),
            Figure(group="governance", name="decisions", unit="items", value=2, base=0),
        ),
        lines=(
            AreaLines(area="dashboard", kind="code", files=14, insertions=3_912, deletions=31),
            AreaLines(area="dashboard", kind="tests", files=9, insertions=1_804, deletions=4),
            AreaLines(area="pipeline", kind="code", files=4, insertions=411, deletions=9),
            AreaLines(area="elsewhere", kind="docs", files=5, insertions=301, deletions=2, binary=1),
            AreaLines(area="elsewhere", kind="config", files=3, insertions=75, deletions=0),
        ),
        compared_with="e" * 64,
        compared_commit="a" * 40,
    )


def _change() -> ChangeSummary:
    return summary(
        event=Event.PULL_REQUEST,
        repository="acme/dashboard",
        pull_request=42,
        merge="d" * 40,
        notes=("gates changed files of the judged tree, so that a later gate or step sees others: 'notes.txt'",),
    )


def _gates() -> tuple[GateResult, ...]:
    return (
        gate("build", duration_s=61.2, started="2026-01-15T12:00:01.000Z", command="make build", exit_code=0),
        gate(
            "lint",
            cached=True,
            duration_s=0.0,
            reason="cached: passed on 1a2b3c4d at 2026-01-15 11:00 UTC, report 9f8e7d6c",
        ),
        _unit(),
        gate(
            "flaky-one",
            started="2026-01-15T12:01:03.000Z",
            duration_s=200.0,
            flaky=True,
            attempts=2,
            reason="passed on attempt 2 of 3; flaky: app.test_cart failed before",
            tries=(
                Attempt(
                    number=1,
                    outcome=Outcome.FAILED,
                    reason="1 of 120 tests failed",
                    started="2026-01-15T12:01:03.000Z",
                    duration_s=90.0,
                    log=".git/gaterunner/logs/04.log",
                ),
                Attempt(
                    number=2,
                    outcome=Outcome.PASSED,
                    reason="",
                    started="2026-01-15T12:02:40.000Z",
                    duration_s=103.0,
                    log=".git/gaterunner/logs/04.attempt-2.log",
                ),
            ),
        ),
        gate(
            "integration",
            Outcome.UNPROVEN,
            reason="no test was executed",
            command="make integration",
            exit_code=0,
            started="2026-01-15T12:05:12.000Z",
            duration_s=31.0,
            image="python:3.13-slim",
            image_digest="python@sha256:" + "0123456789abcdef" * 4,
            services=(ServiceUse(name="db", image="postgres:16", image_digest="sha256:" + "ab" * 32, ready_s=2.14),),
        ),
        gate("audit", Outcome.FAILED, reason="exit code 1", advisory=True, started="2026-01-15T12:05:44.000Z"),
        gate("smoke", Outcome.SKIPPED, reason="not reached: gate `unit` failed", skip=Skip.NOT_REACHED),
        gate("soak", Outcome.PENDING, reason="the deploy is 3 of 24 hours old", started="2026-01-15T12:05:46.000Z"),
    )


def _unit() -> GateResult:
    return gate(
        "unit",
        Outcome.FAILED,
        reason="exit code 1: 2 of 120 tests failed",
        command="python -m pytest --junit-xml results.xml",
        exit_code=1,
        started="2026-01-15T12:01:03.000Z",
        duration_s=246.4,
        tests=TestCounts(total=120, passed=117, failed=2, skipped=1, flaky=1),
        coverage=CoverageCounts(lines=3000, covered=2499, changed_lines=60, changed_covered=55),
        log=".git/gaterunner/logs/03-unit.log",
        log_tail=("FAILED tests/test_filters.py::test_window - assert 3 == 4", "2 failed, 117 passed in 3.1s"),
        findings=(
            finding(
                "tests.test_pipeline.test_stale: False is not true",
                rule="test-failed",
                path="dashboard/pipeline.py",
                line=43,
                fingerprint="f1",
                standing="new",
                excerpt=Excerpt(start=40, lines=CODE),
            ),
            finding(
                "tests.test_windows.test_month: 30 != 31",
                rule="test-failed",
                path="tests/test_windows.py",
                line=7,
                fingerprint="f2",
                standing="known",
            ),
        ),
    )


def _guardrails() -> PolicyResult:
    return policy(
        "guardrails",
        Outcome.FAILED,
        reason=".gaterunner.yml: gate `smoke` would no longer run",
        observed="4 changed files, of which 1 bears on what the branch is judged by",
        expected="nothing that the branch is judged by changes without approval",
        findings=(
            finding(
                "gate `smoke` would no longer run",
                rule="guardrails/gate-removed",
                path=".gaterunner.yml",
                help="Take it back, or have the head commit approved.",
                fingerprint="f3",
                content="f" * 40,
                approvable=True,
            ),
        ),
    )


def _secrets() -> PolicyResult:
    return policy(
        "no-secret-changes",
        Outcome.WAIVED,
        reason="1 finding was let through",
        observed="1 secret in 12 commits",
        expected="no commit adds a secret",
        findings=(
            finding(
                "a token of a public sandbox",
                rule="secret/sandbox",
                path="tests/data/sandbox.json",
                line=3,
                commit="1a2b3c4d" * 5,
                waived_by="@maintainer",
                waived_because="published by the vendor for tests",
            ),
        ),
    )


def _budget() -> PolicyResult:
    return policy(
        "change-budget",
        reason="35 files, 6,549 lines",
        findings=(
            finding("more lines than the 500 that warn", rule="change-budget/lines", severity=Severity.WARNING),
            finding("one file alone has 4,000 lines", rule="change-budget/file", severity=Severity.NOTICE),
        ),
    )


def _failures() -> FailureIndex:
    return FailureIndex(
        shown=(
            Failure(
                source="unit",
                rule="test-failed",
                message="tests.test_pipeline.test_stale: False is not true",
                path="dashboard/pipeline.py",
                line=43,
                reproduce="gaterunner run --gate unit",
                fingerprint="f1",
                standing="new",
            ),
            Failure(
                source="unit",
                rule="test-failed",
                message="tests.test_windows.test_month: 30 != 31",
                path="tests/test_windows.py",
                line=7,
                reproduce="gaterunner run --gate unit",
                fingerprint="f2",
                standing="known",
            ),
            Failure(
                source="guardrails",
                rule="guardrails/gate-removed",
                message="gate `smoke` would no longer run",
                path=".gaterunner.yml",
                reproduce="gaterunner check",
                help="Take it back, or have the head commit approved.",
                fingerprint="f3",
            ),
            Failure(
                source="integration",
                rule="unproven",
                message="no test was executed",
                reproduce="gaterunner run --gate integration",
            ),
        ),
        left_out=2,
        repeated=Repetition(runs=3, since="2026-01-14T09:00:00Z"),
    )


def large_report(number: int = 5_000) -> Report:
    """``number`` findings of ten gates, each with its lines of code."""
    severities = (Severity.ERROR, Severity.WARNING, Severity.NOTICE)

    def found(each: int) -> Finding:
        return finding(
            f"Variable `value_{each}` is assigned in line {each} of the module and read by nothing that follows it",
            rule=f"unused/variable-{each % 17}",
            severity=severities[each % 3],
            path=f"packages/part_{each % 40}/src/module_{each}.py",
            line=42,
            fingerprint=f"f{each}",
            help="Remove the assignment, or use its value where the comment above says that it should be used.",
            standing="known" if each % 4 else "new",
            excerpt=Excerpt(start=40, lines=CODE),
        )

    gates = tuple(
        gate(
            f"gate-{first}",
            Outcome.FAILED,
            reason="exit code 1",
            started=f"2026-01-15T12:00:{first:02}.000Z",
            log_tail=tuple(f"line {line} of the log of a gate that says much" for line in range(200)),
            findings=tuple(found(each) for each in range(first, number, 10)),
        )
        for first in range(10)
    )
    return report(verdict=Verdict.FAIL, sentence="gate-0 to gate-9 failed.", duration_s=70.0, gates=gates)


def pending_report() -> Report:
    """A run that waits for a deploy to grow old."""
    return report(
        verdict=Verdict.PENDING,
        sentence="Pending: staging-sentry-24h-clean still waits.",
        duration_s=4.2,
        mode=Mode.SHADOW,
        gates=(
            gate("build", started="2026-01-15T12:00:01.000Z", duration_s=3.0),
            gate(
                "staging-sentry-24h-clean",
                Outcome.PENDING,
                reason="3 of 24 hours have passed; look again after 2026-01-16T09:00:00Z",
                started="2026-01-15T12:00:04.000Z",
                duration_s=0.4,
            ),
        ),
    )


def interrupted_report() -> Report:
    """A run that somebody stopped."""
    return report(
        verdict=Verdict.ERROR,
        sentence="Interrupted before everything was judged.",
        duration_s=12.0,
        gates=(
            gate("build", started="2026-01-15T12:00:01.000Z", duration_s=3.0),
            gate("unit", Outcome.ERRORED, reason="interrupted", started="2026-01-15T12:00:04.000Z", duration_s=8.0),
            gate("smoke", Outcome.SKIPPED, reason="not reached: interrupted", skip=Skip.NOT_REACHED),
        ),
        problems=(
            Problem(
                trouble=Trouble.INTERRUPTED, message="the run was interrupted", help="run it again to get a verdict"
            ),
        ),
    )


def workflow_error_report() -> Report:
    """A workflow file that nothing can be judged by."""
    return report(
        verdict=Verdict.ERROR,
        sentence="The workflow file has 2 errors.",
        duration_s=0.1,
        gates=(),
        workflow=None,
        problems=(
            Problem(
                trouble=Trouble.WORKFLOW_FILE,
                message="unknown key `gatez`",
                path=".gaterunner.yml",
                line=2,
                column=3,
                help="did you mean `gates`?",
            ),
            Problem(
                trouble=Trouble.WORKFLOW_FILE,
                message="`timeout` is `soon`, expected a duration such as `10m`",
                path=".gaterunner.yml",
                line=9,
                column=16,
            ),
        ),
    )
