"""What telemetry comes to as a gate's evidence."""

from __future__ import annotations

import pytest

from gaterunner.config.telemetry_rules import EXPECT, WATCH, TelemetryRules
from gaterunner.evidence.telemetry import Lacking, TelemetryEvidence
from gaterunner.gates.telemetry import judge_telemetry, telemetry_findings
from gaterunner.model import Finding, Outcome, Severity, SignalCounts, TelemetryStats

FULL = SignalCounts(transactions=1, spans=2, logs=3)


def evidence(counts: SignalCounts = FULL, *, lost: tuple[str, ...] = (), **more: object) -> TelemetryEvidence:
    stats = TelemetryStats(sentry=counts, payloads=1 if counts != SignalCounts() else 0, lost=lost)
    return TelemetryEvidence(stats=stats, **more)  # type: ignore[arg-type]  # per test


def finding(rule: str, message: str, severity: Severity = Severity.ERROR) -> Finding:
    return Finding(rule=f"telemetry/{rule}", severity=severity, message=message)


ERROR = evidence(SignalCounts(errors=2), errors=(finding("error-event", "KeyError: 'total'"),))


@pytest.mark.parametrize(
    ("rules", "seen", "outcome", "reason"),
    [
        (EXPECT, evidence(), "passed", "1 transaction, 2 spans, 3 logs received"),
        (EXPECT, None, "unproven", "what `telemetry:` asks for was not collected"),
        (
            EXPECT,
            evidence(SignalCounts()),
            "unproven",
            (
                "no telemetry arrived; initialise the SDK of Sentry or OpenTelemetry from its own variables, "
                "and flush it before the program ends"
            ),
        ),
        (WATCH, evidence(SignalCounts()), "passed", ""),
        (EXPECT, ERROR, "failed", "2 error events received: KeyError: 'total'"),
        (WATCH, ERROR, "passed", "2 error events received"),
        (
            EXPECT,
            evidence(lost=("a payload could not be read: it is no JSON",)),
            "unproven",
            "not everything could be counted: a payload could not be read: it is no JSON",
        ),
        (WATCH, evidence(lost=("x",)), "unproven", "not everything could be counted: x"),
        (
            TelemetryRules(minimum=(("transactions", 1), ("logs", 5), ("errors", 1)), errors="allow"),
            evidence(),
            "unproven",
            (
                "3 logs received, expected at least 5 (`telemetry: minimum`); "
                "0 error events received, expected at least 1 (`telemetry: minimum`)"
            ),
        ),
        (
            TelemetryRules(operations=("db", "cache")),
            evidence(operations=(("db", 2), ("cache", 0))),
            "unproven",
            "no span of the operation `cache` arrived",
        ),
        (
            EXPECT,
            evidence(
                lacking=(
                    Lacking(of="db", attribute="db.system", without=1, items=2),
                    Lacking(of="logs", attribute="id", without=0, items=0),
                )
            ),
            "failed",
            "`db` without `db.system` in 1 of 2; nothing arrived whose attributes could be looked at: `logs`",
        ),
        (
            EXPECT,
            evidence(exposed=(finding("secret", "a value under a name for secrets in event: extra.token"),)),
            "failed",
            "what was sent holds a value under a name for secrets in event: extra.token",
        ),
        (EXPECT, evidence(exposed=(finding("personal-data", "x", Severity.WARNING),)), "passed", None),
    ],
)
def test_telemetry_as_evidence(
    rules: TelemetryRules, seen: TelemetryEvidence | None, outcome: str, reason: str | None
) -> None:
    ruling = judge_telemetry(rules, seen)
    assert ruling.outcome is Outcome(outcome)
    assert reason is None or ruling.reason == reason


def test_findings_are_told_with_how_many_more_there_are() -> None:
    seen = evidence(errors=(finding("error-event", "a"),), exposed=(finding("secret", "b"),), more=7)
    assert [each.message for each in telemetry_findings(seen)] == [
        "a",
        "b",
        "7 further findings in what was sent, of 9 in all",
    ]
    assert telemetry_findings(None) == ()
