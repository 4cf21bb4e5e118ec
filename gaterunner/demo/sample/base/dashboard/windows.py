"""The dashboard's time filters: one contract of `from` and `to`, whatever the filter's name."""

from datetime import datetime, timedelta

WINDOWS = {"1h": timedelta(hours=1), "24h": timedelta(hours=24), "7d": timedelta(days=7)}


def span(name: str, now: datetime) -> tuple[datetime, datetime]:
    """The `from` and `to` of a filter; raises ValueError for an unknown one."""
    if name not in WINDOWS:
        raise ValueError(f"unknown window {name!r}; choose one of {', '.join(WINDOWS)}")
    return now - WINDOWS[name], now
