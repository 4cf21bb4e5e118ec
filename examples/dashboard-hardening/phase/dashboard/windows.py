"""The windows of time that the dashboard shows."""

from datetime import datetime, timedelta

from dashboard import flags

WINDOWS = {"24h": timedelta(hours=24), "7d": timedelta(days=7)}
NEW_WINDOWS = {"1h": timedelta(hours=1), "21d": timedelta(days=21)}


def offered() -> dict[str, timedelta]:
    """The windows that the page offers."""
    return WINDOWS | NEW_WINDOWS if flags.is_on("dashboard-windows") else WINDOWS


def since(window: str, now: datetime) -> datetime:
    """When a window begins. Raises ``ValueError`` for one that is not offered."""
    windows = offered()
    if window not in windows:
        raise ValueError(f"unknown window {window!r}, there are {', '.join(windows)}")
    return now - windows[window]
