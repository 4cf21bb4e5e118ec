"""Nothing skips or excuses the job: one that `if:` skipped counts as a success."""

from __future__ import annotations

from collections.abc import Iterator

from gaterunner.doctor.answers import Answer, bad, ok
from gaterunner.doctor.ci import Call
from gaterunner.doctor.facts import Facts
from gaterunner.doctor.points.reading import judging_calls

_ALWAYS = ("always()", "!cancelled()", "true")


def judge(facts: Facts) -> Answer:
    """Looks at the jobs and steps that call gaterunner."""
    calls = judging_calls(facts)
    wrong = list(dict.fromkeys(each for call in calls.judging for each in _faults(call)))
    if wrong:
        return bad("; ".join(observed for observed, _ in wrong), "; ".join(dict.fromkeys(fix for _, fix in wrong)))
    return ok("no condition skips the job, and nothing excuses its failure")


def _faults(call: Call) -> Iterator[tuple[str, str]]:
    for job in call.jobs:
        where = f"{call.workflow.path}, job {job.id}"
        if job.condition is not None and _plain(job.condition) not in _ALWAYS:
            yield f"{where} has `if: {job.condition}`: skipped, it counts as a success", "take `if:` out of the job"
        if job.may_fail:
            yield f"{where} has `continue-on-error`", "take `continue-on-error` out"
    where = f"{call.workflow.path}, job {call.jobs[-1].id}"
    if call.step.condition is not None and _plain(call.step.condition) not in _ALWAYS:
        yield f"{where} calls gaterunner only `if: {call.step.condition}`", "take `if:` out of the step"
    if call.step.may_fail:
        yield f"{where} lets the step fail with `continue-on-error`", "take `continue-on-error` out"
    if call.step.is_excused:
        yield (
            f"{where} throws gaterunner's exit code away with `||`",
            "let the line end with gaterunner's own exit code",
        )
    events = {trigger.event for trigger in call.workflow.triggers}
    if "pull_request_target" in events and call.step.input("command", "run") != "check":
        yield (
            f"{call.workflow.path} starts on `pull_request_target`, where gaterunner refuses to run gates",
            "start on `pull_request`, or set `command: check`",
        )


def _plain(condition: str) -> str:
    return condition.replace("${{", "").replace("}}", "").strip()
