from datetime import datetime, timedelta

import pytest

from dashboard.pipeline import next_state, stale

NOW = datetime(2026, 1, 22, 12)


def test_states_follow_each_other():
    assert next_state("received") == "queued"
    assert next_state("delivered") is None


def test_there_are_no_others():
    with pytest.raises(ValueError, match="not in tuple"):
        next_state("lost")


def test_a_stale_analysis_is_told_with_what_to_do():
    told = stale("analyzing", NOW - timedelta(minutes=16), NOW)
    assert told is not None
    assert "Send the message again" in told


def test_a_stale_analysis_is_not_told_too_early():
    assert stale("analyzing", NOW - timedelta(minutes=15), NOW) is None
    assert stale("delivered", NOW - timedelta(days=1), NOW) is None
