"""What a scalar of the file means. The text is kept as written; nothing is constructed behind the author's back."""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache


class Reading(Enum):
    """How YAML reads a scalar. ``WORD`` is what YAML 1.1 reads as a boolean and YAML 1.2 as text: yes, no, on, off."""

    TEXT = "text"
    NULL = "nothing"
    BOOLEAN = "boolean"
    WORD = "word"
    INTEGER = "integer"
    NUMBER = "number"


# The core schema of YAML 1.2 (https://yaml.org/spec/1.2.2/#1032-tag-resolution), which editors follow, and beside it
# the booleans of YAML 1.1 (https://yaml.org/type/bool.html) as far as PyYAML and libyaml implement them.
_READINGS = (
    (Reading.NULL, re.compile(r"(?:~|null|Null|NULL|)\Z")),
    (Reading.BOOLEAN, re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z")),
    (Reading.WORD, re.compile(r"(?:yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)\Z")),
    (Reading.INTEGER, re.compile(r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)\Z")),
    (Reading.NUMBER, re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")),
    (Reading.NUMBER, re.compile(r"(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z")),
)
_LONGEST = 64
_FIRST = frozenset("~nNtTfFyYoO+-.0123456789")  # what all but text begins with
_DECIMAL = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})\Z")


@lru_cache(maxsize=1024)
def reading(text: str) -> Reading:
    """How YAML reads a plain (unquoted) scalar."""
    if len(text) > _LONGEST or (text and text[0] not in _FIRST):
        return Reading.TEXT
    return next((kind for kind, pattern in _READINGS if pattern.match(text)), Reading.TEXT)


def integer(text: str) -> int | None:
    """A decimal integer; None for a leading zero (octal in YAML 1.1, decimal in 1.2), other bases, and huge ones."""
    return int(text) if _DECIMAL.match(text) else None


def number(text: str) -> float | None:
    """A finite decimal number; None where ``integer`` would not take the whole part, and for ``.inf`` and ``.nan``."""
    whole, _, _ = text.partition(".")
    if "." not in text and "e" not in text.lower():
        found = integer(text)
        return None if found is None else float(found)
    if len(whole.lstrip("+-")) > 1 and whole.lstrip("+-").startswith("0"):
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) != float("inf") else None
