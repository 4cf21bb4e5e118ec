"""What a Django migration does, by its operations; states alone (``state_operations``) do nothing to a database."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator

from gaterunner.migrations import source_python
from gaterunner.migrations.django_fields import column_type
from gaterunner.migrations.effects import Effect, Kind
from gaterunner.migrations.inventory import Claim
from gaterunner.migrations.python_code import (
    Scope,
    argument,
    as_sql,
    is_computed,
    name_of,
    opaque,
    words_in,
)
from gaterunner.migrations.words import words

Sql = Callable[[str, int], Iterable[Effect]]

# Operations that neither lose rows nor run code of the migration.
_HARMLESS = words(
    """AddConstraint RemoveConstraint AddIndex RemoveIndex RenameIndex AlterUniqueTogether AlterIndexTogether
    AlterModelOptions AlterModelManagers AlterOrderWithRespectTo AddIndexConcurrently RemoveIndexConcurrently
    AlterModelTableComment AddConstraintNotValid ValidateConstraint AlterConstraint CreateExtension
    BloomExtension BtreeGinExtension BtreeGistExtension CITextExtension CryptoExtension HStoreExtension
    TrigramExtension UnaccentExtension CreateCollation RemoveCollation"""
)
# Calls in a function that take away more than some rows that a condition names.
_DESTRUCTIVE_CALLS = frozenset({"delete_model", "remove_field", "alter_field", "alter_db_table", "_raw_delete"})
_NARROWS = frozenset({"filter", "exclude", "get", "first", "last", "earliest", "latest", "filter_by", "where"})
_EXECUTES = frozenset({"execute", "executemany", "executescript", "raw", "RawSQL"})


def effects(claim: Claim, data: bytes, sql: Sql) -> Iterator[Effect]:
    """What applying the migration does, in its order. Raises ``UnreadableError`` where the file is no Python."""
    module = source_python.parse(data)
    yield from _Migration(claim, module, sql).effects()


class _Migration:
    def __init__(self, claim: Claim, module: ast.Module, sql: Sql) -> None:
        # The app's label is the directory's name unless the settings say otherwise; tables are named after it.
        self._app = claim.place.sequence.rpartition("/")[0].rpartition("/")[2].lower()
        self._module = module
        self._scope = Scope(module)
        self._sql = sql
        self._functions = {node.name: node for node in ast.walk(module) if isinstance(node, ast.FunctionDef)}
        self._known = {
            "CreateModel": self._create_model,
            "DeleteModel": self._delete_model,
            "RenameModel": self._rename_model,
            "AlterModelTable": self._alter_table,
            "AddField": self._add_field,
            "RemoveField": self._remove_field,
            "RenameField": self._rename_field,
            "AlterField": self._alter_field,
            "RunSQL": self._run_sql,
            "RunPython": self._run_python,
            "SeparateDatabaseAndState": self._separate,
        }

    def effects(self) -> Iterator[Effect]:
        yield from self._written_by_code()
        for node in self._module.body:
            if isinstance(node, ast.ClassDef) and node.name == "Migration":
                for statement in node.body:
                    yield from self._statement(statement)
            elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                yield opaque(node, "a call while the file is loaded", words_in([node], self._scope))

    def _written_by_code(self) -> Iterator[Effect]:
        """``Migration.operations = …`` and its like outside of the class."""
        for node in self._module.body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.Import | ast.ImportFrom | ast.Expr):
                continue
            if "operations" in source_python.names_used([node]):
                yield opaque(node, "operations that are set outside of the class", words_in([node], self._scope))

    def _statement(self, statement: ast.stmt) -> Iterator[Effect]:
        targets = _targets(statement)
        value = getattr(statement, "value", None)
        if "operations" in targets and value is not None:
            yield from self._operations(value)
        elif isinstance(statement, ast.FunctionDef):  # apply() or database_forwards() of its own
            yield opaque(statement, f"the method {statement.name}", words_in([statement], self._scope))
        elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            yield from self._appended(statement.value)
        elif isinstance(statement, ast.If | ast.For | ast.With | ast.Try | ast.While):
            yield opaque(statement, "code in the class body", words_in([statement], self._scope))

    def _appended(self, call: ast.Call) -> Iterator[Effect]:
        """``operations.append(…)`` and its like in the class body."""
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        if isinstance(owner, ast.Name) and owner.id == "operations":
            for each in call.args:
                yield from self._operations(each if isinstance(each, ast.List | ast.Tuple) else ast.List([each]))

    def _operations(self, value: ast.expr | None) -> Iterator[Effect]:
        value = self._scope.resolved(value)
        if value is None:
            return
        if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
            yield from self._operations(value.left)
            yield from self._operations(value.right)
        elif isinstance(value, ast.List | ast.Tuple):
            for element in value.elts:
                inner = element.value if isinstance(element, ast.Starred) else None
                yield from self._operations(inner) if inner is not None else self._operation(element)
        else:
            yield opaque(value, "operations that are computed", words_in([self._module], self._scope))

    def _operation(self, node: ast.expr) -> Iterator[Effect]:
        call = self._scope.resolved(node)
        name, package = self._scope.called(call) if isinstance(call, ast.Call) else ("", "")
        if not isinstance(call, ast.Call) or not name:
            yield opaque(node, "an operation that is computed", words_in([node], self._scope))
        elif name in self._known and not any(isinstance(each, ast.Starred) for each in call.args):
            yield from self._known[name](call)
        elif name not in _HARMLESS or package != "django":
            yield opaque(call, f"the operation {name}", self._word_in_operation(name, call))

    def _word_in_operation(self, name: str, call: ast.Call) -> str | None:
        own = [node for node in self._module.body if isinstance(node, ast.ClassDef) and node.name == name]
        return words_in([*own, call], self._scope)

    # --- models ------------------------------------------------------------------------------------------------------

    def _table(self, model: str | None) -> str | None:
        return f"{self._app}_{model.lower()}" if model else None

    def _text(self, call: ast.Call, place: int, *names: str) -> str | None:
        return self._scope.text(argument(call, place, *names))

    def _create_model(self, call: ast.Call) -> Iterator[Effect]:
        fields = self._scope.resolved(argument(call, 1, "fields"))
        columns: list[str] = []
        for each in fields.elts if isinstance(fields, ast.List | ast.Tuple) else ():
            if isinstance(each, ast.Tuple | ast.List) and len(each.elts) == 2:  # noqa: PLR2004 - name and field
                name = self._scope.text(each.elts[0]) or "?"
                columns.append(f"{name} {column_type(self._scope.resolved(each.elts[1]), self._scope)}".strip())
        table = self._table(self._text(call, 0, "name"))
        kind = Kind.CREATE_ALIAS if self._is_alias(call) else Kind.CREATE_TABLE
        yield Effect(kind=kind, line=call.lineno, table=table, columns=tuple(columns))

    def _is_alias(self, call: ast.Call) -> bool:
        """A proxy, or a model whose table Django does not manage: deleting it takes no table along."""
        options = self._scope.resolved(argument(call, 2, "options"))
        if not isinstance(options, ast.Dict):
            return False
        told = {self._scope.text(key): value for key, value in zip(options.keys, options.values, strict=True)}
        proxy, managed = told.get("proxy"), told.get("managed")
        return (isinstance(proxy, ast.Constant) and proxy.value is True) or (
            isinstance(managed, ast.Constant) and managed.value is False
        )

    def _delete_model(self, call: ast.Call) -> Iterator[Effect]:
        name = self._text(call, 0, "name")
        yield Effect(kind=Kind.DROP_TABLE, line=call.lineno, table=self._table(name), says=f"DeleteModel {name}")

    def _rename_model(self, call: ast.Call) -> Iterator[Effect]:
        old, new = self._text(call, 0, "old_name"), self._text(call, 1, "new_name")
        says = f"RenameModel {old} to {new}"
        if (old or "").lower() != (new or " ").lower():
            yield Effect(
                kind=Kind.RENAME_TABLE, line=call.lineno, table=self._table(old), to=self._table(new), says=says
            )

    def _alter_table(self, call: ast.Call) -> Iterator[Effect]:
        name, table = self._text(call, 0, "name"), self._text(call, 1, "table")
        says = f"AlterModelTable of {name} to {table}"
        if table is None or table.strip('"') != self._table(name):
            yield Effect(kind=Kind.RENAME_TABLE, line=call.lineno, table=self._table(name), to=table, says=says)

    # --- fields ------------------------------------------------------------------------------------------------------

    def _field(self, call: ast.Call) -> tuple[str | None, str | None]:
        name = self._text(call, 1, "name", "old_name")
        return self._table(self._text(call, 0, "model_name")), name.lower() if name else None

    def _add_field(self, call: ast.Call) -> Iterator[Effect]:
        table, column = self._field(call)
        new = column_type(self._scope.resolved(argument(call, 2, "field")), self._scope)
        yield Effect(kind=Kind.ADD_COLUMN, line=call.lineno, table=table, column=column, to=new)

    def _remove_field(self, call: ast.Call) -> Iterator[Effect]:
        table, column = self._field(call)
        says = f"RemoveField {table}.{column}"
        yield Effect(kind=Kind.DROP_COLUMN, line=call.lineno, table=table, column=column, says=says)

    def _rename_field(self, call: ast.Call) -> Iterator[Effect]:
        table, column = self._field(call)
        new = self._text(call, 2, "new_name")
        says = f"RenameField {table}.{column} to {new}"
        yield Effect(kind=Kind.RENAME_COLUMN, line=call.lineno, table=table, column=column, to=new, says=says)

    def _alter_field(self, call: ast.Call) -> Iterator[Effect]:
        table, column = self._field(call)
        new = column_type(self._scope.resolved(argument(call, 2, "field")), self._scope)
        says = f"AlterField {table}.{column} to {new[:60]}"
        yield Effect(kind=Kind.CHANGE_TYPE, line=call.lineno, table=table, column=column, to=new, says=says)

    # --- what runs something -----------------------------------------------------------------------------------------

    def _separate(self, call: ast.Call) -> Iterator[Effect]:
        yield from self._operations(argument(call, 0, "database_operations"))

    def _run_sql(self, call: ast.Call) -> Iterator[Effect]:
        node = self._scope.resolved(argument(call, 0, "sql"))
        if isinstance(node, ast.Attribute) and node.attr == "noop":
            return
        statements = node.elts if isinstance(node, ast.List | ast.Tuple) else [node]
        for each in statements:
            with_parameters = isinstance(each, ast.Tuple | ast.List) and each.elts
            yield from self._sql_in(each.elts[0] if with_parameters else each, call)  # type: ignore[union-attr]  # checked just before

    def _sql_in(self, node: ast.expr | None, call: ast.AST) -> Iterator[Effect]:
        text = self._scope.partial(node)
        if text is None:
            yield opaque(call, "SQL that is computed or read from elsewhere", words_in([node or call], self._scope))
            return
        line = getattr(self._scope.resolved(node), "lineno", getattr(call, "lineno", 1))
        found = list(self._sql(as_sql(text), line))
        yield from found
        if is_computed(text) and not found:
            yield opaque(call, "SQL with computed pieces")

    def _run_python(self, call: ast.Call) -> Iterator[Effect]:
        node = self._scope.resolved(argument(call, 0, "code"))
        name = name_of(node) if node is not None else ""
        if name == "noop":
            return
        function = self._functions.get(name)
        if isinstance(node, ast.Lambda):
            yield from self._code([node], call, "RunPython")
        elif function is None:
            yield opaque(call, f"RunPython of {name or 'something computed'}, which is in another file,")
        else:
            yield from self._code(self._reachable(function), call, f"RunPython of {name}")

    def _reachable(self, function: ast.FunctionDef) -> list[ast.AST]:
        """The function and those of the file that it names, however deep."""
        found: dict[str, ast.FunctionDef] = {}
        waiting = [function]
        while waiting:
            each = waiting.pop()
            if each.name not in found:
                found[each.name] = each
                names = source_python.names_used([each])
                waiting += [other for name, other in self._functions.items() if name in names]
        return list(found.values())

    def _code(self, nodes: list[ast.AST], call: ast.Call, says: str) -> Iterator[Effect]:
        """SQL that is spelled out in a function is judged; everything else about it is opaque."""
        executed = [
            each
            for node in nodes
            for each in ast.walk(node)
            if isinstance(each, ast.Call) and name_of(each.func) in _EXECUTES and each.args
        ]
        found: list[Effect] = []
        for each in executed:
            found += list(self._sql_in(each.args[0], each))
        yield from found
        losing = any(each.kind is not Kind.OPAQUE or each.harmful for each in found)
        word = destructive_call(nodes) or (None if losing else words_in(nodes, self._scope))
        yield opaque(call, says, word)


def destructive_call(nodes: Iterable[ast.AST]) -> str | None:
    """A call that deletes without a condition, or changes the schema; as it is written, None where there is none."""
    for node in nodes:
        for call in ast.walk(node):
            if not isinstance(call, ast.Call):
                continue
            name = name_of(call.func)
            if name in _DESTRUCTIVE_CALLS or (name == "delete" and _takes_all(call)):
                return f"{name}()"
    return None


def _takes_all(call: ast.Call) -> bool:
    """``Model.objects.all().delete()``: a manager's whole content, as far as the chain of calls shows."""
    chain: list[str] = []
    node: ast.expr = call.func
    while isinstance(node, ast.Attribute | ast.Call):
        if isinstance(node, ast.Call):
            if any(not _is_empty(each) for each in (*node.args, *(word.value for word in node.keywords))):
                chain.append(f"{name_of(node.func)}(…)")
            node = node.func
        else:
            chain.append(node.attr)
            node = node.value
    asked = [each.removesuffix("(…)") for each in chain if each.endswith("(…)")]
    narrowed = any(each in _NARROWS or each.startswith(("get_for", "get_by", "get_or")) for each in asked)
    return bool({"objects", "all", "_default_manager", "_base_manager"} & set(chain)) and not narrowed


def _is_empty(node: ast.expr) -> bool:
    return isinstance(node, ast.Dict | ast.List | ast.Tuple) and not (
        node.keys if isinstance(node, ast.Dict) else node.elts
    )


def _targets(statement: ast.stmt) -> set[str]:
    if isinstance(statement, ast.Assign):
        return {target.id for target in statement.targets if isinstance(target, ast.Name)}
    if isinstance(statement, ast.AnnAssign | ast.AugAssign) and isinstance(statement.target, ast.Name):
        return {statement.target.id}
    return set()
