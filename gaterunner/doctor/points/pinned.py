"""The actions beside gaterunner are pinned by commit: a tag is whatever its owner, or who robbed them, says today."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gaterunner.doctor.answers import Answer, bad, ok
from gaterunner.doctor.ci import CiWorkflow
from gaterunner.doctor.facts import Facts
from gaterunner.doctor.points.reading import judging_calls

_PINNED = re.compile(
    r"(?:[\w.-]+/[\w./-]+@(?:[0-9a-f]{40}|[0-9a-f]{64})|docker://[^\s@]+@sha256:[0-9a-f]{64}|(?:\$|\.)/.*)"
)
_NAMED = 5


def judge(facts: Facts) -> Answer:
    """Looks at every `uses:` of the workflows that call gaterunner."""
    calls = judging_calls(facts)
    used = [uses for workflow in calls.workflows for uses in _used(workflow)]
    loose = [uses for uses in dict.fromkeys(used) if not _PINNED.fullmatch(uses)]
    if not loose:
        return ok(f"all {len(used)} actions are pinned to a commit")
    more = f" and {len(loose) - _NAMED} more" if len(loose) > _NAMED else ""
    return bad(
        f"not pinned: {', '.join(loose[:_NAMED])}{more}",
        "name the commit and keep the version as a comment: uses: actions/checkout@<40 digits> # v7",
    )


def _used(workflow: CiWorkflow) -> Iterator[str]:
    for job in workflow.jobs:
        for step in (*([job.calls] if job.calls else []), *job.steps):
            if step.uses is not None:
                yield step.uses
