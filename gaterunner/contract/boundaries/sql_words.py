"""Which tables a statement surely names, by its words alone: what no parser reads, and the bodies of routines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gaterunner.contract.boundaries.pieces import Access
from gaterunner.contract.boundaries.shape import is_sql
from gaterunner.migrations.sql_tokens import Statement as Tokens

_WORD = re.compile(r"\b(?:from|join|into|update|table)\b\s+(?:(?:only|if|not|exists|lateral)\s+)*", re.IGNORECASE)
_PART = r"[\"`\[]?[^\W\d][\w$]*+[\"`\]]?"
_NAME = re.compile(rf"{_PART}(?:\.{_PART}){{0,3}}")
_COPIED = re.compile(rf"(?i)\\copy\s+(?P<table>{_PART}(?:\.{_PART}){{0,3}})\s*(?:\([^()]*\)\s*)?(?P<way>from|to)\b")
_CALLED = re.compile(r"\s*+\(")
_BEFORE = 60
_NEVER_TABLES = frozenset({"set", "select", "values", "null", "unnest", "nowait", "skip", "of", "as", "where", "table"})
# `extract(epoch FROM made)`, `IS DISTINCT FROM`.
_FUNCTION = re.compile(r"\b(?:extract|substring|trim|overlay|position|distinct)\s*\(?[^()]*$")
_COMMON = re.compile(r"(?i)(?:\bwith(?:\s+recursive)?|,)\s+(\w+)\s+(?:\([^()]*\)\s*)?as\s*\(")


def by_words(statement: Tokens) -> Iterator[Access]:
    """What surely is a table in a statement that nobody can parse, or in the body of a routine or block."""
    yield from _named(_without_literals(statement))
    is_body = "$" in statement.text
    for token in statement.tokens:
        if token.kind == "string" and (is_body or is_sql(token.text)):
            yield from _named(" ".join(token.text.split()), is_body=is_body)


def copied(command: str) -> Access | None:
    r"""The table of psql's ``\copy``; None for a query, which no name stands for, and for other commands."""
    found = _COPIED.match(command)
    if found is None:
        return None
    return Access(use="read" if found["way"].lower() == "to" else "write", table=_bare(found["table"]))


def _named(text: str, *, is_body: bool = False) -> Iterator[Access]:
    """The names behind FROM, JOIN, INTO, UPDATE and TABLE; in a body, SELECT INTO sets a variable."""
    common = {match[1].lower() for match in _COMMON.finditer(text)}
    for match in _WORD.finditer(text):
        word, before = match[0].split()[0].lower(), text[max(0, match.start() - _BEFORE) : match.start()].lower()
        named = _NAME.match(text, match.end())
        if named is None or not _is_place(
            word, before, is_call=_CALLED.match(text, named.end()) is not None, is_body=is_body
        ):
            continue
        table = _bare(named[0])
        if table not in common and table not in _NEVER_TABLES:
            reads = word in {"from", "join"} and not before.rstrip().endswith("delete")
            yield Access(use="read" if reads else "write", table=table)


def _bare(name: str) -> str:
    return re.sub(r"[\"`\[\]\s]", "", name).lower()


def _is_place(word: str, before: str, *, is_call: bool, is_body: bool) -> bool:
    """Whether a table's name can stand behind a word."""
    if word in {"from", "join"}:
        return not is_call and _FUNCTION.search(before) is None
    if word == "update":
        return re.search(r"(?:\bfor|\bor|\bon|\bdo|\bbefore|\bafter|,)\s*$", before) is None
    return not is_body or (word == "into" and before.rstrip().endswith("insert"))


def _without_literals(statement: Tokens) -> str:
    parts: Sequence[str] = [
        "''" if token.kind == "string" else f'"{token.text}"' if token.kind == "name" else token.text
        for token in statement.tokens
    ]
    return re.sub(r"\s*\.\s*", ".", " ".join(parts))
