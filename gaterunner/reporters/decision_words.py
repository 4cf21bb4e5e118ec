"""What the panel decided, in the words that every form uses. Pure."""

from __future__ import annotations

from gaterunner.model import Decision, DecisionLog
from gaterunner.reporters.quantities import count

HEADERS = ("Question", "Answer", "By", "Votes", "Entry")
UNDECIDED = "a person has to decide"


def answer_words(decision: Decision) -> str:
    """The option that was chosen, or that nobody but a person can choose."""
    return decision.option if decision.option is not None else UNDECIDED


def votes_words(decision: Decision) -> str:
    """``later 13, now 5 (18 of 18 cast)``."""
    told = ", ".join(f"{option} {votes}" for option, votes in decision.votes_for)
    cast = f"{decision.votes_cast} of {decision.votes_total} cast"
    return f"{told} ({cast})" if told else f"none ({cast})"


def entry_words(decision: Decision) -> str:
    """``3, new``: which entry of the log it is."""
    return f"{decision.entry}{', new' if decision.added else ''}"


def decided_words(decision: Decision) -> str:
    """``refactor: later, by vote: later 13, now 5 (18 of 18 cast)``."""
    return f"{decision.question}: {answer_words(decision)}, by {decision.by}: {votes_words(decision)}"


def log_words(log: DecisionLog) -> str:
    """``3 entries, head 1f3a…``: the hash that the log has to hold from now on."""
    return f"{count(log.entries, 'entry', 'entries')}, head {log.head}"
