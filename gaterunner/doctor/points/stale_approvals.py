"""An approval is void once somebody pushes, or what was approved is not what is merged."""

from __future__ import annotations

from gaterunner.doctor.answers import Answer
from gaterunner.doctor.facts import Facts
from gaterunner.doctor.points.reading import held


def judge(facts: Facts) -> Answer:
    """Looks for *Dismiss stale pull request approvals when new commits are pushed*."""
    return held(
        facts,
        name="dismiss_stale",
        good="a push voids the approvals before it",
        wrong="approvals stay valid after a push",
        fix="choose *Dismiss stale pull request approvals when new commits are pushed* in the ruleset",
    )
