from datetime import datetime

import pytest

from dashboard.windows import since

NOW = datetime(2026, 1, 15, 12)


def test_a_day():
    assert since("24h", NOW) == datetime(2026, 1, 14, 12)


def test_a_week():
    assert since("7d", NOW) == datetime(2026, 1, 8, 12)


def test_a_window_that_is_not_offered_is_named():
    with pytest.raises(ValueError, match="unknown window '9d'"):
        since("9d", NOW)
