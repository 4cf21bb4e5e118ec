"""Panels, questions, facts and tallies in the one form that is hashed and logged.

Canonical JSON (RFC 8785) of plain values: exact fractions are text (``13/4``), pairs are lists of two, prose of the
panel and positions are left out. The same thing always gives the same bytes.
"""

from __future__ import annotations

import hashlib
from fractions import Fraction
from typing import Any

import msgspec

from gaterunner.contract.types import Question
from gaterunner.governance.fractions import ratio
from gaterunner.governance.types import Panel

Plain = dict[str, Any]  # JSON, which only the writer and the reader of the log ever hold


def plain(value: object) -> Plain:
    """A struct as JSON values."""
    found: Plain = msgspec.to_builtins(value, enc_hook=_text)
    return found


def _text(value: object) -> str:
    if isinstance(value, Fraction):
        return ratio(value)
    raise TypeError(f"{type(value).__name__} has no place in a log")


def canonical_bytes(value: object) -> bytes:
    """Canonical JSON of plain values."""
    import rfc8785

    return rfc8785.dumps(value)  # type: ignore[arg-type]  # its type is recursive, ours is checked when it is decoded


def plain_panel(panel: Panel) -> Plain:
    """What of a panel decides."""
    found = plain(panel)
    del found["sha256"]
    for part in (*found["members"], *found["criteria"], *([found["chair"]] if found["chair"] else [])):
        del part["text"]
    return found


def plain_question(question: Question) -> Plain:
    """A question without its place; options, scores, facts and criteria in the order of their names."""
    return {
        "id": question.id,
        "text": question.text,
        "criteria": sorted(set(question.criteria)),
        "default": question.default,
        "options": [
            {
                "id": option.id,
                "text": option.text,
                "scores": [list(pair) for pair in sorted(option.scores)],
                "facts": [[name, ratio(value)] for name, value in sorted(option.facts)],
            }
            for option in sorted(question.options, key=lambda option: option.id)
        ],
    }


def digest(panel: Panel) -> str:
    """The sha256 of a panel's canonical form, in hexadecimal."""
    return hashlib.sha256(canonical_bytes(plain_panel(panel))).hexdigest()
