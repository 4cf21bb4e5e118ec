"""The last look at what leaves the machine: every text in it, however deep, is redacted and can be encoded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

_SCALARS = (bool, int, float, type(None))
_DEEPEST = 32


def redacted(value: object, redact: Callable[[str], str], *, depth: int = 0) -> object:
    """A copy in which every text, keys included, is redacted; what is neither text nor a container is kept if it is a
    scalar, and otherwise told by its (redacted) text."""
    if isinstance(value, _SCALARS):
        return value
    if isinstance(value, str):
        return redact(value.encode("utf-8", "backslashreplace").decode())
    if depth < _DEEPEST:
        if isinstance(value, Mapping):
            return {redacted(str(key), redact): redacted(item, redact, depth=depth + 1) for key, item in value.items()}
        if isinstance(value, Sequence | set | frozenset) and not isinstance(value, bytes | bytearray):
            return [redacted(item, redact, depth=depth + 1) for item in value]
    return redacted(str(value), redact)
