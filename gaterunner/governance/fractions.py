"""Exact fractions as text: for a log, where each has one spelling, and for people. Pure."""

from __future__ import annotations

import re
from fractions import Fraction

# Bounded, as a number of a million digits would take minutes to compare.
_RATIO = re.compile(r"(-?(?:0|[1-9][0-9]{0,29}))/([1-9][0-9]{0,29})\Z", re.ASCII)
_HUNDRED = 100


def ratio(value: Fraction) -> str:
    """``13/4``, and ``3/1`` for a whole number: the one spelling that the log has."""
    return f"{value.numerator}/{value.denominator}"


def parsed(text: str) -> Fraction | None:
    """The fraction that ``2/3`` or ``6/9`` says; None for any other text."""
    found = _RATIO.match(text)
    return Fraction(int(found[1]), int(found[2])) if found else None


def shown(value: Fraction) -> str:
    """As people read it: ``3``, ``2/3``, and ``3.25 (13/4)`` where the fraction alone would say little."""
    if value.denominator == 1:
        return str(value.numerator)
    if abs(value) < 1:
        return ratio(value)
    return f"{rounded(value)} ({ratio(value)})"


def rounded(value: Fraction) -> str:
    """With two decimals, half away from zero, in integers alone: no machine rounds it otherwise."""
    size = (abs(value.numerator) * _HUNDRED * 2 + value.denominator) // (value.denominator * 2)
    sign = "-" if value < 0 and size else ""
    return f"{sign}{size // _HUNDRED}.{size % _HUNDRED:02d}"
