"""What a gate gets from its services, and who gives it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from threading import Event
from typing import Protocol

from msgspec import Struct

from gaterunner.database_state import Snapshot
from gaterunner.errors import EvaluationError
from gaterunner.model import ServiceUse
from gaterunner.plan import PlannedGate


class Reached(Struct, frozen=True, kw_only=True):
    """What is in reach of one gate.

    ``env`` tells addresses and credentials, ``networks`` are the engine's ids of the networks that a gate in a
    container joins, and ``secrets`` the values to mask in output. ``uses`` is for the report; the file that each
    ``log`` names is complete when the gate's block has been left. ``snapshot`` looks into the gate's database, None
    where it has none; it raises ``ServiceError``. ``database_from`` is how the same database, and nothing else, is
    reached from where another gate runs; None where there is none.
    """

    env: tuple[tuple[str, str], ...] = ()
    networks: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    uses: tuple[ServiceUse, ...] = ()
    snapshot: Callable[[], Snapshot] | None = None
    database_from: Callable[[PlannedGate], Reached] | None = None


class ServiceError(EvaluationError):
    """A service cannot be had. ``uses`` names what was started nevertheless, each with the log that it left."""

    def __init__(self, message: str, *, help: str | None = None, uses: tuple[ServiceUse, ...] = ()) -> None:
        super().__init__(message, help=help)
        self.uses = uses


class ServiceHost(Protocol):
    """Gives gates their services. Used from several threads, one gate each."""

    def for_gate(
        self, planned: PlannedGate, *, on_lines: Callable[[Sequence[str]], None], cancelled: Event
    ) -> AbstractContextManager[Reached]:
        """The services of one gate: its own, the run's and its database, ready when the block is entered.

        The run's are started with the first gate that asks. ``on_lines`` gets what is worth showing meanwhile. Raises
        ``ServiceError`` when a service cannot be had; nothing of the gate's own is left when the block is left.
        """
        ...

    def close(self) -> None:
        """Ends what the run shares. Raises nothing."""
        ...
