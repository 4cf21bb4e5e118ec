"""Prints the span of a window: `python3 -m dashboard 24h`."""

import sys
from datetime import UTC, datetime

from dashboard.windows import span

start, end = span(sys.argv[1], datetime(2026, 1, 31, 12, tzinfo=UTC))
print(f"{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}")
