"""Connection strings of keywords and values: libpq's, PHP's, ADO's and ODBC's, and those of Go's MySQL driver."""

from __future__ import annotations

import re

from gaterunner.targets.hosts import normal_host, without_templates
from gaterunner.targets.types import DEFAULT_PORTS, NOTHING, Login, Reading, Target

_PAIR = re.compile(
    r"""(?:^|(?<=[\s;,&(]))([a-z][a-z_ ]{0,30}?)\s*=\s*('(?:[^'\\]|\\.)*'|"[^"]*"|\{[^}]*\}[^;\s]*|[^;\s]*)""",
    re.IGNORECASE,
)
_HOSTS = {
    "host": "postgresql",
    "hostaddr": "postgresql",
    "hostname": "postgresql",
    "server": "sqlserver",
    "data source": "sqlserver",
    "datasource": "sqlserver",
    "addr": "sqlserver",
    "address": "sqlserver",
    "network address": "sqlserver",
    "servername": "sqlserver",
    "failover partner": "sqlserver",
    "unix_socket": "mysql",
}
_DATABASES = frozenset({"dbname", "database", "initial catalog"})
_OTHERS = _DATABASES | {
    "user",
    "uid",
    "user id",
    "username",
    "password",
    "pwd",
    "port",
    "sslmode",
    "trusted_connection",
}
_GO_MYSQL = re.compile(r"(?:[^@\s]*@)?(tcp|tcp6|unix|cloudsql)\(([^()]*)\)/([\w-]*)")
_REDIS_NET = re.compile(r"[\w.-]+(?::\d+)?(?:,\s*\w+\s*=\s*[^,]*)+")
_HOST = re.compile(r"[^\s(){}=;,/@?#]+|\((?:local|localdb)\).*", re.IGNORECASE)
_PORT = re.compile(r"[0-9]{1,5}")
_FILE = re.compile(r"(?i):memory:|\|DataDirectory\|.*|[^;:]*\.(?:db|sqlite3?|mdf|duckdb|db3|sdf)|\.{0,2}/.*")


def is_file(text: str) -> bool:
    """True for the path of a database that is a file."""
    return _FILE.fullmatch(text.strip()) is not None


def sql_server_host(text: str) -> str:
    """``tcp:host\\instance,port`` as ``host:port``."""
    text = re.sub(r"^(?:tcp|np|lpc|admin):", "", text.strip(), flags=re.IGNORECASE)
    host, _, port = text.partition(",")
    host = host.partition("\\")[0].strip() or "localhost"
    return f"{host}:{port.strip()}" if port.strip().isdigit() else host


def keyword_reading(text: str, *, engine: str | None = None, sure: bool = False) -> Reading | None:
    """What such a string names, None when it is none. ``sure`` needs no second keyword to know one by."""
    go = _GO_MYSQL.fullmatch(text.partition("?")[0])
    if go:
        return _go_mysql(*go.groups())
    if is_file(text):
        return NOTHING
    pairs = [(match[1].strip().lower(), _unquoted(match[2])) for match in _PAIR.finditer(text)]
    keys = {key for key, _ in pairs}
    if not (sure or keys & _OTHERS) or not keys & (_HOSTS.keys() | {"service", "dbname"}):
        return _redis_net(text)
    return _of_pairs(pairs, engine)


def _of_pairs(pairs: list[tuple[str, str]], engine: str | None) -> Reading:
    values = dict(pairs)
    database = next((value for key, value in pairs if key in _DATABASES), None)
    targets: list[Target] = []
    unknown: list[str] = []
    for key, value in pairs:
        if key not in _HOSTS or not value or (is_file(value) and not value.startswith("/")):
            continue
        its = engine or (_HOSTS[key] if "port" not in values or key in {"host", "hostaddr"} else "mysql")
        for each in _hosts_of(value, its):
            target = _target(each, its, values.get("port", ""), database)
            if target is None:
                unknown.append("its host is put together from what is not known here")
            else:
                targets.append(target)
    services = tuple(value for key, value in pairs if key == "service" and value)
    if not targets and not services and not unknown and not any(key in _HOSTS for key in values):
        targets = [Target(engine=engine or "postgresql", host="localhost", database=database)]
    login = Login(user=values.get("user"), password=values.get("password"), sslmode=values.get("sslmode"))
    return Reading(targets=tuple(targets), services=services, unknown=tuple(unknown), login=login)


def _hosts_of(value: str, engine: str) -> list[str]:
    """A comma stands before SQL Server's port, and between hosts elsewhere."""
    if engine == "sqlserver" and re.fullmatch(r"[^,]*,\s*\d+\s*", value):
        return [sql_server_host(value)]
    return [sql_server_host(each) if engine == "sqlserver" else each for each in value.split(",") if each.strip()]


def _target(text: str, engine: str, port: str, database: str | None) -> Target | None:
    if text.startswith(("/", "@")):
        return Target(engine=engine, host=text, database=database)
    host, own_port = text, ""
    if text.count(":") == 1:
        host, _, own_port = text.partition(":")
    plain = without_templates(host)
    if plain is None or not _HOST.fullmatch(plain):
        return None
    told = own_port or port.partition(",")[0]
    number = int(told) if _PORT.fullmatch(told) else DEFAULT_PORTS.get(engine)
    return Target(engine=engine, host=normal_host(plain), port=number, database=database)


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        return re.sub(r"\\(.)", r"\1", value[1:-1])
    return re.sub(r"\\(.)", r"\1", value) if value.startswith("'") else value.strip("{}\"'),")


def _go_mysql(net: str, address: str, database: str) -> Reading:
    if net == "cloudsql":
        return Reading(targets=(Target(engine="mysql", host=f"/cloudsql/{address}", database=database or None),))
    target = _target(address or "localhost", "mysql", "", database or None)
    if target is None:
        return Reading(unknown=("its host is put together from what is not known here",))
    return Reading(targets=(target,))


def _redis_net(text: str) -> Reading | None:
    """``cache.corp.net:6380,ssl=True``, as StackExchange.Redis takes it."""
    if not _REDIS_NET.fullmatch(text.strip()):
        return None
    target = _target(text.partition(",")[0].strip(), "redis", "", None)
    return None if target is None else Reading(targets=(target,))
