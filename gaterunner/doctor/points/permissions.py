"""The job's token may do what it has to and nothing else: a gate that got hold of it could do the rest."""

from __future__ import annotations

from collections.abc import Iterator

from gaterunner.doctor.answers import Answer, bad, ok
from gaterunner.doctor.ci import Call, Permissions
from gaterunner.doctor.facts import Facts
from gaterunner.doctor.points.reading import judging_calls

_WANTED = "permissions: {contents: read, checks: write, pull-requests: read, statuses: read}"
# `statuses` for publish: status, `pull-requests` for a comment, the other two for actions/attest.
_MAY_WRITE = frozenset({"checks", "statuses", "pull-requests", "id-token", "attestations"})
_READ = ("contents", "pull-requests")


def judge(facts: Facts) -> Answer:
    """Looks at `permissions:` of every job that calls gaterunner, or of its workflow."""
    calls = judging_calls(facts)
    wrong: list[str] = []
    for call in calls.judging:
        wrong += _faults(call)
    if wrong:
        return bad("; ".join(dict.fromkeys(wrong)), f"let the job say {_WANTED}")
    return ok("the jobs that call gaterunner may write nothing but what they publish")


def _faults(call: Call) -> Iterator[str]:
    where = f"{call.workflow.path}, job {call.jobs[0].id}"
    granted = call.jobs[0].permissions or call.workflow.permissions
    if granted is None:
        yield f"{where} has no `permissions:`: its token may do whatever the repository's setting says"
        return
    if granted.everything == "write":
        yield f"{where} has `write-all`"
        return
    many = [f"{scope}: {level}" for scope, level in granted.scopes if level == "write" and scope not in _MAY_WRITE]
    if many:
        yield f"{where} has {', '.join(many)}"
    yield from _missing(call, granted, where)


def _missing(call: Call, granted: Permissions, where: str) -> Iterator[str]:
    """What the job asks of its token and does not get; a command line brings a token of its own, or none."""
    if call.kind == "command line":
        return
    published = {"check": "checks", "status": "statuses"}.get(call.step.input("publish", "check"))
    writing = [published] if published is not None else []
    if call.step.input("comment", "false") == "true":
        writing.append("pull-requests")
    missing = [f"{scope}: write" for scope in writing if granted.level(scope) != "write"]
    missing += [f"{scope}: read" for scope in _READ if scope not in writing and granted.level(scope) == "none"]
    if missing:
        yield f"{where} lacks {', '.join(missing)}"
