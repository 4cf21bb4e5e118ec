import os

import pytest

from dashboard.store import Store


@pytest.fixture
def store():
    opened = Store(os.environ["DATABASE_URL"])
    opened.migrate()
    yield opened
    opened.close()


def test_states_are_counted_since_a_moment(store):
    store.record("m1", "received", 1_000)
    store.record("m1", "queued", 2_000)
    store.record("m2", "received", 3_000)
    assert store.states(since=2_000) == {"queued": 1, "received": 1}


def test_states_are_counted_between_two_moments(store):
    store.record("m3", "received", 11_000)
    store.record("m3", "queued", 12_000)
    store.record("m4", "received", 13_000)
    assert store.states(since=12_000, until=13_000) == {"queued": 1}
