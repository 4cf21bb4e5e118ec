"""One connection string to the places that it leads to.

Clients disagree about what a URL means: libpq, pgx and node-postgres let ``?host=`` win over the host before the path,
asyncpg does not, SQLAlchemy ends the password at the first ``@`` wherever that stands. So every host that is named
anywhere counts, and all of them have to be allowed. Sources: libpq's ``conninfo_uri_parse_options``, SQLAlchemy's
``_parse_url``, pgjdbc's ``Driver.parseURL``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from gaterunner.targets.hosts import normal_host, without_templates
from gaterunner.targets.keywords import keyword_reading, sql_server_host
from gaterunner.targets.types import DEFAULT_PORTS, NOTHING, Login, Reading, Target

_ENGINES = {
    "postgres": "postgresql",
    "postgresql": "postgresql",
    "postgis": "postgresql",
    "psql": "postgresql",
    "pgsql": "postgresql",
    "pgx": "postgresql",
    "pg": "postgresql",
    "cockroach": "postgresql",
    "cockroachdb": "postgresql",
    "timescale": "postgresql",
    "timescaledb": "postgresql",
    "redshift": "postgresql",
    "yugabytedb": "postgresql",
    "mysql": "mysql",
    "mysql2": "mysql",
    "mysqlx": "mysql",
    "mariadb": "mysql",
    "trilogy": "mysql",
    "tidb": "mysql",
    "vitess": "mysql",
    "sqlserver": "sqlserver",
    "mssql": "sqlserver",
    "oracle": "oracle",
    "mongodb": "mongodb",
    "mongo": "mongodb",
    "redis": "redis",
    "rediss": "redis",
    "valkey": "redis",
    "valkeys": "redis",
    "redis-sentinel": "redis",
    "clickhouse": "clickhouse",
    "ch": "clickhouse",
    "cassandra": "cassandra",
    "scylla": "cassandra",
    "neo4j": "neo4j",
    "bolt": "neo4j",
    "libsql": "libsql",
    "snowflake": "snowflake",
    "db2": "db2",
    "sybase": "sybase",
    "hive": "hive",
    "vertica": "vertica",
    "firebird": "firebird",
    "arangodb": "arangodb",
    "couchdb": "couchdb",
}
_FILES = frozenset({"sqlite", "sqlite3", "duckdb", "file", "derby", "hsqldb", "spatialite", "sqlcipher", "memory"})
# How databases of Java that are files or in memory reach another machine; H2 takes the slashes or leaves them out.
_REMOTE = {"h2": r"(?:tcp|ssl):(?://)?", "hsqldb": r"(?:hsql|http)s?://", "derby": r"//"}
SCHEMES = tuple(sorted(_ENGINES, key=len, reverse=True))
"""The schemes of URLs that lead to a database, longest first."""

_SCHEME = re.compile(r"([a-z][a-z0-9.-]*)((?:\+[a-z0-9_.-]+)?):", re.IGNORECASE)
_JAVA = re.compile(r"(?:jdbc|r2dbcs?):", re.IGNORECASE)
_JAVA_WRAPPERS = re.compile(
    r"(?:aws-wrapper|p6spy|log4jdbc|otel|tracing|pool|proxy|secretsmanager|jdbc-secretsmanager):", re.IGNORECASE
)
_HOST_KEYS = frozenset(
    {"host", "hosts", "hostaddr", "hostname", "server", "servername", "addr", "address", "ip", "pghost"}
    | {"unix_socket", "unix_sock", "socket", "failoverpartner", "failover_partner"}
)
_DATABASE_KEYS = frozenset({"dbname", "database", "databasename", "db"})
_MAX_LENGTH = 8192
_PORT = re.compile(r"[0-9]{1,5}")
_UNIX_SCHEMES = frozenset({"unix", "redis+unix", "redis+socket", "socket"})


def read_connection(text: str) -> Reading | None:
    """What a whole text names when a client takes it for an address; None when it has none of the known forms.

    A text that leads to a file or to memory is ``NOTHING``.
    """
    text = re.sub(r"[\t\r\n]", "", text.strip().strip("\"'")).replace("\\/", "/")
    if len(text) > _MAX_LENGTH:
        return Reading(unknown=("it is longer than an address can be",))
    java = _JAVA.match(text)
    if java:
        text = text[java.end() :]
        while wrapper := _JAVA_WRAPPERS.match(text):
            text = text[wrapper.end() :]
    if java and text.lower().startswith("tc:"):  # Testcontainers starts a container for it
        return NOTHING
    scheme = _SCHEME.match(text)
    return _of_scheme(scheme, text, is_java=java is not None) if scheme else keyword_reading(text)


def _of_scheme(scheme: re.Match[str], text: str, *, is_java: bool) -> Reading | None:
    name, plus, rest = scheme[1].lower(), scheme[2].lower(), text[scheme.end() :]
    if name in _REMOTE:
        remote = re.match(_REMOTE[name], rest, re.IGNORECASE)
        return _of_url(name, rest[remote.end() :]) if remote else NOTHING
    if name in _FILES:
        return NOTHING
    if f"{name}{plus}" in _UNIX_SCHEMES and rest.startswith("//"):
        return Reading(targets=(Target(engine="redis", host=rest[2:].partition("?")[0]),))
    engine = _ENGINES.get(name) or _ENGINES.get(plus[1:])  # prisma+postgres
    if engine is not None:
        return _of_url(engine, rest[2:]) if rest.startswith("//") else _without_slashes(engine, rest, text)
    return None if rest.startswith("//") and not is_java else keyword_reading(text)


def _without_slashes(engine: str, rest: str, text: str) -> Reading | None:
    """``oracle:thin:@…``, ``mysql:host=…`` of PHP, and ``postgresql:name``, which is on this machine."""
    thin = re.match(r"(?:thin|oci8?):[^@]*@(?://)?", rest, re.IGNORECASE)
    if thin:
        described = _described_hosts(engine, rest)
        if described:
            return Reading(targets=described)
        host, _, tail = rest[thin.end() :].partition(":") if "/" not in rest[thin.end() :] else ("", "", "")
        return _of_url(engine, f"{host}:{tail.replace(':', '/', 1)}" if host else rest[thin.end() :])
    if "=" in rest:
        return keyword_reading(rest, engine=engine, sure=True)
    if re.fullmatch(r"[\w-]*(?:\?.*)?", rest) and text.lower().startswith(("postgres", "mysql", "mariadb")):
        return Reading(targets=(Target(engine=engine, host="localhost", port=DEFAULT_PORTS.get(engine)),))
    return None


def _described_hosts(engine: str, text: str) -> tuple[Target, ...]:
    """Oracle's ``(DESCRIPTION=(ADDRESS=(HOST=x)(PORT=y)))`` and MySQL's ``address=(host=x)(port=y)``."""
    hosts = re.findall(r"\(\s*host\s*=\s*([^()\s]+)\s*\)", text, re.IGNORECASE)
    return tuple(Target(engine=engine, host=normal_host(host), port=DEFAULT_PORTS.get(engine)) for host in hosts)


def _of_url(engine: str, rest: str) -> Reading:
    if engine == "sqlserver":
        rest = rest.replace(";", "?", 1).replace(";", "&")
    end = re.search(r"[/?#]", rest)
    authority, tail = (rest[: end.start()], rest[end.start() :]) if end else (rest, "")
    path, _, query = tail.partition("?")
    query = query.partition("#")[0]
    database = unquote(path.partition("#")[0].strip("/").partition("/")[0]) or None
    asked, services, login = _of_query(query)
    late = tuple(_behind_a_late_at(authority, tail))
    database = None if late else asked.get("", [database])[-1]  # it would hold a part of the password
    user_info, at, hosts = authority.rpartition("@")
    described = _described_hosts(engine, rest)
    if described:
        return Reading(targets=described)
    places = [*hosts.split(","), *late]
    texts = [place for place in places if place] + [place for key, found in asked.items() if key for place in found]
    reading = _reading(engine, texts, database, sealed=bool(at) or bool(database) or bool(query))
    user, _, password = user_info.partition(":")
    login = Login(user=unquote(user) or login.user, password=unquote(password) or login.password, sslmode=login.sslmode)
    return Reading(targets=reading.targets, services=services, unknown=reading.unknown, login=login)


def _behind_a_late_at(authority: str, tail: str) -> Iterator[str]:
    """Hosts that a client sees which takes all up to an ``@`` for the password, with slashes in it."""
    if "@" in tail and "@" not in authority and ":" in authority:
        yield re.split(r"[/?#&]", tail.rpartition("@")[2])[0]


def _of_query(query: str) -> tuple[dict[str, list[str]], tuple[str, ...], Login]:
    """The hosts that a query names, by key; under the empty key the databases. Then services, and the login."""
    found: dict[str, list[str]] = {}
    services = []
    login: dict[str, str] = {}
    for pair in re.split("[&;]", query):
        key, _, value = pair.partition("=")
        key, value = unquote(key).strip().lower(), unquote(value.replace("+", " ")).strip()
        if not value:
            continue
        if key in _HOST_KEYS:
            found.setdefault(key, []).extend(value.split(","))
        elif key in _DATABASE_KEYS:
            found.setdefault("", []).append(value)
        elif key in {"service", "servicefile"}:
            services.append(value)
        elif key == "odbc_connect" and (odbc := keyword_reading(value, sure=True)) is not None:
            found.setdefault(key, []).extend(target.host for target in odbc.targets)
        elif key in {"user", "password", "sslmode"}:
            login[key] = value
    return found, tuple(services), Login(**login)


def _reading(engine: str, texts: Iterable[str], database: str | None, *, sealed: bool) -> Reading:
    """``sealed``: the text goes on behind the hosts, so that one without a host means the client's default."""
    targets: list[Target] = []
    unknown: list[str] = []
    told = [each for text in texts for each in unquote(text).split(",") if each.strip()]
    for each in told:
        target = host_and_port(each, engine, database)
        if target is None:
            unknown.append("its host is put together from what is not known here")
        elif target not in targets:
            targets.append(target)
    if not told and sealed:
        targets.append(Target(engine=engine, host="localhost", port=DEFAULT_PORTS.get(engine), database=database))
    return Reading(targets=tuple(targets), unknown=tuple(dict.fromkeys(unknown)))


def host_and_port(text: str, engine: str, database: str | None = None) -> Target | None:
    """``host``, ``host:port``, ``[v6]:port``, ``host,port`` and ``host\\instance`` of SQL Server, or a socket's path.

    None when the host is a template of which nothing is left.
    """
    text = text.strip()
    if text.startswith(("/", "@")):
        return Target(engine=engine, host=text, database=database)
    if engine == "sqlserver":
        text = sql_server_host(text)
    host, port = text, ""
    bracketed = re.fullmatch(r"(\[[^\]]*\])(?::(.*))?", text)
    if bracketed:
        host, port = bracketed[1], bracketed[2] or ""
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    plain = without_templates(host)
    if plain is None:
        return None
    number = int(port) if _PORT.fullmatch(port) else DEFAULT_PORTS.get(engine)
    return Target(engine=engine, host=normal_host(plain), port=number, database=database)
