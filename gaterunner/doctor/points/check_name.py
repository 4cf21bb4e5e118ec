"""No other job reports under the name of the required check: GitHub tells checks of one app apart by nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gaterunner.doctor.answers import Answer, Unread, bad, known, ok, unknown
from gaterunner.doctor.ci import Calls, CiJob, CiWorkflow
from gaterunner.doctor.facts import Facts
from gaterunner.doctor.points.reading import judging_calls
from gaterunner.doctor.points.required import required_or_unknown


def judge(facts: Facts) -> Answer:
    """Looks at the jobs of all workflow files of the default branch."""
    names = {check.name for check in required_or_unknown(facts, known(facts.protection))}
    calls = judging_calls(facts)
    others = list(dict.fromkeys(_others(facts, calls, names)))
    if others:
        return bad(
            f"{', '.join(others)} reports under the name of the required check as well",
            "give the job a name of its own: one green check of that name is enough for GitHub",
        )
    open_names = list(dict.fromkeys(_open(facts, calls, names)))
    if open_names:
        raise unknown(
            f"only GitHub can tell whether {', '.join(open_names)} reports under the name of the required check",
            "begin the job's `name:` with a word of its own: whoever starts it may choose what an expression comes to",
        )
    return ok(f"nothing else in .github/workflows reports as {', '.join(sorted(names))}")


def _open(facts: Facts, calls: Calls, names: set[str]) -> Iterator[str]:
    """The jobs whose names GitHub fills in, and which can come to the required one."""
    judging = {(call.workflow.path, call.jobs[0].id) for call in calls.judging}
    for workflow in () if isinstance(facts.ci, Unread) else facts.ci:
        if not isinstance(workflow, CiWorkflow) or all(each.event == "workflow_call" for each in workflow.triggers):
            continue
        for job in workflow.jobs:
            is_call = (workflow.path, job.id) in judging
            if not is_call and any(_can_be(job, name) for name in names):
                yield f"job {job.id} of {workflow.path}"


def _can_be(job: CiJob, name: str) -> bool:
    if "${{" not in job.name:
        return job.is_matrix and name.startswith(f"{job.name} (") and name.endswith(")")
    fixed = re.split(r"\$\{\{.*?\}\}", job.name)
    rest = name
    if not rest.startswith(fixed[0]) or not rest.endswith(fixed[-1]):
        return False
    for piece in fixed:
        _, found, rest = rest.partition(piece) if piece else ("", True, rest)
        if not found:
            return False
    return True


def _others(facts: Facts, calls: Calls, names: set[str]) -> Iterator[str]:
    checks = {call.check for call in calls.of}
    judging = {(call.workflow.path, call.jobs[0].id) for call in calls.judging}
    for workflow in () if isinstance(facts.ci, Unread) else facts.ci:
        if not isinstance(workflow, CiWorkflow) or all(each.event == "workflow_call" for each in workflow.triggers):
            continue
        for job in workflow.jobs:
            # The job of a call may be the required one, but not beside a check run of the same name.
            is_call = (workflow.path, job.id) in judging
            if job.name in names and (not is_call or job.name in checks):
                yield f"job {job.id} of {workflow.path}"
