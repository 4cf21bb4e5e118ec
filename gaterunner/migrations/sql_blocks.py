"""The plain statements inside a procedural body: what stands between its control words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gaterunner.migrations.sql_tokens import Dialect, Token, statements
from gaterunner.migrations.words import words

_CONDITIONS = frozenset({"IF", "ELSIF", "ELSEIF", "WHEN", "EXCEPTION", "CASE"})
_LOOPS = frozenset({"FOR", "FOREACH", "WHILE"})
_OPENERS = frozenset({"BEGIN", "ELSE", "LOOP", "THEN", "TRY", "CATCH", "TRAN", "TRANSACTION", "ATOMIC", "REPEAT"})
_VERBS = words(
    """DROP ALTER DELETE UPDATE EXEC EXECUTE CREATE INSERT TRUNCATE BEGIN SELECT SET PRINT RAISERROR THROW MERGE
    CALL RETURN RENAME WITH"""
)


def pieces(body: str, dialect: Dialect) -> Iterator[tuple[str, int]]:
    """Each statement of a body with the number of lines above it; control words and conditions are left out.

    The query of a ``FOR … IN query LOOP`` is a piece of its own: it is run like any other.
    """
    declaring = False
    for statement in statements(body, dialect):
        tokens = list(statement.tokens)
        if declaring and tokens[0].upper != "BEGIN":
            continue
        declaring = tokens[0].upper == "DECLARE" and dialect != "tsql"
        if declaring or (tokens[0].upper == "DECLARE"):
            continue
        for part in _parts(tokens):
            if part:
                yield body[part[0].at : part[-1].end], part[0].line - 1


def _parts(tokens: list[Token]) -> Iterator[Sequence[Token]]:  # noqa: C901 - one branch for each control word
    while tokens:
        word = tokens[0].upper
        if (tokens[0].kind == "mark" and tokens[0].text in {"<", ">", "$"}) or word in _OPENERS:
            tokens = tokens[1:]
        elif word == "END":
            tokens = tokens[2:] if len(tokens) > 1 and tokens[1].upper in {"IF", "LOOP", "CASE", "TRY"} else tokens[1:]
            if len(tokens) == 1:  # the label of what ends
                return
        elif word in _CONDITIONS:
            end = _find(tokens, {"THEN"}) or _find(tokens, _VERBS, start=1)
            if end is None:
                return
            tokens = tokens[end:]
        elif word in _LOOPS:
            end = _find(tokens, {"LOOP", "DO"}) or _find(tokens, {"BEGIN"})
            query = _find(tokens[:end], {"IN"})
            if query is not None and word != "FOREACH" and tokens[query + 1].upper in _VERBS:
                yield tokens[query + 1 : end]
            if end is None:
                return
            tokens = tokens[end + 1 :]
        elif len(tokens) > 1 and (tokens[1].text in {":", "="} or (tokens[1].text == "." and ":" in _texts(tokens))):
            return  # an assignment
        else:
            yield tokens
            return


def _texts(tokens: Sequence[Token]) -> set[str]:
    return {token.text for token in tokens[:6]}


def _find(tokens: Sequence[Token], words: set[str] | frozenset[str], start: int = 0) -> int | None:
    """The first of the words that stands outside parentheses and CASE expressions."""
    depth = 0
    for at, token in enumerate(tokens[start:], start=start):
        if token.kind == "mark":
            depth += (token.text == "(") - (token.text == ")")
        elif token.upper in words and depth == 0:
            return at
    return None
