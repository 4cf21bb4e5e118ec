"""Somebody else looks at every change before it is merged."""

from __future__ import annotations

from gaterunner.doctor.answers import Answer
from gaterunner.doctor.facts import Facts
from gaterunner.doctor.points.reading import held


def judge(facts: Facts) -> Answer:
    """Looks for a required number of approvals above zero."""
    return held(
        facts,
        name="approvals",
        good=f"{facts.branch} requires approvals",
        wrong=f"{facts.branch} requires no approval",
        fix="set *Required approvals* to 1 or more in the ruleset",
    )
