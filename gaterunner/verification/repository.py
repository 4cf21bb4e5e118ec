"""Compares a report with the repository that it is about: commits, counts, and the workflow file that was the law."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator

from gaterunner.config.types import DEFAULT_PATH
from gaterunner.errors import GaterunnerError
from gaterunner.git import Repository
from gaterunner.model import ChangeSummary, DecisionLog, Event, Report, WorkflowInfo
from gaterunner.verification.checks import Check, differs, holds, same, unknown

_SHORT = 12
_DIRTY = "changes that were never committed were judged: nobody can look them up"


def check_repository(report: Report, repository: Repository, *, config: bytes | None) -> Iterator[Check]:
    """What the repository says of a report. ``config`` is the operator's own workflow file, where the law was one."""
    change = report.change
    if change is None:
        yield unknown("commits", "the report names no commit: the run ended before it knew what to judge")
        return
    missing = list(_missing(report, change, repository))
    yield from missing
    if not missing:
        judged = change.merge or change.head
        names = ", ".join(sha[:_SHORT] for sha in _commits(report, change))
        yield holds("commits", f"the repository has all of them: {names}")
        yield from _guarded("range", lambda: _range(change, judged, repository))
    log = report.decision_log
    if log is not None and not missing:
        judged = change.merge or change.head
        yield from _guarded("decision log", lambda: _decision_log(log, change, judged, repository))
    if report.workflow is None:
        yield unknown("workflow file", "the report names none")
    else:
        workflow = report.workflow
        yield from _guarded(
            "workflow file", lambda: _law(workflow, change, repository, config=config, all_there=not missing)
        )


def _guarded(name: str, look: Callable[[], Iterator[Check]]) -> Iterator[Check]:
    """What git cannot answer (a shallow clone, a damaged object) is unknown, and the rest is still looked at."""
    try:
        yield from look()
    except GaterunnerError as error:
        yield unknown(name, error.line)


def _commits(report: Report, change: ChangeSummary) -> tuple[str, ...]:
    law = report.workflow.commit if report.workflow and not _only_of_the_run(report.workflow, change) else None
    return tuple(dict.fromkeys(sha for sha in (change.base, change.head, change.merge, law) if sha))


def _only_of_the_run(workflow: WorkflowInfo, change: ChangeSummary) -> bool:
    """The first adoption in a dirty work tree is read from a snapshot that is a commit only while it is judged."""
    return workflow.source == "head" and change.dirty


def _missing(report: Report, change: ChangeSummary, repository: Repository) -> Iterator[Check]:
    for sha in _commits(report, change):
        if repository.resolve(sha) != sha:
            yield differs(
                "commits", f"{sha} is no commit of this repository; if it should be, fetch it: git fetch origin {sha}"
            )


def _range(change: ChangeSummary, judged: str, repository: Repository) -> Iterator[Check]:
    if change.merge:
        parents = repository.parents(change.merge)
        expected = (change.base, change.head)
        told = f"the test merge {change.merge[:_SHORT]} joins base and head"
        yield (
            holds("merge", told)
            if parents == expected
            else differs("merge", f"{change.merge[:_SHORT]} has the parents {_list(parents)}, not base and head")
        )
    if repository.merge_base(change.base, judged) == change.base:
        yield holds("base", f"{judged[:_SHORT]} is built on the base {change.base[:_SHORT]}")
    elif repository.is_shallow():
        yield unknown("base", "the history of this clone is cut off; git fetch --unshallow brings the rest")
        return
    else:
        yield differs("base", f"{judged[:_SHORT]} is not built on the base {change.base[:_SHORT]}")
        return
    commits = repository.commits(change.base, change.head)
    yield same("commits between", report=change.commits, found=len(commits), where="the repository")
    if change.dirty:
        yield unknown("files", _DIRTY)
        return
    files = repository.diff_files(change.base, judged)
    counted = (len(files), sum(file.insertions or 0 for file in files), sum(file.deletions or 0 for file in files))
    yield same(
        "files",
        report=_counts(change.files, change.insertions, change.deletions),
        found=_counts(*counted),
        where="the repository",
    )


def _decision_log(log: DecisionLog, change: ChangeSummary, judged: str, repository: Repository) -> Iterator[Check]:
    from gaterunner.governance.entries import UnreadableError, glance

    if change.dirty:
        yield unknown("decision log", _DIRTY)
        return
    data = repository.read(judged, log.path) or b""
    lines = data.splitlines()
    try:
        # Without any entry the head is that of the repository's first commit, which no line tells.
        head = glance(lines[-1]).hash if lines else log.head
    except UnreadableError as error:
        yield differs("decision log", f"the last line of {log.path} at {judged[:_SHORT]} is no entry: {error.reason}")
        return
    told = f"{log.path} at {judged[:_SHORT]}"
    yield same("decision log", report=f"{log.entries}, {log.head}", found=f"{len(lines)}, {head}", where=told)


def _counts(files: int, insertions: int, deletions: int) -> str:
    return f"{files} file{'' if files == 1 else 's'}, +{insertions} -{deletions}"


def _list(shas: tuple[str, ...]) -> str:
    return " and ".join(sha[:_SHORT] for sha in shas) or "none"


def _law(
    workflow: WorkflowInfo, change: ChangeSummary, repository: Repository, *, config: bytes | None, all_there: bool
) -> Iterator[Check]:
    name = "workflow file"
    if workflow.source == "file":
        if config is None:
            yield unknown(name, f"{workflow.path} lay outside the repository: give it with --config")
            return
        found = hashlib.sha256(config).hexdigest()
        yield same(name, report=workflow.sha256, found=found, where="the file given with --config")
        return
    if workflow.commit is None or _only_of_the_run(workflow, change):
        yield unknown(name, "the report names no commit that it was read from" if workflow.commit is None else _DIRTY)
        return
    if not all_there:
        yield unknown(name, "commits are missing, see above")
        return
    data = repository.read(workflow.commit, workflow.path)
    if data is None:
        yield differs(name, f"commit {workflow.commit[:_SHORT]} has no file {workflow.path}")
        return
    yield same(
        name,
        report=workflow.sha256,
        found=hashlib.sha256(data).hexdigest(),
        where=f"{workflow.path} at {workflow.commit[:_SHORT]}",
    )
    yield from _whose_law(workflow, change, repository, data)


def _whose_law(workflow: WorkflowInfo, change: ChangeSummary, repository: Repository, data: bytes) -> Iterator[Check]:
    """The branch must not have written its own law, unless the report says that it did."""
    name, law = "law", workflow.commit or ""
    # On a push the law is the default branch's tip, which the branch may have merged since.
    own = {commit.sha for commit in repository.commits(change.base, change.head)}
    if workflow.source == "base" and law in own and change.event is not Event.PUSH:
        yield differs(name, f"{law[:_SHORT]} is one of the branch's own commits, not its base")
    elif workflow.source == "head" and repository.read(change.base, workflow.path) is not None:
        yield differs(
            name, f"the base {change.base[:_SHORT]} holds {workflow.path}, so the branch's own was not in force"
        )
    elif workflow.path != DEFAULT_PATH and repository.read(workflow.commit or "", DEFAULT_PATH) is not None:
        yield unknown(
            name,
            f"it was judged by {workflow.path}, and {law[:_SHORT]} holds {DEFAULT_PATH} as well: only the repository's "
            "owners can say which of them is the law",
        )
    else:
        whose = "the base's" if workflow.source == "base" else "the branch's own (first adoption), as the report says"
        yield holds(name, f"the workflow file is {whose}")
    if not change.dirty and workflow.source == "base":
        changed = repository.read(change.merge or change.head, workflow.path) != data
        yield same(
            "changed by branch",
            report=_yes_or_no(said=workflow.changed_by_branch),
            found=_yes_or_no(said=changed),
            where="the repository",
        )


def _yes_or_no(*, said: bool) -> str:
    return "yes" if said else "no"
