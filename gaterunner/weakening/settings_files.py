"""Settings of tools as a flat list, whatever the format: TOML, INI, YAML, JSON with comments, JavaScript, XML."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice

from msgspec import Struct

from gaterunner.weakening.code import Code
from gaterunner.weakening.paths import extension
from gaterunner.weakening.tokens import JAVASCRIPT

_MOST = 20_000  # settings of one file: aliases of YAML can stand for more than any memory holds
_LARGEST = 1 << 18  # bytes: settings are written by people
_DEEPEST = 40
_NEAR = 200  # lines: tables of TOML are read in the order in which they stand


class Setting(Struct, frozen=True):
    """One value: the keys that lead to it, the value as text, its line. An item of a list repeats its list's keys."""

    keys: tuple[str, ...]
    value: str
    line: int


def read_settings(path: str, data: bytes) -> list[Setting] | None:
    """All settings of a file; None where it cannot be read."""
    if len(data) > _LARGEST:
        return None
    text = data.decode("utf-8-sig", "replace")
    try:
        found = list(islice(_reader(path, text)(text), _MOST + 1))
    except (ValueError, RecursionError, IndexError):
        return None
    return found if len(found) <= _MOST else None


def _reader(path: str, text: str) -> Callable[[str], Iterator[Setting]]:
    name, kind = path.rpartition("/")[2], extension(path)
    if name.endswith("ignore"):
        return _lines
    if kind == "toml" or name == "Pipfile":
        return _toml
    if kind in {"yml", "yaml", "neon"} or (name.startswith(".eslintrc") and kind == "eslintrc" and text[:1] != "{"):
        return _yaml
    if kind in {"xml", "csproj", "props", "dist"}:
        return _xml
    if kind in {"cfg", "ini", "properties", "conf"} or name in {
        ".flake8",
        ".coveragerc",
        ".pylintrc",
        "pylintrc",
        ".bandit",
    }:
        return _ini
    return _braces


def _lines(text: str) -> Iterator[Setting]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            yield Setting(("ignore",), line.strip(), number)


def _toml(text: str) -> Iterator[Setting]:
    import tomllib

    lines, at = text.splitlines(), 0
    for keys, value in _leaves(tomllib.loads(text), ()):
        at = _line_of(lines, at, keys[-1], value)
        yield Setting(keys, value, at + 1)


def _leaves(value: object, keys: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if len(keys) > _DEEPEST:
        raise ValueError("nested too deep")
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, (*keys, str(key)))
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, keys)
    else:
        yield keys, _text(value)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _line_of(lines: list[str], start: int, key: str, value: str) -> int:
    """The index of the next line with both key and value, or else with the value; ``start`` where neither is near."""
    near = range(start, min(len(lines), start + _NEAR))
    both = (at for at in near if value in lines[at] and key in lines[at])
    return next(both, next((at for at in near if value in lines[at]), start))


def _ini(text: str) -> Iterator[Setting]:
    section, key = "", ""
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped[0] in "#;":
            continue
        header = re.match(r"\[([^\]]+)\]", line)
        pair = re.match(r"([\w.:\-*/ ]+?)\s*[=:]\s*(.*)$", line) if not line[0].isspace() else None
        if header:
            section, key = header[1], ""
        elif pair:
            key = pair[1]
            yield from (Setting((section, key), item, number) for item in _items(pair[2]))
        elif key:
            yield from (Setting((section, key), item, number) for item in _items(stripped))


def _items(value: str) -> list[str]:
    """A list of an INI file stands on one line, with commas or blanks, or on several."""
    written = value.split(" #", maxsplit=1)[0].strip()
    return [item for item in re.split(r"\s*,\s*|\s+(?=[\w./*-]+$)", written) if item] or [""]


def _yaml(text: str) -> Iterator[Setting]:
    import yaml

    from gaterunner import safe_yaml

    root = safe_yaml.document(text, depth=_DEEPEST, nodes=_MOST)
    waiting: list[tuple[yaml.Node, tuple[str, ...]]] = [(root, ())] if root is not None else []
    while waiting:
        node, keys = waiting.pop()
        if isinstance(node, yaml.MappingNode):
            waiting += [(inner, (*keys, str(key.value))) for key, inner in reversed(node.value)]
        elif isinstance(node, yaml.SequenceNode):
            waiting += [(inner, keys) for inner in reversed(node.value)]
        elif keys:
            yield Setting(keys, str(node.value), node.start_mark.line + 1)


def _xml(text: str) -> Iterator[Setting]:
    """Elements and attributes; no entity is ever expanded."""
    keys: list[str] = []
    line, seen = 1, 0
    for found in re.finditer(r"<(/?)([\w.:-]+)((?:\s[^<>]*?)?)(/?)>([^<]*)", text):
        line += text.count("\n", seen, found.start())
        seen = found.start()
        closing, name, attributes, single, content = found.groups()
        if closing:
            while keys and keys.pop() != name:
                pass
            continue
        for attribute in re.finditer(r"([\w.:-]+)\s*=\s*[\"']([^\"'<>]*)", attributes):
            yield Setting((*keys, name, attribute[1]), attribute[2], line)
        if content.strip():
            yield Setting((*keys, name), content.strip(), line)
        if not single:
            keys.append(name)
        if len(keys) > _DEEPEST:
            raise ValueError("nested too deep")


def _braces(text: str) -> Iterator[Setting]:
    """``key: value`` in JSON, with or without comments, and in the JavaScript or Gradle of a tool's settings."""
    code = Code(text, JAVASCRIPT)
    waiting: list[tuple[int, int, tuple[str, ...]]] = [(0, code.size, ())]
    while waiting:
        start, end, keys = waiting.pop()
        if len(keys) > _DEEPEST:
            continue
        at = start
        while at < end:
            named = code.kind(at) in {"word", "string", "number"} and code.text(at + 1) in {":", "="}
            if named and code.text(at + 2) != "=":
                inner = (*keys, code.text(at).strip("\"'`"))
                value = at + 2
                if code.text(value) in {"{", "["} and value in code.close:
                    waiting.append((value + 1, code.close[value], inner))
                    at = code.close[value]
                else:
                    stop = _end_of_value(code, value, end)
                    yield Setting(inner, code.key(value, stop).strip("\"'`"), code.line(value))
                    at = stop
            elif code.text(at) in {"{", "[", "("} and at in code.close:
                waiting.append((at + 1, code.close[at], keys))
                at = code.close[at]
            elif code.kind(at) in {"string", "number"} and keys:
                yield Setting(keys, code.text(at).strip("\"'`"), code.line(at))
            at += 1


def _end_of_value(code: Code, at: int, end: int) -> int:
    line = code.line(at)
    while at < end and code.text(at) not in {",", ";", "}", "]"} and code.line(at) == line:
        at = code.end_of(at) + 1 if at in code.close else at + 1
        if code.kind(at - 1) in {"string", "number"} and code.text(at) not in {"+", "-", "*", "/", "."}:
            break
    return at
