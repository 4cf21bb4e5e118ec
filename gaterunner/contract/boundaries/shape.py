"""Which strings of a program are SQL, by their shape alone. Pure, and cheap to load."""

from __future__ import annotations

import re
from typing import Literal

from gaterunner.contract.boundaries.pieces import COMPUTED

Shape = Literal["statement", "fragment", "maybe"]
"""``fragment`` is a piece of a statement that begins elsewhere; ``maybe`` could be a sentence just as well."""

_LONGEST = 200_000
_BLANK = r"(?:[\s(;]++|--[^\n]*+\n|/\*(?:[^*]++|\*(?!/))*+\*/)*+"
# What may stand before the statement that counts.
_BEFORE = (
    r"(?:explain(?:\s+(?:analyze|verbose|extended|query\s+plan|\([^()]*\)))*+\s+"
    r"|prepare\s+\w+\s*(?:\([^()]*\)\s*)?as\s+|declare\s[^;]{0,200}?\scursor\s[^;]{0,200}?for\s+"
    r"|(?:begin|set|pragma|use|start|commit)\b[^;]{0,200};)"
)
_START = re.compile(rf"(?i){_BLANK}(?:{_BEFORE}{_BLANK}){{0,5}}")
_SHAPE = re.compile(
    r"(?is)(?:(?P<a>select)\b.*?\b(?P<b>from)\b|(?P<c>insert|replace)\s+(?:ignore\s+)?(?P<d>into)\s"
    r"|(?P<e>update)\s.*?\s(?P<f>set)\s|(?P<g>delete)\s+(?P<h>from)\s|(?P<i>merge)\s+(?P<j>into)\s"
    r"|(?P<k>with)\s.*?\s(?P<l>as)\s*\(|(?P<m>truncate)\s+(?P<n>table)\s|(?P<o>copy)\s+(?:\(.*?\)|[\w.\"]+(?:\s*\([^()]*\))?)\s+(?P<p>from|to)\s+(?:stdin|stdout|program|[eE]?'|[%$?:])"
    r"|(?P<q>create|alter|drop)\s+(?:temp(?:orary)?\s+|unlogged\s+|materialized\s+)?(?P<r>table|view)\s)"
)
_MARKS = re.compile(rf"[=*();,?$%{COMPUTED}]")
_SURE_MARKS = re.compile(rf"[=*?{COMPUTED}]|%s|[$:]\w")
# Behind these words a sentence goes on, and no table is named.
_PROSE = re.compile(
    r"(?i)\b(?:from|into|update|table|view)\s+(?:a|an|the|this|that|these|those|your|our|my|his|her|its|their|all|any|each"
    r"|every|one|some|existing|here|there|which|within)\b"
)
_TABLE = r"[\"`\[]?[^\W\d]\w*[\"`\]]?(?:\.[\"`\[]?\w+[\"`\]]?)*(?![\w:/@.-])"
_GOES_ON = (
    r"(?:\s*$|\s*[,;)]|\s+(?:as\s+)?(?:\w+\s+)?(?:where|on|using|join|inner|left|right|full|cross|order|group|limit"
    r"|having|union|set|values)\b)"
)
_FRAGMENT = re.compile(
    rf"(?is)\s*(?P<word>(?:(?:left|right|full|inner|cross|natural)\s+(?:outer\s+)?)?join|from|where\s+exists)\s+{_TABLE}{_GOES_ON}"
)
_HEAD = re.compile(r"\s*SELECT\s+(?:DISTINCT\s+)?(?:\*|[a-z_][\w.]*\s*(?:,|$|\s[aA][sS]\s))")


def shape(text: str) -> Shape | None:
    """What a string reads like; None where that is nothing of SQL.

    A statement has two keywords in their places, in capitals or beside what prose lacks.
    """
    text = text[:_LONGEST]
    start = _START.match(text)
    found = _SHAPE.match(text, start.end() if start else 0)
    if found is None:
        return _piece(text)
    words = [word for word in found.groupdict().values() if word]
    if all(map(str.isupper, words)) or (all(map(str.islower, words)) and _MARKS.search(text)):
        return "statement"
    if _PROSE.search(text):
        return None
    return "statement" if _SURE_MARKS.search(text) else "maybe"


def is_sql(text: str) -> bool:
    """Whether a string reads like a whole statement, and like nothing else."""
    return shape(text) == "statement"


def _piece(text: str) -> Shape | None:
    if _HEAD.match(text):
        return "maybe"
    found = _FRAGMENT.match(text)
    if found is None or _PROSE.search(text):
        return None
    if found["word"].isupper():
        return "fragment"
    return "fragment" if found["word"].islower() and _SURE_MARKS.search(text) else None
