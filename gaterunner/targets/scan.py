"""Connection strings that stand somewhere in a text: in code, in a command, in a variable among others.

A large text costs one search for words that such strings cannot do without; the expressions are tried only around
those. Every expression is linear: what may repeat is bounded or excludes what follows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from gaterunner.targets.connection import SCHEMES, host_and_port, read_connection
from gaterunner.targets.hosts import normal_host
from gaterunner.targets.keywords import keyword_reading
from gaterunner.targets.types import Reading, Target


class Seen(Struct, frozen=True):
    """What names a database in a text, and where it begins, in bytes.

    ``is_connection`` tells a connection string from a host that stands by itself.
    """

    start: int
    reading: Reading
    is_connection: bool = True


HOST_WORDS = (
    "DB|DATABASE|PG|POSTGRES|POSTGRESQL|PSQL|SQL|MYSQL|MARIADB|MSSQL|SQLSERVER|ORACLE|MONGO|MONGODB|REDIS|VALKEY|"
    "CASSANDRA|SCYLLA|CLICKHOUSE|NEO4J|COCKROACH|RDS|ELASTICSEARCH|OPENSEARCH|ELASTIC|INFLUX|INFLUXDB|COUCHDB"
)
_VENDORS = (
    "rds.amazonaws.com",
    "rds.amazonaws.com.cn",
    "cache.amazonaws.com",
    "docdb.amazonaws.com",
    "redshift.amazonaws.com",
    "database.windows.net",
    "database.azure.com",
    "redis.cache.windows.net",
    "documents.azure.com",
    "cosmos.azure.com",
    "mongodb.net",
    "neon.tech",
    "supabase.com",
    "supabase.co",
    "psdb.cloud",
    "cockroachlabs.cloud",
    "aivencloud.com",
    "db.ondigitalocean.com",
    "upstash.io",
    "clickhouse.cloud",
    "snowflakecomputing.com",
    "databases.appdomain.cloud",
    "postgres.render.com",
    "proxy.rlwy.net",
    "turso.io",
)
# The ends of keys, and what stands between one and its value.
_KEY_ENDS = (b"host", b"hostname", b"addr", b"server", b"endpoint", b"source", b"service", b"dbname")
_ASSIGNS = re.compile(rb"[\"'\]]{0,2}[ \t]{0,8}[:=,]")
_CERTAIN = (b":\\/", b"thin:", b"tcp(", b"unix(", b"sql(", *(vendor.encode() for vendor in _VENDORS))
_CHUNK = 4 * 1024 * 1024
_BEFORE, _BEHIND = 256, 2304
_URL = re.compile(
    r"(?:(?:jdbc|r2dbcs?):(?:[a-z][a-z0-9-]{0,30}:){0,2}?)?"
    rf"(?<![A-Za-z0-9])(?:{'|'.join(SCHEMES)})(?:\+[A-Za-z0-9_]{{1,30}})?"
    r":(?:(?:\\?/){2}|thin:[^@\s\"']{0,100}@)[^\s\"'`\x00-\x1f]{1,2000}",
    re.IGNORECASE,
)
_KEYWORDS = re.compile(
    r"(?:^|(?<=[\s\"'`;(:]))(?:host|hostaddr|service|dbname|server|data source|hostname)[ ]?=[ ]?"
    r"[^\"`\x00-\x1f]{1,500}",
    re.IGNORECASE,
)
_GO_MYSQL = re.compile(r"(?:[^@\s\"'`]{0,200}@)?(?:tcp|unix|cloudsql)\([^()\s\"'`]{1,300}\)/[\w-]{0,64}")
_VARIABLE = (
    rf"(?<![A-Za-z0-9])(?:[A-Za-z0-9]{{1,30}}[_.-])?(?:{HOST_WORDS})\d{{0,2}}[_.-]?"
    r"(?:HOST|HOSTNAME|HOSTADDR|ADDR|SERVER|ENDPOINT)"
)
_VALUE = r"[A-Za-z0-9@/\[][A-Za-z0-9._:\[\]/-]{0,252}"
_QUOTED = re.compile(rf"{_VARIABLE}[\"']?\]?[ \t]{{0,8}}(?::=|=>|[:=,])[ \t]{{0,8}}[\"']({_VALUE})[\"']", re.IGNORECASE)
_BARE = re.compile(rf"{_VARIABLE}[ \t]{{0,8}}[:=][ \t]{{0,8}}({_VALUE})(?![\w(\[.-])", re.IGNORECASE)
_KEYWORD_HOST = re.compile(
    rf"(?<![\w.-])[\"']?(?:host|hostname|hostaddr|server)[\"']?[ ]?(?:=>|[:=])[ ]?[\"']({_VALUE})[\"']", re.IGNORECASE
)
_OF_A_DATABASE = re.compile(
    rb"dbname|database|psycopg|asyncpg|pymysql|mysql|postgres|mariadb|redis|mongo|sqlalchemy|pyodbc|pymssql|"
    rb"\b(?:5432|3306|6379|27017|1433|1521)\b"
)
_NEAR = 300
_HOSTED = re.compile(
    rf"(?<![A-Za-z0-9.-])((?:[A-Za-z0-9_-]{{1,63}}\.){{1,6}}(?:{'|'.join(map(re.escape, _VENDORS))}))"
    r"(?![A-Za-z0-9-]|\.[A-Za-z0-9])",
    re.IGNORECASE,
)
_CLIENT = re.compile(
    r"(?:^|[\s;&|(/])(psql|pg_dump|pg_restore|pgbench|createdb|dropdb|mysql|mysqldump|mariadb|mongosh?|redis-cli|"
    r"sqlcmd|pgcli)\s([^\n;&|]{0,1000})"
)
_CLIENT_HOST = re.compile(
    r"(?:^|\s)(?:-h|-S|--host|--server|--hostname)(?:\s+|=)?[\"']?([A-Za-z0-9@/\[$][^\s\"']{0,252})"
)
_CLIENTS = {"my": "mysql", "ma": "mysql", "mo": "mongodb", "re": "redis", "sq": "sqlserver"}


def scan(data: bytes, *, bare: bool = False) -> Iterator[Seen]:
    """Everything in a text that names a database, in its order but for what stands in one place. Raises nothing.

    ``bare`` says that values stand without quotes, as in settings: in code, `db_host = config.host` is a name.
    """
    for at in range(0, len(data), _CHUNK):
        first = max(0, at - _BEFORE)
        yield from _scan_chunk(data[first : at + _CHUNK + _BEHIND], first, at, bare=bare)


def _scan_chunk(data: bytes, offset: int, counts_from: int, *, bare: bool) -> Iterator[Seen]:
    """What begins in this chunk; ``offset`` is where it lies in the whole, before ``counts_from`` is another's."""
    lowered = data.lower()  # of bytes, which keeps every offset
    for begin, end in _windows(lowered):
        text = data[begin:end].decode("utf-8", "replace")
        is_exact = text.isascii()
        for seen in (*_seen(text, bare=bare), *_keyword_hosts(text, lowered, begin)):
            start = seen.start if is_exact else len(text[: seen.start].encode("utf-8", "replace"))
            if counts_from <= offset + begin + start < counts_from + _CHUNK:
                yield Seen(offset + begin + start, seen.reading, seen.is_connection)


def _keyword_hosts(text: str, lowered: bytes, begin: int) -> Iterator[Seen]:
    """``host="db.corp.net"`` where the lines around speak of a database."""
    for match in _KEYWORD_HOST.finditer(text):
        near = lowered[max(0, begin + match.start() - _NEAR) : begin + match.end() + _NEAR]
        if _OF_A_DATABASE.search(near):
            yield from _host(match.start(), match[1])


def scan_text(text: str, *, bare: bool = True) -> Iterator[Seen]:
    """The same for a short text, such as a variable's value."""
    return scan(text.encode("utf-8", "surrogateescape"), bare=bare)


def _anchors(lowered: bytes) -> list[int]:
    """Where something could be; each search is for one literal, which is many times faster than for all at once."""
    found = [at for literal in _CERTAIN for at in _places(lowered, literal)]
    found += [at for at in _places(lowered, b"://") if not lowered.endswith((b"http", b"https"), max(0, at - 5), at)]
    for key in _KEY_ENDS:
        found += [at for at in _places(lowered, key) if _ASSIGNS.match(lowered, at + len(key))]
    return sorted(found)


def _places(data: bytes, literal: bytes) -> Iterator[int]:
    at = data.find(literal)
    while at >= 0:
        yield at
        at = data.find(literal, at + len(literal))


def _windows(lowered: bytes) -> Iterator[tuple[int, int]]:
    """Where to look: around each anchor, within its line; what overlaps is one."""
    begin = end = 0
    for at in _anchors(lowered):
        if at < end:
            continue
        first = max(lowered.rfind(b"\n", max(0, at - _BEFORE), at) + 1, at - _BEFORE, 0)
        last = lowered.find(b"\n", at, at + _BEHIND)
        last = min(at + _BEHIND, len(lowered)) if last < 0 else last
        if first > end or not end:
            if end:
                yield begin, end
            begin = first
        end = last
    if end:
        yield begin, end


def _seen(text: str, *, bare: bool) -> Iterator[Seen]:
    for match in _URL.finditer(text):
        reading = read_connection(_ended(match[0]))
        if reading is not None:
            yield Seen(match.start(), reading)
    for pattern in (_KEYWORDS, _GO_MYSQL):
        for match in pattern.finditer(text):
            reading = keyword_reading(match[0])
            if reading is not None:
                yield Seen(match.start(), reading)
    for match in (_BARE if bare else _QUOTED).finditer(text):
        yield from _host(match.start(), match[1].rstrip("."))
    if bare:
        for match in _QUOTED.finditer(text):
            yield from _host(match.start(), match[1])
    for match in _HOSTED.finditer(text):
        target = Target(engine="database", host=normal_host(match[1]))
        yield Seen(match.start(), Reading(targets=(target,)), is_connection=False)


def _host(start: int, value: str) -> Iterator[Seen]:
    target = host_and_port(value, "database")
    if target is not None:
        yield Seen(start, Reading(targets=(target,)), is_connection=False)


def client_calls(command: str) -> Iterator[Seen]:
    """Hosts that a shell command gives to a database's own client: ``psql -h db.corp.net``."""
    for call in _CLIENT.finditer(command):
        engine = _CLIENTS.get(call[1][:2], "postgresql")
        for match in _CLIENT_HOST.finditer(call[2]):
            target = host_and_port(match[1], engine)
            reading = Reading(targets=(target,)) if target else Reading(unknown=("its host is a variable",))
            yield Seen(call.start() + match.start(), reading)


def _ended(url: str) -> str:
    """Without what belongs to the text around: a closing bracket that was not opened, a final full stop."""
    url = url.rstrip(".,;:!\\")
    for opening, closing in ("()", "[]", "<>"):
        while url.endswith(closing) and url.count(closing) > url.count(opening):
            url = url[:-1].rstrip(".,;:!")
    return url
