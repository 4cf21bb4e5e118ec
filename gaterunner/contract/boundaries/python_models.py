"""Python's ways to a table without SQL, where it is certain: models of the same file, and Alembic's operations."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from gaterunner.contract.boundaries.pieces import Access, Statement
from gaterunner.migrations.python_code import Scope, argument, name_of
from gaterunner.migrations.words import words
from gaterunner.observability.python import dotted

_MANAGER_WRITES = words(
    """create acreate bulk_create abulk_create bulk_update abulk_update update aupdate delete adelete get_or_create
    aget_or_create update_or_create aupdate_or_create"""
)
_BUILDERS: Mapping[str, Literal["read", "write"]] = {
    "select": "read",
    "query": "read",
    "insert": "write",
    "update": "write",
    "delete": "write",
}
# By Alembic's operations, and where among their arguments the table stands.
_OPERATIONS = {
    **dict.fromkeys(words("create_table drop_table add_column drop_column alter_column rename_table"), 0),
    **dict.fromkeys(words("batch_alter_table bulk_insert create_table_comment drop_table_comment"), 0),
    **dict.fromkeys(words("create_index create_unique_constraint create_check_constraint create_primary_key"), 1),
    **dict.fromkeys(words("create_foreign_key"), 1),
}
_MOST = 2000


def uses(nodes: Sequence[ast.AST], calls: Sequence[ast.Call], scope: Scope) -> Iterator[Statement]:
    """What these calls of a module read and write."""
    models = dict(_models(nodes, scope))
    for node in calls:
        access = _operation(node, scope) or (_of_model(node, models) if models else None)
        if access is not None:
            end = node.end_lineno or node.lineno
            yield Statement(line=node.lineno, end=end, code=ast.unparse(node)[:_MOST], accesses=(access,))


def _models(nodes: Sequence[ast.AST], scope: Scope) -> Iterator[tuple[str, str]]:
    """Classes that say their table: ``__tablename__`` of SQLAlchemy, ``db_table`` of Django."""
    for node in nodes:
        if not isinstance(node, ast.ClassDef):
            continue
        for statement in node.body:
            table = _assigned(statement, "__tablename__", scope)
            if isinstance(statement, ast.ClassDef) and statement.name == "Meta":
                table = next((found for each in statement.body if (found := _assigned(each, "db_table", scope))), None)
            if table:
                yield node.name, table


def _assigned(statement: ast.stmt, name: str, scope: Scope) -> str | None:
    match statement:
        case ast.Assign(targets=[ast.Name(id=given)], value=value) if given == name:
            return scope.text(value)
        case ast.AnnAssign(target=ast.Name(id=given), value=value) if given == name:
            return scope.text(value)
    return None


def _of_model(call: ast.Call, models: Mapping[str, str]) -> Access | None:
    name = dotted(call.func)
    owner, _, rest = name.partition(".objects.")
    if rest and owner in models:
        method = rest.rpartition(".")[2]
        return Access(use="write" if method in _MANAGER_WRITES else "read", table=models[owner])
    use = _BUILDERS.get(name.rpartition(".")[2])
    if use is None:
        return None
    named = (dotted(each).partition(".")[0] for each in call.args)
    table = next((models[each] for each in named if each in models), None)
    return Access(use=use, table=table) if table else None


def _operation(call: ast.Call, scope: Scope) -> Access | None:
    place = _OPERATIONS.get(name_of(call.func))
    if place is None or dotted(call.func).partition(".")[0] != "op":
        return None
    table = scope.text(argument(call, place, "table_name", "old_table_name", "source_table"))
    schema = scope.text(argument(call, -1, "schema"))
    return Access(use="write", table=f"{schema}.{table}" if schema else table) if table else None
