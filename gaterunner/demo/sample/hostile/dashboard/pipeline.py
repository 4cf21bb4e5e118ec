"""The states a message goes through, and when a state has lasted too long."""

from datetime import timedelta

STATES = ("received", "queued", "analyzing", "summarized", "delivered")
STALE_AFTER = timedelta(minutes=15)


def is_stale(state: str, age: timedelta) -> bool:
    """True for a message that has been in analysis for longer than the SLA allows."""
    return state == "analyzing" and age > 2 * STALE_AFTER
