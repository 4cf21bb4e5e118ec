"""From text to a tree of nodes with positions, built from YAML events.

Events instead of ``yaml.compose``: composing recurses once per level (a megabyte of ``[`` ends the process inside
libyaml's composer), expands without bound, and keeps duplicate keys silently. Here one loop holds every bound, an alias
costs what its target holds, and no tag ever constructs anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NoReturn

import yaml
from msgspec import Struct, structs

from gaterunner.config.problems import Problems, quoted
from gaterunner.config.scalars import Reading, reading
from gaterunner.config.source import HIDDEN
from gaterunner.config.syntax import describe_syntax_error
from gaterunner.config.types import Position

MAX_DEPTH = 32
MAX_NODES = 120_000  # after aliases are expanded

# The C parser where PyYAML was built with libyaml; both mark the same positions (a test compares them).
LOADERS: tuple[type[yaml.SafeLoader] | type[yaml.CSafeLoader], ...] = tuple(
    getattr(yaml, name) for name in ("CSafeLoader", "SafeLoader") if hasattr(yaml, name)
)

_EXAMPLE = "the smallest workflow file is `workflow: {gates: [build]}`"
# What an escape in double quotes can bring in past the check of the raw text; surrogates are no characters at all.
_ESCAPED = re.compile(f"[{HIDDEN}\\r\ud800-\udfff]")


# Options of that name exist (`flags: {new: {env: NEW, off: "0"}}`); elsewhere who reads the key says that it is none.
_WORDS_AS_KEYS = ("off", "on")


class Scalar(Struct, frozen=True):
    """One value as written; ``plain`` is False for quoted and block text, which is always text."""

    text: str
    plain: bool
    position: Position
    lines: int = 1

    @property
    def reading(self) -> Reading:
        return reading(self.text) if self.plain else Reading.TEXT


class Sequence(Struct, frozen=True):
    items: tuple[Scalar | Sequence | Mapping, ...]
    position: Position


class Entry(Struct, frozen=True):
    key: Scalar
    value: Scalar | Sequence | Mapping


class Mapping(Struct, frozen=True):
    """Keys are unique, and text or one of ``_WORDS_AS_KEYS``.

    ``left_out`` counts the entries whose key was not and which were reported.
    """

    entries: tuple[Entry, ...]
    position: Position
    left_out: int = 0


Node = Scalar | Sequence | Mapping


class _Open(Struct):
    """A collection whose end was not reached: its children so far, and its nodes with aliases expanded."""

    is_mapping: bool
    position: Position
    anchor: str | None
    children: list[Node]
    nodes: int = 1


def parse_document(text: str, problems: Problems) -> Node:
    """The file's one document. Problems that leave the rest readable are noted; any other raises at once."""
    builder = _Builder(problems)
    try:
        for event in yaml.parse(text, Loader=LOADERS[0]):
            builder.take(event)
    except yaml.YAMLError as error:
        position, message, help = describe_syntax_error(error, text)
        problems.add(position, message, help)
        raise problems.error() from None
    except (ValueError, OverflowError):
        # The pure-Python scanner passes "\U0fffffff" to chr() unchecked.
        problems.add(None, "an escape in double quotes names a character that does not exist")
        raise problems.error() from None
    if builder.root is None:
        problems.add(Position(1, 1), "the file is empty, expected a map with the key `workflow`", _EXAMPLE)
        raise problems.error()
    return builder.root


class _Builder:
    """Turns events into nodes with an explicit stack."""

    def __init__(self, problems: Problems) -> None:
        self.root: Node | None = None
        self._problems = problems
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Node, int] | None] = {}
        self._documents = 0

    def take(self, event: yaml.Event) -> None:
        """Adds one event."""
        match event:
            case yaml.ScalarEvent():
                self._check_tag(event)
                self._add(self._scalar(event), event.anchor, 1)
            case yaml.CollectionStartEvent():
                self._check_tag(event)
                self._start(event)
            case yaml.CollectionEndEvent():
                self._end()
            case yaml.AliasEvent():
                self._alias(event)
            case yaml.DocumentStartEvent():
                self._document(event)

    def _document(self, event: yaml.DocumentStartEvent) -> None:
        self._documents += 1
        if self._documents > 1:
            self._refuse(event, "a second document starts here, expected one", "remove `---` and what follows it")

    def _start(self, event: yaml.CollectionStartEvent) -> None:
        if len(self._open) >= MAX_DEPTH:
            self._refuse(event, f"nested deeper than {MAX_DEPTH} levels")
        if event.anchor:
            self._anchors[event.anchor] = None
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        self._open.append(_Open(is_mapping, _position(event), event.anchor, []))

    def _end(self) -> None:
        done = self._open.pop()
        node: Node = self._mapping(done) if done.is_mapping else Sequence(tuple(done.children), done.position)
        self._add(node, done.anchor, done.nodes)

    def _add(self, node: Node, anchor: str | None, nodes: int) -> None:
        if anchor:
            self._anchors[anchor] = (node, nodes)
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        parent.children.append(node)
        parent.nodes += nodes
        if parent.nodes > MAX_NODES:
            self._problems.add(
                node.position, f"the file holds more than {MAX_NODES:,} values with its aliases expanded"
            )
            raise self._problems.error()

    def _alias(self, event: yaml.AliasEvent) -> None:
        name = event.anchor or ""
        if name not in self._anchors:
            self._refuse(event, f"the alias {quoted('*' + name)} names an anchor that was not defined above")
        target = self._anchors[name]
        if target is None:
            self._refuse(event, f"the alias {quoted('*' + name)} stands inside of what it repeats")
        node, nodes = target
        self._add(structs.replace(node, position=_position(event)), None, nodes)

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar:
        control = _ESCAPED.search(event.value)
        if control:
            code = f"U+{ord(control.group()):04X}"
            self._problems.add(_position(event), f"the escaped invisible character {code} is not allowed")
        # PyYAML's own parser gives None as the style of a plain scalar, libyaml the empty string.
        lines = event.end_mark.line - event.start_mark.line + 1 if event.start_mark and event.end_mark else 1
        return Scalar(event.value, not event.style, _position(event), lines)

    def _check_tag(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.tag:
            name = event.tag.replace("tag:yaml.org,2002:", "!!")
            help = 'tags are not used in a workflow file; for text write it in quotes: "…"'
            self._problems.add(_position(event), f"the tag {quoted(name)} is not allowed", help)

    def _mapping(self, done: _Open) -> Mapping:
        first: dict[str, Position] = {}
        entries = []
        for key, value in self._pairs(done.children):
            if key.text in first:
                line = first[key.text].line
                self._problems.add(
                    key.position, f"the key {quoted(key.text)} stands here a second time, first in line {line}"
                )
                continue
            first[key.text] = key.position
            entries.append(Entry(key, value))
        return Mapping(tuple(entries), done.position, len(done.children) // 2 - len(entries))

    def _pairs(self, children: list[Node]) -> Iterator[tuple[Scalar, Node]]:
        """The entries whose key is text; the others are noted."""
        for key, value in zip(children[::2], children[1::2], strict=True):
            complaint = _key_complaint(key)
            if complaint is None and isinstance(key, Scalar):
                yield key, value
            elif complaint:
                self._problems.add(key.position, *complaint)

    def _refuse(self, event: yaml.Event, message: str, help: str | None = None) -> NoReturn:
        self._problems.add(_position(event), message, help)
        raise self._problems.error()


def _key_complaint(key: Node) -> tuple[str, str | None] | None:
    if not isinstance(key, Scalar):
        return f"{describe(key)} stands as a key, expected text", None
    if key.plain and key.text == "<<":
        return "merge keys (`<<`) are not supported, expected every key written out", (
            "repeat the keys, or use an alias as the whole value: `env: *name`"
        )
    if key.reading is not Reading.TEXT and key.text not in _WORDS_AS_KEYS:
        help = f'write it in quotes: "{key.text}"' if key.text else None
        return f"{describe(key)} stands as a key, expected text", help
    return None


def describe(node: Node) -> str:
    """What was found, in words: ``a list``, ``the number `012```, ```abc```."""
    if isinstance(node, Sequence):
        return "a list"
    if isinstance(node, Mapping):
        return "a map"
    if node.reading is Reading.TEXT:
        in_quotes = " in quotes" if reading(node.text) is not Reading.TEXT else ""
        return quoted(node.text) + in_quotes if node.text else "empty text"
    return _UNQUOTED[node.reading].format(quoted(node.text)) if node.text else "nothing"


_UNQUOTED = {
    Reading.NULL: "{} (null)",
    Reading.BOOLEAN: "the boolean {}",
    Reading.WORD: "{} without quotes (a boolean to many YAML readers)",
    Reading.INTEGER: "the number {}",
    Reading.NUMBER: "the number {}",
}


def _position(event: yaml.Event) -> Position:
    mark = event.start_mark
    return Position(mark.line + 1, mark.column + 1) if mark else Position(1, 1)
