"""Numbers of a spec as exact fractions: what is counted with must not depend on a machine's rounding."""

from __future__ import annotations

import re
from fractions import Fraction

# Without an exponent: `1e999999999` would be a number of a billion digits.
DECIMAL = r"^[-+]?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,9})?$(?!\n)"
_DECIMAL = re.compile(DECIMAL, re.ASCII)


def exact(text: str) -> Fraction | None:
    """A plain decimal number exactly as it is written; None for any other text."""
    return Fraction(text) if _DECIMAL.match(text) else None
