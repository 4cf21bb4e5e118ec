"""Publishes a report file as a check and a comment: the second stage of a run that may not publish by itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from gaterunner.errors import GaterunnerError, UsageError
from gaterunner.github.api import RepositoryApi
from gaterunner.github.checks import CheckTarget, make_external_id
from gaterunner.github.client import GitHubClient
from gaterunner.github.transport import DEFAULT_API_URL, Transport
from gaterunner.model import Report
from gaterunner.publishing.received import read_received
from gaterunner.publishing.second_stage import Expectation, look_up
from gaterunner.publishing.settling import Source, settle, unusable
from gaterunner.reporters.check_run_observer import CheckRunObserver
from gaterunner.reporters.publication import Form

DEFAULT_SERVER_URL = "https://github.com"


class Asked(Struct, frozen=True, kw_only=True):
    """What somebody wants published, and of which repository.

    Either ``run`` is a finished run of another workflow, of which GitHub is asked (``attempt`` is the one meant, None
    the newest), or ``source`` says what the report has to be about, on the word of whoever asks.
    """

    report: Path
    repository: str
    token: str
    check_name: str = "gaterunner"
    run: int | None = None
    attempt: int | None = None
    source: Source | None = None
    expected: Expectation = Expectation()
    api_url: str = DEFAULT_API_URL
    server_url: str = DEFAULT_SERVER_URL
    by_hand: bool = False


class Ready(Struct, frozen=True, kw_only=True):
    """What is to be published of it, and on which commit."""

    report: Report
    source: Source
    target: CheckTarget


def prepare(asked: Asked) -> Ready | None:
    """Reads and settles a report; None where a newer attempt of the run exists, which tells its own.

    Whatever is wrong with the report becomes the report, unless a person is there to read it. Raises
    ``GaterunnerError`` where it cannot be known which commit is meant: then there is nothing to put a check on.
    """
    if not re.fullmatch(r"[\w-]+/(?!\.+\Z)[\w.-]+", asked.repository, re.ASCII):
        raise UsageError(
            f"{asked.repository!r} is not a repository", help="expected owner/name, as in GITHUB_REPOSITORY"
        )
    source = _source(asked)
    if source is None:
        return None
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    try:
        report = settle(read_received(asked.report), source)
    except GaterunnerError as error:
        if asked.by_hand:
            raise
        report = unusable(error.problems, source, started=now)
    target = CheckTarget(
        name=asked.check_name,
        head_sha=source.head_sha,
        external_id=make_external_id(
            run_id=str(asked.run or ""),
            run_attempt=str(asked.attempt or 1),
            job="publish",
            name=asked.check_name,
            head_sha=source.head_sha,
        ),
        started_at=now,
        details_url=source.run_url,
        pull_request=source.pull_request,
    )
    return Ready(report=report, source=source, target=target)


def _source(asked: Asked) -> Source | None:
    if asked.source is not None:
        return asked.source
    if asked.run is None:
        raise UsageError(
            "nobody said what the report has to be about",
            help="name the commit with --sha, or the run that made the report with --run",
        )
    return look_up(
        api_of(asked),
        repository=asked.repository,
        run=asked.run,
        attempt=asked.attempt,
        expected=asked.expected,
        server_url=asked.server_url,
    )


def api_of(asked: Asked) -> RepositoryApi:
    """The repository's API for everything but checks."""
    return RepositoryApi(Transport(token=asked.token, api_url=asked.api_url), asked.repository)


def check_of(asked: Asked, target: CheckTarget, *, form: Form = "check") -> CheckRunObserver:
    """The check, not published yet."""
    client = GitHubClient.connect(token=asked.token, repository=asked.repository, api_url=asked.api_url)
    return CheckRunObserver(client, target, form=form)


def doubts_of(ready: Ready) -> Sequence[str]:
    """What could not be confirmed about the run, for the log; that a failing run did not end well is no doubt."""
    told = {problem.message for problem in ready.report.problems}
    not_green = ready.source.not_green
    return (*ready.source.doubts, *((not_green,) if not_green and not_green in told else ()))
