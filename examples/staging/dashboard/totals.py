"""What the dashboard shows."""

from collections.abc import Iterable


def total(cents: Iterable[int]) -> str:
    """The sum as people write it: ``12.05``."""
    whole, rest = divmod(sum(cents), 100)
    return f"{whole}.{rest:02d}"
