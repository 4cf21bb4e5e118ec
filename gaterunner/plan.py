"""From a workflow and a change to what runs, what is skipped, and why. Pure: no IO."""

from __future__ import annotations

from msgspec import Struct

from gaterunner.config.types import Gate
from gaterunner.model import Skip


class PlannedGate(Struct, frozen=True, kw_only=True):
    """A gate with its command resolved, in the order of execution.

    ``command`` is what the shell gets; ``why`` says where it comes from ("Makefile target `unit`", "declared in
    .gaterunner.yml:4"). When ``skip`` is set the gate does not run and ``skip_reason`` says why.
    """

    gate: Gate
    command: str
    why: str
    skip: Skip | None = None
    skip_reason: str = ""
