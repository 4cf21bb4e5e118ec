"""What stays the same about a finding from one run to the next."""

from __future__ import annotations

import hashlib

_DIGITS = 32


def fingerprint(*parts: str) -> str:
    """32 hexadecimal digits of these texts, in this order.

    They stand in reports and in waivers, so what a rule puts in here must never change, and may hold no secret: the
    hash is a fast one.
    """
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:_DIGITS]
