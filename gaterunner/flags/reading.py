"""From a flag manifest's bytes to its flags, or to everything that is wrong with it.

Two formats, told apart by what their flags say: the manifest of the OpenFeature command line (``flagType``,
``defaultValue``) and flagd's definitions (``state``, ``variants``, ``defaultVariant``, ``targeting``), each as JSON or
YAML. Keys that decide nothing here are left alone: the formats are others' and grow.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from gaterunner.config.document import Mapping, Node, Scalar, Sequence, describe, parse_document
from gaterunner.config.problems import Problems, listed, quoted
from gaterunner.config.scalars import Reading
from gaterunner.config.source import read_text
from gaterunner.flags.types import FlagType, Format, Manifest, ManifestFlag

MAX_FLAGS = 5_000

_TYPES: tuple[FlagType, ...] = ("boolean", "string", "integer", "float", "object")
_FLAGD_KEYS = {"state", "variants", "defaultVariant", "targeting"}
_STATES = ("ENABLED", "DISABLED")
_EXAMPLE = "the smallest manifest is `flags: {new-page: {flagType: boolean, defaultValue: false}}`"
# JSON writes characters beyond the first plane as two escapes, of which YAML knows neither.
_PAIR = re.compile(r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")


def read_manifest(data: bytes, path: str) -> Manifest:
    """The flags that a file declares; ``path`` is only told in problems and kept in the result.

    Raises ``WorkflowFileError`` with every problem of the file, each with its position.
    """
    problems = Problems(path)
    text = read_text(data, problems)
    root = parse_document(_as_yaml(text) if path.endswith(".json") else text, problems) if text.strip() else None
    declared = _declared(root, problems) if root is not None else None
    if root is None:
        problems.add(None, "the file is empty, expected a map with the key `flags`", _EXAMPLE)
    if declared is None:
        raise problems.error()
    entries, shared = declared
    format = _format(entries)
    read = _FlagReader(path, shared, problems)
    flags = [read.flag(name, node, format) for name, node in entries]
    if problems:
        raise problems.error()
    return Manifest(path=path, format=format, flags=tuple(flag for flag in flags if flag is not None))


def _as_yaml(text: str) -> str:
    """JSON as YAML reads it: a tab can stand nowhere in JSON but between its parts."""
    return _PAIR.sub(_character, text.replace("\t", " "))


def _character(pair: re.Match[str]) -> str:
    high, low = int(pair[2], 16), int(pair[3], 16)
    return pair[1] + chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


def _declared(root: Node, problems: Problems) -> tuple[list[tuple[Scalar, Mapping]], Mapping | None] | None:
    """The flags by their names, and what the file says of all of them."""
    if not isinstance(root, Mapping):
        message = f"found {describe(root)} at the root of the file, expected a map with the key `flags`"
        problems.add(root.position, message, _EXAMPLE)
        return None
    values = _values(root)
    if "flags" not in values:
        problems.add(root.position, "the key `flags` is missing at the root of the file", _EXAMPLE)
        return None
    shared = values.get("metadata")
    found = list(_entries(values["flags"], problems))
    if len(found) > MAX_FLAGS:
        problems.add(found[MAX_FLAGS][0].position, f"more than {MAX_FLAGS:,} flags")
        return None
    return found, shared if isinstance(shared, Mapping) else None


def _entries(node: Node, problems: Problems) -> Iterator[tuple[Scalar, Mapping]]:
    """A map of names to flags, or flagd's list of flags with a ``key`` each."""
    if isinstance(node, Mapping):
        for entry in node.entries:
            if isinstance(entry.value, Mapping):
                yield entry.key, entry.value
            else:
                message = f"the flag {quoted(entry.key.text)}: found {describe(entry.value)}, expected a map"
                problems.add(entry.value.position, message)
    elif isinstance(node, Sequence):
        yield from _listed(node, problems)
    else:
        problems.add(node.position, f"`flags`: found {describe(node)}, expected a map of names to flags", _EXAMPLE)


def _listed(node: Sequence, problems: Problems) -> Iterator[tuple[Scalar, Mapping]]:
    first: dict[str, Scalar] = {}
    for item in node.items:
        key = _values(item).get("key") if isinstance(item, Mapping) else None
        if not isinstance(item, Mapping) or not isinstance(key, Scalar) or not key.text:
            problems.add(item.position, "an item of `flags`: expected a map with the flag's name as `key`")
        elif key.text in first:
            line = first[key.text].position.line
            problems.add(key.position, f"the flag {quoted(key.text)} stands here a second time, first in line {line}")
        else:
            first[key.text] = key
            yield key, item


def _format(entries: list[tuple[Scalar, Mapping]]) -> Format:
    """flagd's where any flag speaks its words, since that one can target; what does not fit is told of each flag."""
    return "flagd" if any(_FLAGD_KEYS & _values(node).keys() for _, node in entries) else "openfeature"


def _values(node: Node) -> dict[str, Node]:
    return {entry.key.text: entry.value for entry in node.entries} if isinstance(node, Mapping) else {}


class _FlagReader:
    """Reads one flag after the other. Each method gives what a flag says, or notes what is wrong with it."""

    def __init__(self, path: str, shared: Mapping | None, problems: Problems) -> None:
        self._path = path
        self._shared = _values(shared) if shared is not None else {}
        self._problems = problems

    def flag(self, name: Scalar, node: Mapping, format: Format) -> ManifestFlag | None:
        where = f"the flag {quoted(name.text)}"
        if not name.text.strip() or not name.text.isprintable():
            self._problems.add(name.position, f"{where}: expected a name that can be read")
            return None
        return self._flagd(name, node, where) if format == "flagd" else self._openfeature(name, node, where)

    def _openfeature(self, name: Scalar, node: Mapping, where: str) -> ManifestFlag | None:
        values = _values(node)
        for key in ("flagType", "defaultValue"):
            if key not in values:
                self._problems.add(node.position, f"{where} lacks the key `{key}`")
        kind, default = values.get("flagType"), values.get("defaultValue")
        if kind is None or default is None:
            return None
        known = next((known for known in _TYPES if isinstance(kind, Scalar) and kind.text == known), None)
        if known is None:
            expected = listed([f"`{one}`" for one in _TYPES])
            message = f"`flagType` of {where}: found {describe(kind)}, expected {expected}"
            self._problems.add(kind.position, message)
            return None
        if known == "boolean" and not _is_boolean(default):
            message = f"`defaultValue` of {where}: found {describe(default)}, expected `true` or `false`"
            self._problems.add(default.position, message)
            return None
        # The manifest has no place for them; its schema allows further keys.
        own = {**values, **_values(values.get("metadata") or node)}
        return ManifestFlag(
            name=name.text,
            path=self._path,
            position=name.position,
            kind=known,
            serves=_json(default),
            owner=_text(own.get("owner")),
            expires=_text(own.get("expires")),
        )

    def _flagd(self, name: Scalar, node: Mapping, where: str) -> ManifestFlag | None:
        values = _values(node)
        state = values.get("state")
        if state is None:
            self._problems.add(node.position, f"{where} lacks the key `state`", "write `state: ENABLED`")
            return None
        if not isinstance(state, Scalar) or state.text not in _STATES:
            expected = listed([f"`{one}`" for one in _STATES])
            self._problems.add(state.position, f"`state` of {where}: found {describe(state)}, expected {expected}")
            return None
        variants = self._variants(values.get("variants", Scalar("", True, node.position)), where)
        if variants is None or not self._is_one_of(values.get("defaultVariant"), variants, where):
            return None
        default = values.get("defaultVariant")
        served = None if default is None or _is_nothing(default) else variants[_text(default) or ""]
        other = values.get("defaultValue")
        if other is not None and (served is None or _json(other) != _json(served)):
            message = f"`defaultValue` of {where} is not what its `defaultVariant` stands for"
            self._problems.add(other.position, message, "let a flag speak the words of one format")
            return None
        targeting = values.get("targeting")
        # What the set says of all its flags holds for each that says nothing else.
        own = {**self._shared, **_values(values.get("metadata") or Mapping((), node.position))}
        return ManifestFlag(
            name=name.text,
            path=self._path,
            position=name.position,
            kind=_TYPES_OF_VALUES[_form(next(iter(variants.values())))],
            serves=None if served is None else _json(served),
            enabled=state.text == "ENABLED",
            targeting=None if targeting is None or _is_nothing(targeting) else _json(targeting),
            owner=_text(own.get("owner")),
            expires=_text(own.get("expires")),
        )

    def _variants(self, node: Node, where: str) -> dict[str, Node] | None:
        if not isinstance(node, Mapping) or not node.entries:
            found = "an empty map" if isinstance(node, Mapping) else describe(node)
            message = f"`variants` of {where}: found {found}, expected a map such as `{{on: true, off: false}}`"
            self._problems.add(node.position, message)
            return None
        forms = {_form(entry.value) for entry in node.entries}
        if len(forms) > 1 or None in forms:
            message = f"`variants` of {where}: expected values of one type, all booleans, texts, numbers or maps"
            self._problems.add(node.position, message)
            return None
        return _values(node)

    def _is_one_of(self, node: Node | None, variants: dict[str, Node], where: str) -> bool:
        """Whether the default is one of the variants, or left to the code."""
        if node is None or _is_nothing(node) or (isinstance(node, Scalar) and node.text in variants):
            return True
        near = self._problems.near(node.text, variants) if isinstance(node, Scalar) else ""
        expected = listed([quoted(name) for name in variants])
        message = f"`defaultVariant` of {where}: found {describe(node)}, expected {expected}{near}"
        self._problems.add(node.position, message)
        return False


_TYPES_OF_VALUES: dict[str | None, FlagType] = {
    "boolean": "boolean",
    "text": "string",
    "number": "number",
    "map": "object",
}


def _form(node: Node) -> str | None:
    if isinstance(node, Mapping):
        return "map"
    if isinstance(node, Sequence):
        return None
    return _FORMS.get(node.reading)


_FORMS = {
    Reading.BOOLEAN: "boolean",
    Reading.INTEGER: "number",
    Reading.NUMBER: "number",
    Reading.TEXT: "text",
    Reading.WORD: "text",
}


def _is_boolean(node: Node) -> bool:
    return isinstance(node, Scalar) and node.reading is Reading.BOOLEAN


def _is_nothing(node: Node) -> bool:
    """True for null, and for rules that are none."""
    if isinstance(node, Scalar):
        return node.reading is Reading.NULL
    return not (node.entries if isinstance(node, Mapping) else node.items)


def _text(node: Node | None) -> str | None:
    """A text as it is written; None for nothing and for what is none."""
    if not isinstance(node, Scalar) or node.reading is Reading.NULL:
        return None
    return node.text.strip() or None


def _json(node: Node) -> str:
    """A value in one spelling, so that two can be compared: keys in order, no blanks, booleans in small letters."""
    return json.dumps(_plain(node), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _plain(node: Node) -> object:
    if isinstance(node, Mapping):
        return {entry.key.text: _plain(entry.value) for entry in node.entries}
    if isinstance(node, Sequence):
        return [_plain(item) for item in node.items]
    if node.reading is Reading.NULL:
        return None
    if node.reading is Reading.BOOLEAN:
        return node.text.lower() == "true"
    return node.text if node.reading in {Reading.TEXT, Reading.WORD} else {"number": node.text}
