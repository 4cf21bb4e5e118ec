"""Settings as documents: `database.yml`, `application.yml`, `appsettings.json` and their like, to their leaves."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

import yaml
from msgspec import Struct

from gaterunner import safe_yaml
from gaterunner.targets.environment import named_by
from gaterunner.targets.types import NOTHING, Named, Reading
from gaterunner.targets.values import Value, connection_in, from_erb, from_spring, host_in

_MOST_LEAVES = 20_000
_MOST_VALUES = 100_000  # of one document, inner ones and repeated ones too
_HOST_KEYS = frozenset({"host", "hostname", "hosts", "server", "socket", "hostaddr", "servername", "contact-points"})
_OF_A_DATABASE = frozenset({"adapter", "database", "dialect", "driver", "dbname", "engine", "provider", "initial_db"})
_WORDS = re.compile(
    r"data-?sources?|database|db|redis|mongo(?:db|id)?|postgres(?:ql)?|mysql|mariadb|cassandra|r2dbc|neo4j|clients?|"
    r"sequelize|knex|typeorm|connectionstrings?",
    re.IGNORECASE,
)
_ENGINES = {
    "postgres": "postgresql",
    "mysql": "mysql",
    "maria": "mysql",
    "mssql": "sqlserver",
    "sqlserver": "sqlserver",
}
_SQLITE = re.compile(r"sqlite|duckdb|nulldb|memory|h2$", re.IGNORECASE)
Resolve = Callable[[str], Value]
_PROFILES = ("spring.config.activate.on-profile", "spring.profiles", "spring.config.activate.on-cloud-platform")


class Leaf(Struct, frozen=True):
    """One value of a document with the keys that lead to it; ``document`` counts those of a file."""

    path: tuple[str, ...]
    value: str
    line: int
    document: int = 0


class UnreadableError(ValueError):
    """A file is not what its name says. The text says why."""


def rails_targets(text: str, env: Mapping[str, str]) -> Iterator[Named]:
    """`config/database.yml`: each section is a part."""
    # A tag of its own line is code around the sections.
    text = re.sub(r"^[ \t]*<%(?!=).*?%>[ \t]*$", "", text, flags=re.MULTILINE)
    tokens: list[Value] = []

    def token(match: re.Match[str]) -> str:
        tokens.append(from_erb(match[0], env))
        return f"gtrnr{len(tokens) - 1}x"

    leaves = yaml_leaves(re.sub(r"<%=?.*?%>", token, text, flags=re.DOTALL))

    def resolved(value: str) -> Value:
        return Value(re.sub(r"gtrnr(\d+)x", lambda match: tokens[int(match[1])].text, value))

    yield from _named(leaves, resolved)


def document_targets(text: str, env: Mapping[str, str]) -> Iterator[Named]:
    """YAML and JSON with ``${…}`` in values, as Spring and others read them."""
    yield from _with_placeholders(yaml_leaves(text.replace("\t", "  ")), env)


def properties_targets(text: str, env: Mapping[str, str]) -> Iterator[Named]:
    """Java's properties."""
    yield from _with_placeholders(property_leaves(text), env)


def _with_placeholders(leaves: list[Leaf], env: Mapping[str, str]) -> Iterator[Named]:
    own = {".".join(leaf.path): leaf.value for leaf in leaves}

    def look_up(name: str) -> str | None:
        relaxed = re.sub(r"[.\-\[\]]+", "_", name).upper()
        return env.get(name) or env.get(relaxed) or own.get(name)

    yield from _named(leaves, lambda value: from_spring(value, look_up))


def yaml_leaves(text: str) -> list[Leaf]:
    """All leaves. Raises ``UnreadableError`` for what is no YAML, or unfolds to too much."""
    found: list[Leaf] = []
    try:
        for number, node in enumerate(safe_yaml.documents(text, nodes=_MOST_VALUES)):
            _collect(node, (), number, found)
    except safe_yaml.TooMuchYamlError as error:
        raise UnreadableError(str(error)) from None
    except safe_yaml.UnreadableYamlError as error:
        raise UnreadableError("it cannot be read as YAML") from error
    return found


def _collect(node: yaml.Node, path: tuple[str, ...], document: int, found: list[Leaf]) -> None:
    if len(found) > _MOST_LEAVES:
        raise UnreadableError("it unfolds to too many values")
    if isinstance(node, yaml.MappingNode):
        own = {str(key.value) for key, _ in node.value}
        for key, value in node.value:
            if key.value == "<<":
                for merged in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                    _merge(merged, own, path, document, found)
            else:
                _collect(value, (*path, str(key.value)), document, found)
    elif isinstance(node, yaml.SequenceNode):
        for number, each in enumerate(node.value):
            _collect(each, (*path, str(number)), document, found)
    elif path and node.value not in {"", "~", "null"}:
        found.append(Leaf(path, str(node.value), node.start_mark.line + 1, document))


def _merge(node: yaml.Node, own: set[str], path: tuple[str, ...], document: int, found: list[Leaf]) -> None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if str(key.value) == "<<":
                _merge(value, own, path, document, found)
            elif str(key.value) not in own:
                _collect(value, (*path, str(key.value)), document, found)


def property_leaves(text: str) -> list[Leaf]:
    """The lines of a properties file; a ``#---`` begins another document in Spring's."""
    found: list[Leaf] = []
    document, pending, first = 0, "", 0
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if stripped in {"#---", "!---"}:
            document += 1
        if not pending and (not stripped or stripped[0] in "#!"):
            continue
        first = first if pending else number
        pending += stripped
        if pending.endswith("\\"):
            pending = pending[:-1]
            continue
        key, _, value = (each.strip() for each in re.sub(r"^([^=:\s]+)\s*[=:\s]\s*", r"\1=", pending).partition("="))
        if value:
            found.append(Leaf(tuple(key.split(".")), value.replace("\\:", ":").replace("\\=", "="), first, document))
        pending = ""
    return found


def _named(leaves: list[Leaf], resolved: Resolve) -> Iterator[Named]:
    beside: dict[tuple[int, tuple[str, ...]], dict[str, str]] = {}
    for leaf in leaves:
        beside.setdefault((leaf.document, leaf.path[:-1]), {})[leaf.path[-1].lower()] = leaf.value
    profiles = _profiles(leaves)
    for leaf in leaves:
        reading = _of_leaf(leaf, beside, resolved)
        if reading is None or reading is NOTHING:
            continue
        part = profiles.get(leaf.document) or " ".join(leaf.path[:-1]) or None
        yield Named(by=f"`{'.'.join(leaf.path)}`", reading=reading, line=leaf.line, part=part)


def _profiles(leaves: Iterable[Leaf]) -> dict[int, str]:
    return {leaf.document: leaf.value for leaf in leaves if ".".join(leaf.path) in _PROFILES}


def _of_leaf(
    leaf: Leaf, beside: Mapping[tuple[int, tuple[str, ...]], Mapping[str, str]], resolved: Resolve
) -> Reading | None:
    value = resolved(leaf.value)
    path = leaf.path[:-1] if leaf.path[-1].isdigit() else leaf.path
    key = path[-1].lower() if path else ""
    siblings = beside.get((leaf.document, path[:-1]), {})
    kind = " ".join(
        resolved(siblings.get(each, "")).text for each in ("adapter", "dialect", "driver", "type", "engine")
    )
    if _SQLITE.search(kind.strip()):
        return None
    if key in _HOST_KEYS and (siblings.keys() & _OF_A_DATABASE or any(map(_WORDS.fullmatch, _words(path)))):
        engine = next((engine for word, engine in _ENGINES.items() if word in kind.lower()), "database")
        port = Value(siblings["port"]) if "port" in siblings else None
        return host_in(value, port if port is None else resolved(port.text), engine, None)
    if key.isupper():
        named = next(iter(named_by({path[-1]: value.shown})), None)
        return named.reading if named else None
    return connection_in(value)


def _words(path: tuple[str, ...]) -> list[str]:
    return [word for each in path[:-1] for word in re.split(r"[_.]", each)]
