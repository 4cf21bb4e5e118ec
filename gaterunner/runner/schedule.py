"""Which gate starts when: once what it waits for was good, only so many at once, and nothing new after a failure."""

from __future__ import annotations

import heapq
import os
import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Event, Thread

from gaterunner.gates import unexecuted
from gaterunner.gates.wording import became
from gaterunner.model import GateResult, Outcome, Skip
from gaterunner.plan import PlannedGate

CANCELLED_GRACE_S = 60.0
"""How long a cancelled run waits for gates to end; an executor takes far less."""

_POLL_S = 0.5
_LOST = "interrupted, and it did not end"
_GOOD = frozenset({Outcome.PASSED, Outcome.WAIVED})


def usable_cpus() -> int:
    """How many gates run at once unless something else is asked for: the CPUs that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_in_order(
    plan: Sequence[PlannedGate],
    execute: Callable[[PlannedGate, int], GateResult],
    *,
    jobs: int,
    keep_going: bool,
    cancelled: Event,
    skipped: Callable[[GateResult], None],
) -> tuple[GateResult, ...]:
    """The results in the order of the plan.

    ``execute`` gets a gate and its number in the plan, from 1, in a thread of its own, and raises nothing. A gate is
    started when what it needs was good, directly or behind gates that were skipped as not applicable; otherwise it is
    skipped and ``skipped`` is told. After a gate that blocks, nothing new is started unless ``keep_going``; what
    runs is let finish. Setting ``cancelled`` starts nothing more.
    """
    schedule = _Schedule(plan, execute, keep_going=keep_going, cancelled=cancelled, skipped=skipped)
    return schedule.run(jobs)


def blocks(result: GateResult) -> bool:
    """True when gates that wait for this one must not run."""
    return result.outcome not in _GOOD and not result.advisory


class _Schedule:
    """Gates by their place in the plan. Everything but ``execute`` happens in the thread that called."""

    def __init__(
        self,
        plan: Sequence[PlannedGate],
        execute: Callable[[PlannedGate, int], GateResult],
        *,
        keep_going: bool,
        cancelled: Event,
        skipped: Callable[[GateResult], None],
    ) -> None:
        self._plan = plan
        self._execute = execute
        self._keep_going = keep_going
        self._cancelled = cancelled
        self._skipped = skipped
        self._done: SimpleQueue[tuple[int, GateResult]] = SimpleQueue()
        self._running = 0
        self._results: dict[int, GateResult] = {}
        self._blockers: dict[str, GateResult] = {}
        self._stopped: GateResult | None = None
        place = {planned.gate.name: index for index, planned in enumerate(plan)}
        self._needs = [{place[name] for name in (*planned.needs, *planned.after) if name in place} for planned in plan]
        self._followers: dict[int, list[int]] = {index: [] for index in range(len(plan))}
        for index, needs in enumerate(self._needs):
            for other in needs:
                self._followers[other].append(index)
        self._ready = [index for index, needs in enumerate(self._needs) if not needs]

    def run(self, jobs: int) -> tuple[GateResult, ...]:
        """All results; see ``run_in_order``."""
        heapq.heapify(self._ready)
        while self._ready or self._running:
            while self._ready and self._running < jobs:
                self._begin(heapq.heappop(self._ready))
            if self._running and not self._wait():
                break
        return tuple(
            self._results.get(index) or unexecuted.errored(planned, _LOST) for index, planned in enumerate(self._plan)
        )

    def _wait(self) -> bool:
        """Takes in one result; False when a cancelled gate does not end."""
        given_up = None
        while True:
            try:
                self._end(*self._done.get(timeout=_POLL_S))
            except Empty:
                now = time.monotonic()
                if self._cancelled.is_set():
                    given_up = given_up or now + CANCELLED_GRACE_S
                    if now > given_up:
                        return False
            else:
                return True

    def _begin(self, index: int) -> None:
        planned = self._plan[index]
        blocker = next((self._blockers[name] for name in planned.needs if name in self._blockers), None)
        result = self._without_running(planned, blocker)
        if result is not None:
            if blocker is not None:
                self._blockers[planned.gate.name] = blocker
            self._skipped(result)
            self._settle(index, result)
            return
        self._running += 1
        # A daemon: a gate's thread that hangs must not keep an interrupted run from ending.
        Thread(target=self._work, args=(index,), name=f"gate {planned.gate.name}", daemon=True).start()

    def _work(self, index: int) -> None:
        self._done.put((index, self._execute(self._plan[index], index + 1)))

    def _end(self, index: int, result: GateResult) -> None:
        self._running -= 1
        if blocks(result):
            self._blockers[result.name] = result
            self._stopped = self._stopped or result
        self._settle(index, result)

    def _settle(self, index: int, result: GateResult) -> None:
        self._results[index] = result
        for follower in self._followers[index]:
            self._needs[follower].discard(index)
            if not self._needs[follower]:
                heapq.heappush(self._ready, follower)

    def _without_running(self, planned: PlannedGate, blocker: GateResult | None) -> GateResult | None:
        """The result of a gate that does not run; None when it has to."""
        if planned.skip is not None:
            return unexecuted.skipped(planned, planned.skip, planned.skip_reason)
        if blocker is not None:
            return unexecuted.skipped(
                planned, Skip.NOT_REACHED, f"not reached: gate `{blocker.name}` {became(blocker.outcome)}"
            )
        if self._cancelled.is_set():
            return unexecuted.skipped(planned, Skip.NOT_REACHED, "not reached: the run was interrupted")
        if self._stopped is not None and not self._keep_going:
            stopper = f"gate `{self._stopped.name}` {became(self._stopped.outcome)}"
            told = f"not reached: {stopper}; --keep-going runs the others"
            return unexecuted.skipped(planned, Skip.NOT_REACHED, told)
        return None
