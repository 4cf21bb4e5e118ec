"""Where a client of a database would end up, as far as it can be told without asking anybody."""

from __future__ import annotations

from msgspec import Struct

DEFAULT_PORTS = {
    "postgresql": 5432,
    "mysql": 3306,
    "sqlserver": 1433,
    "oracle": 1521,
    "mongodb": 27017,
    "redis": 6379,
    "clickhouse": 9000,
    "cassandra": 9042,
    "neo4j": 7687,
}


class Target(Struct, frozen=True, kw_only=True):
    """One place that a connection leads to.

    ``host`` is a name in lower-case ASCII without a final dot, an address in its shortest form, or the path of a unix
    socket. ``port`` is None for a socket, and where neither the connection nor its engine names one. ``database`` is
    None where the connection names none.
    """

    engine: str
    host: str
    port: int | None = None
    database: str | None = None

    @property
    def is_socket(self) -> bool:
        """True for a unix socket, also for one without a file (``@name``)."""
        return self.host.startswith(("/", "@"))

    def __str__(self) -> str:
        if self.is_socket:
            return f"socket {self.host}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = f":{self.port}" if self.port is not None and self.port != DEFAULT_PORTS.get(self.engine) else ""
        return f"{host}{port}/{self.database}" if self.database else f"{host}{port}"


class Login(Struct, frozen=True, kw_only=True):
    """What PostgreSQL is told beside the address. Holds a password: for the probe alone, never for a message."""

    user: str | None = None
    password: str | None = None
    sslmode: str | None = None


class Reading(Struct, frozen=True, kw_only=True):
    """What a connection names.

    ``targets`` are all places that some client may take for the one that is meant: clients differ in which of two hosts
    wins. ``services`` are names to be looked up in a PostgreSQL service file, ``unknown`` says why something cannot be
    told. ``login`` is what PostgreSQL would be told.
    """

    targets: tuple[Target, ...] = ()
    services: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    login: Login = Login()


NOTHING = Reading()
"""Read, and it leads to no database of anybody: a file, memory, a container that the tests start."""


class Named(Struct, frozen=True, kw_only=True):
    """A reading and where it comes from: ``by`` is for a message (``DATABASE_URL``), ``line`` counts from 1.

    ``part`` is the section of a settings file that it stands in, None where the file has none.
    """

    by: str
    reading: Reading
    line: int | None = None
    part: str | None = None
