"""What every executor takes and gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event
from typing import Literal, Protocol

from msgspec import Struct

from gaterunner.config.types import Resources

Ended = Literal["exited", "signalled", "timed-out", "out-of-memory", "interrupted", "not-started", "lost"]


class Container(Struct, frozen=True, kw_only=True):
    """What a gate's container is made from. ``networks`` are the engine's ids of networks with services to join."""

    image: str
    resources: Resources = Resources()
    network: Literal["none", "services", "bridge"] = "bridge"
    networks: tuple[str, ...] = ()


class Job(Struct, frozen=True, kw_only=True):
    """One command to execute. ``cwd`` is absolute, ``env`` complete (nothing is inherited), ``timeout_s`` in seconds.

    ``root`` is the checkout, or the worktree that stands in for it; ``cwd`` lies in it. ``container`` is None for a
    command that is executed on this machine.

    ``log`` is the file that keeps the output, at most ``log_limit`` bytes: the first and the last half of it are kept
    and a line between them says how much was cut.
    """

    name: str
    command: str
    shell: Literal["bash", "sh"]
    root: Path
    cwd: Path
    env: dict[str, str]
    timeout_s: float
    log: Path
    container: Container | None = None
    log_limit: int = 16 * 1024 * 1024


class Execution(Struct, frozen=True, kw_only=True):
    """What was seen of one command.

    ``ended`` is ``exited`` (see ``exit_code``), ``signalled`` (``signal`` names it, e.g. SIGSEGV), ``timed-out``,
    ``out-of-memory`` (its container's limit), ``interrupted`` (the run was cancelled), ``not-started`` or ``lost`` (the
    place it ran in went away); for the last two ``error`` says why, in one line with a fix.
    ``started`` is ISO 8601 UTC. ``left_behind`` counts processes of the gate that were still alive when its command
    ended and had to be ended. ``image_digest`` is that of the image a container was made from. ``notes`` are sentences
    worth telling that do not change the outcome.
    """

    ended: Ended
    exit_code: int | None = None
    signal: str | None = None
    error: str | None = None
    started: str
    duration_s: float
    log_truncated: bool = False
    left_behind: int = 0
    tail: tuple[str, ...] = ()
    image_digest: str | None = None
    notes: tuple[str, ...] = ()


class Executor(Protocol):
    name: str

    def run(self, job: Job, *, on_lines: Callable[[Sequence[str]], None], cancelled: Event) -> Execution:
        """Runs the job to its end, or until ``cancelled`` is set; never raises for what the command does.

        ``on_lines`` gets the lines of output, redacted and stripped of control sequences, as many at a time as there
        are (see ``output.OutputCleaner``): a call per line is what a gigabyte of short ones would be spent on.
        """
        ...
