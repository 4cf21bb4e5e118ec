"""Numbers as people read them, the same in every form."""

from __future__ import annotations

_WITH_TENTHS = 10  # seconds; above, a tenth is noise


def duration(seconds: float) -> str:
    """``0.4 s``, ``12 s``, ``4 min 06 s``, ``4 h 06 min``."""
    shown = shown_seconds(seconds)
    if shown < _WITH_TENTHS:
        return f"{shown:.1f} s"
    minutes, rest = divmod(round(shown), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def shown_seconds(seconds: float) -> float:
    """As exactly as ``duration`` tells them; hours are told to the minute."""
    tenths = round(seconds, 1)
    return tenths if tenths < _WITH_TENTHS else float(round(seconds))


def count(number: int, one: str, many: str | None = None) -> str:
    """``1 file``, ``35 files``, ``6,503 lines``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
