"""A cutover as a frozen type: what is replaced in the database, by which steps, and where it stands."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from gaterunner.config.types import CUTOVERS_PATH, Position

PATH = CUTOVERS_PATH
"""Where a repository declares its cutovers."""

Phase = Literal["dual-write", "backfill", "read-new", "stop-old"]

PHASES: tuple[Phase, ...] = ("dual-write", "backfill", "read-new", "stop-old")
"""In their order: write both, copy what is older, read the new, stop writing the old. Dropping it comes last."""


class Cutover(Struct, frozen=True, kw_only=True):
    """One declared cutover.

    ``drops`` are the tables and columns (``orders``, ``orders.total``) that it ends with removing, lower-case and
    without the default schema. ``flag`` is the text that switches readers over in the code; ``dual_write`` is the path
    of the file that writes both, with a ``symbol`` in it where one is named. ``parity`` is the gate that compares the
    two.
    """

    name: str
    position: Position
    drops: tuple[str, ...]
    flag: str
    dual_write: str
    symbol: str | None
    parity: str
    phase: Phase

    @property
    def step(self) -> int:
        """How far it is: 0 for dual-write, 3 for stop-old."""
        return PHASES.index(self.phase)


class Cutovers(Struct, frozen=True, kw_only=True):
    """Where the cutovers stand (the base's file) and where the change takes them (the judged tree's)."""

    base: tuple[Cutover, ...] = ()
    judged: tuple[Cutover, ...] = ()
