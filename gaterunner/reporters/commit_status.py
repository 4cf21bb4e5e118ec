"""A run as a commit status: one line beside a commit, for a token that may not write checks."""

from __future__ import annotations

from gaterunner.github.checks import CheckTarget
from gaterunner.github.client import GitHubClient
from gaterunner.github.statuses import CONTEXT_CHARACTERS, DESCRIPTION_CHARACTERS, CommitStatus, State
from gaterunner.github.transport import Deadline
from gaterunner.model import Report, Verdict
from gaterunner.reporters.check_run import conclusion_of, title_of
from gaterunner.reporters.check_run_progress import Progress
from gaterunner.reporters.markdown_text import clean, shorten
from gaterunner.reporters.publication import Ending, Published

ONE_LINE = "The verdict is a commit status, which holds one line; the job summary has the report."
_STARTED = "Running; the log of the job shows how far it is"


class CommitStatusWriter:
    """The status of one run on ``target.head_sha``; its context is the check's name.

    It is written twice, when the run starts and when it ends: each writing is an event that starts workflows.
    """

    def __init__(self, client: GitHubClient, target: CheckTarget) -> None:
        self._client = client
        self._target = target
        self._shown = False

    def show(self, progress: Progress, *, at: str) -> None:  # noqa: ARG002 - what changes while it runs is not told
        if not self._shown:
            self._client.write_status(self._target.head_sha, self._status("pending", _STARTED), patience_s=0.0)
            self._shown = True

    def complete(self, ending: Ending, deadline: Deadline) -> Published:
        description = title_of(ending.report, superseded_by=ending.superseded_by)
        status = self._status(state_of(ending.report), description)
        self._client.write_status(self._target.head_sha, status, patience_s=deadline.remaining_s)
        return Published(url=self._target.details_url, notes=(*ending.notes, ONE_LINE), form="status")

    def _status(self, state: State, description: str) -> CommitStatus:
        return CommitStatus(
            state=state,
            context=shorten(clean(self._target.name), CONTEXT_CHARACTERS),
            description=shorten(description, DESCRIPTION_CHARACTERS),
            target_url=self._target.details_url,
        )


def state_of(report: Report) -> State:
    """How the status ends. It knows no neutral: what blocks nothing is a success, and its line says the verdict."""
    conclusion = conclusion_of(report)
    if conclusion is None:
        return "pending"
    if conclusion in ("success", "neutral"):
        return "success"
    return "error" if report.verdict is Verdict.ERROR else "failure"
