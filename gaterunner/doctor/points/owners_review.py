"""Owners have to approve what CODEOWNERS gives them, or the file is only a hint."""

from __future__ import annotations

from gaterunner.doctor.answers import Answer
from gaterunner.doctor.facts import Facts
from gaterunner.doctor.points.reading import held


def judge(facts: Facts) -> Answer:
    """Looks for *Require review from Code Owners*."""
    return held(
        facts,
        name="code_owners",
        good="code owners have to approve what is theirs",
        wrong="nobody has to wait for the code owners",
        fix="choose *Require review from Code Owners* in the ruleset",
    )
