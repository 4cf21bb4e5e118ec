"""A gate as it is planned."""

from __future__ import annotations

from msgspec import Struct

from gaterunner.config.types import Gate
from gaterunner.model import Skip

GATE_KINDS = ("command", "migration-rehearsal", "rollback-rehearsal", "sentry-clean")
"""The kinds of gates that this version can run."""


class PlannedGate(Struct, frozen=True, kw_only=True):
    """A gate with its command resolved, in the order of execution.

    ``command`` is what the shell gets, empty for a gate that executes nothing of its own; ``why`` says where it comes
    from ("Makefile target `unit`", "declared in .gaterunner.yml:4"). ``needs`` are the gates that it waits for, given
    or implied by its place in the list; ``after`` are those that must have ended before it starts, whatever became of
    them: variants of one gate write the same files. When ``skip`` is set the gate does not run and ``skip_reason``
    says why. ``image`` is the one that the gate runs in, None where it runs on this machine. ``shard`` is which
    part of the gate this is: number (from 1) and total. ``declared`` is the name in the workflow file, which
    differs from ``gate.name`` for one of several states of flags or for a shard, and ``env`` what the state of the
    flags adds to the gate's own; it wins over the gate's.
    """

    gate: Gate
    command: str
    why: str
    declared: str = ""
    image: str | None = None
    shard: tuple[int, int] = (1, 1)
    env: tuple[tuple[str, str], ...] = ()
    needs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    skip: Skip | None = None
    skip_reason: str = ""

    @property
    def executes(self) -> bool:
        """Whether commands of the repository are executed for it: its own, or those of gates that it runs."""
        return self.gate.kind != "sentry-clean"
