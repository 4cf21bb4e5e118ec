"""The workflow file is there and holds no error, or every run ends as one."""

from __future__ import annotations

from gaterunner.config.types import DEFAULT_PATH
from gaterunner.doctor.answers import Answer, bad, known, ok
from gaterunner.doctor.facts import Facts
from gaterunner.reporters.problems import place_of


def judge(facts: Facts) -> Answer:
    """Looks at the default branch: what a branch is judged by lies there."""
    law = known(facts.law)
    if law is None:
        return bad(
            f"{facts.branch} holds no {DEFAULT_PATH}, so that every branch brings its own law",
            "write one (gaterunner init) and merge it",
        )
    if law.workflow is None:
        first = law.problems[0]
        more = f", and {len(law.problems) - 1} more" if len(law.problems) > 1 else ""
        return bad(
            f"{place_of(first)}: {first.message}{more}",
            "mend it on the default branch; `gaterunner validate` shows all",
        )
    names = ", ".join(gate.name for gate in law.workflow.gates)
    return ok(f"{DEFAULT_PATH} on {facts.branch} is valid: gates {names}")
