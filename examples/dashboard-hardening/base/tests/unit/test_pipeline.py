import pytest

from dashboard.pipeline import next_state


def test_states_follow_each_other():
    assert next_state("received") == "queued"
    assert next_state("delivered") is None


def test_there_are_no_others():
    with pytest.raises(ValueError, match="not in tuple"):
        next_state("lost")
