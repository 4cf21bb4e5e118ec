"""The windows of time that the dashboard shows."""

from datetime import datetime, timedelta

WINDOWS = {"24h": timedelta(hours=24), "7d": timedelta(days=7)}


def since(window: str, now: datetime) -> datetime:
    """When a window begins. Raises ``ValueError`` for one that is not offered."""
    if window not in WINDOWS:
        raise ValueError(f"unknown window {window!r}, there are {', '.join(WINDOWS)}")
    return now - WINDOWS[window]
