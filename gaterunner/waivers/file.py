"""The waivers file: which findings somebody let through, in which content, why, and until when.

What cannot be understood is an error of the file with its position, as in the workflow file. What can be understood but
asks for too much (a wildcard, a year) is left to the ledger, which does not honour it and says so.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType, structs

from gaterunner.config.decode import decode
from gaterunner.config.document import Entry, Mapping, Node, Scalar, Sequence, describe, parse_document
from gaterunner.config.problems import Fault, Problems
from gaterunner.config.scalars import Reading
from gaterunner.config.source import read_text
from gaterunner.config.types import WAIVERS_PATH

ROOT = "waivers"
MAX_WAIVERS = 1000

_EXAMPLE = "an entry has `rule`, `path` or `fingerprint`, `content`, `reason`, `by` and `expires`"
_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")
_SHORTEST_ID = 32
_FINGERPRINT = re.compile(r"[0-9a-f]{32}\Z")


class Waiver(Struct, frozen=True, kw_only=True):
    """One entry. It lets through findings of ``rule`` in ``content``: those in ``path``, those with ``fingerprint``.

    With neither, those that no file stands for. ``content`` is a git object id as ``Finding.content`` has it. It counts
    up to and including ``expires``, a day in UTC. ``file`` and ``line`` are where the entry stands.
    """

    rule: str
    content: str
    reason: str
    by: str
    expires: date
    path: str | None = None
    fingerprint: str | None = None
    file: str = WAIVERS_PATH
    line: int = 1


def _id_fault(text: str) -> Fault | None:
    if _ID.match(text):
        return None
    help = "copy it from the finding's `content` in the JSON report (--report FILE)"
    return Fault("a full git object id of 40 or 64 lower-case hexadecimal digits", help)


def _fingerprint_fault(text: str) -> Fault | None:
    if _FINGERPRINT.match(text):
        return None
    return Fault("32 lower-case hexadecimal digits", "copy it from the finding's `fingerprint` in the JSON report")


def _day_fault(text: str) -> Fault | None:
    # `fromisoformat` also takes weeks and days without hyphens, which nobody reads as a day at a glance.
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        return _NO_DAY
    try:
        date.fromisoformat(text)
    except ValueError:
        return _NO_DAY
    return None


def _said_fault(text: str) -> Fault | None:
    return None if text.strip() else Fault("text that says something")


_NO_DAY = Fault("a day such as `2026-12-31`")
_Said = Annotated[
    str, Meta(max_length=1000, extra={"check": _said_fault, "expected": "text of at most 1000 characters"})
]


class _Entry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    rule: str
    content: Annotated[str, Meta(extra={"check": _id_fault})]
    reason: _Said
    by: _Said
    expires: Annotated[str, Meta(extra={"check": _day_fault})]
    path: str | UnsetType = UNSET
    fingerprint: Annotated[str, Meta(extra={"check": _fingerprint_fault})] | UnsetType = UNSET


def read_waivers(data: bytes, path: str = WAIVERS_PATH) -> tuple[Waiver, ...]:
    """The entries in the order of the file; ``path`` is told in problems and kept in the entries.

    Raises ``WorkflowFileError`` with every problem of the file, each with its position.
    """
    problems = Problems(path)
    text = read_text(data, problems)
    if all(not line.strip() or line.lstrip().startswith("#") for line in text.splitlines()):
        problems.add(None, f"the file is empty, expected a map with the key `{ROOT}`", f"for none write `{ROOT}: []`")
        raise problems.error()
    found = tuple(_waiver(node, path, problems) for node in _items(parse_document(text, problems), problems))
    if problems:
        raise problems.error()
    return tuple(waiver for waiver in found if waiver is not None)


def _items(root: Node, problems: Problems) -> tuple[Node, ...]:
    if not isinstance(root, Mapping):
        problems.add(root.position, f"found {describe(root)}, expected a map with the key `{ROOT}`")
        return ()
    for entry in root.entries:
        if entry.key.text != ROOT:
            problems.unknown_key(entry.key.position, entry.key.text, "the file", (ROOT,))
    values = [entry.value for entry in root.entries if entry.key.text == ROOT]
    if not values:
        problems.add(root.position, f"the file lacks the key `{ROOT}`", f"for none write `{ROOT}: []`")
        return ()
    if not isinstance(values[0], Sequence):
        problems.add(values[0].position, f"`{ROOT}`: found {describe(values[0])}, expected a list", _EXAMPLE)
        return ()
    if len(values[0].items) > MAX_WAIVERS:
        count = len(values[0].items)
        problems.add(values[0].position, f"`{ROOT}` holds {count:,} entries, expected at most {MAX_WAIVERS:,}")
        return ()
    return values[0].items


def _waiver(node: Node, path: str, problems: Problems) -> Waiver | None:
    if not isinstance(node, Mapping):
        problems.add(node.position, f"an item of `{ROOT}`: found {describe(node)}, expected a map", _EXAMPLE)
        return None
    texts = Mapping(tuple(_as_text(entry) for entry in node.entries), node.position, node.left_out)
    entry = decode(texts, _Entry, where="a waiver", problems=problems)
    if entry is None:
        return None
    return Waiver(
        rule=entry.rule,
        content=entry.content,
        reason=" ".join(entry.reason.split()),
        by=" ".join(entry.by.split()),
        expires=date.fromisoformat(entry.expires),
        path=entry.path if isinstance(entry.path, str) else None,
        fingerprint=entry.fingerprint if isinstance(entry.fingerprint, str) else None,
        file=path,
        line=node.position.line,
    )


def _as_text(entry: Entry) -> Entry:
    """An object id of digits alone is text all the same; nobody thinks of putting one in quotes."""
    value = entry.value
    if isinstance(value, Scalar) and value.reading is not Reading.TEXT and len(value.text) >= _SHORTEST_ID:
        return Entry(entry.key, structs.replace(value, plain=False))
    return entry
