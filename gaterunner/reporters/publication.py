"""What became of publishing a verdict, and what a verdict is published with."""

from __future__ import annotations

from typing import Literal, Protocol

from msgspec import Struct

from gaterunner.github.checks import Annotation
from gaterunner.github.transport import Deadline
from gaterunner.model import Report
from gaterunner.reporters.check_run_progress import Progress

Form = Literal["check", "status"]
"""A check run with the report, or a commit status: one line, for a token that may not write checks."""


class Published(Struct, frozen=True, kw_only=True):
    """The verdict stands beside its commit. ``notes`` are sentences about what could not be said there."""

    url: str | None
    notes: tuple[str, ...] = ()
    form: Form = "check"


class NotPublished(Struct, frozen=True, kw_only=True):
    """There is no finished check. ``permitted`` is False when the token may not write one, as on a fork.

    ``form`` is what was asked for.
    """

    reason: str
    permitted: bool = True
    form: Form = "check"


Publication = Published | NotPublished


class Ending(Struct, frozen=True, kw_only=True):
    """A finished run as it is published. ``at`` is ISO 8601 UTC, ``superseded_by`` where the branch is by now."""

    report: Report
    at: str
    annotations: tuple[Annotation, ...] = ()
    notes: tuple[str, ...] = ()
    superseded_by: str | None = None


class Writer(Protocol):
    """One place beside a commit where a verdict can stand. Both methods raise ``GitHubError``."""

    def show(self, progress: Progress, *, at: str) -> None:
        """Tells how far the run is; tried once, as the next time says more."""
        ...

    def complete(self, ending: Ending, deadline: Deadline) -> Published:
        """Tells how the run ended."""
        ...
