"""Which tables a text of SQL reads and writes, by sqlglot; what it cannot read is opaque, never taken for harmless."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from sqlglot import exp

from gaterunner.contract.boundaries.pieces import ALL, COMPUTED, Access, Statement, Text
from gaterunner.contract.boundaries.shape import is_sql
from gaterunner.migrations import sql_parser
from gaterunner.migrations.sql_tokens import Dialect, statements
from gaterunner.migrations.sql_tokens import Statement as Tokens

_LONGEST = 200_000
_COMPUTED_NAME = "__computed__"
_USES = frozenset(
    {"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE", "WITH", "VALUES", "TABLE", "TRUNCATE", "CREATE"}
    | {"ALTER", "DROP", "COPY", "UPSERT", "RENAME", "LOAD"}
)
_OPAQUE = frozenset({"DO", "CALL", "EXEC", "EXECUTE", "PREPARE", "PERFORM", "BEGIN", "DECLARE", "IF", "WHILE"})
_BRACKETS = re.compile(r"(?i)(?:from|join|into|update|\.)\s*\[\w+\]")
_BLOCKS = 3  # tokens at least: BEGIN TRANSACTION and BEGIN alone run nothing
_ROUTINES = re.compile(
    r"(?i)^\s*CREATE\s+(?:OR\s+(?:REPLACE|ALTER)\s+)?(?:CONSTRAINT\s+)?(?:FUNCTION|PROCEDURE|TRIGGER|EVENT|PACKAGE|RULE)\b"
)
# Things of a schema that hold no rows.
_NO_ROWS = re.compile(
    r"(?i)^\s*(?:(?:ALTER|DROP)\s+INDEX\b|(?:CREATE|ALTER|DROP)\s+(?:OR\s+REPLACE\s+)?(?:EXTENSION|TYPE|SCHEMA|DATABASE|ROLE|USER|SEQUENCE|DOMAIN|TRIGGER|RULE|POLICY"
    r"|FUNCTION|PROCEDURE|COLLATION|AGGREGATE|OPERATOR|CAST|SERVER|PUBLICATION|SUBSCRIPTION|TABLESPACE|LANGUAGE)\b)"
)
# Where a driver sets in a value: `%s`, `%(name)s`, `:name`, `$1`, `?`, `@name`.
_PLACES = re.compile(r"%\(\w+\)s|%[sd]|(?<![:\w]):[A-Za-z_]\w*|\$\d+|\?|(?<![\w@])@[A-Za-z_]\w*")
_FORMATTED = re.compile(r"\{[\w.]*\}")  # what `.format` and its like set in
_SYSTEM = re.compile(
    r"(?i)^(?:information_schema\.|sqlite_(?:master|schema|sequence)$|dual$|pg_catalog\.pg_|pg_|sys\."
    r"|system\.|svv_|st[lv]_)"
)
_SECRET = re.compile(r"(?i)pg_(?:authid|shadow|user_mappings?|largeobject)$")
_WORD = re.compile(r"\b(?:from|join|into|update|table)\b\s+(?:(?:only|if|not|exists|lateral)\s+)*", re.IGNORECASE)
_NAME = re.compile(r"(?:[\"`\[]?[^\W\d][\w$]*+[\"`\]]?\.)?[\"`\[]?[^\W\d][\w$]*+[\"`\]]?")

Dialects = tuple[Dialect, ...]
"""In which statements may be written, the likeliest first."""


def read_text(text: Text, dialects: Dialects) -> Iterator[Statement]:
    """The statements of a string in a program; none where it is no SQL."""
    if text.executed or is_sql(text.text):
        whole = _PLACES.sub(" NULL ", _FORMATTED.sub(COMPUTED, text.text)).replace(COMPUTED, _COMPUTED_NAME)
        for found in read_sql(whole, dialects, first_line=text.line):
            # What a program writes on one line or several has no line of its own: escapes and pieces blur it.
            yield Statement(line=text.line, end=text.end, code=found.code, accesses=found.accesses, opaque=found.opaque)


def read_sql(text: str, dialects: Dialects, *, first_line: int = 1) -> Iterator[Statement]:
    """Every statement that uses data or may do so, in the order of the text."""
    dialect = _likeliest(text, dialects)
    order = (dialect, *(each for each in dialects if each != dialect))
    own: set[str] = set()  # temporary tables, which hold what was read already
    for statement in statements(text, dialect):
        found = _statement(statement, order, own)
        if found is None:
            continue
        accesses, opaque = found
        line = statement.line + first_line - 1
        yield Statement(
            line=line,
            end=max(line, statement.tokens[-1].line + first_line - 1),
            code=" ".join(token.text for token in statement.tokens[:500]),
            accesses=accesses,
            opaque=opaque,
        )


def _likeliest(text: str, dialects: Dialects) -> Dialect:
    """By how names are quoted, which says where a text ends."""
    if "`" in text and dialects[0] not in {"mysql", "sqlite"}:
        return "mysql"
    return "tsql" if _BRACKETS.search(text) and dialects[0] not in {"tsql", "sqlite"} else dialects[0]


def _statement(statement: Tokens, dialects: Dialects, own: set[str]) -> tuple[tuple[Access, ...], bool] | None:
    verb = next((token.upper for token in statement.tokens if token.text != "("), "")
    if verb in _OPAQUE or _ROUTINES.match(statement.text):
        idle = verb == "BEGIN" and len(statement.tokens) <= _BLOCKS
        return None if idle else (tuple(_kept(_by_words(statement), own)), True)
    if verb not in _USES or _NO_ROWS.match(statement.text):
        return None
    trees = (sql_parser.parse(statement.text, dialect) for dialect in dialects)
    tree = next((tree for tree in trees if tree is not None), None)
    found = tuple(_by_words(statement)) if tree is None else tuple(_Reading(tree).accesses(own))
    computed = _COMPUTED_NAME in statement.text  # that piece may be anything, a further table as well
    return tuple(_kept(found, own)), computed or tree is None


def _kept(found: Iterable[Access], own: set[str]) -> Iterator[Access]:
    """Without what is computed, what the database tells of itself, and what the text itself made for a while."""
    for one in found:
        if _COMPUTED_NAME not in one.table and not _is_system(one.table) and one.table not in own:
            yield one


def _is_system(name: str) -> bool:
    """What the database tells of itself, but for what it keeps of passwords."""
    return _SYSTEM.match(name) is not None and _SECRET.search(name) is None


class _Reading:
    """One statement's tree."""

    def __init__(self, tree: exp.Expr) -> None:
        self._tree = tree
        self._ctes = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
        self._targets = [node for node in map(_table, _targets(tree)) if node is not None]
        self._sources = [node for node in tree.find_all(exp.Table) if not any(node is one for one in self._targets)]
        self._sources = [node for node in self._sources if self._is_table(node)]
        self._names = {(node.alias or node.name).lower() for node in (*self._sources, *self._targets)}

    def accesses(self, own: set[str]) -> Iterator[Access]:
        if isinstance(self._tree, exp.Create) and self._tree.find(exp.TemporaryProperty):
            own.update(name(node) for node in self._targets)
        for node in self._targets:
            yield Access(use="write", table=name(node), columns=self._written(node))
        for node in self._sources:
            yield Access(use="read", table=name(node), columns=self._columns(node))

    def _is_table(self, node: exp.Table) -> bool:
        if not isinstance(node.this, exp.Identifier):
            return False  # a function that gives rows
        if not node.args.get("db") and node.name.lower() in self._ctes:
            return False
        # REFERENCES names a table and touches no row of it.
        return node.find_ancestor(exp.Reference, exp.Drop) is None

    def _written(self, node: exp.Table) -> tuple[str, ...] | None:
        owner = node.parent
        if isinstance(owner, exp.Schema) and isinstance(owner.parent, exp.Insert):
            return tuple(each.name.lower() for each in owner.expressions)
        if isinstance(owner, exp.Update):
            return tuple(each.this.name.lower() for each in owner.expressions if isinstance(each, exp.EQ))
        return (ALL,)

    def _columns(self, node: exp.Table) -> tuple[str, ...] | None:
        """Those of a table: what is qualified by it, and all that is not where there is no other table."""
        alone = len(self._names) == 1 and not self._ctes and len(list(self._tree.find_all(exp.Select))) == 1
        mine = (node.alias or node.name).lower()
        found: dict[str, None] = {}
        for star in self._tree.find_all(exp.Star):
            if isinstance(star.parent, exp.Select):
                return (ALL,)
        for column in self._tree.find_all(exp.Column):
            owner = column.table.lower()
            if not owner and not alone:
                return None
            if owner in {mine, ""} and column.name.lower() != _COMPUTED_NAME:
                found[ALL if isinstance(column.this, exp.Star) else column.name.lower()] = None
        return tuple(found)


def _targets(tree: exp.Expr) -> Iterator[exp.Expr | None]:
    """What is written, the statements within ``WITH`` included."""
    for node in tree.find_all(exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Create, exp.Alter, exp.Drop):
        if isinstance(node, exp.Drop):
            yield from node.args.get("tables") or () if node is tree else ()  # DROP CONSTRAINT within ALTER TABLE
        elif isinstance(node, exp.Delete) and node.args.get("tables"):
            yield from node.args["tables"]
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


def _table(node: exp.Expr | None) -> exp.Table | None:
    if node is None:
        return None
    found = node if isinstance(node, exp.Table) else node.find(exp.Table)
    return found if found is not None and isinstance(found.this, exp.Identifier) else None


def name(node: exp.Table) -> str:
    """A table's name with its schema where one is said; not with its database."""
    schema = node.text("db").lower()
    return f"{schema}.{node.name.lower()}" if schema else node.name.lower()


def _by_words(statement: Tokens) -> Iterator[Access]:
    """What surely is a table in a statement that nobody can parse, or in the body of a routine or block."""
    text = _without_literals(statement)
    yield from _named(text)
    if "$" in statement.text:
        for token in statement.tokens:
            if token.kind == "string":
                yield from _named(" ".join(token.text.split()), is_body=True)


def _named(text: str, *, is_body: bool = False) -> Iterator[Access]:
    """The names behind FROM, JOIN, INTO, UPDATE and TABLE; in a body, SELECT INTO sets a variable."""
    ctes = {
        match[1].lower()
        for match in re.finditer(r"(?i)(?:\bwith(?:\s+recursive)?|,)\s+(\w+)\s+(?:\([^()]*\)\s*)?as\s*\(", text)
    }
    for match in _WORD.finditer(text):
        word, before = match[0].split()[0].lower(), text[max(0, match.start() - _BEFORE) : match.start()].lower()
        named = _NAME.match(text, match.end())
        if named is None or not _is_place(word, before, text[named.end() :].lstrip(), is_body=is_body):
            continue
        table = re.sub(r"[\"`\[\]\s]", "", named[0]).lower()
        if table not in ctes and table not in _NEVER_TABLES:
            reads = word in {"from", "join"} and not before.rstrip().endswith("delete")
            yield Access(use="read" if reads else "write", table=table)


_BEFORE = 60


def _is_place(word: str, before: str, after: str, *, is_body: bool) -> bool:
    """Whether a table's name can stand behind a word."""
    if word in {"from", "join"}:
        return not after.startswith("(") and _FUNCTION.search(before) is None
    if word == "update":
        return re.search(r"(?:\bfor|\bor|\bon|\bdo|\bbefore|\bafter|,)\s*$", before) is None
    return not is_body or (word == "into" and before.rstrip().endswith("insert"))


_NEVER_TABLES = frozenset({"set", "select", "values", "null", "unnest", "nowait", "skip", "of", "as", "where"})
# `extract(epoch FROM made)`, `IS DISTINCT FROM`.
_FUNCTION = re.compile(r"\b(?:extract|substring|trim|overlay|position|distinct)\s*\(?[^()]*$")


def _without_literals(statement: Tokens) -> str:
    parts: Sequence[str] = [
        "''" if token.kind == "string" else f'"{token.text}"' if token.kind == "name" else token.text
        for token in statement.tokens
    ]
    return re.sub(r"\s*\.\s*", ".", " ".join(parts))
