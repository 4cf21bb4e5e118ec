"""Publishes a run as a check: created when the run starts, updated while gates run, completed with the verdict.

All requests are made by one thread of its own, so that a slow or silent API never holds up a gate. What is to be said
is kept as one newest state, not as a queue: updates that were not sent in time are simply never sent.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from msgspec import Struct
from msgspec.structs import replace

from gaterunner.config.types import Workflow
from gaterunner.github.checks import ANNOTATIONS_PER_REQUEST, Annotation, CheckRun, CheckState, CheckTarget
from gaterunner.github.client import GitHubClient
from gaterunner.github.errors import GitHubError, NotPermittedError, PublishingError, RejectedError, UnreachableError
from gaterunner.github.transport import Clock, Deadline
from gaterunner.model import Change, GateResult, PolicyResult, Report
from gaterunner.plan import PlannedGate
from gaterunner.reporters.annotations import annotations_of
from gaterunner.reporters.check_run import Progress, RunningGate, render_completed, render_progress

FINISH_S = 120.0
"""How long the end of a run may wait for GitHub in all."""

_PROGRESS_S = 0.0  # an update is tried once: the next one says more
_FIRST_INTERVAL_S = 5.0
_REQUEST_GRACE_S = 35.0  # for a request that is under way when the run ends, and one that starts just in time


class Published(Struct, frozen=True, kw_only=True):
    """The check stands. ``notes`` are sentences about what could not be said in it."""

    url: str | None
    notes: tuple[str, ...] = ()


class NotPublished(Struct, frozen=True, kw_only=True):
    """There is no finished check. ``permitted`` is False when the token may not write one, as on a fork."""

    reason: str
    permitted: bool = True


Publication = Published | NotPublished


class CheckRunObserver:
    """Watches one run and tells it as one check run on ``target.head_sha``, and on no other commit."""

    def __init__(
        self,
        client: GitHubClient,
        target: CheckTarget,
        *,
        clock: Clock | None = None,
        finish_s: float = FINISH_S,
        first_interval_s: float = _FIRST_INTERVAL_S,
    ) -> None:
        self._client = client
        self._target = target
        self._clock = clock or Clock()
        self._finish_s = finish_s
        self._interval = _Interval(self._clock, first_interval_s)
        self._changed = frozenset[str]()
        self._progress = Progress()
        self._news_to_tell = False
        self._report: Report | None = None
        self._publication: Publication | None = None
        self._answer: list[Publication] = []
        self._check_run: int | None = None
        self._uncertain = False
        self._refused: NotPermittedError | None = None
        self._news = threading.Condition()
        self._thread: threading.Thread | None = None

    # What the run tells; none of these waits for GitHub.

    def started(self, change: Change, workflow: Workflow, plan: Sequence[PlannedGate]) -> None:  # noqa: ARG002 - the protocol gives it
        self._changed = frozenset(file.path for file in change.files)
        self._tell(lambda now: replace(now, planned=tuple(gate.gate.name for gate in plan)))

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
        return self._changed

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
            state = render_progress(progress)
            if self._check_run is None:
                self._create(state, patience_s=_PROGRESS_S)
            else:
                self._client.update_check_run(self._check_run, state, patience_s=_PROGRESS_S)
        except NotPermittedError as error:
            self._refused = error
        except UnreachableError as error:
            self._interval.back_off(error.retry_after_s)
        except Exception:  # noqa: BLE001 - whatever is wrong with an update, the verdict must still be told at the end
            self._interval.back_off(0.0)

    def _create(self, state: CheckState, *, patience_s: float) -> CheckRun:
        look_first, self._uncertain = self._uncertain, True
        check_run = self._client.create_check_run(self._target, state, look_first=look_first, patience_s=patience_s)
        if check_run.head_sha != self._target.head_sha:
            raise GitHubError(f"GitHub put the check on {check_run.head_sha} instead of {self._target.head_sha}")
        self._check_run = check_run.id
        return check_run

    def _complete(self, report: Report) -> Publication:
        if self._refused is not None:
            return NotPublished(reason=self._refused.message, permitted=False)
        try:
            return self._completed(report, Deadline(self._clock, self._finish_s))
        except NotPermittedError as error:
            return NotPublished(reason=error.message, permitted=False)
        except GitHubError as error:
            return NotPublished(reason=error.message)
        except Exception as error:  # noqa: BLE001 - a defect here must not pass for a published check
            return NotPublished(reason=f"a defect of gaterunner ({type(error).__name__})")

    def _completed(self, report: Report, deadline: Deadline) -> Publication:
        if self._check_run is None:
            self._create(render_progress(self._progress), patience_s=deadline.remaining_s)
        notes = self._look_at_head(deadline)
        state = render_completed(report, completed_at=_now(self._clock), notes=notes)
        annotations = annotations_of(report, changed=self._changed)
        try:
            done = self._update(state, annotations[:ANNOTATIONS_PER_REQUEST], present=0, deadline=deadline)
        except RejectedError as error:
            if not annotations:
                raise
            notes = (*notes, f"GitHub refused the annotations: {error.message}.")
            state = render_completed(report, completed_at=_now(self._clock), notes=notes)
            return Published(url=self._update(state, (), present=0, deadline=deadline).html_url, notes=notes)
        return Published(url=done.html_url, notes=(*notes, *self._append(state, annotations, deadline)))

    def _append(self, state: CheckState, annotations: Sequence[Annotation], deadline: Deadline) -> tuple[str, ...]:
        """Adds the annotations after the first 50. The verdict stands already, so a failure here is only noted."""
        for present in range(ANNOTATIONS_PER_REQUEST, len(annotations), ANNOTATIONS_PER_REQUEST):
            chunk = annotations[present : present + ANNOTATIONS_PER_REQUEST]
            try:
                self._update(state, chunk, present=present, deadline=deadline)
            except GitHubError as error:
                return (f"Only {present} of {len(annotations)} annotations were published: {error.message}.",)
        return ()

    def _update(
        self, state: CheckState, annotations: Sequence[Annotation], *, present: int, deadline: Deadline
    ) -> CheckRun:
        if self._check_run is None:
            raise AssertionError("only a check run that exists is updated")
        return self._client.update_check_run(
            self._check_run, state, annotations, present=present, patience_s=deadline.remaining_s
        )

    def _look_at_head(self, deadline: Deadline) -> tuple[str, ...]:
        """Says so when the branch has moved on: the check stays on the commit that was judged."""
        number, judged = self._target.pull_request, self._target.head_sha
        if number is None:
            return ()
        try:
            head = self._client.pull_request_head(number, patience_s=min(30.0, deadline.remaining_s))
        except GitHubError as error:
            return (f"Whether {judged} is still the head of the pull request could not be found out: {error.message}.",)
        if head == judged:
            return ()
        return (f"A newer push exists: this verdict is about {judged}, the branch is now at {head}.",)


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
