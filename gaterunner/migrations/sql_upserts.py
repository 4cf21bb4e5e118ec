"""Rows that are overwritten by ``ON CONFLICT DO UPDATE``, ``ON DUPLICATE KEY UPDATE``, ``REPLACE`` and ``LOAD DATA``.

One that writes its rows out overwrites those that it names. One that takes them from a table overwrites as many as that
has, as an UPDATE without a condition does; what lies in a file nobody here knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from gaterunner.migrations.effects import Effect, Kind
from gaterunner.migrations.sql_cursor import Cursor, split_commas
from gaterunner.migrations.sql_tokens import Dialect, Statement, Token

_FIRST = frozenset({"INSERT", "REPLACE", "LOAD", "WITH"})
_ON = (("ON", "CONFLICT"), ("ON", "DUPLICATE"))
_BESIDES = ("LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY", "IGNORE", "INTO", "TABLE", "OR", "REPLACE", "OVERWRITE")


def overwritten(statement: Statement, dialect: Dialect, schema: str | None) -> Iterator[Effect]:
    """The rows that the statement overwrites without saying which."""
    tokens = statement.tokens
    if tokens[0].upper not in _FIRST:
        return
    words = [token.upper if token.kind == "word" else "" for token in tokens]
    verb = next((at for at, word in enumerate(words) if word in {"INSERT", "REPLACE", "LOAD"}), len(words))
    end = next((at for at, pair in enumerate(pairwise(words)) if pair in _ON), len(words))
    replaces = words[verb : verb + 1] == ["REPLACE"] or words[verb + 1 : verb + 3] == ["OR", "REPLACE"]
    loads = (
        words[verb : verb + 1] == ["LOAD"] and words[verb + 1 : verb + 2] in (["DATA"], ["XML"]) and "REPLACE" in words
    )
    columns = () if replaces or loads else tuple(_updated(tokens, words, end, dialect))
    if not (replaces or loads or columns):
        return
    start = words.index("INTO", verb) if loads and "INTO" in words[verb:] else verb + 1
    cursor = Cursor(tokens, dialect, schema)
    cursor.at = start
    while cursor.take_any(*_BESIDES):
        pass
    table = cursor.qualified()
    if loads or _takes_all(tokens, words, cursor.at, end):
        what = "the rows of a file" if loads else "every row that is read"
        says = f"{'REPLACE' if replaces or loads else 'an upsert'} of {table} with {what}"
        yield Effect(kind=Kind.UPDATE, line=statement.line, table=table, columns=columns, says=says)


def _updated(tokens: Sequence[Token], words: Sequence[str], start: int, dialect: Dialect) -> Iterator[str]:
    """The columns that are set where a row is there already."""
    at = next((at for at in range(start, len(words)) if words[at] == "UPDATE"), len(words))
    rest = at + 1 + (words[at + 1 : at + 2] == ["SET"])
    until = next((each for each in range(rest, len(words)) if words[each] in {"WHERE", "RETURNING"}), len(words))
    for part in split_commas(tokens[rest:until]):
        cursor = Cursor(part, dialect)
        name = cursor.identifier()
        yield name if name and cursor.token.text == "=" else "?"


def _takes_all(tokens: Sequence[Token], words: Sequence[str], start: int, end: int) -> bool:
    """Whether the rows are those of a table, without a condition."""
    at = next((at for at in range(start, end) if words[at] in {"SELECT", "VALUES", "TABLE", "SET"}), end)
    if at == end or words[at] in {"VALUES", "SET"}:
        return False
    depth, source, conditional = 0, words[at] == "TABLE", False
    for each in range(at, end):
        depth += (tokens[each].text == "(") - (tokens[each].text == ")") if tokens[each].kind == "mark" else 0
        if depth < 0:
            break
        if depth == 0 and words[each] == "FROM":
            # `FROM (VALUES …)` and `FROM unnest(…)` write their rows out.
            source |= "(" not in {token.text for token in tokens[each + 1 : each + 3]}
        conditional |= (
            depth == 0
            and words[each] == "WHERE"
            and any(
                token.kind in {"word", "name"} and token.upper not in {"TRUE", "OR", "AND"}
                for token in tokens[each + 1 : end]
            )
        )
    return source and not conditional
