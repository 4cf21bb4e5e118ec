"""GitHub Actions may not approve pull requests, or a branch's own workflow approves it."""

from __future__ import annotations

from gaterunner.doctor.answers import Answer, bad, known, ok
from gaterunner.doctor.facts import Facts


def judge(facts: Facts) -> Answer:
    """Looks at *Allow GitHub Actions to create and approve pull requests*."""
    token = known(facts.token)
    if not token.approves:
        return ok("GitHub Actions may not approve pull requests")
    return bad(
        "GitHub Actions may approve pull requests, so that a workflow which a branch brings along can approve it",
        "Settings → Actions → General → Workflow permissions: take back *Allow GitHub Actions to create and approve "
        "pull requests*",
    )
