"""Which strings of a program are SQL, by their shape alone. Pure, and cheap to load."""

from __future__ import annotations

import re

from gaterunner.contract.boundaries.pieces import COMPUTED

_LONGEST = 200_000
_SHAPE = re.compile(
    r"(?is)^[\s(]*+(?:--[^\n]*+\n\s*+|/\*(?:[^*]++|\*(?!/))*+\*/\s*+)*+"
    r"(?:(?P<a>select)\b.*?\b(?P<b>from)\b|(?P<c>insert|replace)\s+(?:ignore\s+)?(?P<d>into)\s"
    r"|(?P<e>update)\s.*?\s(?P<f>set)\s|(?P<g>delete)\s+(?P<h>from)\s|(?P<i>merge)\s+(?P<j>into)\s"
    r"|(?P<k>with)\s.*?\s(?P<l>as)\s*\(|(?P<m>truncate)\s+(?P<n>table)\s|(?P<o>copy)\s.*?\s(?P<p>from|to)\s"
    r"|(?P<q>create|alter|drop)\s+(?:temp(?:orary)?\s+|materialized\s+)?(?P<r>table|view)\s)"
)
_MARKS = re.compile(rf"[=*();,?$%{COMPUTED}]")


def is_sql(text: str) -> bool:
    """Whether a string reads like a statement: two keywords in their places, in capitals or beside what prose lacks."""
    shape = _SHAPE.match(text[:_LONGEST])
    if shape is None:
        return False
    found = [word for word in shape.groupdict().values() if word]
    if all(map(str.isupper, found)):
        return True
    return all(map(str.islower, found)) and _MARKS.search(text) is not None
