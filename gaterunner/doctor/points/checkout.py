"""The checkout leaves no token behind where a gate could read it, and brings the history."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gaterunner.doctor.answers import Answer, bad, ok
from gaterunner.doctor.ci import Call
from gaterunner.doctor.facts import Facts
from gaterunner.doctor.points.reading import judging_calls

_CHECKOUT = re.compile(r"actions/checkout(?:@.*)?", re.IGNORECASE)


def judge(facts: Facts) -> Answer:
    """Looks at actions/checkout in the jobs that call gaterunner; a called fan-out has its own."""
    calls = judging_calls(facts)
    wrong = list(dict.fromkeys(each for call in calls.judging if call.kind != "fan-out" for each in _faults(call)))
    if wrong:
        return bad(
            "; ".join(wrong), "with: {fetch-depth: 0, persist-credentials: false} on actions/checkout, and no `ref`"
        )
    return ok("the checkout keeps no credentials")


def _faults(call: Call) -> Iterator[str]:
    job = call.jobs[-1]
    where = f"{call.workflow.path}, job {job.id}"
    checkouts = [step for step in job.steps if step.uses is not None and _CHECKOUT.fullmatch(step.uses)]
    if not checkouts:
        yield f"{where} has no actions/checkout"
    for step in checkouts:
        if step.input("persist-credentials", "true") != "false":
            yield f"{where} leaves its token in .git/config"
