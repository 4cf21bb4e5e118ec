"""The databases that an environment leads to: variables of the clients, and those that frameworks agree on.

What libpq reads, and in which order: its documentation, "Environment Variables" and "The Connection Service File".
``PGHOSTADDR`` and a service's ``hostaddr`` also hold for a URL that names another host, so each counts by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from gaterunner.targets.connection import host_and_port, read_connection
from gaterunner.targets.keywords import is_file
from gaterunner.targets.scan import HOST_WORDS, scan_text
from gaterunner.targets.types import NOTHING, Login, Named, Reading, Target

_ENGINES = (
    (re.compile(r"PG|POSTGRES|PSQL|COCKROACH|RDS", re.IGNORECASE), "postgresql"),
    (re.compile(r"MYSQL|MARIADB", re.IGNORECASE), "mysql"),
    (re.compile(r"MSSQL|SQLSERVER", re.IGNORECASE), "sqlserver"),
    (re.compile(r"MONGO", re.IGNORECASE), "mongodb"),
    (re.compile(r"REDIS|VALKEY", re.IGNORECASE), "redis"),
    (re.compile(r"ORACLE", re.IGNORECASE), "oracle"),
)
_HOST_NAME = re.compile(
    rf"(?:^|_)(?:{HOST_WORDS})\d*_?(?:[A-Z0-9]+_)*?"
    r"(?:HOST|HOSTS|HOSTNAME|HOSTADDR|ADDR|ADDRESS|SERVER|SERVERS|ENDPOINT|ENDPOINTS|NODES|CONTACT_POINTS)$",
    re.IGNORECASE,
)
_URL_NAME = re.compile(
    rf"(?:(?:^|_)(?:{HOST_WORDS}|DATASOURCE|JDBC|SUPABASE|TURSO|ALCHEMY|SQLALCHEMY|SQLALCHEMY_DATABASE)\d*_(?:[A-Z0-9]+_)*?"
    r"(?:URL|URI|DSN|CONN|CONNECTION|CONNECTION_STRING|CONNSTR|JDBC_URL|CONNECTION_URI))$|^ConnectionStrings__\w+$",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"https?://(?:[^@/\s]*@)?([^/?#\s]+)", re.IGNORECASE)
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[^\s:/#?@\[\](){}]+)(?::\d{1,5})?|[/@]\S+|[0-9A-Fa-f:]+")
_MAY_HOLD_ONE = re.compile(r"://|:@|jdbc:|(?:host|hostaddr|server|source|service)\s?=|\)/", re.IGNORECASE)
_HANDLED = frozenset({"PGHOST", "PGHOSTADDR", "PGSERVICE", "MYSQL_UNIX_PORT"})
_UNREADABLE = "its value is no address in a form that is known here"


def named_by(env: Mapping[str, str]) -> Iterator[Named]:
    """Everything in an environment that leads to a database, one per variable."""
    yield from _of_libpq(env)
    for name, value in env.items():
        if name in _HANDLED or not value.strip():
            continue
        reading = _of_variable(name, value)
        if reading is not None and reading is not NOTHING:
            yield Named(by=name, reading=reading)


def _of_libpq(env: Mapping[str, str]) -> Iterator[Named]:
    database = env.get("PGDATABASE") or None
    login = Login(user=env.get("PGUSER"), password=env.get("PGPASSWORD"), sslmode=env.get("PGSSLMODE"))
    ports = env.get("PGPORT", "").split(",")
    for name in ("PGHOST", "PGHOSTADDR"):
        hosts = [host for host in env.get(name, "").split(",") if host.strip()]
        targets = []
        for number, host in enumerate(hosts):
            port = ports[number] if number < len(ports) else ports[0]
            told = host if port == "" or host.startswith(("/", "@")) or ":" in host else f"{host}:{port}"
            target = host_and_port(told, "postgresql", database)
            if target is not None:
                targets.append(target)
        unknown = (_UNREADABLE,) if len(targets) < len(hosts) else ()
        if hosts:
            yield Named(by=name, reading=Reading(targets=tuple(targets), unknown=unknown, login=login))
    if env.get("PGSERVICE"):
        yield Named(by="PGSERVICE", reading=Reading(services=(env["PGSERVICE"],), login=login))
    if env.get("MYSQL_UNIX_PORT"):
        socket = Target(engine="mysql", host=env["MYSQL_UNIX_PORT"])
        yield Named(by="MYSQL_UNIX_PORT", reading=Reading(targets=(socket,)))


def _of_variable(name: str, value: str) -> Reading | None:
    """What one variable names by its name and its value; None when it has nothing to do with a database."""
    if _URL_NAME.search(name):
        return _address(value) or _hosts(name, value) or Reading(unknown=(_UNREADABLE,))
    if _MAY_HOLD_ONE.search(value):
        found = [seen.reading for seen in scan_text(value) if seen.is_connection]
        if found:
            return _merged(found)
    if _HOST_NAME.search(name):
        return _address(value) or _hosts(name, value) or Reading(unknown=(_UNREADABLE,))
    return None


def _address(value: str) -> Reading | None:
    web = _SCHEME.match(value.strip())
    if web:
        target = host_and_port(web[1], "http")
        return Reading(targets=(target,)) if target else None
    reading = read_connection(value)
    if reading is None and is_file(value):
        return NOTHING
    return reading


def _hosts(name: str, value: str) -> Reading | None:
    """``a,b:5433`` as hosts; None when one of them cannot be a host."""
    engine = next((engine for pattern, engine in _ENGINES if pattern.search(name)), "database")
    targets = []
    for each in re.split(r"[,\s]+", value.strip()):
        if not each:
            continue
        target = host_and_port(each, engine) if _HOST.fullmatch(each) else None
        if target is None:
            return None
        targets.append(target)
    return Reading(targets=tuple(targets)) if targets else None


def _merged(readings: list[Reading]) -> Reading:
    return Reading(
        targets=tuple(dict.fromkeys(target for each in readings for target in each.targets)),
        services=tuple(dict.fromkeys(service for each in readings for service in each.services)),
        unknown=tuple(dict.fromkeys(why for each in readings for why in each.unknown)),
        login=readings[0].login,
    )
