import os
from collections.abc import Iterator

import psycopg
import pytest

from guestbook.entries import Entry
from guestbook.store import Store


@pytest.fixture
def store() -> Iterator[Store]:
    opened = Store(os.environ["DATABASE_URL"])
    opened.migrate()
    yield opened
    opened.close()


def test_entries_come_back_in_the_order_they_were_added(store: Store) -> None:
    store.add(Entry("First", "hello"))
    store.add(Entry("Second", "there"))
    assert store.all() == [Entry("First", "hello"), Entry("Second", "there")]


def test_migrating_again_changes_nothing(store: Store) -> None:
    before = store.all()
    store.migrate()
    assert store.all() == before


def test_the_database_says_that_it_is_for_developing() -> None:
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        row = connection.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    assert row == ("environment=develop",)
