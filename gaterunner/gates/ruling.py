"""One thing that a gate was judged by, and how several of them become one outcome."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from gaterunner.model import RED, Finding, Outcome


class Ruling(Struct, frozen=True, kw_only=True):
    """What one kind of evidence says of a gate. An empty ``reason`` has nothing to add to a pass."""

    outcome: Outcome = Outcome.PASSED
    reason: str = ""
    findings: tuple[Finding, ...] = ()


def together(rulings: Sequence[Ruling]) -> tuple[Outcome, str]:
    """The gravest outcome; the reason names everything that is wrong, gravest first, or what a pass rests on."""
    for outcome in RED:
        if any(ruling.outcome is outcome for ruling in rulings):
            wrong = [ruling for grave in RED for ruling in rulings if ruling.outcome is grave]
            return outcome, "; ".join(ruling.reason for ruling in wrong)
    return Outcome.PASSED, ", ".join(ruling.reason for ruling in rulings if ruling.reason)
