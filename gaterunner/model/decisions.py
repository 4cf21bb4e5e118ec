"""What the panel decided, as the report tells it."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class Decision(Struct, frozen=True, kw_only=True):
    """One answer of the panel that counts for this run, from the decision log.

    ``outcome`` is ``decided``, ``default`` or ``escalated``: then a person has to decide and ``option`` is None. ``by``
    is the rule that settled it. ``votes_for`` are pairs of option and votes, as text since votes can be split.
    ``explanation`` are plain sentences. ``entry`` counts from 1; ``hash`` is that of the entry, ``panel`` the sha256 of
    the panel. ``added`` says that this branch recorded it.
    """

    phase: str
    question: str
    text: str
    outcome: Literal["decided", "default", "escalated"]
    option: str | None
    by: str
    votes_for: tuple[tuple[str, str], ...]
    votes_cast: int
    votes_total: int
    explanation: tuple[str, ...]
    entry: int
    hash: str
    panel: str
    recorded: str
    added: bool


class DecisionLog(Struct, frozen=True, kw_only=True):
    """The decision log of the judged tree. ``head`` is the hash of its last entry: it shows later that none is gone."""

    path: str
    entries: int
    head: str


class Decided(Struct, frozen=True, kw_only=True):
    """What a policy saw of the log, on its way into the report."""

    log: DecisionLog
    decisions: tuple[Decision, ...] = ()
