"""What a verification says: one line for each thing that was looked at."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class State(StrEnum):
    """``unknown`` is what could not be looked at, which is no confirmation either."""

    HOLDS = "holds"
    DIFFERS = "differs"
    UNKNOWN = "unknown"


class Check(Struct, frozen=True):
    """One thing that was looked at: its name, what came of it, and what was seen, with what to do where it matters."""

    name: str
    state: State
    told: str


def holds(name: str, told: str) -> Check:
    return Check(name, State.HOLDS, told)


def differs(name: str, told: str) -> Check:
    return Check(name, State.DIFFERS, told)


def unknown(name: str, told: str) -> Check:
    return Check(name, State.UNKNOWN, told)


def same(name: str, *, report: object, found: object, where: str) -> Check:
    """Holds when both are equal; ``where`` says what ``found`` was read from."""
    if report == found:
        return holds(name, f"{where} says the same: {found}")
    return differs(name, f"the report says {report}, {where} says {found}")
