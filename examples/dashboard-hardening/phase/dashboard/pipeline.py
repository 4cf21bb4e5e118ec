"""What a message goes through."""

from datetime import datetime, timedelta

STATES = ("received", "queued", "analyzing", "summarized", "delivered")
LONGEST_ANALYSIS = timedelta(minutes=15)


def next_state(state: str) -> str | None:
    """What follows a state; None after the last. Raises ``ValueError`` for one that does not exist."""
    number = STATES.index(state)
    return STATES[number + 1] if number + 1 < len(STATES) else None


def stale(state: str, since: datetime, now: datetime) -> str | None:
    """What to tell of an analysis that takes too long; None of any other message."""
    if state != "analyzing" or now - since <= LONGEST_ANALYSIS:
        return None
    return "The analysis takes longer than 15 minutes. Send the message again, or ask for help."
