"""The program tells of its own running: spans and structured logs, seen while gates ran it, and no output beside them.

The rules come from ``docs/observability.md`` and ``docs/unstructured-output.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from msgspec import Struct

from gaterunner.gates.telemetry import received
from gaterunner.gates.wording import became, some
from gaterunner.model import GateResult, Outcome, PolicyResult, SignalCounts, Skip
from gaterunner.observability import unstructured
from gaterunner.observability.joining import with_findings
from gaterunner.observability.settings import Unstructured
from gaterunner.policies.context import PolicyContext
from gaterunner.policies.listing import not_applicable

NAME = "observability"
Signals = Literal[
    "sentry spans + structured logs",
    "sentry spans",
    "opentelemetry spans + structured logs",
    "opentelemetry spans",
    "spans + structured logs",
    "spans",
    "structured logs",
]
_DECLARE = "no gate shows what the program sends: add `telemetry: expect` to one that runs it, such as `smoke`"
_NOT_ASKED = (Skip.NOT_APPLICABLE, Skip.NOT_SELECTED)


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``signals`` says what the program has to send: spans, and by what protocol, structured logs, or both.

    ``unstructured`` says how much output without structure weighs that the change adds, by rule and by path.
    """

    value_option: ClassVar[str] = "signals"

    signals: Signals = "spans + structured logs"
    unstructured: Unstructured = Unstructured()


def evaluate(context: PolicyContext, options: Options) -> PolicyResult:
    """Judges what the gates showed and what the change adds. Raises ``EvaluationError`` when a blob is missing."""
    return with_findings(_shown(context, options), unstructured(context, options.unstructured))


def _shown(context: PolicyContext, options: Options) -> PolicyResult:
    if context.change.is_empty:
        return not_applicable(NAME, "the change is empty", expected=options.signals)
    if not context.plan:
        reason = "only policies were asked for; what the program sends is seen by `gaterunner run`"
        return not_applicable(NAME, reason, expected=options.signals)
    watched = {gate.name for gate in context.workflow.gates if gate.telemetry is not None}
    if not watched:
        return _result(Outcome.UNPROVEN, _DECLARE, "no gate with `telemetry`", options)
    results = [result for result in context.gates or () if result.name.partition(" (")[0] in watched]
    if results and all(result.outcome is Outcome.SKIPPED and result.skip in _NOT_ASKED for result in results):
        reason = f"{some([f'gate `{result.name}` {result.reason}' for result in results], '; ')}"
        return not_applicable(NAME, reason, expected=options.signals)
    return _judged(results, options)


def _judged(results: Sequence[GateResult], options: Options) -> PolicyResult:
    """Only a gate that passed proves anything: what a broken program sent is no evidence."""
    passed = [result for result in results if result.outcome is Outcome.PASSED and result.telemetry is not None]
    observed = "; ".join(f"{each.name}: {received(each.telemetry) or 'nothing'}" for each in passed if each.telemetry)
    missing = _missing(passed, options.signals)
    if not missing:
        return _result(Outcome.PASSED, observed, observed, options)
    others = [f"gate `{each.name}` {became(each.outcome)}" for each in results if each not in passed]
    reason = f"no {' and no '.join(missing)} arrived in {some([f'`{each.name}`' for each in results]) or 'any gate'}"
    told = "; ".join([reason, *others[:1]])
    return _result(Outcome.UNPROVEN, told, observed or "no gate that passed", options)


def _missing(passed: Sequence[GateResult], signals: str) -> list[str]:
    """What is asked for and was not seen in any of the gates."""
    stats = [result.telemetry for result in passed if result.telemetry is not None]
    by_protocol: dict[str, list[SignalCounts]] = {
        "sentry": [each.sentry for each in stats],
        "opentelemetry": [each.otlp for each in stats],
    }
    missing = []
    for signal in signals.split(" + "):
        protocol, _, what = signal.rpartition(" ")
        counts = by_protocol.get(protocol) or [each for both in by_protocol.values() for each in both]
        seen = sum(each.logs if what == "logs" else each.spans + each.transactions for each in counts)
        if not seen:
            missing.append(
                signal.removesuffix("s").replace("sentry", "Sentry").replace("opentelemetry", "OpenTelemetry")
            )
    return missing


def _result(outcome: Outcome, reason: str, observed: str, options: Options) -> PolicyResult:
    return PolicyResult(name=NAME, outcome=outcome, reason=reason, observed=observed, expected=options.signals)
