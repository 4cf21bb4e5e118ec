"""The default branch moves only by pull request, or whoever may write pushes to it directly."""

from __future__ import annotations

from gaterunner.doctor.answers import Answer
from gaterunner.doctor.facts import Facts
from gaterunner.doctor.points.reading import held


def judge(facts: Facts) -> Answer:
    """Looks for a rule that requires a pull request, or for a merge queue."""
    return held(
        facts,
        name="pull_request",
        good=f"{facts.branch} moves only by pull request",
        wrong=f"{facts.branch} takes direct pushes",
        fix=f"add *Require a pull request before merging* to the ruleset of {facts.branch}",
    )
