"""Writes one check run: makes it or takes over that of an earlier attempt, keeps it up to date, completes it.

A job that is run again makes a new attempt on the same commit. What becomes of the earlier attempt's check run is
explained in docs/decisions/0019-a-check-run-ends-once.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

from msgspec.structs import replace

from gaterunner.github.checks import (
    ANNOTATIONS_PER_REQUEST,
    Annotation,
    CheckOutput,
    CheckRun,
    CheckState,
    CheckTarget,
    is_of_a_rerun,
)
from gaterunner.github.client import GitHubClient
from gaterunner.github.errors import GitHubError, RejectedError
from gaterunner.github.transport import Deadline
from gaterunner.reporters.check_run import render_completed
from gaterunner.reporters.check_run_progress import Progress, render_progress
from gaterunner.reporters.publication import Ending, Published

_AT_ONCE = 0.0
_REPLACED = CheckOutput(
    title="Replaced: the job was run again",
    summary="This attempt did not get to its end, or waited. The check of the same name by the newer attempt counts.\n",
)


class CheckRunWriter:
    """The check of one run on ``target.head_sha``, and on no other commit."""

    def __init__(self, client: GitHubClient, target: CheckTarget) -> None:
        self._client = client
        self._target = target
        self._check_run: CheckRun | None = None
        self._earlier: tuple[CheckRun, ...] | None = None if is_of_a_rerun(target.external_id) else ()
        self._tried = False

    def show(self, progress: Progress, *, at: str) -> None:
        state = render_progress(progress, at=at)
        if self._check_run is None:
            self._begin(state, at=at)
        else:
            self._client.update_check_run(self._check_run.id, state, patience_s=_AT_ONCE)

    def _begin(self, state: CheckState, *, at: str) -> None:
        if self._earlier is None:
            self._earlier = self._look_up(_AT_ONCE)
        newest = next(iter(self._earlier), None)
        if newest is not None and newest.status != "completed":
            if newest.output.annotations_count == 0:
                ours = self._linked(state)
                self._check_run = self._client.update_check_run(newest.id, ours, patience_s=_AT_ONCE)
                return
            self._replace(newest, at=at)
        look_first, self._tried = self._tried, True
        self._check_run = self._ours(
            self._client.create_check_run(
                self._target,
                state,
                look_first=look_first,
                known=[each.id for each in self._earlier],
                patience_s=_AT_ONCE,
            )
        )

    def _look_up(self, patience_s: float) -> tuple[CheckRun, ...]:
        """The check runs that this one may take the place of, the newest first.

        One in progress with the very same external id is not among them unless it can be ours, by a request whose
        answer was lost: it is that of another job of the same matrix, which is still writing on it.
        """
        found = self._client.earlier_check_runs(self._target, patience_s=patience_s)
        same = self._target.external_id
        return tuple(each for each in found if self._tried or each.external_id != same or each.status == "completed")

    def complete(self, ending: Ending, deadline: Deadline) -> Published:
        try:
            return self._complete(ending, deadline)
        except RejectedError as error:
            if not ending.annotations:
                raise
            notes = (*ending.notes, f"GitHub refused the annotations: {error.message}.")
            plain = Ending(report=ending.report, at=ending.at, notes=notes, superseded_by=ending.superseded_by)
            return self._complete(plain, deadline)

    def _complete(self, ending: Ending, deadline: Deadline) -> Published:
        state = render_completed(
            ending.report,
            completed_at=ending.at,
            notes=ending.notes,
            superseded_by=ending.superseded_by,
            run_url=self._target.details_url,
        )
        if self._check_run is None:
            # Also in a first attempt: that one's request to make a check may have got through without an answer.
            self._earlier = self._look_up(deadline.remaining_s)
            # Only the newest: GitHub shows it, whatever becomes of the others.
            self._check_run = next((each for each in self._earlier[:1] if self._takes(each, state)), None)
        check_run, annotations, present = self._check_run, ending.annotations, 0
        if check_run is not None:
            missing = self._missing(check_run, annotations, deadline)
            if missing is None:
                check_run = None
            else:
                annotations, present = missing, check_run.output.annotations_count
        first = annotations[:ANNOTATIONS_PER_REQUEST]
        done = self._update(check_run, state, first, present, deadline) if check_run is not None else None
        if done is None or not self._stands(done, state):
            annotations, present = ending.annotations, 0
            done = self._create(state, annotations[:ANNOTATIONS_PER_REQUEST], ending.at, deadline)
        self._check_run = done
        return Published(
            url=done.html_url, notes=(*ending.notes, *self._append(done, state, annotations, present, deadline))
        )

    @staticmethod
    def _stands(check_run: CheckRun, state: CheckState) -> bool:
        """Whether GitHub did what it was asked: it answers the same where it leaves a completed check as it ended.

        Then somebody else ended it, and a verdict must not get lost behind that.
        """
        return (check_run.status, check_run.conclusion) == (state.status, state.conclusion)

    @staticmethod
    def _takes(check_run: CheckRun, state: CheckState) -> bool:
        """How a check run ended stands for good: it can be written on only where it would not have to change."""
        return check_run.status != "completed" or check_run.conclusion == state.conclusion

    def _missing(
        self, check_run: CheckRun, annotations: tuple[Annotation, ...], deadline: Deadline
    ) -> tuple[Annotation, ...] | None:
        """Those that a check run does not have yet; None where it has others, for nobody can take them away."""
        count = check_run.output.annotations_count
        if count == 0:
            return annotations
        if count > len(annotations):
            return None
        wanted = Counter(annotations)
        there: Counter[Annotation] = Counter()
        try:
            for annotation in self._client.annotations_of(check_run, patience_s=deadline.remaining_s):
                there[annotation] += 1
                if there[annotation] > wanted[annotation]:
                    return None
        except GitHubError:
            return None
        return _without(annotations, there)

    def _create(self, state: CheckState, first: Sequence[Annotation], at: str, deadline: Deadline) -> CheckRun:
        earlier = self._earlier or ()
        known = {*(each.id for each in earlier), *([self._check_run.id] if self._check_run is not None else [])}
        self._check_run = None
        done = self._ours(
            self._client.create_check_run(
                self._target,
                state,
                first,
                known=known,
                patience_s=deadline.remaining_s,
            )
        )
        for each in earlier:
            if each.status != "completed":
                self._replace(each, at=at)
        return done

    def _update(
        self,
        check_run: CheckRun,
        state: CheckState,
        annotations: Sequence[Annotation],
        present: int,
        deadline: Deadline,
    ) -> CheckRun:
        return self._client.update_check_run(
            check_run.id, self._linked(state), annotations, present=present, patience_s=deadline.remaining_s
        )

    def _linked(self, state: CheckState) -> CheckState:
        """With our own link: the one that is there is of an earlier attempt, or whatever somebody else put there."""
        return replace(state, details_url=self._target.details_url)

    def _append(
        self,
        check_run: CheckRun,
        state: CheckState,
        annotations: Sequence[Annotation],
        present: int,
        deadline: Deadline,
    ) -> tuple[str, ...]:
        """Adds the annotations after the first 50. The verdict stands already, so a failure here is only noted."""
        for start in range(ANNOTATIONS_PER_REQUEST, len(annotations), ANNOTATIONS_PER_REQUEST):
            chunk = annotations[start : start + ANNOTATIONS_PER_REQUEST]
            try:
                self._update(check_run, state, chunk, present + start, deadline)
            except GitHubError as error:
                told = f"Only {present + start} of {present + len(annotations)} annotations were published"
                return (f"{told}: {error.message}.",)
        return ()

    def _replace(self, check_run: CheckRun, *, at: str) -> None:
        """Ends one that nobody writes on any more; as cancelled, which satisfies no required check."""
        state = CheckState(status="completed", conclusion="cancelled", completed_at=at, output=_REPLACED)
        with suppress(GitHubError):
            self._client.update_check_run(check_run.id, state, patience_s=_AT_ONCE)

    def _ours(self, check_run: CheckRun) -> CheckRun:
        if check_run.head_sha != self._target.head_sha:
            raise GitHubError(f"GitHub put the check on {check_run.head_sha} instead of {self._target.head_sha}")
        return check_run


def _without(annotations: Sequence[Annotation], there: Counter[Annotation]) -> tuple[Annotation, ...]:
    """``annotations`` in their order without those of ``there``, each as often as it is counted."""
    left, missing = Counter(there), []
    for annotation in annotations:
        if left[annotation] > 0:
            left[annotation] -= 1
        else:
            missing.append(annotation)
    return tuple(missing)
