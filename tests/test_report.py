"""What a report holds whatever the results were."""

from __future__ import annotations

from gaterunner.model import Finding, GateResult, Outcome, Report, Severity, ToolInfo
from gaterunner.report import Results, build_report


def finding(message: str, *, path: str | None = "app.py", line: int = 1, fingerprint: str | None = None) -> Finding:
    return Finding(rule="r", severity=Severity.ERROR, message=message, path=path, line=line, fingerprint=fingerprint)


def report_of(*findings: Finding, command: str = "true") -> Report:
    gate = GateResult(
        name="unit", kind="command", outcome=Outcome.FAILED, reason="", command=command, findings=findings
    )
    return build_report(
        Results(scope="gates+policies", gates=(gate,)),
        started="2026-01-01T00:00:00Z",
        duration_s=1.23456,
        tool=ToolInfo(version="0"),
        redact=lambda text: text.replace("hunter2", "***"),
    )


def test_every_finding_has_a_fingerprint_that_does_not_move_with_its_line() -> None:
    here, there, other, own = (
        report_of(finding("a", line=1), finding("a", line=9), finding("b"), finding("a", fingerprint="own"))
        .gates[0]
        .findings
    )

    assert here.fingerprint == there.fingerprint
    assert here.fingerprint != other.fingerprint
    assert own.fingerprint == "own"


def test_a_finding_is_told_once() -> None:
    assert len(report_of(finding("a"), finding("a"), finding("b")).gates[0].findings) == 2


def test_no_text_in_a_report_holds_a_known_secret() -> None:
    report = report_of(finding("found hunter2"), command="deploy --token hunter2")

    assert report.gates[0].command == "deploy --token ***"
    assert report.gates[0].findings[0].message == "found ***"


def test_bytes_that_are_not_utf_8_are_escaped() -> None:
    path = b"caf\xe9.py".decode("utf-8", "surrogateescape")

    assert report_of(finding("a", path=path)).gates[0].findings[0].path == "caf\\xe9.py"
