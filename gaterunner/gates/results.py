"""Judges a gate by its test results. Pure."""

from __future__ import annotations

from gaterunner.config.types import TestRules
from gaterunner.evidence.types import TestEvidence
from gaterunner.gates.ruling import Ruling
from gaterunner.gates.wording import some, tests
from gaterunner.model import Finding, Outcome, Severity, TestCounts

_MAX_NOTICES = 10
_AGREE = "let one result file tell of each test, or find out which of them lies"


def judge_success(evidence: TestEvidence, rules: TestRules, *, whole: bool = True) -> Ruling:
    """What the result files say of a command that ended with exit code 0; ``whole`` is False for a shard."""
    outcome, reason = _decide(evidence)
    if outcome is Outcome.PASSED and whole:
        short = judge_minimum(evidence.counts, rules)
        if short is not None:
            outcome, reason = short
    return Ruling(outcome=outcome, reason=reason, findings=(*_contradictions(evidence), *_copies(evidence)))


def judge_failure(code: int, evidence: TestEvidence | None) -> str:
    """The reason for a command that ended with another exit code, with what its tests say; empty when they are mute."""
    counts = evidence.counts if evidence is not None else TestCounts()
    if counts.failed:
        return f"exit code {code}: {counts.failed} of {tests(counts.total)} failed"
    if counts.total:
        return f"exit code {code}, although none of {tests(counts.total)} failed"
    if evidence is not None and not evidence.unreadable:
        missing = "test was executed" if evidence.files else "test result was written"
        return f"exit code {code}, and no {missing}"
    return f"exit code {code}"


def judge_minimum(counts: TestCounts, rules: TestRules) -> tuple[Outcome, str] | None:
    """Outcome and reason when fewer tests were executed than `tests: minimum` asks for; None otherwise."""
    executed = counts.passed + counts.failed
    if executed >= rules.minimum:
        return None
    skipped = f" ({counts.skipped} skipped)" if counts.skipped else ""
    told = f"{tests(executed)} executed{skipped}, expected at least {rules.minimum} (`tests: minimum`)"
    return Outcome.UNPROVEN, told


def passed(counts: TestCounts) -> str:
    """What a pass rests on: ``3 tests passed (1 skipped)``."""
    extras = [f"{number} {word}" for number, word in ((counts.skipped, "skipped"), (counts.flaky, "flaky")) if number]
    return f"{tests(counts.passed)} passed" + (f" ({', '.join(extras)})" if extras else "")


def _decide(evidence: TestEvidence) -> tuple[Outcome, str]:
    counts = evidence.counts
    if counts.failed > len(evidence.contradictions):
        told = f"{counts.failed} of {tests(counts.total)} failed by the result files, although the exit code is 0"
        return Outcome.FAILED, told
    unproven = _unproven(evidence)
    return (Outcome.UNPROVEN, unproven) if unproven is not None else (Outcome.PASSED, passed(counts))


def _unproven(evidence: TestEvidence) -> str | None:
    """Why files that tell of no undisputed failure prove nothing all the same; None when they do prove something."""
    counts = evidence.counts
    if evidence.unreadable:
        return f"a result file could not be read: {some(evidence.unreadable, '; ')}"
    if evidence.contradictions:
        return f"the result files contradict each other: {some(evidence.contradictions, '; ')}"
    if not evidence.files:
        return _no_fresh_file(evidence)
    if counts.total == 0:
        return f"no test was executed: {some(evidence.files)} holds none"
    if counts.total == counts.skipped:
        return f"no test was executed: all {counts.total} were skipped"
    return None


def _no_fresh_file(evidence: TestEvidence) -> str:
    patterns = " ".join(evidence.patterns)
    if evidence.stale:
        return f"no result file was written by this run; not counted, since older: {some(evidence.stale)}"
    return f"no result file was written: nothing matches `tests: {patterns}`; correct it, or make the command write one"


def _contradictions(evidence: TestEvidence) -> tuple[Finding, ...]:
    return tuple(
        Finding(rule="result-contradicted", severity=Severity.ERROR, message=message, help=_AGREE)
        for message in evidence.contradictions[:_MAX_NOTICES]
    )


def _copies(evidence: TestEvidence) -> tuple[Finding, ...]:
    return tuple(
        Finding(rule="result-repeated", severity=Severity.NOTICE, message=message)
        for message in evidence.copies[:_MAX_NOTICES]
    )
