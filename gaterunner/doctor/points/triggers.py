"""The workflow starts for everything that is judged: a required check that nobody starts is pending for ever."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gaterunner.doctor.answers import Answer, Unread, bad, ok, unknown
from gaterunner.doctor.ci import Trigger
from gaterunner.doctor.facts import Facts
from gaterunner.doctor.points.reading import judging_calls

_PULL_REQUEST = ("pull_request", "pull_request_target")
# What GitHub takes where no types are given (https://docs.github.com/actions/reference/workflows-and-actions/events).
_PULL_REQUEST_TYPES = ("opened", "synchronize", "reopened")
_REVIEW_TYPES = ("submitted", "dismissed")


def judge(facts: Facts) -> Answer:
    """Looks at the triggers of all workflows that call gaterunner, taken together."""
    workflows = judging_calls(facts).workflows
    triggers = tuple(trigger for workflow in workflows for trigger in workflow.triggers)
    wrong = [*_faults(triggers, facts.branch), *_queue_faults(triggers, facts)]
    if wrong:
        files = ", ".join(workflow.path for workflow in workflows)
        fixes = "; ".join(dict.fromkeys(fix for _, fix in wrong))
        return bad("; ".join(observed for observed, _ in wrong), f"in {files}: {fixes}")
    _refuse_unknown_queue(triggers, facts)
    return ok(f"starts on {', '.join(dict.fromkeys(trigger.event for trigger in triggers))}")


def _queue_faults(triggers: Sequence[Trigger], facts: Facts) -> Iterator[tuple[str, str]]:
    if _has_queue(triggers) or isinstance(facts.protection, Unread) or not facts.protection.merge_queue:
        return
    yield f"{facts.branch} has a merge queue and `merge_group` is missing: it waits for ever", "add `merge_group:`"


def _refuse_unknown_queue(triggers: Sequence[Trigger], facts: Facts) -> None:
    protection = facts.protection
    if _has_queue(triggers) or (not isinstance(protection, Unread) and not protection.unread):
        return
    why = protection.why if isinstance(protection, Unread) else f"the token may not read {protection.unread[0]}"
    raise unknown(
        f"`merge_group` is missing, and whether there is a merge queue is not known: {why}",
        "add `merge_group:` to the workflow, which does no harm without a queue",
    )


def _has_queue(triggers: Sequence[Trigger]) -> bool:
    return any(trigger.event == "merge_group" for trigger in triggers)


def _faults(triggers: Sequence[Trigger], branch: str) -> Iterator[tuple[str, str]]:
    on_pull_request = [trigger for trigger in triggers if trigger.event in _PULL_REQUEST]
    if not on_pull_request:
        yield "no `pull_request`", "add `pull_request:`"
    elif not any(_is_complete(trigger, branch) for trigger in on_pull_request):
        yield from _filters(on_pull_request[0], branch)
    reviews = [trigger for trigger in triggers if trigger.event == "pull_request_review"]
    if not any(_has(trigger, _REVIEW_TYPES) for trigger in reviews):
        what = "does not start for all reviews" if reviews else "is missing"
        yield (
            f"`pull_request_review` {what}: an approval lets nothing through, and one that is taken back still counts",
            "add `pull_request_review: {types: [submitted, edited, dismissed]}`",
        )


def _is_complete(trigger: Trigger, branch: str) -> bool:
    return not any(_filters(trigger, branch))


def _filters(trigger: Trigger, branch: str) -> Iterator[tuple[str, str]]:
    if trigger.paths or trigger.paths_ignore:
        name = "paths" if trigger.paths else "paths-ignore"
        yield (
            f"`{trigger.event}` has the filter `{name}`: where it skips the workflow, the check is pending for ever",
            f"take `{name}` out; gates skip themselves with `paths` in the workflow file",
        )
    if not _lets_through(trigger, branch):
        yield (
            f"the branch filter of `{trigger.event}` does not plainly let {branch} through",
            "take `branches` and `branches-ignore` out",
        )
    if not _has(trigger, _PULL_REQUEST_TYPES):
        yield f"`{trigger.event}` leaves out types", f"take `types` out, or name {', '.join(_PULL_REQUEST_TYPES)}"


def _has(trigger: Trigger, types: Sequence[str]) -> bool:
    return trigger.types is None or set(types) <= set(trigger.types)


def _lets_through(trigger: Trigger, branch: str) -> bool:
    """Only what is plain counts: of patterns with more than asterisks it is not tried to tell."""
    if any(_plainly(pattern, branch) is not False for pattern in trigger.branches_ignore):
        return False
    if not trigger.branches:
        return True
    if any(pattern.startswith("!") for pattern in trigger.branches):
        return False
    return any(_plainly(pattern, branch) for pattern in trigger.branches)


def _plainly(pattern: str, branch: str) -> bool | None:
    if re.search(r"[?+\[\]!{}]", pattern):
        return None
    parts = {"**": ".*", "*": "[^/]*"}
    expression = "".join(parts.get(each) or re.escape(each) for each in re.findall(r"\*\*|\*|[^*]+", pattern))
    return re.fullmatch(expression, branch) is not None
