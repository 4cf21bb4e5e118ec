"""What GitHub says about the run that handed a report over, and what of it could not be confirmed.

The run was made of the pull request: its workflow file comes from the test merge, and every step may have executed the
branch's code. That it ended green, and that its report says pass, proves something only where the workflow was the
target's own. docs/forks.md says how much.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from gaterunner.config.types import PANEL_PATH, WAIVERS_PATH
from gaterunner.errors import UsageError
from gaterunner.github.api import RepositoryApi
from gaterunner.github.errors import GitHubError
from gaterunner.github.local_actions import local_actions
from gaterunner.github.workflow_runs import (
    PullRequestOfRun,
    WorkflowRun,
    changed_by_merge,
    read_default_branch,
    read_pull_requests,
    read_run,
    was_retargeted,
)
from gaterunner.publishing.settling import Source

EVENTS = ("pull_request", "pull_request_review")
"""The events of a first stage: others have a token of their own that may publish."""

DEFAULT_WORKFLOW = ".github/workflows/gates.yml"
# The decision log and cutovers beside them are what a branch brings to be judged.
_MADE_OF = (".github/workflows", ".github/actions", WAIVERS_PATH, PANEL_PATH)


class Expectation(Struct, frozen=True, kw_only=True):
    """What the second stage takes for its first one; all of it is told by the default branch's own workflow.

    ``workflow`` is the path of its workflow file, ``config`` that of gaterunner's. Besides into the default branch, a
    pass counts for pull requests into ``branches``.
    """

    workflow: str = DEFAULT_WORKFLOW
    config: str = ".gaterunner.yml"
    branches: tuple[str, ...] = ()


def look_up(
    api: RepositoryApi, *, repository: str, run: int, attempt: int | None, expected: Expectation, server_url: str
) -> Source | None:
    """Where the report of a run comes from; None where a newer attempt of the run exists, which tells its own.

    Raises ``UsageError`` for a run that is no first stage, ``GitHubError`` where GitHub does not tell of the run.
    """
    found = read_run(api, run)
    if found.repository.full_name.casefold() != repository.casefold():
        raise UsageError(f"run {run} is one of {found.repository.full_name}, not of {repository}")
    if found.event not in EVENTS:
        raise UsageError(
            f"run {run} was started by {found.event}, which has a token that may publish by itself",
            help=f"let the job run only `if:` github.event.workflow_run.event is one of: {', '.join(EVENTS)}",
        )
    if attempt is not None and found.run_attempt != attempt:
        return None
    path = found.path.partition("@")[0]
    doubts = []
    if path != expected.workflow:
        doubts.append(f"the run is of {path}, and {expected.workflow} was expected")
    pulls, unknown = _pull_requests(api, found)
    doubts += unknown or list(_doubts(api, found, pulls, expected))
    pulls = tuple(pull for pull in pulls if pull.state == "open")
    fork = found.head_repository.full_name if found.head_repository else "a repository that is gone"
    return Source(
        repository=repository,
        head_sha=found.head_sha,
        run_url=_run_url(server_url, repository, found),
        pull_request=pulls[0].number if len(pulls) == 1 else None,
        doubts=tuple(doubts),
        not_green=None if found.conclusion == "success" else f"the run ended with {found.conclusion or 'nothing yet'}",
        told=f"Handed over by a run of {path} on {found.event}, for {fork}; what it says is that run's word.",
    )


def _run_url(server_url: str, repository: str, run: WorkflowRun) -> str:
    """As the event of the run told it to the run, see ``GitHubEvent.run_url``."""
    attempt = f"/attempts/{run.run_attempt}" if run.run_attempt > 1 else ""
    return f"{server_url}/{repository}/actions/runs/{run.id}{attempt}"


def _pull_requests(api: RepositoryApi, run: WorkflowRun) -> tuple[tuple[PullRequestOfRun, ...], list[str]]:
    try:
        pulls = read_pull_requests(api, run)
    except GitHubError as error:
        return (), [f"which pull request the run was for could not be found out: {error.message}"]
    if all(pull.state != "open" for pull in pulls):
        return (), [f"no open pull request has the head {run.head_sha} that the run was for"]
    return pulls, []


def _doubts(
    api: RepositoryApi, run: WorkflowRun, pulls: tuple[PullRequestOfRun, ...], expected: Expectation
) -> Iterator[str]:
    """A check belongs to a commit, so it counts for every pull request with that head: each must be beyond doubt.

    The run was for one of them, and nobody says for which: a fork's author may have opened it into a branch with
    workflows of long ago, and have changed its target, or closed it, while the run went on.
    """
    try:
        accepted = {read_default_branch(api), *expected.branches}
    except GitHubError as error:
        yield f"the default branch could not be found out: {error.message}"
        return
    named = (expected.workflow, expected.config)
    made_of = (*_MADE_OF, *(each for each in named if not _is_within(each, _MADE_OF)))
    for pull in pulls:
        if pull.base.ref not in accepted:
            yield f"pull request #{pull.number} is into {pull.base.ref}, whose workflows nobody vouches for here"
            continue
        try:
            if was_retargeted(api, pull, run):
                yield f"the target of pull request #{pull.number} was changed since the run was made"
            # A closed one says no more than into what it was: the check counts for the open ones.
            changed = _changed(api, pull, made_of, expected.workflow) if pull.state == "open" else ()
        except GitHubError as error:
            yield f"what pull request #{pull.number} changes could not be found out: {error.message}"
            continue
        if changed:
            yield f"pull request #{pull.number} changes what its own run is made of: {', '.join(changed)}"


def _changed(api: RepositoryApi, pull: PullRequestOfRun, made_of: tuple[str, ...], workflow: str) -> tuple[str, ...]:
    """What of the run differs from the target's own: what is always looked at, and what the workflow uses besides."""
    changed = changed_by_merge(api, pull, made_of)
    if changed:
        return changed
    # The workflow is the target's, so the merge tells what the target's uses.
    used = local_actions(api, pull.merge_commit_sha or "", workflow)
    more = tuple(path for path in used if not _is_within(path, _MADE_OF))
    return tuple(
        path or "the repository itself, of which it uses an action" for path in changed_by_merge(api, pull, more)
    )


def _is_within(path: str, folders: tuple[str, ...]) -> bool:
    return any(path == folder or path.startswith(f"{folder}/") for folder in folders)
