"""YAML of the branch as PyYAML's nodes, built from events by one loop: no file ends the process, whatever it holds.

``yaml.compose`` and ``yaml.safe_load`` recurse once per level: inside libyaml that is the end of the process, with the
pure-Python loader a ``RecursionError`` at best. They also give an alias out for nothing, so that a few lines stand for
more than any memory holds once somebody walks over them. Workflow files are read by ``config/document.py``, which does
the same with positions for the user.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

import yaml
from msgspec import Struct

MAX_DEPTH = 100
MAX_NODES = 500_000
"""Values of a file, with its aliases expanded: what a walk over all of them meets."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class UnreadableYamlError(ValueError):
    """A text is no YAML, or not of a kind that anybody writes. ``line`` and ``column`` count from 1 where known."""

    def __init__(self, problem: str, mark: Any = None) -> None:
        super().__init__(problem)
        self.line: int | None = mark.line + 1 if mark is not None else None
        self.column: int | None = mark.column + 1 if mark is not None else None


class TooMuchYamlError(UnreadableYamlError):
    """A text is YAML and nests too deeply, or unfolds to too many values."""


class _Open(Struct):
    """A collection whose end was not reached yet, and its nodes with aliases expanded."""

    node: yaml.SequenceNode | yaml.MappingNode
    anchor: str | None
    children: list[yaml.Node]
    nodes: int = 1


def events(text: str, *, depth: int = MAX_DEPTH) -> Iterator[yaml.Event]:
    """The parser's events. Raises ``UnreadableYamlError`` where they end, or nest deeper than ``depth``."""
    level = 0
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            level += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if level > depth:
                raise TooMuchYamlError(f"it nests deeper than {depth} levels", event.start_mark)
            yield event
    except yaml.MarkedYAMLError as error:
        raise UnreadableYamlError(error.problem or "it is no YAML", error.problem_mark or error.context_mark) from None
    except yaml.YAMLError as error:
        raise UnreadableYamlError(str(error).partition("\n")[0]) from None
    except UnreadableYamlError:
        raise
    except (ValueError, OverflowError):  # an escape that names no character, a surrogate
        raise UnreadableYamlError("it holds what is no character") from None


def documents(text: str, *, depth: int = MAX_DEPTH, nodes: int | None = MAX_NODES) -> Iterator[yaml.Node]:
    """The root of every document that holds something, with tags resolved. Raises ``UnreadableYamlError``.

    ``nodes`` None is for who follows no alias: what is shared is then held once, however much it stands for.
    """
    builder = _Builder(nodes)
    for event in events(text, depth=depth):
        if (root := builder.take(event)) is not None:
            yield root


def document(text: str, *, depth: int = MAX_DEPTH, nodes: int | None = MAX_NODES) -> yaml.Node | None:
    """The root of the only document; None for an empty text. Raises ``UnreadableYamlError``, also for a second one."""
    roots = documents(text, depth=depth, nodes=nodes)
    root = next(roots, None)
    second = next(roots, None)
    if second is not None:
        raise UnreadableYamlError("it holds a second document", second.start_mark)
    return root


def load(text: str, *, depth: int = MAX_DEPTH, nodes: int | None = MAX_NODES) -> Any:
    """What ``yaml.safe_load`` makes of a text. Raises ``UnreadableYamlError``."""
    root = document(text, depth=depth, nodes=nodes)
    if root is None:
        return None
    try:
        return yaml.SafeLoader("").construct_document(root)
    except yaml.MarkedYAMLError as error:
        raise UnreadableYamlError(error.problem or "it is no YAML", error.problem_mark or error.context_mark) from None
    except (ValueError, OverflowError, RecursionError):  # a date in the thirteenth month, a number of 5,000 digits
        raise UnreadableYamlError("it holds a value that does not exist", root.start_mark) from None


class _Builder:
    """Turns events into nodes with an explicit stack."""

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[yaml.Node, int] | None] = {}
        self._resolver: Any = yaml.SafeLoader("")

    def take(self, event: yaml.Event) -> yaml.Node | None:
        """Adds one event; gives the root of a document that this ends."""
        match event:
            case yaml.ScalarEvent():
                tag = self._tag(yaml.ScalarNode, event, event.value)
                start, end = _marks(event)
                return self._add(yaml.ScalarNode(tag, event.value, start, end, event.style), event.anchor, 1)
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                self._start(event)
            case yaml.CollectionEndEvent():
                return self._end(event)
            case yaml.AliasEvent():
                return self._alias(event)
            case yaml.DocumentStartEvent():
                self._anchors = {}
        return None

    def _start(self, event: yaml.SequenceStartEvent | yaml.MappingStartEvent) -> None:
        kind = yaml.MappingNode if isinstance(event, yaml.MappingStartEvent) else yaml.SequenceNode
        if event.anchor:
            self._anchors[event.anchor] = None
        tag = self._tag(kind, event, None)
        node = kind(tag, [], *_marks(event), flow_style=event.flow_style)
        self._open.append(_Open(node, event.anchor, []))

    def _end(self, event: yaml.CollectionEndEvent) -> yaml.Node | None:
        done = self._open.pop()
        pairs = zip(done.children[::2], done.children[1::2], strict=True)
        done.node.value = list(pairs) if isinstance(done.node, yaml.MappingNode) else done.children
        done.node.end_mark = event.end_mark
        return self._add(done.node, done.anchor, done.nodes)

    def _alias(self, event: yaml.AliasEvent) -> yaml.Node | None:
        target = self._anchors.get(event.anchor or "")
        if target is None:
            self._refuse("an alias names nothing above it", event)
        return self._add(target[0], None, target[1])

    def _add(self, node: yaml.Node, anchor: str | None, nodes: int) -> yaml.Node | None:
        if anchor:
            self._anchors[anchor] = (node, nodes)
        if not self._open:
            return node
        parent = self._open[-1]
        parent.children.append(node)
        parent.nodes += nodes
        if self._most is not None and parent.nodes > self._most:
            raise TooMuchYamlError(f"it unfolds to more than {self._most:,} values", node.start_mark)
        return None

    def _tag(self, kind: type[yaml.Node], event: Any, value: str | None) -> str:
        if event.tag is not None and event.tag != "!":
            return str(event.tag)
        return str(self._resolver.resolve(kind, value, event.implicit))

    def _refuse(self, problem: str, event: yaml.Event) -> NoReturn:
        raise UnreadableYamlError(problem, event.start_mark)


def _marks(event: yaml.Event) -> tuple[Any, Any]:
    """Where an event begins and ends; marks of both parsers hold the same, and are two types."""
    return event.start_mark, event.end_mark
