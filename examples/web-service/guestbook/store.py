"""Entries in PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import psycopg

from guestbook.entries import Entry

MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"


class Store:
    """The entries of one database, named by its URL."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)

    def migrate(self) -> None:
        """Applies what was not applied yet, in the order of the files' names."""
        self._connection.execute("CREATE TABLE IF NOT EXISTS applied (name text PRIMARY KEY)")
        for file in sorted(MIGRATIONS.glob("*.sql")):
            with self._connection.transaction():
                done = self._connection.execute("INSERT INTO applied VALUES (%s) ON CONFLICT DO NOTHING", (file.name,))
                if done.rowcount:
                    self._connection.execute(file.read_bytes())

    def add(self, entry: Entry) -> None:
        """Keeps one entry."""
        self._connection.execute("INSERT INTO entries (author, said) VALUES (%s, %s)", entry)

    def all(self) -> list[Entry]:
        """Every entry, the oldest first."""
        rows = self._connection.execute("SELECT author, said FROM entries ORDER BY id").fetchall()
        return [Entry(author, said) for author, said in rows]

    def close(self) -> None:
        """Ends the connection."""
        self._connection.close()
