"""What doctor says of one point. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from msgspec import Struct

T = TypeVar("T")


class Outcome(StrEnum):
    """``unknown`` is what could not be read; it is never ok."""

    OK = "ok"
    BAD = "bad"
    UNKNOWN = "unknown"


class Unread(Struct, frozen=True):
    """Takes the place of a fact that could not be read: ``why``, and what would let it be read."""

    why: str
    help: str


class Answer(Struct, frozen=True, kw_only=True):
    """``observed`` is a sentence on what was seen, ``fix`` what to do; empty only where the outcome is ok."""

    outcome: Outcome
    observed: str
    fix: str = ""


def ok(observed: str) -> Answer:
    return Answer(outcome=Outcome.OK, observed=observed)


def bad(observed: str, fix: str) -> Answer:
    return Answer(outcome=Outcome.BAD, observed=observed, fix=fix)


class UnknownError(Exception):
    """A point cannot be answered, as a fact that it needs could not be read."""

    def __init__(self, unread: Unread) -> None:
        super().__init__(unread.why)
        self.answer = Answer(outcome=Outcome.UNKNOWN, observed=unread.why, fix=unread.help)


def known(fact: T | Unread) -> T:
    """The fact. Raises ``UnknownError`` for one that could not be read."""
    if isinstance(fact, Unread):
        raise UnknownError(fact)
    return fact


def unknown(why: str, help: str) -> UnknownError:
    """For a point that only other facts make unanswerable; to be raised."""
    return UnknownError(Unread(why, help))
