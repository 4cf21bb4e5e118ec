"""SQL in texts of any other language, in templates and in configuration: what looks like a statement, as it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gaterunner.contract.boundaries.beginnings import beginnings
from gaterunner.contract.boundaries.effort import Effort
from gaterunner.contract.boundaries.pieces import COMPUTED, Piece, Text, Touched
from gaterunner.contract.boundaries.shape import shape

_ENDS = re.compile(r";|\n[ \t]*\n|</|\Z")
_LONGEST = 2000
_MOST = 20_000_000  # characters of all pieces, some of which lie within others: about two seconds
_TAGS = re.compile(r"<[/!]?[a-zA-Z][^<>]*>|<!\[CDATA\[|\]\]>")
_VALUES = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|<%.*?%>|[$#]\{[^{}\n]*\}|\$\([^()\n]*\)|\$\w+|\{\w*\}", re.DOTALL)
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&"}


def read(text: str, _kind: str, touched: Touched) -> Iterator[Piece]:
    """The statements of a text. Raises ``TooMuch`` for one of which nearly every word could begin one."""
    effort = Effort(_MOST)
    at, line, past = 0, 1, 0
    for start, mark in sorted(beginnings(text)):
        if start < past:
            continue
        end = _end(text, start, mark)
        line += text.count("\n", at, start)
        at = start
        last = line + text.count("\n", start, end)
        if touched(line, last):
            effort.spend(end - start)
            piece = _cleaned(text[start:end])
            if shape(piece) is not None:
                yield Text(text=piece, line=line, end=last)
                past = end


def _end(text: str, start: int, mark: str) -> int:
    """Where a statement ends: at the quote that it began with, else where no statement goes on."""
    limit = min(len(text), start + _LONGEST)
    if mark:
        closing = text.find(mark, start, limit)
        while closing > 0 and text[closing - 1] == "\\":
            closing = text.find(mark, closing + 1, limit)
        return closing if closing >= 0 else limit
    found = _ENDS.search(text, start, limit)
    return found.start() if found else limit


def _cleaned(text: str) -> str:
    text = _VALUES.sub(COMPUTED, _TAGS.sub(" ", text))
    for entity, character in _ENTITIES.items():
        text = text.replace(entity, character)
    return text.replace("\\n", " ").replace('\\"', '"').rstrip("\"'`)],} \t\n")
