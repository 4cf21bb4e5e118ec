"""What a changed `telemetry:` does to a gate, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gaterunner.config.telemetry_rules import TelemetryRules
from gaterunner.guardrails.effects import Effect
from gaterunner.guardrails.findings import several

_LAXER = ("fail", "warn", "allow")


def telemetry_effects(was: TelemetryRules | None, will: TelemetryRules | None) -> Iterator[Effect]:
    """What becomes of the watch over what the gate's program sends of its running."""
    if will is None:
        yield Effect("gate-weakened", "would no longer be watched for what its program sends of its running")
        return
    if was is None:
        yield Effect("gate-changed", "would be watched for what its program sends of its running")
        return
    if was.asks and not will.asks:
        yield Effect("gate-weakened", "would pass although its program sends nothing (`telemetry: watch`)")
    elif will.asks and not was.asks:
        yield Effect("gate-changed", "would have to send something (`telemetry: expect`)")
    yield from _minimum(dict(was.minimum), dict(will.minimum))
    yield from _names("spans of the operations", was.operations, will.operations)
    pairs = [[f"{name} of {of}" for of, names in rules.attributes for name in names] for rules in (was, will)]
    yield from _names("the attributes", *pairs)
    yield from _laxness("errors", was.errors, will.errors)
    yield from _laxness("personal-data", was.personal_data, will.personal_data)


def _minimum(was: dict[str, int], will: dict[str, int]) -> Iterator[Effect]:
    for kind in dict.fromkeys((*was, *will)):
        before, after = was.get(kind, 0), will.get(kind, 0)
        if before != after:
            sentence = f"would need {after} {kind} to arrive instead of {before}"
            yield Effect("gate-weakened" if after < before else "gate-changed", sentence)


def _names(what: str, was: Iterable[str], will: Iterable[str]) -> Iterator[Effect]:
    before, after = tuple(was), tuple(will)
    lost = [name for name in before if name not in after]
    gained = [name for name in after if name not in before]
    if lost:
        yield Effect("gate-weakened", f"would no longer have to send {what} {several(lost)}")
    if gained:
        yield Effect("gate-changed", f"would have to send {what} {several(gained)}")


def _laxness(option: str, was: str, will: str) -> Iterator[Effect]:
    if was != will:
        weaker = _LAXER.index(will) > _LAXER.index(was)
        yield Effect("gate-weakened" if weaker else "gate-changed", f"has `{option}` changed from {was} to {will}")
