"""What a message goes through."""

STATES = ("received", "queued", "analyzing", "summarized", "delivered")


def next_state(state: str) -> str | None:
    """What follows a state; None after the last. Raises ``ValueError`` for one that does not exist."""
    number = STATES.index(state)
    return STATES[number + 1] if number + 1 < len(STATES) else None
