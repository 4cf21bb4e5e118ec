"""What executors share: the shell's options, the way of output, and how an execution is told."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime

from msgspec import Struct

from gaterunner.executors.base import Ended, Execution, Job
from gaterunner.output import BoundedLog

SHELL_OPTIONS = {"bash": ("--noprofile", "--norc", "-e", "-o", "pipefail", "-c"), "sh": ("-e", "-c")}


class Observed(Struct, frozen=True, kw_only=True):
    """An ``Execution`` without the times and the log."""

    ended: Ended
    exit_code: int | None = None
    signal: str | None = None
    error: str | None = None
    left_behind: int = 0
    image_digest: str | None = None
    notes: tuple[str, ...] = ()


def execution_of(job: Job, observe: Callable[[BoundedLog], Observed]) -> Execution:
    """Runs ``observe`` with the job's log open and tells it with its times.

    Raises ``EvaluationError`` for a log that cannot be written.
    """
    started, clock = datetime.now(UTC), time.monotonic()
    with closing(BoundedLog(job.log, job.log_limit)) as log:
        observed = observe(log)
    return Execution(
        ended=observed.ended,
        exit_code=observed.exit_code,
        signal=observed.signal,
        error=observed.error,
        started=started.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        duration_s=round(time.monotonic() - clock, 3),
        log_truncated=log.truncated,
        left_behind=observed.left_behind,
        tail=log.tail,
        image_digest=observed.image_digest,
        notes=observed.notes,
    )


def pass_on(lines: Sequence[str], log: BoundedLog, on_lines: Callable[[Sequence[str]], None]) -> None:
    """Keeps lines of output and shows them."""
    if lines:
        log.write(lines)
        on_lines(lines)
