"""What sqlglot makes of one statement: rows deleted or changed without a condition, rows copied whole.

Loaded only for statements that change rows, or that the rules of ``sql_ddl.py`` do not know: it takes a tenth of a
second, and most migrations need none of it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

import sqlglot
from msgspec import Struct
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.simplify import simplify

from gaterunner.migrations.sql_cursor import folded
from gaterunner.migrations.sql_tokens import Dialect, Token

# It warns about every statement that it takes for a Command; the rules beside it read those.
logging.getLogger("sqlglot").setLevel(logging.CRITICAL)

_LONGEST = 200_000
_DESTRUCTIVE = (exp.Drop, exp.AlterRename, exp.RenameColumn, exp.DropPartition, exp.TruncateTable)
_SHRINKS = (
    "where",
    "limit",
    "offset",
    "joins",
    "group",
    "having",
    "distinct",
    "sample",
    "qualify",
    "laterals",
    "with_",
)
_KEYS = frozenset({"id", "pk", "uuid", "rowid", "ctid"})


class RowChange(Struct, frozen=True, kw_only=True):
    """A DELETE or UPDATE. ``conditional`` is False where every row is meant, said or not."""

    verb: str
    table: str | None
    columns: tuple[str, ...] = ()
    conditional: bool = False


class Copied(Struct, frozen=True, kw_only=True):
    """All rows of ``source`` inserted into ``target``; ``columns`` are those of the source that are read."""

    source: str
    target: str
    columns: tuple[str, ...]


def parse(text: str, dialect: Dialect) -> exp.Expr | None:
    """The statement's tree; None where sqlglot cannot read it, or only as an opaque ``Command``."""
    if len(text) > _LONGEST:
        return None
    try:
        trees = sqlglot.parse(text, dialect=dialect)
    except (SqlglotError, RecursionError, ValueError, AttributeError, TypeError, IndexError, KeyError):
        return None  # its errors, and what some inputs make of its internals
    tree = trees[0] if len(trees) == 1 else None
    return None if tree is None or tree.find(exp.Command) else tree


def destructive_alter(text: str, dialect: Dialect) -> bool | None:
    """Whether an ALTER drops or renames anything; None where it cannot be told."""
    tree = parse(text, dialect)
    return None if tree is None else tree.find(*_DESTRUCTIVE) is not None


def row_changes(tree: exp.Expr, dialect: Dialect) -> Iterator[RowChange]:
    """Every DELETE and UPDATE of a statement, nested ones included."""
    for node in tree.find_all(exp.Delete, exp.Update, exp.When):
        if isinstance(node, exp.When):
            if _merge_deletes_the_rest(node):
                merge = node.find_ancestor(exp.Merge)
                yield RowChange(verb="DELETE", table=_table(merge.this, dialect) if merge else None)
            continue
        where = node.args.get("where")
        conditional = where is not None and not _always_true(where.this, node)
        if isinstance(node, exp.Delete):
            targets = node.args.get("tables") or [node.this]
            joined = _is_joined(node)
            for target in targets:
                yield RowChange(verb="DELETE", table=_table(target, dialect), conditional=conditional or joined)
        else:
            columns = tuple(_column(each.this, dialect) for each in node.expressions if isinstance(each, exp.EQ))
            table = _table(node.this, dialect)
            conditional |= _is_joined(node)
            yield RowChange(verb="UPDATE", table=table, columns=columns, conditional=conditional)


def _merge_deletes_the_rest(node: exp.When) -> bool:
    """``WHEN NOT MATCHED BY SOURCE THEN DELETE``; and ``WHEN MATCHED`` where every row matches."""
    if "DELETE" not in node.args["then"].sql().upper() or node.args.get("condition"):
        return False
    merge = node.find_ancestor(exp.Merge)
    on = merge.args.get("on") if merge is not None else None
    return not node.args.get("matched") or (merge is not None and on is not None and _always_true(on, merge))


def _is_joined(node: exp.Expr) -> bool:
    """Whether another table says which rows are meant; one that is joined on nothing does not."""
    joins = node.this.args.get("joins") if isinstance(node.this, exp.Expr) else None
    return any(
        join.args.get("using") or (join.args.get("on") is not None and not _always_true(join.args["on"], node))
        for join in joins or ()
    )


def _table(node: exp.Expr | None, dialect: Dialect) -> str | None:
    from gaterunner.migrations.sql_cursor import Cursor

    table = node if isinstance(node, exp.Table) else node.find(exp.Table) if node is not None else None
    if table is None or not isinstance(table.this, exp.Identifier):
        return None
    tokens: list[Token] = []
    for part in (table.args.get("db"), table.this):
        if isinstance(part, exp.Identifier):
            tokens += [Token("mark", ".", 1, 0, 0)] if tokens else []
            tokens.append(Token("name" if part.args.get("quoted") else "word", part.name, 1, 0, 0))
    return Cursor(tokens, dialect).qualified()


def _column(node: exp.Expr, dialect: Dialect) -> str:
    identifier = node.this if isinstance(node, exp.Column) else node
    if isinstance(identifier, exp.Identifier):
        kind = "name" if identifier.args.get("quoted") else "word"
        return folded(Token(kind, identifier.name, 1, 0, 0), dialect)
    return "?"  # a computed target is no column that could have been added just now


def _always_true(condition: exp.Expr, statement: exp.Expr) -> bool:  # noqa: PLR0911 - one for each kind
    """A condition that holds for every row: ``1 = 1``, ``true OR …``, ``id = id``, ``id IS NOT NULL``, ``id >= 0``."""
    try:
        simple = simplify(condition.copy())
    except (SqlglotError, RecursionError, ValueError, TypeError, AttributeError):
        return False
    while isinstance(simple, exp.Paren):
        simple = simple.this
    if isinstance(simple, exp.Or):
        return any(_always_true(side, statement) for side in (simple.left, simple.right)) or _excludes_nothing(simple)
    if isinstance(simple, exp.And):
        return all(_always_true(side, statement) for side in (simple.left, simple.right))
    if isinstance(simple, exp.Boolean):
        return bool(simple.this)
    if isinstance(simple, exp.Literal):
        return simple.name not in {"0", "", "f", "false"}
    if isinstance(simple, exp.Exists):
        return _is_whole(simple.this)
    if isinstance(simple, exp.In) and isinstance(simple.args.get("query"), exp.Subquery):
        return _is_whole(simple.args["query"].this, of=statement.this)
    return _true_of_a_key(simple) or _same_sides(simple) or not simple.find(exp.Column, exp.Select)


def _is_whole(query: exp.Expr, of: exp.Expr | None = None) -> bool:
    """A query without anything that would leave out a row; of one table, where that is given."""
    if not isinstance(query, exp.Select) or any(query.args.get(name) for name in _SHRINKS):
        return False
    if of is None:
        return True
    source = query.args["from_"].this if query.args.get("from_") else None
    return isinstance(source, exp.Table) and isinstance(of, exp.Table) and source.name.lower() == of.name.lower()


def _excludes_nothing(condition: exp.Or) -> bool:
    """``a IS NULL OR a IS NOT NULL``, ``a = 1 OR a <> 1``."""
    left, right = condition.left, condition.right
    for one, other in ((left, right), (right, left)):
        if isinstance(one, exp.Not) and one.this.sql() == other.sql():
            return True
        if _is_not_null(one) and isinstance(other, exp.Is) and not _is_not_null(other):
            return bool(one.this.sql() == other.this.sql())
    return {type(left), type(right)} == {exp.EQ, exp.NEQ} and left.sql().replace("=", "<>", 1) == right.sql()


def _is_not_null(node: exp.Expr) -> bool:
    return isinstance(node, exp.Is) and bool(node.args.get("negate")) and isinstance(node.expression, exp.Null)


def _same_sides(condition: exp.Expr) -> bool:
    equal = isinstance(condition, exp.EQ | exp.GTE | exp.LTE | exp.NullSafeEQ)
    return equal and condition.this.sql() == condition.expression.sql()


def _true_of_a_key(condition: exp.Expr) -> bool:
    if _is_not_null(condition):
        return _is_key(condition.this)
    if isinstance(condition, exp.GT | exp.GTE | exp.NEQ) and _is_key(condition.this):
        bound = condition.expression.sql().replace(" ", "")
        return bound in {"0", "-1"} or (isinstance(condition, exp.GTE) and bound == "1")
    if isinstance(condition, exp.Like | exp.ILike):
        return bool(condition.expression.sql().strip("'") == "%")
    return False


def _is_key(node: exp.Expr) -> bool:
    return isinstance(node, exp.Column) and node.name.lower() in _KEYS


def copied_rows(tree: exp.Expr, dialect: Dialect) -> Copied | None:
    """``INSERT INTO target (…) SELECT … FROM source`` without anything that would leave a row behind."""
    if not isinstance(tree, exp.Insert) or not isinstance(tree.expression, exp.Select):
        return None
    select = tree.expression
    source = select.args.get("from_")
    if source is None or any(select.args.get(name) for name in _SHRINKS) or tree.args.get("where"):
        return None
    origin, target = _table(source.this, dialect), _table(tree.this, dialect)
    if not isinstance(source.this, exp.Table) or source.this.args.get("joins") or not origin or not target:
        return None
    if any(each.find(exp.AggFunc) for each in select.expressions):
        return None
    star = any(isinstance(each, exp.Star) for each in select.expressions)
    names = {_column(column, dialect) for each in select.expressions for column in each.find_all(exp.Column)}
    return Copied(source=origin, target=target, columns=("*",) if star else tuple(sorted(names)))
