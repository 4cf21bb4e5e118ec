from datetime import datetime

import pytest

from dashboard.windows import offered, since

NOW = datetime(2026, 1, 22, 12)


def test_a_day():
    assert since("24h", NOW) == datetime(2026, 1, 21, 12)


def test_a_week():
    assert since("7d", NOW) == datetime(2026, 1, 15, 12)


def test_the_new_windows_are_offered_with_the_flag(monkeypatch):
    monkeypatch.setenv("DASHBOARD_WINDOWS", "true")
    assert since("1h", NOW) == datetime(2026, 1, 22, 11)
    assert since("21d", NOW) == datetime(2026, 1, 1, 12)


def test_the_new_windows_are_not_there_without_it(monkeypatch):
    monkeypatch.setenv("DASHBOARD_WINDOWS", "false")
    assert [*offered()] == ["24h", "7d"]


def test_a_window_that_is_not_offered_is_named():
    with pytest.raises(ValueError, match="unknown window '9d'"):
        since("9d", NOW)
