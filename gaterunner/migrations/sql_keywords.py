"""Words that destroy something, looked for in what only running would tell."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gaterunner.migrations.disguises import undisguised

# Joins of literals, so that a keyword in pieces is one again: 'DR'||'OP', 'DR' + 'OP', 'DR' 'OP', concat('DR', 'OP').
_JOINTS = re.compile(
    r"""(?x) (?<=\w) ['"]{1,2} \s* (?: \|\| | \+ | , | \. | \s ) \s* (?:[eEnN]|[uU]&)? ['"]{1,2} (?=\w)"""
)
_HARMLESS_DROP = re.compile(
    r"""(?ix) \b DROP \s+ (?: (?: INDEX | CONSTRAINT | TRIGGER | (?:MATERIALIZED\s+)?VIEW | FUNCTION
    | PROCEDURE | PROC | POLICY | DEFAULT | NOT\s+NULL | SEQUENCE | RULE | CAST | OPERATOR | AGGREGATE | PRIMARY\s+KEY
    | FOREIGN\s+KEY | CHECK | IDENTITY | EXPRESSION | STATISTICS | ROLE | USER | PUBLICATION | SUBSCRIPTION | LANGUAGE
    | EVENT | SYNONYM | TEMP(?:ORARY)?\s+TABLE
    | (?:TYPE|DOMAIN|EXTENSION) \b (?! [^;]{0,500} \bCASCADE\b) ) \b )"""
)
_DESTRUCTIVE = re.compile(
    r"""(?ix) \b (?: DROP (?= \s | ['"|%{] | \Z ) | TRUNCATE \b
    | DELETE \s+ (?:FROM|ONLY) \b (?! [^;]{0,2000}? \b WHERE \b )
    | UPDATE \s+ [\w."`\[\]%]+ \s+ SET \b (?! [^;]{0,2000}? \b WHERE \b )
    | RENAME \s+ (?:TO|COLUMN|TABLE) \b | SET \s+ SCHEMA \b | ALTER \s+ (?:COLUMN\s+)? [\w"%{}]+ \s+ TYPE \b )"""
)


def destructive_word(text: str) -> str | None:
    """The first destructive keyword in a piece of code or of composed SQL, upper case; None when there is none."""
    for candidate in _candidates(text):
        found = _DESTRUCTIVE.search(_HARMLESS_DROP.sub(" ", candidate))
        if found:
            return found[0].split()[0].upper()
    return None


def _candidates(text: str) -> Iterator[str]:
    yield text
    joined = _JOINTS.sub("", text)
    if joined != text:
        yield joined
    yield from undisguised(joined)
