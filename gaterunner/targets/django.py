"""Django's settings, and other settings in Python: what ``DATABASES`` and the like name, by the file's syntax tree."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Mapping, Sequence

from gaterunner.targets.types import NOTHING, Named, Reading
from gaterunner.targets.values import UNKNOWN, UNSET, Value, connection_in, host_in

_MOST_ALTERNATIVES = 16
_DEEPEST = 8
_DATABASE_KEYS = frozenset(
    {"engine", "name", "port", "user", "password", "database", "dbname", "dialect", "drivername"}
)
_HOST_KEYS = frozenset({"host", "hostname", "hostaddr", "server"})
# django-environ, environs, decouple, dj-database-url and what projects call their own.
_GETTERS = frozenset(
    {
        "get",
        "getenv",
        "env",
        "config",
        "str",
        "url",
        "db",
        "db_url",
        "cache",
        "cache_url",
        "get_env",
        "env_var",
        "dj_db_url",
    }
)
_ENGINES = {
    "postgres": "postgresql",
    "postgis": "postgresql",
    "psycopg": "postgresql",
    "mysql": "mysql",
    "mssql": "sqlserver",
}


class Settings:
    """One file. Raises ``SyntaxError`` and what else ``ast.parse`` does when it is no Python."""

    def __init__(self, text: str, env: Mapping[str, str]) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a bad escape in a text of the branch is told to nobody of ours
            self._tree = ast.parse(text)
        self._env = env
        self._names: dict[str, list[ast.expr]] = {}
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        self._names.setdefault(target.id, []).append(node.value)
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
                self._names.setdefault(node.target.id, []).append(node.value)

    def targets(self) -> Iterator[Named]:
        """Every database that the file names."""
        told: set[tuple[int, Reading]] = set()
        parts = {id(part) for node in ast.walk(self._tree) for part in self._parts(node)}
        for node in ast.walk(self._tree):
            if id(node) in parts:
                continue
            for by, line, reading in self._of(node):
                if reading is not NOTHING and (line, reading) not in told:
                    told.add((line, reading))
                    yield Named(by=by, reading=reading, line=line)

    def _parts(self, node: ast.AST) -> Iterator[ast.AST]:
        """What means nothing by itself: parts of a text, and a default that a gate's variable overrules."""
        if isinstance(node, ast.JoinedStr | ast.BinOp):
            yield from (child for child in ast.walk(node) if child is not node)
        elif isinstance(node, ast.Call) and _name_of(node.func) in _GETTERS and self._is_given(node):
            for default in (*node.args[1:], *(each.value for each in node.keywords if each.arg == "default")):
                yield from ast.walk(default)

    def _is_given(self, node: ast.Call) -> bool:
        variables = [*node.args[:1], *(each.value for each in node.keywords if each.arg == "env")]
        return any(_is_variable(each) and self._env.get(str(getattr(each, "value", ""))) for each in variables)

    def _of(self, node: ast.AST) -> Iterator[tuple[str, int, Reading]]:
        if isinstance(node, ast.Dict):
            yield from self._of_dict(node)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
            key = node.targets[0].slice
            if isinstance(key, ast.Constant) and str(key.value).lower() in _HOST_KEYS:
                yield from self._hosts(node.value, (), "database", None)
        elif isinstance(node, ast.Call | ast.Constant | ast.JoinedStr | ast.BinOp):
            yield from self._connections(node)

    def _of_dict(self, node: ast.Dict) -> Iterator[tuple[str, int, Reading]]:
        entries = {
            str(key.value).lower(): value
            for key, value in zip(node.keys, node.values, strict=True)
            if isinstance(key, ast.Constant)
        }
        options = entries.get("options")
        if "service" in entries and (isinstance(entries["service"], ast.Constant)):
            yield "`service`", node.lineno, Reading(services=(str(entries["service"].value),))
        if not entries.keys() & _DATABASE_KEYS and options is None and not entries.keys() & {"hostaddr"}:
            return
        engine = " ".join(value.text for value in self.value(entries["engine"])) if "engine" in entries else ""
        if "sqlite" in engine:
            return
        kind = next((kind for word, kind in _ENGINES.items() if word in engine), "database")
        names = self.value(entries["name"]) if "name" in entries else ()
        database = names[0].text if len(names) == 1 and names[0].text.isprintable() else None
        ports = self.value(entries["port"]) if "port" in entries else ()
        for key in _HOST_KEYS & entries.keys():
            yield from self._hosts(entries[key], ports, kind, database)

    def _hosts(
        self, node: ast.expr, ports: Sequence[Value], engine: str, database: str | None
    ) -> Iterator[tuple[str, int, Reading]]:
        port = ports[0] if len(ports) == 1 else None
        for value in self.value(node):
            yield "`HOST`", node.lineno, host_in(value, port, engine, database)

    def _connections(
        self, node: ast.Call | ast.Constant | ast.JoinedStr | ast.BinOp
    ) -> Iterator[tuple[str, int, Reading]]:
        if isinstance(node, ast.Constant) and not isinstance(node.value, str):
            return
        if isinstance(node, ast.Call) and not _name_of(node.func):
            return
        for value in self.value(node):
            if "://" in value.text or "=" in value.text:
                reading = connection_in(value)
                if reading is not None:
                    yield "an address", node.lineno, reading

    def value(self, node: ast.expr, depth: int = 0) -> tuple[Value, ...]:
        """What an expression can be, with the variables of a gate; several where a condition decides."""
        if depth > _DEEPEST:
            return (Value(UNKNOWN),)
        found = tuple(dict.fromkeys(self._values(node, depth + 1)))
        return found[:_MOST_ALTERNATIVES]

    def _values(self, node: ast.expr, depth: int) -> Iterator[Value]:
        match node:
            case ast.Constant(value=None | False):
                yield Value("")
            case ast.Constant(value=value):
                yield Value(str(value))
            case ast.JoinedStr(values=parts) | ast.List(elts=parts) | ast.Tuple(elts=parts):
                between = "" if isinstance(node, ast.JoinedStr) else ","
                yield Value(between.join(self._one(part, depth) for part in parts))
            case ast.FormattedValue(value=value):
                yield from self.value(value, depth)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                yield Value(self._one(left, depth) + self._one(right, depth))
            case ast.BoolOp(op=ast.Or(), values=parts):
                yield from self._first_given(parts, depth)
            case ast.IfExp(body=body, orelse=other):
                yield from self.value(body, depth)
                yield from self.value(other, depth)
            case _:
                yield from self._looked_up(node, depth)

    def _looked_up(self, node: ast.expr, depth: int) -> Iterator[Value]:
        match node:
            case ast.Name(id=name) if name in self._names:
                for assigned in self._names[name][:_MOST_ALTERNATIVES]:
                    yield from self.value(assigned, depth)
            case ast.Subscript(value=value, slice=ast.Constant(value=str(key))) if _name_of(value) in {
                "environ",
                "env",
            }:
                yield Value(self._env.get(key) or UNSET)
            case ast.Call():
                yield from self._call(node, depth)
            case _:
                yield Value(UNKNOWN)

    def _call(self, node: ast.Call, depth: int) -> Iterator[Value]:
        name = _name_of(node.func)
        keywords = {each.arg: each.value for each in node.keywords if each.arg}
        if name in {"parse", "str", "quote", "quote_plus"} and node.args and not _is_variable(node.args[0]):
            yield from self.value(node.args[0], depth)
            return
        variable = keywords.get("env") or (node.args[0] if node.args else None)
        if name == "config" and (variable is None or not _is_variable(variable)):
            variable = keywords.get("env") or ast.Constant("DATABASE_URL")  # dj_database_url.config()
        if name not in _GETTERS or variable is None or not _is_variable(variable):
            yield Value(UNKNOWN)
            return
        default = keywords.get("default") or (node.args[1] if len(node.args) > 1 else None)
        given = self._env.get(str(getattr(variable, "value", "")))
        if given:
            yield Value(given)
        elif default is None:
            yield Value(UNSET)
        else:
            yield from self.value(default, depth)

    def _first_given(self, parts: Sequence[ast.expr], depth: int) -> Iterator[Value]:
        for part in parts:
            value = self._one(part, depth)
            if value not in {"", UNSET}:
                yield Value(value)
                return
        yield Value(UNSET)

    def _one(self, node: ast.expr, depth: int) -> str:
        values = self.value(node, depth)
        return values[0].text if len(values) == 1 else UNKNOWN


def _name_of(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _is_variable(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and "://" not in node.value
