"""What changed options do to a gate that asks Sentry, in words."""

from __future__ import annotations

from collections.abc import Iterator

from gaterunner.config.types import SentryRules
from gaterunner.guardrails.effects import Effect, duration
from gaterunner.guardrails.findings import RuleName, several, shown

_TIMES = (("window_s", "its window", -1), ("settle_s", "the time to settle", -1), ("max_wait_s", "`max-wait`", 1))
_PLACES = ("url", "organization", "token")


def sentry_effects(was: SentryRules | None, will: SentryRules | None) -> Iterator[Effect]:
    """Nothing where one of them is None: then the gate is of another kind, which is told."""
    if was is None or will is None:
        return
    for field, name, weaker in _TIMES:
        before, after = getattr(was, field), getattr(will, field)
        if before != after:
            rule: RuleName = "gate-weakened" if (after - before) * weaker > 0 else "gate-changed"
            verb = "raised" if after > before else "lowered"
            yield Effect(rule, f"has {name} {verb} from {duration(before)} to {duration(after)}")
    if was.environment != will.environment:
        yield Effect("gate-weakened", f"would look at {shown(will.environment)} instead of {shown(was.environment)}")
    if was.release != will.release:
        sentence = f"would look for the release {shown(will.release)} instead of {shown(was.release)}"
        yield Effect("gate-weakened", sentence)
    yield from _traffic(was, will)
    yield from _ignored(was, will)
    yield from _places(was, will)


def _traffic(was: SentryRules, will: SentryRules) -> Iterator[Effect]:
    if was.traffic != will.traffic:
        sentence = f"would need {will.minimum:,} {will.traffic} of traffic instead of {was.minimum:,} {was.traffic}"
        yield Effect("gate-weakened", sentence)
    elif was.minimum != will.minimum:
        rule: RuleName = "gate-weakened" if will.minimum < was.minimum else "gate-changed"
        yield Effect(rule, f"would need {will.minimum:,} {will.traffic} of traffic instead of {was.minimum:,}")


def _ignored(was: SentryRules, will: SentryRules) -> Iterator[Effect]:
    added = [query for query in will.ignore if query not in was.ignore]
    gone = [query for query in was.ignore if query not in will.ignore]
    if added:
        yield Effect("gate-weakened", f"would ignore issues of {several(added)}")
    if gone:
        yield Effect("gate-changed", f"would no longer ignore issues of {several(gone)}")


def _places(was: SentryRules, will: SentryRules) -> Iterator[Effect]:
    for field in _PLACES:
        before, after = getattr(was, field), getattr(will, field)
        if before != after:
            told = [shown(each) if each else "what the environment says" for each in (before, after)]
            yield Effect("gate-weakened", f"has `{field}` changed from {told[0]} to {told[1]}")
    lost = [slug for slug in was.projects if slug not in will.projects]
    gained = [slug for slug in will.projects if slug not in was.projects]
    if lost:
        yield Effect("gate-weakened", f"would no longer look at the projects {several(lost)}")
    if gained:
        rule: RuleName = "gate-changed" if was.projects else "gate-weakened"
        yield Effect(rule, f"would look at the projects {several(gained)}")
