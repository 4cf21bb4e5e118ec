"""Files of settings as flat tables: ``tool.pytest.ini_options.addopts`` and what it says. Parsed, never constructed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from gaterunner.guardrails.sides import Unread

Flat = dict[str, Any]
"""Values by their dotted path: a plain value, or a tuple for a list of plain values."""

MAX_ENTRIES = 20_000
# An unclosed comment or text runs to the end: looking for its end from every later one would take quadratic time.
_COMMENT = re.compile(r'("(?:\\.|[^"\\])*+(?:"|\Z))|//[^\n]*|/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z)', re.DOTALL)
_TRAILING_COMMA = re.compile(r'("(?:\\.|[^"\\])*+(?:"|\Z))|,(?=\s*[}\]])', re.DOTALL)


def parse(form: str, text: str) -> Any:
    """The file as nested maps and lists. ``form`` is toml, json, yaml, ini or properties. Raises ``Unread``."""
    try:
        return _PARSERS[form](text)
    except Unread:
        raise
    except RecursionError:
        raise Unread("is nested too deeply to be read") from None
    except Exception as error:  # noqa: BLE001 - five parsers raise as many families of errors, all of them "not that form"
        raise Unread(f"is not readable as {form.upper()} ({type(error).__name__})") from None


def flat(value: Any) -> Flat:
    """Every plain value by its path. Raises ``Unread`` for too many, which aliases can make of very little."""
    found: Flat = {}
    for path, plain in _walk(value, ""):
        if len(found) >= MAX_ENTRIES:
            raise Unread("holds too much to be compared")
        found[path] = plain
    return found


def _walk(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    stack: list[tuple[str, Any]] = [(path, value)]
    while stack:
        path, value = stack.pop()
        if isinstance(value, dict):
            if not value and path:
                yield path, "{}"
            stack += [(f"{path}.{key}" if path else str(key), inner) for key, inner in reversed(value.items())]
        elif isinstance(value, list | tuple):
            if all(not isinstance(one, dict | list | tuple) for one in value):
                yield path, tuple(str(one) for one in value)
            else:
                names = _names(value)
                stack += [(f"{path}[{name}]", one) for name, one in reversed(list(zip(names, value, strict=True)))]
        else:
            yield path, value


def _names(items: Sequence[Any]) -> list[str]:
    """What the items of a list are called, so that one put before them does not make them others; each name once."""
    found: list[str] = []
    seen: dict[str, int] = {}
    for number, item in enumerate(items):
        name = _name(item, number)
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name} #{seen[name]}")
    return found


def _name(item: Any, number: int) -> str:
    if isinstance(item, dict):
        for key in ("id", "name", "repo", "uses", "run", "match", "files", "module", "pattern"):
            if isinstance(item.get(key), str):
                text = item[key].partition("@")[0] if key == "uses" else item[key]  # a newer version is the same step
                return " ".join(text.split())[:60]
    return str(number)


def _toml(text: str) -> Any:
    import tomllib

    return tomllib.loads(text)


def _json(text: str) -> Any:
    """JSON, with the comments and trailing commas that tsconfig and its like allow."""
    try:
        return json.loads(text)
    except ValueError:
        bare = _COMMENT.sub(lambda found: found[1] or "", text)
        return json.loads(_TRAILING_COMMA.sub(lambda found: found[1] or "", bare))


def _yaml(text: str) -> Any:
    from gaterunner import safe_yaml

    try:
        node = safe_yaml.document(text, nodes=MAX_ENTRIES)
    except safe_yaml.TooMuchYamlError:
        raise Unread("holds too much to be compared") from None
    except safe_yaml.UnreadableYamlError:
        raise Unread("is not readable as YAML") from None
    return _node(node) if node is not None else {}


def _node(node: Any) -> Any:
    """A composed node as maps, lists and texts: tags and types of scalars mean nothing to a comparison."""
    if node.id == "mapping":
        return {str(key.value) if key.id == "scalar" else "?": _node(value) for key, value in node.value}
    if node.id == "sequence":
        return [_node(item) for item in node.value]
    return str(node.value)


def _ini(text: str) -> Any:
    import configparser

    parser = configparser.RawConfigParser(
        strict=False,
        allow_no_value=True,
        delimiters=("=", ":"),
        default_section="\0",
        inline_comment_prefixes=("#", ";"),
    )
    parser.optionxform = str  # type: ignore[assignment, method-assign]  # the documented way to keep the case of keys
    parser.read_string(text)
    return {
        section: {key: " ".join(_uncommented(value)) if value else "" for key, value in parser.items(section)}
        for section in parser.sections()
    }


def _uncommented(value: str) -> Iterator[str]:
    for line in value.splitlines():
        if line.strip() and not line.lstrip().startswith(("#", ";")):
            yield " ".join(line.split())


def _properties(text: str) -> Any:
    """``key=value`` lines, as .npmrc, gradle.properties and .env files have them."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        plain = line.strip()
        if plain and not plain.startswith(("#", ";", "!")):
            key, _, value = plain.partition("=")
            found[key.strip()] = value.strip()
    return found


def _lines(text: str) -> Any:
    """Lines that are no comments, as files of arguments and of patterns have them."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return {"lines": [line for line in lines if line and not line.startswith("#")]}


_PARSERS = {
    "toml": _toml,
    "json": _json,
    "yaml": _yaml,
    "ini": _ini,
    "properties": _properties,
    "lines": _lines,
}
