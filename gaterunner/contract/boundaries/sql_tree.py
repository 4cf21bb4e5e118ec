"""Which tables and columns a parsed statement reads and writes. Loaded where a statement has to be parsed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp

from gaterunner.contract.boundaries.effort import Effort
from gaterunner.contract.boundaries.pieces import ALL, Access
from gaterunner.migrations import sql_parser
from gaterunner.migrations.sql_tokens import Dialect

# Functions of databases that sqlglot does not know, and that touch no table; any other may do anything.
_BUILT_IN = re.compile(
    r"(?ix) (?: gen_random_\w+ | uuid\w* | newid | nextval | setval | currval | lastval | last_insert_\w+ | row_count"
    r" | found_rows | (?:total_)?changes | jsonb?\w* | openjson | row_to_json | hstore | xml(?:agg|element|forest)"
    r" | to_\w+ | array_\w+ | unnest | generate_\w+ | make_\w+ | (?:plain|phrase|web\w*)to_\w+ | ts_rank\w*"
    r" | ts_headline | setweight | (?:\w+_)?similarity | unaccent | levenshtein"
    r" | soundex | regexp_\w+ | st_\w+ | date\w* | time\w*"
    r" | age | \w+_timestamp | getdate | sysdate | strftime | julianday | now | str\w* | string_\w+ | quote_\w+"
    r" | group_concat | listagg | instr | charindex | patindex | substr\w* | split_part | concat\w* | lpad | rpad"
    r" | [lrb]?trim | left | right | len | repeat | replace | reverse | initcap | translate | ascii | chr | char\w*"
    r" | hex | unhex | encode | decode | md5 | sha\d* | hashbytes | digest | crypt | gen_salt | crc32 | printf | format"
    r" | field | elt | find_in_set | conv | convert | isnull | ifnull | nvl\d? | iif | coalesce | greatest | least"
    r" | rand | random | round | trunc\w* | mod | power | sign | log\w* | width_bucket | num\w+ | inet_\w+ | host"
    r" | bool_\w+ | bit_\w+ | percentile_\w+ | cume_dist | ntile | lag | lead | \w+_value | stddev\w* | var_\w+"
    r" | pg_(?:advisory\w+ | try_advisory\w+ | sleep | typeof | backend_pid | \w*size(?:_pretty)? | get_\w+)"
    r" | txid_current | current_setting | version | connection_id )"
)


_LONGEST = 200_000  # characters, as for migrations
_EACH = 40  # characters that could be read in the time that a statement takes whatever its length


def parse(text: str, dialects: tuple[Dialect, ...], effort: Effort) -> exp.Expr | None:
    """The tree of a statement in the first of these dialects that can read it; None where none can.

    Raises ``TooMuch``.
    """
    if len(text) > _LONGEST:
        return None
    for dialect in dialects:
        effort.spend(len(text) + _EACH)
        tree = sql_parser.parse(text, dialect)
        if tree is not None:
            return tree
    return None


def is_temporary(tree: exp.Expr) -> bool:
    """Whether a statement makes a table that is gone with the connection."""
    return isinstance(tree, exp.Create) and tree.find(exp.TemporaryProperty) is not None


def calls_routine(tree: exp.Expr) -> bool:
    """Whether a statement calls what is no function of the database itself, so that it may do anything."""
    return any(_BUILT_IN.fullmatch(call.name) is None for call in tree.find_all(exp.Anonymous))


def accesses(tree: exp.Expr) -> Iterator[Access]:
    """What a statement reads and writes."""
    yield from _Reading(tree).accesses()


class _Reading:
    """One statement's tree."""

    def __init__(self, tree: exp.Expr) -> None:
        self._targets = list(dict.fromkeys(_by_identity(node for node in map(_table, _targets(tree)) if node)))
        aliases = {id(node) for node in _only_aliases(tree)}
        targets = {id(node) for node in self._targets}
        others = (node for node in tree.find_all(exp.Table) if id(node) not in targets | aliases)
        self._sources = [node for node in others if self._is_source(node)]
        self._names = {_called(node) for node in (*self._sources, *self._targets)}
        self._selects = list(tree.find_all(exp.Select))
        self._named: dict[str, dict[str, None]] = {}  # columns, by what stands before the dot; as they are met
        for column in tree.find_all(exp.Column):
            self._named.setdefault(column.table.lower(), {})[_column(column)] = None
        self._bare = {column.name.lower() for column in tree.find_all(exp.Column) if not column.table}

    def accesses(self) -> Iterator[Access]:
        for node in self._targets:
            yield Access(use="write", table=name(node), columns=self._written(node))
            back = self._read_back(node)
            if back:
                yield Access(use="read", table=name(node), columns=back)
        for node in self._sources:
            yield Access(use="read", table=name(node), columns=self._columns(node))

    def _is_source(self, node: exp.Table) -> bool:
        if not isinstance(node.this, exp.Identifier | exp.Dot):
            return False  # a function that gives rows
        # REFERENCES names a table and touches no row of it.
        return not _is_common(node) and node.find_ancestor(exp.Reference, exp.Drop) is None

    def _written(self, node: exp.Table) -> tuple[str, ...] | None:
        owner = node.parent
        if isinstance(owner, exp.Schema) and isinstance(owner.parent, exp.Insert):
            on_conflict = owner.parent.args.get("conflict")
            set_there = _set_columns(on_conflict.expressions) if on_conflict is not None else ()
            return tuple(dict.fromkeys((*(each.name.lower() for each in owner.expressions), *set_there)))
        update = node.find_ancestor(exp.Update)
        if update is not None and any(node is each for each in _updated(update)):
            return tuple(_set_columns(update.expressions, {_called(node), ""}))
        return (ALL,)

    def _read_back(self, node: exp.Table) -> tuple[str, ...]:
        """The columns of what is written that are read on the way: by ``SET a = b`` and ``RETURNING``."""
        statement = node.find_ancestor(exp.Insert, exp.Update, exp.Delete)
        if statement is None:
            return ()
        places = [each.expression for each in statement.expressions if isinstance(each, exp.EQ)]
        if statement.args.get("returning"):
            places.append(statement.args["returning"])
        found: dict[str, None] = {}
        for place in places:
            if any(isinstance(each, exp.Star) for each in place.expressions):
                found[ALL] = None
            for column in place.find_all(exp.Column):
                if column.table.lower() == _called(node) or (not column.table and len(self._names) == 1):
                    found[_column(column)] = None
        return tuple(found)

    def _columns(self, node: exp.Table) -> tuple[str, ...] | None:
        """Those of a table: what is qualified by it, and all that is not where there is no other table."""
        mine = _called(node)
        select = node.find_ancestor(exp.Select)
        if select is None or any(isinstance(each, exp.Star) for each in select.expressions):
            return (ALL,)
        alone = len(self._names) == 1 and len(self._selects) == 1
        if mine in self._bare:
            return (ALL,)  # a whole row: `row_to_json(customers)`
        if self._bare and not alone:
            return None
        return tuple(dict.fromkeys((*self._named.get(mine, ()), *self._named.get("", ()))))


def _by_identity(nodes: Iterator[exp.Table]) -> Iterator[exp.Table]:
    seen: set[int] = set()
    for node in nodes:
        if id(node) not in seen:
            seen.add(id(node))
            yield node


def _column(column: exp.Column) -> str:
    return ALL if isinstance(column.this, exp.Star) else column.name.lower()


def _called(node: exp.Table) -> str:
    return (node.alias or node.name).lower()


def _is_common(node: exp.Table) -> bool:
    """Whether a name is that of a common table expression where it stands; within its own body it is a table's."""
    if node.args.get("db"):
        return False
    wanted = node.name.lower()
    inner: exp.Expr = node
    outer = node.parent
    own: exp.Expr | None = None  # the expression of a WITH that the name stands in
    while outer is not None:
        if isinstance(outer, exp.With):
            own = inner
        given = outer.args.get("with_")
        if given is not None:
            names = [each.alias.lower() for each in given.expressions]
            within = next((at for at, each in enumerate(given.expressions) if each is own), len(names))
            known = names if given.args.get("recursive") else names[:within]
            if wanted in known:
                return True
            own = None
        inner, outer = outer, outer.parent
    return False


def _targets(tree: exp.Expr) -> Iterator[exp.Expr | None]:
    """What is written, the statements within ``WITH`` included."""
    for node in tree.find_all(exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Create, exp.Alter, exp.Drop):
        if isinstance(node, exp.Drop):
            yield from node.args.get("tables") or () if node is tree else ()  # DROP CONSTRAINT within ALTER TABLE
        elif isinstance(node, exp.Update):
            yield from _updated(node)
        elif isinstance(node, exp.Delete) and node.args.get("tables"):
            meant = {_called(each): each for each in _beside(node)}
            yield from (meant.get(each.name.lower(), each) for each in node.args["tables"])
        elif node.this is not None:
            yield node.this
    for renamed in tree.find_all(exp.AlterRename):
        yield renamed.this
    for truncated in tree.find_all(exp.TruncateTable):
        yield from truncated.expressions
    for select in tree.find_all(exp.Select):
        yield select.args["into"].this if select.args.get("into") else None
    if isinstance(tree, exp.Copy) and tree.args.get("kind"):
        yield tree.this


def _updated(update: exp.Update) -> list[exp.Table]:
    """The tables whose columns are set: mostly the first; in MySQL any that is joined, in T-SQL the one of an alias."""
    beside = {_called(each): each for each in _beside(update)}
    first = _table(update.this)
    if first is None:  # that of a MERGE, which has its table itself
        return []
    first = beside.get(_called(first), first)
    owners = [column.table.lower() for each in update.expressions for column in _set(each)] or [""]
    return list(_by_identity(beside.get(owner, first) if owner else first for owner in owners))


def _beside(statement: exp.Expr) -> Iterator[exp.Table]:
    """The tables that a statement names itself, and not in a query within; one with an alias before one without."""
    found = [
        each
        for each in statement.find_all(exp.Table)
        if each.find_ancestor(exp.Query, exp.Update, exp.Delete) is statement
    ]
    listed = statement.args.get("tables") or ()
    yield from sorted(
        (each for each in found if not any(each is one for one in listed)), key=lambda each: bool(each.alias)
    )


def _only_aliases(tree: exp.Expr) -> Iterator[exp.Table]:
    """Names that T-SQL and MySQL write before ``FROM``, where they stand for a table behind it."""
    for node in tree.find_all(exp.Update, exp.Delete):
        known = {_called(each): each for each in _beside(node)}
        for each in (node.this, *(node.args.get("tables") or ())):
            if isinstance(each, exp.Table) and known.get(each.name.lower(), each) is not each:
                yield each


def _set(assignment: exp.Expr) -> Iterator[exp.Column]:
    """The columns that ``a = 1`` or ``(a, b) = (1, 2)`` sets."""
    if isinstance(assignment, exp.EQ):
        left = assignment.this
        yield from (
            each
            for each in (left.expressions if isinstance(left, exp.Tuple) else (left,))
            if isinstance(each, exp.Column)
        )


def _set_columns(assignments: list[exp.Expr], owners: set[str] | None = None) -> Iterator[str]:
    for each in assignments:
        for column in _set(each):
            if owners is None or column.table.lower() in owners:
                yield column.name.lower()


def _table(node: exp.Expr | None) -> exp.Table | None:
    if node is None:
        return None
    found = node if isinstance(node, exp.Table) else node.find(exp.Table)
    return found if found is not None and isinstance(found.this, exp.Identifier | exp.Dot) else None


def name(node: exp.Table) -> str:
    """A table's name with all that says where it is: its schema, its database, its server."""
    own = [each.name for each in node.this.find_all(exp.Identifier)] if isinstance(node.this, exp.Dot) else [node.name]
    return ".".join(each for each in (node.text("catalog"), node.text("db"), *own) if each).lower()
