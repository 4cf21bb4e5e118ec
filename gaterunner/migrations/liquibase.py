"""Liquibase: changelog files (XML, YAML, JSON, annotated SQL) that hold many changesets, applied in their order.

A changeset is known by id, author and file. Adding some at the end is what a changelog is for; the ones that exist
are as untouchable as files are elsewhere, unless they say ``runOnChange``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Any
from xml.etree import ElementTree

import yaml
from msgspec import Struct

from gaterunner import safe_yaml
from gaterunner.migrations.kinds import Layout, Parts, Place, Role, Tool, UnreadableError
from gaterunner.migrations.source_sql import canonical, decode

_FORMATTED = re.compile(r"(?im)^\s*--\s*liquibase\s+formatted\s+sql")
_CHANGESET = re.compile(r"(?im)^[ \t]*--\s*changeset\s+(?P<author>[^:\n]+):(?P<id>\S+)(?P<attributes>.*)")
_ID = re.compile(r"""\bid["']?\s*[=:]\s*["']?([^"'\n,}]*)""")
_ROOT = re.compile(r"(?m)<(?:\w+:)?databaseChangeLog\b|^[\s{]*[\"']?databaseChangeLog[\"']?\s*:")
_ROLLBACK = re.compile(r"(?i)\s*--\s*rollback\b")
_SIDELINES = frozenset({"rollback", "comment", "validCheckSum"})


class ChangeSet(Struct, frozen=True, kw_only=True):
    """One changeset, or another top-level part of a changelog (an include, a property) that has an order or a value.

    ``up`` is what it applies, canonical; ``down`` its rollback. ``line`` counts from 1 where it is known.
    """

    id: str
    up: str
    down: str = ""
    editable: bool = False
    is_changeset: bool = True
    line: int | None = None


def changesets(path: str, data: bytes) -> tuple[ChangeSet, ...]:
    """The parts of a changelog in their order; raises ``UnreadableError``."""
    text = decode(data)
    try:
        if path.endswith(".sql"):
            return tuple(_from_sql(text))
        if path.endswith(".xml"):
            return tuple(_from_xml(text))
        return tuple(_from_tree(_load(path, text)))
    except RecursionError:
        raise UnreadableError("it is nested too deeply") from None


def _from_sql(text: str) -> Iterator[ChangeSet]:
    headers = list(_CHANGESET.finditer(text))
    preamble = _FORMATTED.sub("", text[: headers[0].start() if headers else len(text)])
    if canonical(preamble).strip("\0"):
        yield ChangeSet(id="preamble", up=canonical(preamble), is_changeset=False, line=1)
    for header, following in zip_longest(headers, headers[1:]):
        body = text[header.end() : following.start() if following else len(text)]
        lines = body.split("\n")
        rollback = [line.strip() for line in lines if _ROLLBACK.match(line)]
        applied = [line for line in lines if not _ROLLBACK.match(line)]
        yield _sql_changeset(header, applied, rollback, text.count("\n", 0, header.start()) + 1)


def _sql_changeset(header: re.Match[str], lines: list[str], rollback: list[str], number: int) -> ChangeSet:
    attributes = header["attributes"].strip()
    return ChangeSet(
        id=f"{header['author'].strip()}:{header['id']}",
        up=" ".join(attributes.split()) + "\n" + canonical("\n".join(lines)),
        down="\n".join(rollback),
        editable=re.search(r"(?i)\brunOnChange\s*:\s*true\b", attributes) is not None,
        line=number,
    )


def check_xml(text: str) -> ElementTree.Element:
    """The root of an XML changelog; raises ``UnreadableError`` for one that is not valid, or pulls in others."""
    if re.search(r"<!\s*(?:DOCTYPE|ENTITY)", text):
        raise UnreadableError("it declares a document type, which could pull in other content")
    try:
        return ElementTree.fromstring(text)  # noqa: S314 - entities cannot be declared without the refused DOCTYPE
    except (ElementTree.ParseError, ValueError) as error:
        raise UnreadableError(f"it is not valid XML ({error})") from None


def _from_xml(text: str) -> Iterator[ChangeSet]:
    root = check_xml(text)
    lines = lines_of_ids(text)
    for element in root:
        kind = _local(element.tag)
        if kind == "changeSet":
            ups = [child for child in element if _local(child.tag) not in _SIDELINES]
            downs = [child for child in element if _local(child.tag) == "rollback"]
            yield ChangeSet(
                id=f"{element.get('author', '')}:{element.get('id', '')}",
                up=json.dumps(
                    [sorted(element.attrib.items()), [_xml(each) for each in ups], (element.text or "").strip()]
                ),
                down=json.dumps([_xml(each) for each in downs]),
                editable=element.get("runOnChange", "").lower() == "true",
                line=lines.get(element.get("id", "")),
            )
        else:
            yield _other(kind, dict(element.attrib), json.dumps(_xml(element)))


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _xml(element: ElementTree.Element) -> list[Any]:
    text = element.text or ""
    if _local(element.tag) in {"sql", "createProcedure", "createView"}:
        text = canonical(text)
    elif not text.strip() and len(element):
        text = ""
    return [
        _local(element.tag),
        sorted(element.attrib.items()),
        text,
        [[_xml(child), (child.tail or "").strip()] for child in element],
    ]


def _load(path: str, text: str) -> Any:
    try:
        if path.endswith(".json"):
            return json.loads(text)
        if any(isinstance(event, yaml.AliasEvent) for event in safe_yaml.events(text)):
            raise UnreadableError("it uses YAML aliases")
        return safe_yaml.load(text)
    except safe_yaml.TooMuchYamlError as error:
        raise UnreadableError(str(error)) from None
    except ValueError:
        raise UnreadableError("it is not valid " + ("JSON" if path.endswith(".json") else "YAML")) from None


def _from_tree(document: Any) -> Iterator[ChangeSet]:
    rows = document.get("databaseChangeLog") if isinstance(document, dict) else None
    if not isinstance(rows, list):
        raise UnreadableError("it has no list called databaseChangeLog")
    for row in rows:
        if not isinstance(row, dict) or len(row) != 1:
            raise UnreadableError("an entry of databaseChangeLog is not one named part")
        ((kind, body),) = row.items()
        if kind == "changeSet" and isinstance(body, dict):
            yield ChangeSet(
                id=f"{body.get('author', '')}:{body.get('id', '')}",
                up=_json({key: value for key, value in body.items() if key not in _SIDELINES}),
                down=_json(body.get("rollback")),
                editable=str(body.get("runOnChange", "")).lower() == "true",
            )
        else:
            yield _other(str(kind), body if isinstance(body, dict) else {}, _json(body))


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def _other(kind: str, attributes: dict[str, Any], content: str) -> ChangeSet:
    name = attributes.get("file") or attributes.get("path") or attributes.get("name") or ""
    return ChangeSet(id=f"{kind} {name}".strip(), up=content, is_changeset=False)


def lines_of_ids(text: str) -> dict[str, int]:
    """The first line on which each id stands, in one pass."""
    lines: dict[str, int] = {}
    line, seen = 1, 0
    for found in _ID.finditer(text):
        line += text.count("\n", seen, found.start())
        seen = found.start()
        lines.setdefault(found[1], line)
    return lines


def duplicates(parts: Iterable[ChangeSet]) -> tuple[ChangeSet, ...]:
    """The changesets whose id and author were already used above them."""
    seen: set[str] = set()
    repeated: list[ChangeSet] = []
    for part in parts:
        if part.is_changeset and part.id in seen:
            repeated.append(part)
        seen.add(part.id)
    return tuple(repeated)


def _place(path: str, _layout: Layout) -> Place | None:
    if not path.endswith((".xml", ".yaml", ".yml", ".json", ".sql")):
        return None
    return Place(sequence=path, name=path, role=Role.CHANGELOG, certain=False)


def _parts(path: str, data: bytes) -> Parts:
    whole = changesets(path, data)
    return Parts(
        up=_json([[part.id, part.up] for part in whole]),
        down=_json([[part.id, part.down] for part in whole]),
    )


def _confirms(text: str) -> bool:
    return _FORMATTED.search(text[:4096]) is not None or (
        re.search(r"<(?:\w+:)?databaseChangeLog\b|^\s*[\"']?databaseChangeLog[\"']?\s*:", text, re.MULTILINE)
        is not None
    )


LIQUIBASE = Tool(name="liquibase", title="Liquibase", place=_place, parts=_parts, confirms=_confirms, checksum=True)
