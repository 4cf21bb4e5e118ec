"""What an Alembic migration does, by its ``op`` calls; ``downgrade`` and what only it uses are left out."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator

from msgspec.structs import replace

from gaterunner.migrations import source_python
from gaterunner.migrations.alembic import without_downgrade
from gaterunner.migrations.django_effects import destructive_call
from gaterunner.migrations.effects import Effect, Kind
from gaterunner.migrations.inventory import Claim
from gaterunner.migrations.python_code import Scope, argument, as_sql, is_computed, name_of, opaque, words_in
from gaterunner.migrations.sqlalchemy_types import column_type
from gaterunner.migrations.words import words

Sql = Callable[[str, int], Iterable[Effect]]

_HARMLESS = words(
    """create_index drop_index create_foreign_key create_primary_key create_unique_constraint
    create_check_constraint create_exclude_constraint drop_constraint create_table_comment drop_table_comment
    f get_context get_bind bulk_insert batch_alter_table inline_literal implementation_for alter_column
    autocommit_block create_sequence drop_sequence"""
)
_MADE_BY_OTHERS = ("create_", "replace_", "sync_enum")
_EXECUTES = frozenset({"execute", "exec_driver_sql", "executemany", "scalar", "scalars"})
_COMPUTES = frozenset({"getattr", "eval", "exec", "__import__", "import_module"})
_DROPS = frozenset({"drop", "drop_all"})


def effects(_claim: Claim, data: bytes, sql: Sql) -> Iterator[Effect]:
    """What upgrading does, in its order. Raises ``UnreadableError`` where the file is no Python."""
    module = source_python.parse(data)
    without_downgrade(module)
    yield from _Upgrade(module, sql).effects()


class _Upgrade:
    def __init__(self, module: ast.Module, sql: Sql) -> None:
        self._module = module
        self._scope = Scope(module)
        self._sql = sql
        self._batches = _batches(module, self._scope)
        self._known: dict[str, Callable[[ast.Call, str | None], Iterator[Effect]]] = {
            "create_table": self._create_table,
            "drop_table": self._drop_table,
            "rename_table": self._rename_table,
            "add_column": self._add_column,
            "drop_column": self._drop_column,
            "alter_column": self._alter_column,
        }

    def effects(self) -> Iterator[Effect]:
        """All calls of the module that upgrading may make; in the order of the file, whatever branches are taken."""
        mute = False
        # By a condition, or by a handler of the error that it exists.
        may_be_skipped = any(
            isinstance(node, ast.If | ast.Try | ast.With | ast.IfExp) for node in ast.walk(self._module)
        )
        calls = [node for node in ast.walk(self._module) if isinstance(node, ast.Call)]
        for call in sorted(calls, key=lambda each: (each.lineno, each.col_offset)):
            for effect in self._call(call):
                if effect.kind is Kind.OPAQUE and not effect.harmful:
                    if mute:
                        continue
                    mute = True  # one remark says that a file runs code
                yield replace(effect, guarded=True) if effect.kind is Kind.CREATE_TABLE and may_be_skipped else effect

    def _call(self, call: ast.Call) -> Iterator[Effect]:
        name, package = self._scope.called(call)
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        owner_name = owner.id if isinstance(owner, ast.Name) else ""
        batch = owner_name in self._batches
        if owner_name == "op" or batch or package == "alembic" or (name in self._known and name != "add_column"):
            yield from self._operation(name, call, self._batches.get(owner_name), batch=batch)
        elif name in _EXECUTES and owner is not None:
            yield from self._execute(argument(call, 0, "statement", "clauseelement", "text"), call)
        elif name in _DROPS and owner is not None and self._drops_a_table(name, owner, call):
            yield opaque(call, f"{ast.unparse(call.func)[:60]}()", "DROP")
        elif name in _COMPUTES and not self._is_harmless_lookup(name, call):
            yield opaque(call, f"{name} of something computed", words_in([self._module], self._scope) or name)
        elif (word := destructive_call([ast.Expr(call)])) and name == "delete":
            yield opaque(call, "rows deleted by the ORM", word)

    def _is_harmless_lookup(self, name: str, call: ast.Call) -> bool:
        owners = {"op", *self._batches}
        return name == "getattr" and not owners & {each.id for each in ast.walk(call) if isinstance(each, ast.Name)}

    def _drops_a_table(self, name: str, owner: ast.expr, call: ast.Call) -> bool:
        """``table.drop(bind)``; an enum's ``drop`` takes no rows along (the database refuses it while it is used)."""
        value = self._scope.resolved(owner)
        kind = name_of(value.func) if isinstance(value, ast.Call) else ""
        return name == "drop_all" or kind == "Table" or (bool(call.args) and "table" in ast.unparse(owner).lower())

    def _operation(self, name: str, call: ast.Call, table: str | None, *, batch: bool) -> Iterator[Effect]:
        if name in self._known:
            if any(isinstance(each, ast.Starred) for each in call.args[:1]):
                yield opaque(call, f"op.{name} with computed arguments", "DROP" if "drop" in name else None)
                return
            yield from self._known[name](call, table if batch else None)
        elif name in _EXECUTES:
            yield from self._execute(argument(call, 0, "sqltext"), call)
        elif name not in _HARMLESS and not (batch or name.startswith(_MADE_BY_OTHERS)):
            yield opaque(call, f"op.{name}", words_in([call], self._scope))

    def _text(self, node: ast.expr | None) -> str | None:
        return self._scope.text(node)

    def _table(self, call: ast.Call, place: int, batch: str | None) -> str | None:
        """The table that a call names, with its schema; inside a batch the batch's own."""
        if batch is not None:
            return batch
        name = self._text(argument(call, place, "table_name", "old_table_name"))
        schema = self._text(argument(call, -1, "schema"))
        return f"{schema}.{name}" if schema and schema != "public" and name else name

    def _is_batch(self, call: ast.Call) -> bool:
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        return isinstance(owner, ast.Name) and owner.id in self._batches

    def _create_table(self, call: ast.Call, batch: str | None) -> Iterator[Effect]:
        columns = [
            f"{name} {type_}".strip()
            for each in call.args[1:]
            if isinstance(each, ast.Call) and name_of(each.func) == "Column"
            for name, type_ in [self._column(each)]
            if name
        ]
        table = self._table(call, 0, batch)
        guarded = any(each.arg == "if_not_exists" for each in call.keywords)
        yield Effect(kind=Kind.CREATE_TABLE, line=call.lineno, table=table, columns=tuple(columns), guarded=guarded)

    def _column(self, node: ast.expr | None) -> tuple[str | None, str]:
        call = self._scope.resolved(node)
        if not isinstance(call, ast.Call):
            return None, ""
        return self._text(argument(call, 0, "name")), column_type(argument(call, 1, "type_"), self._scope)

    def _drop_table(self, call: ast.Call, batch: str | None) -> Iterator[Effect]:
        table = self._table(call, 0, batch)
        yield Effect(kind=Kind.DROP_TABLE, line=call.lineno, table=table, says=f"op.drop_table of {table}")

    def _rename_table(self, call: ast.Call, batch: str | None) -> Iterator[Effect]:
        table, new = self._table(call, 0, batch), self._text(argument(call, 1, "new_table_name"))
        says = f"op.rename_table of {table} to {new}"
        yield Effect(kind=Kind.RENAME_TABLE, line=call.lineno, table=table, to=new, says=says)

    def _add_column(self, call: ast.Call, batch: str | None) -> Iterator[Effect]:
        inside = self._is_batch(call)
        column, type_ = self._column(argument(call, 0 if inside else 1, "column"))
        guarded = any(each.arg == "if_not_exists" for each in call.keywords)
        yield Effect(
            kind=Kind.ADD_COLUMN,
            line=call.lineno,
            table=self._table(call, 0, batch),
            column=column,
            to=type_,
            guarded=guarded,
        )

    def _drop_column(self, call: ast.Call, batch: str | None) -> Iterator[Effect]:
        column = self._text(argument(call, 0 if self._is_batch(call) else 1, "column_name"))
        table = self._table(call, 0, batch)
        says = f"op.drop_column of {table}.{column}"
        yield Effect(kind=Kind.DROP_COLUMN, line=call.lineno, table=table, column=column, says=says)

    def _alter_column(self, call: ast.Call, batch: str | None) -> Iterator[Effect]:
        inside = self._is_batch(call)
        column = self._text(argument(call, 0 if inside else 1, "column_name"))
        table = self._table(call, 0, batch)
        new_name = argument(call, -1, "new_column_name", "name")
        new_type = argument(call, -1, "type_")
        if new_type is not None:
            new = column_type(new_type, self._scope)
            old = column_type(argument(call, -1, "existing_type"), self._scope) or None
            says = f"op.alter_column of {table}.{column} to {new[:60]}"
            yield Effect(
                kind=Kind.CHANGE_TYPE, line=call.lineno, table=table, column=column, to=new, old_type=old, says=says
            )
        if new_name is not None:
            new = self._text(new_name) or "a computed name"
            says = f"op.alter_column of {table}.{column} to the name {new}"
            yield Effect(kind=Kind.RENAME_COLUMN, line=call.lineno, table=table, column=column, to=new, says=says)

    def _execute(self, node: ast.expr | None, call: ast.Call) -> Iterator[Effect]:
        text = self._scope.partial(node)
        if text is not None:
            line = getattr(self._scope.resolved(node), "lineno", call.lineno)
            found = list(self._sql(as_sql(text), line))
            yield from found
            if is_computed(text) and not found:
                yield opaque(call, "SQL with computed pieces")
            return
        yield from self._expression(node, call)

    def _expression(self, node: ast.expr | None, call: ast.Call) -> Iterator[Effect]:
        """SQLAlchemy's ``table.delete().where(…)`` and ``delete(table)``; anything else is opaque."""
        node = self._scope.resolved(node)
        if node is None:
            yield opaque(call, "a statement that is computed")
            return
        names = [name_of(each.func) for each in ast.walk(node) if isinstance(each, ast.Call)]
        narrowed = bool({"where", "filter", "filter_by"} & set(names))
        for verb, kind in (("delete", Kind.DELETE), ("update", Kind.UPDATE)):
            if verb in names and not narrowed:
                says = f"{verb} without a condition"
                columns = tuple(self._set_columns(node)) if kind is Kind.UPDATE else ()
                table = self._table_of(node, verb)
                yield Effect(kind=kind, line=call.lineno, table=table, columns=columns, says=says)
                return
        if not {"insert", "select", "update", "delete"} & set(names):
            yield opaque(call, "a statement that is computed", words_in([node], self._scope))

    def _set_columns(self, node: ast.expr) -> Iterator[str]:
        for each in ast.walk(node):
            if isinstance(each, ast.Call) and name_of(each.func) == "values":
                yield from (keyword.arg or "?" for keyword in each.keywords)
                if each.args:
                    keys = each.args[0].keys if isinstance(each.args[0], ast.Dict) else [None]
                    yield from (self._text(key) or "?" for key in keys)

    def _table_of(self, node: ast.expr, verb: str) -> str | None:
        for each in ast.walk(node):
            if isinstance(each, ast.Call) and name_of(each.func) == verb:
                owner = each.args[0] if each.args else each.func.value if isinstance(each.func, ast.Attribute) else None
                table = self._scope.resolved(owner)
                if isinstance(table, ast.Call) and name_of(table.func) in {"table", "Table"} and table.args:
                    return self._text(table.args[0])
        return None


def _batches(module: ast.Module, scope: Scope) -> dict[str, str | None]:
    """What ``with op.batch_alter_table("t") as batch_op`` binds: the table behind each name."""
    found: dict[str, str | None] = {}
    for node in ast.walk(module):
        if not isinstance(node, ast.With):
            continue
        for item in node.items:
            call, bound = item.context_expr, item.optional_vars
            if isinstance(call, ast.Call) and name_of(call.func) == "batch_alter_table" and isinstance(bound, ast.Name):
                table = scope.text(argument(call, 0, "table_name"))
                # One name for batches of several tables: which one a call is about depends on where it stands.
                found[bound.id] = table if bound.id not in found or found[bound.id] == table else None
    return found
