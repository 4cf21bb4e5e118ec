"""Publishes a run as a check: created when the run starts, updated while gates run, completed with the verdict.

All requests are made by one thread of its own, so that a slow or silent API never holds up a gate. What is to be said
is kept as one newest state, not as a queue: updates that were not sent in time are simply never sent.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus

from msgspec.structs import replace

from gaterunner.config.types import Workflow
from gaterunner.errors import GaterunnerError
from gaterunner.github.checks import CheckTarget
from gaterunner.github.client import GitHubClient
from gaterunner.github.errors import GitHubError, NotPermittedError, PublishingError, UnreachableError
from gaterunner.github.transport import Clock, Deadline
from gaterunner.model import Change, GateResult, PolicyResult, Report
from gaterunner.plan import PlannedGate
from gaterunner.reporters.annotations import ChangedLines, annotations_of
from gaterunner.reporters.check_run_going_on import GoingOnWriter
from gaterunner.reporters.check_run_progress import Progress, RunningGate, Step
from gaterunner.reporters.check_run_writer import CheckRunWriter
from gaterunner.reporters.commit_status import CommitStatusWriter
from gaterunner.reporters.publication import Ending, Form, NotPublished, Publication, Published, Writer

__all__ = ["FINISH_S", "CheckRunObserver", "NotPublished", "Publication", "Published"]

FINISH_S = 120.0
"""How long the end of a run may wait for GitHub in all."""

_FIRST_INTERVAL_S = 5.0
_SCARCE = 200  # requests left in the hour, for all jobs of a repository together
_SCARCE_INTERVAL_S = 300.0
_HEAD_S = 30.0
_REQUEST_GRACE_S = 35.0  # for a request that is under way when the run ends, and one that starts just in time


class CheckRunObserver:
    """Watches one run and tells it as one check run on ``target.head_sha``, and on no other commit.

    With the ``form`` status, or where the token may not write checks, it is a commit status. ``changed_lines`` gives
    the lines that a change adds or edits; without it annotations are ordered by changed files alone.
    """

    def __init__(
        self,
        client: GitHubClient,
        target: CheckTarget,
        *,
        form: Form = "check",
        changed_lines: Callable[[Change], ChangedLines] | None = None,
        clock: Clock | None = None,
        finish_s: float = FINISH_S,
        first_interval_s: float = _FIRST_INTERVAL_S,
    ) -> None:
        self._client = client
        self._target = target
        self._form = form
        self._clock = clock or Clock()
        self._finish_s = finish_s
        self._interval = _Interval(self._clock, first_interval_s)
        self._writer: Writer = _writer(client, target, form)
        self._change: Change | None = None
        self._changed_lines = changed_lines
        self._lines: ChangedLines | None = None
        self._progress = Progress()
        self._news_to_tell = False
        self._report: Report | None = None
        self._publication: Publication | None = None
        self._answer: list[Publication] = []
        self._refused: NotPermittedError | None = None
        self._fell_back: NotPermittedError | None = None
        self._news = threading.Condition()
        self._thread: threading.Thread | None = None

    # What the run tells; none of these waits for GitHub.

    def started(self, change: Change, workflow: Workflow, plan: Sequence[PlannedGate]) -> None:  # noqa: ARG002 - the protocol gives it
        self._change = change
        steps = tuple(Step(gate.gate.name, (*gate.needs, *gate.after)) for gate in plan)
        self._tell(lambda now: replace(now, planned=steps))

    def gate_started(self, gate: PlannedGate) -> None:
        begun = RunningGate(gate.gate.name, _now(self._clock))
        self._tell(lambda now: replace(now, running=(*now.running, begun)))

    def gate_output(self, gate: PlannedGate, lines: Sequence[str]) -> None:
        """Output is for the log, not for the check."""

    def gate_finished(self, result: GateResult) -> None:
        self._tell(
            lambda now: replace(
                now,
                running=tuple(gate for gate in now.running if gate.name != result.name),
                gates=(*now.gates, result),
            )
        )

    def policy_finished(self, result: PolicyResult) -> None:
        self._tell(lambda now: replace(now, policies=(*now.policies, result)))

    @property
    def changed(self) -> frozenset[str]:
        """The paths that the change touches; empty until the run has started."""
        return frozenset(file.path for file in self._change.files) if self._change else frozenset()

    @property
    def changed_lines(self) -> ChangedLines:
        """The lines that the change touches, as far as they can be told. Asks git the first time, after the gates."""
        if self._lines is None:
            self._lines = {}
            if self._change is not None and self._changed_lines is not None:
                # An order to read in is worth no verdict.
                with suppress(GaterunnerError, OSError):
                    self._lines = self._changed_lines(self._change)
        return self._lines

    def finished(self, report: Report) -> None:
        """Completes the check; raises ``PublishingError`` when it could not be."""
        publication = self.finish(report)
        if isinstance(publication, NotPublished):
            raise PublishingError(f"the check {self._target.name!r} was not published: {publication.reason}")

    def finish(self, report: Report) -> Publication:
        """Completes the check and says what became of it; never raises, and returns within a bounded time.

        The second call returns what the first one found.
        """
        if self._publication is None:
            self._publication = self._finish(report)
        return self._publication

    def _finish(self, report: Report) -> Publication:
        if report.change and report.change.head != self._target.head_sha:
            return NotPublished(
                reason=f"the report is about commit {report.change.head}, the check about {self._target.head_sha}"
            )
        with self._news:
            self._report = report
            self._start_thread()
            self._news.notify_all()
        thread = self._thread
        if thread is not None:
            thread.join(self._finish_s + _REQUEST_GRACE_S)
        return (
            self._answer[0]
            if self._answer
            else NotPublished(reason=f"GitHub gave no answer within {self._finish_s:g} s")
        )

    def _tell(self, change: Callable[[Progress], Progress]) -> None:
        with self._news:
            self._progress = change(self._progress)
            self._news_to_tell = True
            self._start_thread()
            self._news.notify_all()

    # What the thread does.

    def _start_thread(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._publish, name="check-run", daemon=True)
            self._thread.start()

    def _publish(self) -> None:
        while (progress := self._next_progress()) is not None:
            self._interval.used()
            self._try_to_show(progress)
        if self._report is not None:
            self._answer.append(self._complete(self._report))

    def _next_progress(self) -> Progress | None:
        """Waits for something new to say and for the time to say it; None once the run has ended."""
        with self._news:
            while self._report is None:
                telling = self._news_to_tell and self._refused is None
                wait_s = self._interval.wait_s()
                if telling and wait_s <= 0:
                    self._news_to_tell = False
                    return self._progress
                self._news.wait(wait_s if telling else None)
            return None

    def _try_to_show(self, progress: Progress) -> None:
        try:
            self._writer.show(progress, at=_now(self._clock))
        except NotPermittedError as error:
            self._fall_back(error)
        except UnreachableError as error:
            self._interval.back_off(error.retry_after_s)
        except Exception:  # noqa: BLE001 - whatever is wrong with an update, the verdict must still be told at the end
            self._interval.back_off(0.0)
        left = self._client.remaining
        if left is not None and left < _SCARCE:
            self._interval.back_off(_SCARCE_INTERVAL_S)

    def _fall_back(self, error: NotPermittedError) -> None:
        """From check to status; from there to nothing, and it is the check's refusal that is told.

        A status beside a check in progress would say nothing, as the check goes on blocking.
        """
        if isinstance(self._writer, CommitStatusWriter | GoingOnWriter):
            self._refused = self._fell_back or error
            return
        self._writer, self._fell_back = CommitStatusWriter(self._client, self._target), error
        with self._news:
            self._news_to_tell = True

    def _complete(self, report: Report) -> Publication:
        deadline = Deadline(self._clock, self._finish_s)
        try:
            ending = self._ending(report, deadline) if self._refused is None else None
            while ending is not None and self._refused is None:
                try:
                    return self._told(self._writer.complete(ending, deadline))
                except NotPermittedError as error:
                    self._fall_back(error)
        except GitHubError as error:
            return NotPublished(reason=error.message)
        except Exception as error:  # noqa: BLE001 - a defect here must not pass for a published check
            return NotPublished(reason=f"a defect of gaterunner ({type(error).__name__})")
        return NotPublished(reason=self._refused.message if self._refused else "", permitted=False, form=self._form)

    def _told(self, published: Published) -> Published:
        if self._fell_back is None:
            return published
        return replace(published, notes=(f"No check was published: {self._fell_back.message}.", *published.notes))

    def _ending(self, report: Report, deadline: Deadline) -> Ending:
        superseded_by, notes = self._look_at_head(deadline)
        return Ending(
            report=report,
            at=_now(self._clock),
            annotations=annotations_of(report, changed=self.changed, lines=self.changed_lines),
            notes=notes,
            superseded_by=superseded_by,
        )

    def _look_at_head(self, deadline: Deadline) -> tuple[str | None, tuple[str, ...]]:
        """Where the branch has moved on to, and what is to be said of it: the check stays on what was judged."""
        judged = self._target.head_sha
        try:
            head = self._head_now(min(_HEAD_S, deadline.remaining_s))
        except GitHubError as error:
            if self._target.pull_request is None and error.status == HTTPStatus.NOT_FOUND:
                return None, ()  # a pushed branch that is gone by now, as after its merge
            told = f"Whether {judged} is still the newest commit could not be found out: {error.message}."
            return None, (told,)
        if head is None or head == judged:
            return None, ()
        return head, (f"Superseded by a newer push: this verdict is about {judged}, the branch is now at {head}.",)

    def _head_now(self, patience_s: float) -> str | None:
        if self._target.pull_request is not None:
            return self._client.pull_request_head(self._target.pull_request, patience_s=patience_s)
        if self._target.branch is not None:
            return self._client.branch_head(self._target.branch, patience_s=patience_s)
        return None


def _writer(client: GitHubClient, target: CheckTarget, form: Form) -> Writer:
    if form == "status":
        return CommitStatusWriter(client, target)
    return CheckRunWriter(client, target) if target.going_on is None else GoingOnWriter(client, target, target.going_on)


class _Interval:
    """When the next update may be sent: soon at first, and ever more rarely the longer a run takes.

    With pauses of a twentieth of the run's time so far, an hour's run makes about a hundred updates, far below the
    1,000 requests an hour that GitHub grants to all jobs of a repository together.
    """

    def __init__(self, clock: Clock, first_s: float) -> None:
        self._clock = clock
        self._first_s = first_s
        self._began = clock.monotonic()
        self._not_before = self._began

    def wait_s(self) -> float:
        return self._not_before - self._clock.monotonic()

    def used(self) -> None:
        now = self._clock.monotonic()
        self._not_before = now + max(self._first_s, (now - self._began) / 20)

    def back_off(self, seconds: float) -> None:
        self._not_before = max(self._not_before, self._clock.monotonic() + seconds)


def _now(clock: Clock) -> str:
    return datetime.fromtimestamp(clock.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
