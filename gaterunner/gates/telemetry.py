"""Judges a gate by what its program sent of its own running. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from gaterunner.config.telemetry_rules import TelemetryRules
from gaterunner.evidence.telemetry import Lacking, TelemetryEvidence
from gaterunner.gates.ruling import Ruling, together
from gaterunner.gates.wording import counted, some
from gaterunner.model import Finding, Outcome, Severity, SignalCounts, TelemetryStats

_HOW = "initialise the SDK of Sentry or OpenTelemetry from its own variables, and flush it before the program ends"
_SINGULAR = {"transactions": "transaction", "spans": "span", "logs": "log", "errors": "error event"}


def judge_telemetry(rules: TelemetryRules, evidence: TelemetryEvidence | None) -> Ruling:
    """What arrived at the receiver says of a command that ended with exit code 0. Findings are told in any case."""
    if evidence is None:
        return Ruling(outcome=Outcome.UNPROVEN, reason="what `telemetry:` asks for was not collected")
    failed = [Ruling(outcome=Outcome.FAILED, reason=reason) for reason in _wrong(rules, evidence)]
    unproven = [Ruling(outcome=Outcome.UNPROVEN, reason=reason) for reason in _missing(rules, evidence)]
    outcome, reason = together([*failed, *unproven, Ruling(reason=received(evidence.stats))])
    return Ruling(outcome=outcome, reason=reason)


def telemetry_findings(evidence: TelemetryEvidence | None) -> tuple[Finding, ...]:
    """What is worth pointing at in it: error events, secrets and personal data."""
    if evidence is None:
        return ()
    found = (*evidence.errors, *evidence.exposed)
    if not evidence.more:
        return found
    message = f"{counted(evidence.more, 'further finding')} in what was sent, of {len(found) + evidence.more} in all"
    last = Finding(rule=found[-1].rule, severity=Severity.NOTICE, message=message, help="correct those that are listed")
    return (*found, last)


def signals(stats: TelemetryStats) -> SignalCounts:
    """The counts of both protocols together."""
    sentry, otlp = stats.sentry, stats.otlp
    return SignalCounts(
        transactions=sentry.transactions + otlp.transactions,
        spans=sentry.spans + otlp.spans,
        logs=sentry.logs + otlp.logs,
        errors=sentry.errors + otlp.errors,
    )


def received(stats: TelemetryStats) -> str:
    """``1 transaction, 2 spans, 3 logs received``; empty where nothing was."""
    counts = signals(stats)
    told = [counted(number, word) for kind, word in _SINGULAR.items() if (number := getattr(counts, kind))]
    return f"{', '.join(told)} received" if told else ""


def _wrong(rules: TelemetryRules, evidence: TelemetryEvidence) -> Iterator[str]:
    """What was observed and must not be."""
    errors = signals(evidence.stats).errors
    if errors and rules.errors == "fail":
        yield f"{counted(errors, 'error event')} received: {some([each.message for each in evidence.errors], '; ')}"
    exposed = [finding.message for finding in evidence.exposed if finding.severity is Severity.ERROR]
    if exposed:
        yield f"what was sent holds {some(exposed, '; ')}"
    for lacking in evidence.lacking:
        if lacking.items:
            yield f"{_of(lacking)} without `{lacking.attribute}` in {lacking.without} of {lacking.items}"


def _missing(rules: TelemetryRules, evidence: TelemetryEvidence) -> Iterator[str]:
    """What was asked for and not seen."""
    if evidence.stats.lost:
        yield f"not everything could be counted: {some(evidence.stats.lost, '; ')}"
    counts = signals(evidence.stats)
    if rules.asks and not evidence.stats.payloads:
        yield f"no telemetry arrived; {_HOW}"
        return
    if rules.asks and not (counts.transactions or counts.spans or counts.logs or counts.errors):
        yield "no transaction, span or log arrived"
    for kind, least in rules.minimum:
        seen = getattr(counts, kind)
        if seen < least:
            yield f"{counted(seen, _SINGULAR[kind])} received, expected at least {least} (`telemetry: minimum`)"
    absent = [f"`{name}`" for name, seen in evidence.operations if not seen]
    if absent:
        yield f"no span of the operation {some(absent)} arrived"
    unseen = dict.fromkeys(_of(lacking) for lacking in evidence.lacking if not lacking.items)
    if unseen:
        yield f"nothing arrived whose attributes could be looked at: {some(tuple(unseen))}"


def _of(lacking: Lacking) -> str:
    return f"`{lacking.of}`"
