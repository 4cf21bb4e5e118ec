"""Which pull requests wait in a merge queue's commit, each with the head that its reviewers saw.

The queue's commits are made by GitHub, so no review names them. A merge commit of the queue holds the head of its pull
request as its second parent; a squashed one holds no trace of it, and then only the queue's branch tells the number.
"""

from __future__ import annotations

import re

from gaterunner.errors import EvaluationError
from gaterunner.model import Change, Commit
from gaterunner.policies.forge import Forge, PullRequest

_BRANCH = re.compile(r"gh-readonly-queue/.+/pr-(?P<number>\d+)-[0-9a-f]{40,64}\Z")
_OF_A_MERGE = 2


def queued_pull_requests(forge: Forge, change: Change) -> tuple[PullRequest, ...]:
    """The pull requests of a merge group, newest first. Raises ``EvaluationError`` where they cannot all be told."""
    entries = _entries(change)
    match = _BRANCH.match(change.branch or "")
    if not entries or match is None:
        raise EvaluationError(f"{change.branch or 'the branch'} is no merge queue's branch with an entry on it")
    if all(len(entry.parents) == _OF_A_MERGE for entry in entries):
        newest, *older = entries
        return (
            _merged(forge, newest, change, int(match["number"])),
            *(_merged(forge, entry, change) for entry in older),
        )
    if len(entries) > 1:
        raise EvaluationError(
            f"the merge group holds {len(entries)} commits, and only merge commits tell their pull requests",
            help="let the queue merge with merge commits, or one pull request at a time",
        )
    return (forge.pull_request(int(match["number"])),)


def _entries(change: Change) -> list[Commit]:
    """The first-parent line of the queue's branch, down to the target."""
    by_sha = {commit.sha: commit for commit in change.commits}
    entries = []
    sha = change.head
    while sha in by_sha:
        entries.append(by_sha[sha])
        sha = by_sha[sha].parents[0] if by_sha[sha].parents else ""
    return entries


def _merged(forge: Forge, entry: Commit, change: Change, number: int | None = None) -> PullRequest:
    """The pull request that an entry merges; ``number`` is its number where the queue's branch tells it.

    Two branches may have one head, and it is the branch that says which phase is judged, and whose reviews count.
    """
    head = entry.parents[1]
    having = [each for each in forge.pull_requests_of(head) if each.head == head and each.target == change.target]
    found = [each for each in having if number in (None, each.number)]
    if not found:
        raise EvaluationError(f"no pull request into {change.target} has the queued head {head[:12]}")
    if len(found) > 1:
        told = " and ".join(f"#{each.number}" for each in found)
        raise EvaluationError(
            f"which pull request the merge group holds cannot be told: {told} have the queued head {head[:12]}",
            help="close all but one of them, or let the queue take one pull request at a time (group size 1)",
        )
    return found[0]
