"""Events in PostgreSQL."""

from pathlib import Path

import psycopg

MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"


class Store:
    """The events of one database, named by its URL."""

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

    def record(self, message: str, state: str, at: int) -> None:
        """Keeps one event; ``at`` in seconds since 1970."""
        self._connection.execute(
            "INSERT INTO events (message, state, created) VALUES (%s, %s, %s)", (message, state, at)
        )

    def states(self, since: int) -> dict[str, int]:
        """How many events of each state there are since a moment, in seconds since 1970."""
        rows = self._connection.execute(
            "SELECT state, count(*) FROM events WHERE created >= %s GROUP BY state", (since,)
        ).fetchall()
        return dict(rows)

    def close(self) -> None:
        """Ends the connection."""
        self._connection.close()
