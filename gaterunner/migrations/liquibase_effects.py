"""What a Liquibase changelog does, changeset by changeset; rollbacks are left out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from xml.etree import ElementTree

from gaterunner import safe_yaml
from gaterunner.migrations.effects import Effect, Kind
from gaterunner.migrations.inventory import Claim
from gaterunner.migrations.kinds import UnreadableError
from gaterunner.migrations.liquibase import check_xml, lines_of_ids
from gaterunner.migrations.source_sql import decode
from gaterunner.migrations.sql_keywords import destructive_word
from gaterunner.migrations.words import words

Sql = Callable[[str, int], Iterable[Effect]]
_Change = dict[str, Any]

_ROLLBACK_LINE = re.compile(r"(?im)^[ \t]*--[ \t]*rollback\b[^\n]*")
_ROLLBACK_BLOCK = re.compile(r"(?is)/\*\s*liquibase\s+rollback\b.*?\*/")
_SIDELINES = frozenset({"rollback", "comment", "validCheckSum", "preConditions", "modifySql", "property", "include",
                        "includeAll", "precondition", "tagDatabase", "output", "empty", "stop"})  # fmt: skip
_OPAQUE = frozenset({"customChange", "executeCommand", "sqlFile"})
_NAMES = ("tableName", "oldTableName")


def effects(claim: Claim, data: bytes, sql: Sql) -> Iterator[Effect]:
    """What all changesets of the file do, in their order. Raises ``UnreadableError``."""
    text = decode(data)
    if claim.path.endswith(".sql"):
        blank = _ROLLBACK_BLOCK.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), _ROLLBACK_LINE.sub("", text))
        yield from sql(blank, 1)
        return
    for name, change, line in _xml(text) if claim.path.endswith(".xml") else _tree(claim.path, text):
        yield from _change(name, change, line, sql)


def _xml(text: str) -> Iterator[tuple[str, _Change, int]]:
    """The changes of an XML changelog: attributes, children as lists of the same, the text."""
    root = check_xml(text)
    lines = lines_of_ids(text)
    for element in root.iter():
        if _local(element.tag) != "changeSet":
            continue
        at = lines.get(element.get("id", ""), 1)
        for child in element:
            yield _local(child.tag), _plain(child), at


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _plain(element: ElementTree.Element) -> _Change:
    found: _Change = dict(element.attrib)
    found["text"] = (element.text or "") + "".join(child.tail or "" for child in element)
    for child in element:
        found.setdefault("columns" if _local(child.tag) == "column" else _local(child.tag), []).append(_plain(child))
    return found


def _tree(path: str, text: str) -> Iterator[tuple[str, _Change, int]]:
    try:
        document = json.loads(text) if path.endswith(".json") else safe_yaml.load(text)
    except (ValueError, RecursionError):
        raise UnreadableError("it is not valid JSON or YAML") from None
    rows = document.get("databaseChangeLog") if isinstance(document, dict) else None
    lines = lines_of_ids(text)
    for row in rows if isinstance(rows, list) else ():
        changeset = row.get("changeSet") if isinstance(row, dict) else None
        if not isinstance(changeset, dict):
            continue
        line = lines.get(str(changeset.get("id", "")), 1)
        changes = changeset.get("changes")
        for change in changes if isinstance(changes, list) else ():
            for name, body in change.items() if isinstance(change, dict) else ():
                yield str(name), _normal(body), line


def _normal(body: Any) -> _Change:
    if not isinstance(body, dict):
        return {"text": str(body)}
    found = dict(body)
    columns = body.get("columns")
    if isinstance(columns, list):
        found["columns"] = [each.get("column", each) if isinstance(each, dict) else {} for each in columns]
    found["text"] = str(body.get("sql", ""))
    return found


def _change(name: str, change: _Change, line: int, sql: Sql) -> Iterator[Effect]:
    table = _table(change)
    column = _name(change.get("columnName"))
    if name in {"sql", "createProcedure", "createView"}:
        yield from _at(line, sql(change["text"], line))
    elif name in _OPAQUE:
        word = destructive_word(json.dumps(change, default=str))
        yield Effect(kind=Kind.OPAQUE, line=line, harmful=word is not None, says=f"the change {name}")
    elif name in {"createTable", "dropTable"}:
        kind = Kind.CREATE_TABLE if name == "createTable" else Kind.DROP_TABLE
        columns = tuple(f"{_name(each.get('name'))} {_type(each.get('type'))}" for each in _columns(change))
        yield Effect(kind=kind, line=line, table=table, columns=columns, says=f"{name} {table}")
    elif name == "addColumn":
        for each in _columns(change):
            type_ = _type(each.get("type"))
            yield Effect(kind=Kind.ADD_COLUMN, line=line, table=table, column=_name(each.get("name")), to=type_)
    elif name == "dropColumn":
        columns_ = [column] if column else [_name(each.get("name")) for each in _columns(change)]
        for each_name in columns_ or [None]:
            says = f"dropColumn {table}.{each_name}"
            yield Effect(kind=Kind.DROP_COLUMN, line=line, table=table, column=each_name, says=says)
    else:
        yield from _other(name, change, line, table)


def _other(name: str, change: _Change, line: int, table: str | None) -> Iterator[Effect]:
    column = _name(change.get("columnName"))
    if name == "renameTable":
        new = _name(change.get("newTableName"))
        yield Effect(kind=Kind.RENAME_TABLE, line=line, table=table, to=new, says=f"renameTable {table} to {new}")
    elif name == "renameColumn":
        old, new = _name(change.get("oldColumnName")), _name(change.get("newColumnName"))
        says = f"renameColumn {table}.{old} to {new}"
        yield Effect(kind=Kind.RENAME_COLUMN, line=line, table=table, column=old, to=new, says=says)
    elif name == "modifyDataType":
        new = _type(change.get("newDataType"))
        says = f"modifyDataType {table}.{column} to {new[:60]}"
        yield Effect(kind=Kind.CHANGE_TYPE, line=line, table=table, column=column, to=new, says=says)
    elif name == "mergeColumns":
        for key in ("column1Name", "column2Name"):
            old = _name(change.get(key))
            says = f"mergeColumns drops {table}.{old}"
            yield Effect(kind=Kind.DROP_COLUMN, line=line, table=table, column=old, says=says)
    elif name in {"delete", "update"} and not _has_condition(change):
        kind = Kind.DELETE if name == "delete" else Kind.UPDATE
        columns = tuple(_name(each.get("name")) or "?" for each in _columns(change))
        yield Effect(kind=kind, line=line, table=table, columns=columns, says=f"{name} of {table} without a condition")
    elif name not in _SIDELINES and name not in _HARMLESS:
        word = destructive_word(json.dumps(change, default=str))
        yield Effect(kind=Kind.OPAQUE, line=line, harmful=word is not None, says=f"the change {name}")


_HARMLESS = words(
    """createIndex dropIndex addForeignKeyConstraint dropForeignKeyConstraint dropAllForeignKeyConstraints
    addPrimaryKey dropPrimaryKey addUniqueConstraint dropUniqueConstraint addNotNullConstraint
    dropNotNullConstraint addDefaultValue dropDefaultValue addAutoIncrement createSequence dropSequence
    renameSequence alterSequence dropView renameView dropProcedure insert loadData loadUpdateData
    addLookupTable setTableRemarks setColumnRemarks createSchema createFunction createTrigger dropTrigger
    dropFunction enableTrigger disableTrigger renameTrigger addCheckConstraint dropCheckConstraint
    enableCheckConstraint disableCheckConstraint createPackage createPackageBody createSynonym dropSynonym
    markUnused update delete"""
)


def _has_condition(change: _Change) -> bool:
    where = change.get("where")
    text = where if isinstance(where, str) else json.dumps(where) if where else ""
    return bool(text.strip()) and not re.fullmatch(r"(?is)\W*(?:text\W*)?(?:1\s*=\s*1|true)\W*", text)


def _columns(change: _Change) -> list[_Change]:
    columns = change.get("columns")
    return [each for each in columns if isinstance(each, dict)] if isinstance(columns, list) else []


def _table(change: _Change) -> str | None:
    name = next((found for key in _NAMES if (found := _name(change.get(key)))), None)
    schema = _name(change.get("schemaName"))
    return f"{schema}.{name}" if schema and schema != "public" and name else name


def _name(value: Any) -> str | None:
    """A name; one with a property in it (``${table}``) is computed."""
    return value.lower() if isinstance(value, str) and value and "${" not in value else None


def _type(value: Any) -> str:
    return value.lower() if isinstance(value, str) else ""


def _at(line: int, found: Iterable[Effect]) -> Iterator[Effect]:
    """Effects of SQL in XML stand at their changeset: where its text begins is not known."""
    from msgspec.structs import replace

    for effect in found:
        yield replace(effect, line=line)
