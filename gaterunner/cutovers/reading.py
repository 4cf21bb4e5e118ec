"""From the bytes of ``.gaterunner/cutovers.yml`` to cutovers, or to everything that is wrong with the file."""

from __future__ import annotations

import re
from typing import Annotated

from msgspec import Meta, Struct

from gaterunner.config.decode import decode
from gaterunner.config.document import Mapping, Node, Sequence, describe, parse_document
from gaterunner.config.option_types import Name, as_tuple
from gaterunner.config.problems import Fault, Problems, quoted
from gaterunner.config.source import read_text
from gaterunner.config.types import Position
from gaterunner.cutovers.targets import normalised
from gaterunner.cutovers.types import Cutover, Phase

ROOT = "cutovers"
MAX_CUTOVERS = 200
_LONGEST = 200

# Unquoted identifiers of every database, and what most of them allow in quotes but blanks, dots and quotes.
_TARGET = re.compile(r"[^\s.\"'`\[\]]+(?:\.[^\s.\"'`\[\]]+){0,2}\Z")
_SYMBOL = re.compile(r"\S.*\S|\S")
# One such as `on` or `x` would be found in any program.
_SHORTEST_FLAG = 4


def _target_fault(text: str) -> Fault | None:
    if len(text) <= _LONGEST and _TARGET.match(text):
        return None
    return Fault("a table or `table.column`, without quotes")


def _flag_fault(text: str) -> Fault | None:
    if len(text) > _LONGEST or not _SYMBOL.fullmatch(text):
        return Fault("the flag's name as it stands in the code")
    if len(text) < _SHORTEST_FLAG:
        return Fault(f"a name of at least {_SHORTEST_FLAG} characters, so that it is found only where it is meant")
    return None


def _location_fault(text: str) -> Fault | None:
    path, symbol = split_location(text)
    sound = path and not path.startswith(("/", "~")) and ".." not in path.split("/") and "//" not in path
    if sound and text.isprintable() and (symbol is None or _SYMBOL.fullmatch(symbol)):
        return None
    return Fault("the path of a file of the repository, or `path:symbol`")


def split_location(text: str) -> tuple[str, str | None]:
    """``app/orders.py:save`` as path and symbol; the symbol is None where none is named."""
    path, colon, symbol = text.partition(":")
    while path.startswith("./"):
        path = path[2:]
    return path, symbol if colon else None


Target = Annotated[str, Meta(extra={"check": _target_fault, "expected": "a table or `table.column`"})]
Targets = Annotated[
    Target | Annotated[tuple[Target, ...], Meta(min_length=1, max_length=500)],
    Meta(extra={"expected": "a table, `table.column`, or a list of them"}),
]


class CutoverOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """One entry of the file. All keys are needed: one that is left out would be a step that nobody checks."""

    name: Name
    drops: Targets
    flag: Annotated[str, Meta(extra={"check": _flag_fault, "expected": "the flag's name as it stands in the code"})]
    dual_write: Annotated[str, Meta(extra={"check": _location_fault, "expected": "a path, or `path:symbol`"})]
    parity: Name
    phase: Phase


def read_cutovers(data: bytes, path: str) -> tuple[Cutover, ...]:
    """The cutovers that a file declares, in its order; ``path`` is only told in problems.

    Raises ``WorkflowFileError`` with every problem of the file, each with its position.
    """
    problems = Problems(path)
    text = read_text(data, problems)
    if all(not line.strip() or line.lstrip().startswith("#") for line in text.splitlines()):
        problems.add(Position(1, 1), f"the file is empty, expected a map with the key `{ROOT}`", "remove the file")
        raise problems.error()
    items = _items(parse_document(text, problems), problems)
    read = [cutover for node in items if (cutover := _read(node, problems)) is not None]
    _check_unique(read, problems)
    if problems:
        raise problems.error()
    return tuple(read)


def _items(root: Node, problems: Problems) -> tuple[Node, ...]:
    if not isinstance(root, Mapping):
        problems.add(root.position, f"found {describe(root)}, expected a map with the key `{ROOT}`")
        return ()
    found: tuple[Node, ...] = ()
    for entry in root.entries:
        if entry.key.text != ROOT:
            problems.unknown_key(entry.key.position, entry.key.text, "the file", (ROOT,))
        elif not isinstance(entry.value, Sequence):
            problems.add(entry.value.position, f"`{ROOT}`: found {describe(entry.value)}, expected a list of maps")
        elif len(entry.value.items) > MAX_CUTOVERS:
            problems.add(entry.value.position, f"`{ROOT}`: more than {MAX_CUTOVERS} cutovers")
        else:
            found = entry.value.items
    if ROOT not in {entry.key.text for entry in root.entries}:
        problems.add(root.position, f"the key `{ROOT}` is missing")
    return found


def _read(node: Node, problems: Problems) -> Cutover | None:
    if not isinstance(node, Mapping):
        problems.add(node.position, f"an item of `{ROOT}`: found {describe(node)}, expected a map")
        return None
    options = decode(node, CutoverOptions, where="a cutover", problems=problems)
    if options is None:
        return None
    path, symbol = split_location(options.dual_write)
    return Cutover(
        name=options.name,
        position=node.position,
        drops=tuple(dict.fromkeys(map(normalised, as_tuple(options.drops)))),
        flag=options.flag,
        dual_write=path,
        symbol=symbol,
        parity=options.parity,
        phase=options.phase,
    )


def _check_unique(cutovers: list[Cutover], problems: Problems) -> None:
    """A name twice would make it open which one moved; a target twice, which of the two has to have got there."""
    names: dict[str, Cutover] = {}
    targets: dict[str, Cutover] = {}
    for cutover in cutovers:
        first = names.setdefault(cutover.name, cutover)
        if first is not cutover:
            line = first.position.line
            problems.add(cutover.position, f"the cutover {quoted(cutover.name)} is a second one, first in line {line}")
        for target in cutover.drops:
            other = targets.setdefault(target, cutover)
            if other is not cutover:
                message = f"`drops` of {quoted(cutover.name)}: {quoted(target)} is also dropped by {quoted(other.name)}"
                problems.add(cutover.position, message, "name it in one of the two")
