"""`gaterunner publish` outside of the action: prepares, publishes, and says what became of it."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from gaterunner.errors import EXIT_PASS, EvaluationError, UsageError
from gaterunner.github.comments import Commented
from gaterunner.github.transport import DEFAULT_API_URL
from gaterunner.launch import note
from gaterunner.publishing.commenting import Commenting
from gaterunner.publishing.second_stage import Expectation
from gaterunner.publishing.settling import Source
from gaterunner.publishing.stage import DEFAULT_SERVER_URL, Asked, Ready, api_of, check_of, doubts_of, prepare
from gaterunner.reporters.check_run_observer import NotPublished
from gaterunner.reporters.commit_status import ONE_LINE
from gaterunner.reporters.publication import Form
from gaterunner.reporters.terminal_text import clean


def publish_by_hand(
    *,
    report: Path,
    repository: str,
    run: int | None,
    sha: str | None,
    check_name: str,
    form: Form,
    comment: bool,
    pull_request: int | None,
    workflow: str,
    branches: tuple[str, ...],
    config: str,
) -> int:
    """Publishes and returns 0. Raises ``GaterunnerError`` where nothing could be published."""
    if sha is not None and not re.fullmatch("[0-9a-f]{40}|[0-9a-f]{64}", sha):
        raise UsageError(f"--sha {sha!r} is no full id of a commit", help="git rev-parse HEAD gives it")
    asked = Asked(
        report=report,
        repository=repository,
        token=_token(),
        check_name=check_name,
        run=run,
        source=_source(repository, sha, pull_request) if run is None else None,
        expected=Expectation(workflow=workflow, config=config, branches=branches),
        api_url=os.environ.get("GITHUB_API_URL", DEFAULT_API_URL),
        server_url=os.environ.get("GITHUB_SERVER_URL", DEFAULT_SERVER_URL),
        by_hand=True,
    )
    ready = prepare(asked)
    if ready is None:
        raise EvaluationError(f"run {run} has a newer attempt", help="publish the report of that one")
    if sha is not None and ready.source.head_sha != sha:
        raise UsageError(f"run {run} was for commit {ready.source.head_sha}, not for {sha}")
    for doubt in doubts_of(ready):
        note(clean(f"not confirmed: {doubt}"))
    url = _publish(asked, ready, form)
    if comment:
        _comment(asked, ready, url)
    return EXIT_PASS


def _publish(asked: Asked, ready: Ready, form: Form) -> str | None:
    published = check_of(asked, ready.target, form=form).finish(ready.report)
    if isinstance(published, NotPublished):
        raise EvaluationError(
            f"the verdict was not published: {clean(published.reason)}",
            help=None if published.permitted else "only a GitHub App may write checks; others take --as status",
        )
    for each in published.notes:
        if each != ONE_LINE:  # which names the job's summary: by hand there is none
            note(clean(each))
    told = published.url or f"{asked.repository}@{ready.source.head_sha}"
    sys.stdout.write(f"{ready.report.verdict}: {clean(ready.report.sentence)}\n{told}\n")
    return published.url


def _comment(asked: Asked, ready: Ready, url: str | None) -> None:
    number, head = ready.source.pull_request, ready.source.head_sha
    commenting = Commenting(api=api_of(asked), number=number, head_sha=head, check_name=asked.check_name)
    done = commenting.write(ready.report, url=url)
    if isinstance(done, Commented):
        sys.stdout.write(f"{done.url}\n")
    elif done.expected:
        note(clean(f"no comment was written: {done.reason}"))
    else:
        raise EvaluationError(f"the verdict is published, but not the comment: {clean(done.reason)}")


def _source(repository: str, sha: str | None, pull_request: int | None) -> Source | None:
    if sha is None:
        return None
    return Source(repository=repository, head_sha=sha, run_url=None, pull_request=pull_request)


def _token() -> str:
    token = os.environ.get("GH_TOKEN") or os.environ.get("GITHUB_TOKEN")
    if not token:
        raise UsageError("there is no token to publish with", help="set GH_TOKEN, such as by GH_TOKEN=$(gh auth token)")
    return token
