"""The workflow file enforces: in shadow mode the check is neutral, which satisfies a required check."""

from __future__ import annotations

from gaterunner.doctor.answers import Answer, bad, known, ok, unknown
from gaterunner.doctor.facts import Facts
from gaterunner.model import Mode


def judge(facts: Facts) -> Answer:
    """Looks at ``mode``, and whether any gate counts at all."""
    law = known(facts.law)
    if law is None or law.workflow is None:
        raise unknown("there is no valid workflow file on the default branch", "see the point workflow-file")
    if law.workflow.mode is Mode.SHADOW:
        return bad(
            "mode is shadow: the check is neutral whatever the verdict, and that satisfies a required check",
            "take `mode: shadow` out of the workflow file once the reports are what you expect",
        )
    if all(gate.advisory for gate in law.workflow.gates):
        return bad(
            "all gates are advisory: none of them counts, so no run can pass",
            "let at least one gate count: drop `advisory`",
        )
    return ok("the workflow file enforces its verdict")
