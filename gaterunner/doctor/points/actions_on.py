"""GitHub Actions is switched on, or no workflow starts whatever it says."""

from __future__ import annotations

from gaterunner.doctor.answers import Answer, Unread, bad, known, ok
from gaterunner.doctor.facts import Facts


def judge(facts: Facts) -> Answer:
    """Looks at the repository's setting; where the token may not read it, at what pull requests started."""
    if isinstance(facts.actions, Unread) and not isinstance(facts.pulls, Unread):
        started = [pull for pull in facts.pulls if not isinstance(pull.runs, Unread) and pull.runs]
        if started:
            return ok(f"GitHub Actions is switched on: #{started[0].number} started workflows")
    if known(facts.actions).enabled:
        return ok("GitHub Actions is switched on")
    return bad("GitHub Actions is switched off for this repository", "Settings → Actions → General: allow actions")
