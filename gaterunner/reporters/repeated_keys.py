"""JSON in which one object holds a key twice: readers differ in which one they take, so it says two things at once."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any


class RepeatedKeyError(ValueError):
    """A key stands twice in one object; the message names it, shortened."""


def refuse_repeated_keys(data: bytes) -> None:
    """Raises ``RepeatedKeyError`` where an object in ``data``, which is valid JSON in UTF-8, holds a key twice."""
    json.loads(data, object_pairs_hook=_once)


def _once(pairs: list[tuple[str, Any]]) -> None:
    if len({key for key, _ in pairs}) < len(pairs):
        key = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise RepeatedKeyError(f"one object holds `{key[:80]}` twice")
