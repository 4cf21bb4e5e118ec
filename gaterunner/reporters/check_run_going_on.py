"""Goes on with a check run that an earlier run left in progress: the one that waits, and no other.

It is told once, when all was evaluated: until then it says what it said, so that a job that ends in between changes
nothing. Somebody who completed it meanwhile, such as a first run that was started again, knows better.
"""

from __future__ import annotations

from collections import Counter

from gaterunner.github.checks import ANNOTATIONS_PER_REQUEST, Annotation, CheckRun, CheckTarget
from gaterunner.github.client import GitHubClient
from gaterunner.github.errors import GitHubError
from gaterunner.github.transport import Deadline
from gaterunner.reporters.check_run import render_completed
from gaterunner.reporters.check_run_progress import Progress
from gaterunner.reporters.publication import Ending, Published


class GoingOnWriter:
    """The check run ``number`` on ``target.head_sha``."""

    def __init__(self, client: GitHubClient, target: CheckTarget, number: int) -> None:
        self._client = client
        self._target = target
        self._number = number

    def show(self, progress: Progress, *, at: str) -> None:
        """Says nothing: what stands there says what is waited for."""

    def complete(self, ending: Ending, deadline: Deadline) -> Published:
        found = self._client.check_run(self._number, patience_s=deadline.remaining_s)
        if found.status != "in_progress" or found.head_sha != self._target.head_sha:
            raise GitHubError(f"the check run {self._number} has ended meanwhile, with {found.conclusion or 'nothing'}")
        state = render_completed(
            ending.report,
            completed_at=ending.at,
            notes=ending.notes,
            superseded_by=ending.superseded_by,
            run_url=self._target.details_url,
        )
        missing, notes = self._missing(found, ending.annotations, deadline), ending.notes
        first, rest = missing[:ANNOTATIONS_PER_REQUEST], missing[ANNOTATIONS_PER_REQUEST:]
        present = found.output.annotations_count
        done = self._client.update_check_run(
            self._number, state, first, present=present, patience_s=deadline.remaining_s
        )
        if (done.status, done.conclusion) != (state.status, state.conclusion):
            raise GitHubError(f"the check run {self._number} has ended meanwhile, with {done.conclusion or 'nothing'}")
        if rest:
            notes = (*notes, f"{len(rest)} more annotations were left out; the JSON report has all findings.")
        return Published(url=done.html_url, notes=notes)

    def _missing(
        self, found: CheckRun, annotations: tuple[Annotation, ...], deadline: Deadline
    ) -> tuple[Annotation, ...]:
        """Those that do not stand there yet; nobody can take away those that do."""
        if found.output.annotations_count == 0:
            return annotations
        there = Counter(self._client.annotations_of(found, patience_s=deadline.remaining_s))
        return tuple((Counter(annotations) - there).elements())
