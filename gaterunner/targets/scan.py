"""Connection strings that stand somewhere in a text: in code, in a command, in a variable among others.

A large text costs one search for words that such strings cannot do without; the expressions are tried only around
those. Every expression is linear: what may repeat is bounded or excludes what follows it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

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
    b"rds.amazonaws.com",
    b"rds.amazonaws.com.cn",
    b"cache.amazonaws.com",
    b"docdb.amazonaws.com",
    b"redshift.amazonaws.com",
    b"database.windows.net",
    b"database.azure.com",
    b"redis.cache.windows.net",
    b"documents.azure.com",
    b"cosmos.azure.com",
    b"mongodb.net",
    b"neon.tech",
    b"supabase.com",
    b"supabase.co",
    b"psdb.cloud",
    b"cockroachlabs.cloud",
    b"aivencloud.com",
    b"db.ondigitalocean.com",
    b"upstash.io",
    b"clickhouse.cloud",
    b"snowflakecomputing.com",
    b"databases.appdomain.cloud",
    b"postgres.render.com",
    b"proxy.rlwy.net",
    b"turso.io",
)
# What their names end in, of which there are few: to look for each name would cost more than all other searches.
_VENDOR_ENDS = (b".com", b".net", b".tech", b".cloud", b".io")
_OTHER_VENDORS = tuple(vendor for vendor in _VENDORS if not any(end in vendor for end in _VENDOR_ENDS))
_LONGEST_VENDOR = max(map(len, _VENDORS))
_URLS = (b"://", b":\\/\\/")
_ORACLES = (b"oracle:thin:",)
_GO_MYSQLS = (b"tcp(", b"unix(", b"cloudsql(")
_STRINGS = (b"data source", b"service")
_CLIENT_NAMES = (b"psql", b"pg_dump", b"pg_restore", b"pgbench", b"mysql", b"mongosh", b"redis-cli", b"sqlcmd")
_LONGEST_CALL = 1000
_CHUNK = 4 * 1024 * 1024
_BEFORE, _BEHIND = 512, 2304
_NEAR = 150

# What stands before `://`, and what behind.
_JAVA = r"(?:jdbc|r2dbcs?):(?:[a-z][a-z0-9-]{1,30}:){0,2}"
_SCHEME = re.compile(
    rf"(?:{_JAVA})?(?<![a-z0-9])(?:{'|'.join(SCHEMES)})(?:\+[a-z0-9_]{{1,30}})?\Z|"
    rf"(?:{_JAVA})(?:h2:(?:tcp|ssl)|hsqldb:hsqls?|derby)\Z".encode()
)
_LONGEST_SCHEME = 100
_REST = re.compile(rb"[^\s\"'`\x00-\x1f]{1,2000}")
_ORACLE = re.compile(rb"(?:jdbc:)?oracle:thin:[^@\s\"'`]{0,100}@[^\s\"'`\x00-\x1f]{1,2000}", re.IGNORECASE)
_GO_MYSQL = re.compile(rb"\([^()\s\"'`]{1,300}\)/[\w-]{0,64}")

# The ends of keys that an address is given to, what stands between one and its value, and the value.
_KEYS = (b"host", b"addr", b"server", b"endpoint")
_LITERALS = (*_URLS, *_ORACLES, *_GO_MYSQLS, *_KEYS, *_STRINGS, *_CLIENT_NAMES, *_VENDOR_ENDS, *_OTHER_VENDORS)
_LONGER = b"name"  # as long as `addr`, which also stands behind `host`
# `=`, `:`, a default behind `,` `||` `or` `:-`, and what closes a look-up before it.
_GIVEN = re.compile(
    rb"(?:[\"'][\])]{0,2}[ \t]{0,8}(?:,|\|\|=?|\?\?=?|or[ ]|\{|=>|[?:+]?=|:)|"
    rb"\]?[ \t]{0,8}(?:=>|[?:+]?=|:-|:|\|\|=?|\?\?=?))[ \t]{0,8}"
    rb"(?:\"([^\"\s]{1,253})\"|'([^'\s]{1,253})'|([A-Za-z0-9@/\[][A-Za-z0-9._:\[\]/-]{0,252})(?![\w(\[.-]))"
)
_HOST = re.compile(r"[A-Za-z0-9@/\[{$][A-Za-z0-9._:\[\]/{}$-]*")
_OF_A_VARIABLE = re.compile(rf"(?<![a-z0-9])(?:{HOST_WORDS.lower()})\d{{0,2}}[_.-]?\Z".encode())
_BY_ITSELF = re.compile(rb"(?:^|[^\w.-])\Z")
_OF_A_DATABASE = re.compile(
    rb"dbname|database|psycopg|asyncpg|pymysql|mysql|postgres|mariadb|redis|mongo|sqlalchemy|pyodbc|pymssql|"
    rb"\b(?:5432|3306|6379|27017|1433|1521)\b"
)
_OF_THE_WEB = re.compile(rb",?\s{0,40}[\"']?port[\"']?\s{0,8}(?:=>|[:=])\s{0,8}[\"']?(?:80|443|8080|22|25|465|587)\b")
# libpq's and ADO's strings: what stands behind a key, and one that has to be there as well.
_STRING = re.compile(rb"[ ]?=[ ]?[^\"`\x00-\x1f]{1,500}")
_SECOND_KEY = re.compile(rb"dbname|database|catalog|user|uid|password|pwd|sslmode|trusted_connection|hostaddr")
_BEGINS = re.compile(rb"(?:^|[\s\"'`;(:])\Z")
_HOSTED = re.compile(rb"(?<![a-z0-9.-])(?:[a-z0-9_-]{1,63}\.){1,6}\Z")
_ENDS = re.compile(rb"(?![a-z0-9-]|\.[a-z0-9])")


def scan(data: bytes, *, bare: bool = False) -> Iterator[Seen]:
    """Everything in a text that names a database, in no order. Raises nothing.

    ``bare`` says that values stand without quotes, as in settings: in code, `db_host = config.host` is a name.
    """
    for at in range(0, len(data), _CHUNK):
        first = max(0, at - _BEFORE)
        chunk = _Chunk(data[first : at + _CHUNK + _BEHIND], at - first, bare=bare)
        for seen in chunk.seen():
            yield Seen(first + seen.start, seen.reading, seen.is_connection)


def scan_text(text: str, *, bare: bool = True) -> Iterator[Seen]:
    """The same for a short text, such as a variable's value."""
    return scan(text.encode("utf-8", "replace"), bare=bare)


def places(data: bytes) -> list[int]:
    """Where the words begin, in order, without which ``scan`` finds nothing: to ask once for many parts of a text."""
    lowered = data.lower()
    return sorted(at for literal in _LITERALS for at in _each(literal, lowered, 0, len(data)))


class _Chunk:
    """A part of a text with some of what stands before and behind; what begins in the part itself counts.

    Each search is for one literal, which is many times faster than an expression; those are tried only where it stands.
    """

    def __init__(self, data: bytes, begin: int, *, bare: bool) -> None:
        self._data = data
        self._lowered = data.lower()  # of bytes, which keeps every offset
        self._begin = begin
        self._bare = bare
        self._read_to = 0  # of a string of keywords, or a call, everything was read

    def seen(self) -> Iterator[Seen]:
        """All that begins in the part."""
        searches: tuple[tuple[tuple[bytes, ...], Callable[[int, int], Iterator[Seen]]], ...] = (
            (_URLS, self._url),
            (_ORACLES, self._oracle),
            (_GO_MYSQLS, self._go_mysql),
            (_KEYS, self._key),
            (_STRINGS, self._string),
            (_CLIENT_NAMES, self._client),
            (_VENDOR_ENDS, self._vendor),
            (_OTHER_VENDORS, self._hosted),
        )
        for literals, look in searches:
            for literal in literals:
                self._read_to = 0
                for at in _each(literal, self._lowered, self._begin, self._begin + _CHUNK):
                    yield from look(at, len(literal))

    def _url(self, at: int, length: int) -> Iterator[Seen]:
        if self._lowered.endswith((b"http", b"https"), max(0, at - 5), at):
            return
        before = self._lowered[max(0, at - _LONGEST_SCHEME) : at]
        scheme = _SCHEME.search(before[_token(before) :])
        rest = _REST.match(self._data, at + length)
        if scheme is not None and rest is not None:
            url = f"{scheme[0].decode()}://{rest[0].decode('utf-8', 'replace')}"
            reading = read_connection(_ended(url))
            if reading is not None:
                yield Seen(at - len(scheme[0]), reading)

    def _oracle(self, at: int, _length: int) -> Iterator[Seen]:
        found = _ORACLE.match(self._data, at)
        reading = read_connection(_ended(found[0].decode("utf-8", "replace"))) if found else None
        if reading is not None:
            yield Seen(at, reading)

    def _go_mysql(self, at: int, length: int) -> Iterator[Seen]:
        found = _GO_MYSQL.match(self._data, at + length - 1)
        if found is not None:
            reading = keyword_reading(self._data[at : found.end()].decode("utf-8", "replace"))
            if reading is not None:
                yield Seen(at, reading)

    def _key(self, at: int, length: int) -> Iterator[Seen]:
        length += len(_LONGER) if self._lowered.startswith((_LONGER, b"addr"), at + length) else 0
        if self._lowered.startswith((b"host", b"server"), at):
            yield from self._string(at, length)
        yield from self._assigned(at, length)

    def _string(self, at: int, length: int) -> Iterator[Seen]:
        if at < self._read_to:
            return
        found = _STRING.match(self._data, at + length)
        if found is None or not _SECOND_KEY.search(self._lowered, found.start(), found.end()):
            return
        if _BEGINS.search(self._lowered[max(0, at - 1) : at]):
            reading = keyword_reading(self._data[at : found.end()].decode("utf-8", "replace"))
            if reading is not None:
                self._read_to = found.end()
                yield Seen(at, reading)

    def _assigned(self, at: int, length: int) -> Iterator[Seen]:
        """A host that is given to a variable of a database's, or to `host` where the lines around speak of one."""
        given = _GIVEN.match(self._data, at + length)
        if given is None or _OF_THE_WEB.match(self._lowered, given.end()):
            return
        quoted = given[1] or given[2]
        value = (quoted or given[3]).decode("utf-8", "replace")
        before = self._lowered[max(0, at - 64) : at]
        if _OF_A_VARIABLE.search(before):
            is_one = bool(quoted) or self._bare
        else:
            near = self._lowered[max(0, at - _NEAR) : given.end() + _NEAR]
            is_path = "/" in value.lstrip("/")
            is_one = bool(quoted) and not is_path and bool(_BY_ITSELF.search(before) and _OF_A_DATABASE.search(near))
        target = host_and_port(value.rstrip("."), "database") if is_one and _HOST.fullmatch(value) else None
        if target is not None:
            yield Seen(at, Reading(targets=(target,)), is_connection=False)

    def _client(self, at: int, _length: int) -> Iterator[Seen]:
        """A client's call in a script, or as a list of words in code."""
        if at < self._read_to:
            return
        end = self._data.find(b"\n", at, at + _LONGEST_CALL)
        end = end if end > 0 else at + _LONGEST_CALL
        for seen in client_calls(re.sub(r"[\"',]", " ", self._data[at:end].decode("utf-8", "replace"))):
            self._read_to = end
            yield Seen(at, seen.reading)

    def _vendor(self, at: int, length: int) -> Iterator[Seen]:
        before = self._lowered[max(0, at + length - _LONGEST_VENDOR) : at + length]
        for vendor in _VENDORS:
            name, end, rest = vendor.rpartition(self._lowered[at : at + length])
            if end and before.endswith(name + end) and self._lowered.startswith(rest, at + length):
                yield from self._hosted(at - len(name), len(vendor))

    def _hosted(self, at: int, length: int) -> Iterator[Seen]:
        found = _HOSTED.search(self._lowered[max(0, at - 400) : at])
        if found is not None and _ENDS.match(self._lowered, at + length):
            host = found[0] + self._lowered[at : at + length]
            target = Target(engine="database", host=normal_host(host.decode("ascii", "replace")))
            yield Seen(at - len(found[0]), Reading(targets=(target,)), is_connection=False)


def _each(literal: bytes, data: bytes, begin: int, end: int) -> Iterator[int]:
    at = data.find(literal, begin)
    while 0 <= at < end:
        yield at
        at = data.find(literal, at + len(literal))


def _token(before: bytes) -> int:
    """Where the last word of a text begins, so that an expression is tried over that alone."""
    return max(before.rfind(each) for each in (b" ", b'"', b"'", b"\n", b"\t", b"=", b"(", b",")) + 1


_CLIENT = re.compile(
    r"(?:^|[\s;&|(/])(psql|pg_dump|pg_restore|pgbench|createdb|dropdb|mysql|mysqldump|mariadb|mongosh?|redis-cli|"
    r"sqlcmd|pgcli)\s([^\n;&|]{0,1000})"
)
_CLIENT_HOST = re.compile(
    r"(?:^|\s)(?:-h|-S|--host|--server|--hostname)(?:\s+|=)?[\"']?([A-Za-z0-9@/\[$][^\s\"']{0,252})"
)
_CLIENTS = {"my": "mysql", "ma": "mysql", "mo": "mongodb", "re": "redis", "sq": "sqlserver"}


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
