"""A workflow that says nothing gets a token that only reads."""

from __future__ import annotations

from gaterunner.doctor.answers import Answer, bad, known, ok
from gaterunner.doctor.facts import Facts


def judge(facts: Facts) -> Answer:
    """Looks at the repository's setting for GITHUB_TOKEN."""
    token = known(facts.token)
    if token.default == "read":
        return ok("GITHUB_TOKEN only reads where a workflow says nothing")
    return bad(
        "GITHUB_TOKEN may write everywhere where a workflow says nothing: any workflow can report a check or push",
        "Settings → Actions → General → Workflow permissions: *Read repository contents and packages permissions*",
    )
