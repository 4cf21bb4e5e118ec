"""A fresh develop database for every gate that asks, on one PostgreSQL server of the run.

Databases are made by the server's own `psql` inside its container, so that no driver is needed. A gate gets a role that
owns its database and may make more of them (test suites do), but is no superuser and sees no other gate's data.
"""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import replace

from gaterunner.config.types import Database
from gaterunner.database_state import Snapshot
from gaterunner.errors import EvaluationError
from gaterunner.redaction import Redactor, make_password
from gaterunner.services.base import ServiceError
from gaterunner.services.container import ServiceContainer
from gaterunner.services.health import WaitInterruptedError
from gaterunner.services.known import CompleteService, complete, kind_of

# Whatever the image's own start puts into this database (PostGIS: its extension) every gate's database begins with.
_TEMPLATE = "gaterunner_template"
_MAINTENANCE = "postgres"
_SQL_WITHIN_S = 60.0
_AT_ONCE = 4  # making one is a process in the server's container, and hundreds at once take longer than in turn
_LONGEST_SLUG = 40  # of the 63 bytes that PostgreSQL keeps of a name

# By way of the environment: arguments of a process can be read by everybody on the engine's machine.
_PSQL = (
    'printf %s "$GATERUNNER_SQL" | PGPASSWORD="$POSTGRES_PASSWORD" psql --no-psqlrc --quiet --tuples-only'
    ' --set ON_ERROR_STOP=1 --host 127.0.0.1 --port "$SERVICE_PORT" --username "$POSTGRES_USER"'
    f" --dbname {_MAINTENANCE} --file -"
)


class Granted(Struct, frozen=True, kw_only=True):
    """One gate's database: its ``name``, and the ``role`` that owns it with its ``password``."""

    name: str
    role: str
    password: str

    def env(self, host: str, port: int, environment: str) -> tuple[tuple[str, str], ...]:
        """What a gate is told about it."""
        user, database = quote(self.role, safe=""), quote(self.name, safe="")
        return (
            ("DATABASE_URL", f"postgresql://{user}:{self.password}@{host}:{port}/{database}"),
            ("PGHOST", host),
            ("PGPORT", str(port)),
            ("PGUSER", self.role),
            ("PGPASSWORD", self.password),
            ("PGDATABASE", self.name),
            ("GATERUNNER_DATABASE_ENVIRONMENT", environment),
        )


def complete_server(database: Database | None) -> CompleteService:
    """The server that databases are made on. Raises ``ServiceError`` when there is none, or it is not PostgreSQL."""
    if database is None or database.service is None:
        raise ServiceError(
            "`database: true`, but the workflow names no server", help="add `database: {service: postgres:16}` to it"
        )
    kind = kind_of(database.service.image)
    if kind is None or kind.name != "PostgreSQL":
        raise ServiceError(
            f"`database.service`: {database.service.image} is not an image of PostgreSQL that gaterunner knows",
            help="name one whose repository ends with postgres, postgis, pgvector or timescaledb",
        )
    return complete(replace(database.service, env=(("POSTGRES_DB", _TEMPLATE), *database.service.env)))


class Databases:
    """Makes databases on one server. Used from several threads."""

    def __init__(self, environment: str, redactor: Redactor) -> None:
        """``environment`` goes into every database's marker; ``redactor`` learns every password first."""
        self.environment = environment
        self._redactor = redactor
        self._lock = threading.Lock()
        self._turns = threading.BoundedSemaphore(_AT_ONCE)
        self._is_set_up = False

    @contextmanager
    def one(self, server: ServiceContainer, gate: str, *, cancelled: Event) -> Iterator[Granted]:
        """A fresh database for the time of the block. Raises ``ServiceError`` when it cannot be made."""
        self._set_up(server, cancelled)
        granted = _grant(gate)
        self._redactor.learn(granted.password)
        try:
            with self._turns:
                self._execute(server, _creation(granted, self.environment, _template(server)), "made", cancelled)
            yield granted
        finally:
            # Raises nothing: that something is left on a server that is thrown away changes no outcome.
            with self._turns, suppress(EvaluationError):
                self._execute(server, _removal(granted.role), "removed", Event())

    def snapshot(self, server: ServiceContainer, granted: Granted, *, cancelled: Event) -> Snapshot:
        """What a gate's database holds now. Raises ``ServiceError``."""
        from gaterunner.services.snapshots import take_snapshot

        with self._turns:
            return take_snapshot(server, granted, self._redactor, cancelled=cancelled)

    def _set_up(self, server: ServiceContainer, cancelled: Event) -> None:
        with self._lock:
            if not self._is_set_up:
                self._execute(server, _setup(_template(server)), "prepared", cancelled)
                self._is_set_up = True

    def _execute(self, server: ServiceContainer, sql: str, done: str, cancelled: Event) -> None:
        env = {"GATERUNNER_SQL": sql, "SERVICE_PORT": str(server.complete.port)}
        answer = server.execute(["/bin/sh", "-c", _PSQL], env, timeout_s=_SQL_WITHIN_S, cancelled=cancelled)
        if cancelled.is_set():
            raise WaitInterruptedError("interrupted while a database was made for the gate")
        if answer.code != 0:
            said = next((line.strip() for line in answer.output.splitlines() if "ERROR" in line), answer.output[-200:])
            raise ServiceError(
                self._redactor(f"a database for the gate could not be {done} on {server}: {said}"),
                help="`database.service` needs an image with psql whose POSTGRES_USER is a superuser",
            )


def _grant(gate: str) -> Granted:
    slug = re.sub(r"[^a-z0-9]+", "_", gate.lower()).strip("_")[:_LONGEST_SLUG]
    name = f"gate_{slug}_{secrets.token_hex(4)}"
    return Granted(name=name, role=name, password=make_password())


def _template(server: ServiceContainer) -> str:
    declared = dict(server.complete.env)["POSTGRES_DB"]
    return declared if declared != _MAINTENANCE else "template1"


def _setup(template: str) -> str:
    """Nothing that a crash could lose is worth a write to the disk; what all share is closed to the gates' roles.

    A session in the template would also keep others from being made from it.
    """
    return f"""
ALTER SYSTEM SET fsync = off;
ALTER SYSTEM SET full_page_writes = off;
ALTER SYSTEM SET synchronous_commit = off;
SELECT pg_reload_conf();
REVOKE CONNECT ON DATABASE {quoted_name(template)} FROM PUBLIC;
REVOKE CONNECT ON DATABASE template1 FROM PUBLIC;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
"""  # noqa: S608 (every name in it is quoted)


def _creation(granted: Granted, environment: str, template: str) -> str:
    name, role = quoted_name(granted.name), quoted_name(granted.role)
    marker = quoted_text(f"environment={environment}")
    return f"""
CREATE ROLE {role} LOGIN CREATEDB NOSUPERUSER NOCREATEROLE NOREPLICATION PASSWORD {quoted_text(granted.password)};
CREATE DATABASE {name} OWNER {role} TEMPLATE {quoted_name(template)};
REVOKE CONNECT, TEMPORARY ON DATABASE {name} FROM PUBLIC;
COMMENT ON DATABASE {name} IS {marker};
"""


def _removal(role: str) -> str:
    """Ends the role's sessions and those in its databases, and removes all of them, also those that the gate made."""
    owned = f"SELECT datname FROM pg_database WHERE datdba = {quoted_text(quoted_name(role))}::regrole"  # noqa: S608 (quoted)
    return f"""
ALTER ROLE {quoted_name(role)} NOLOGIN;
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = {quoted_text(role)} OR datname IN ({owned});
SELECT format('ALTER DATABASE %I IS_TEMPLATE false', datname) FROM ({owned}) AS owned \\gexec
SELECT format('DROP DATABASE %I', datname) FROM ({owned}) AS owned \\gexec
DROP OWNED BY {quoted_name(role)};
DROP ROLE {quoted_name(role)};
"""  # noqa: S608 (as above)


def quoted_name(name: str) -> str:
    """An identifier for PostgreSQL. Raises ``ValueError`` for what cannot be one."""
    if "\0" in name or not name:
        raise ValueError("not an identifier")
    return '"' + name.replace('"', '""') + '"'


def quoted_text(text: str) -> str:
    """A literal for PostgreSQL, whatever the server's ``standard_conforming_strings``. Raises ``ValueError``."""
    if "\0" in text:
        raise ValueError("not a text")
    doubled = text.replace("'", "''")
    return f"'{doubled}'" if "\\" not in text else " E'" + doubled.replace("\\", "\\\\") + "'"
