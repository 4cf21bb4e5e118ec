"""Makes what a run tells safe to hand out: no secret in it, and only text that any encoder can write."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec

from gaterunner.reporters.escape_path import escape_path

Told = TypeVar("Told", bound=msgspec.Struct)


def seal(told: Told, redact: Callable[[str], str]) -> Told:
    """A copy in which every text is redacted, and bytes that are not UTF-8 are escaped as ``\\xNN``."""
    mapped = _map_texts(msgspec.to_builtins(told), lambda text: redact(escape_path(text)))
    return msgspec.convert(mapped, type(told))


def _map_texts(value: object, change: Callable[[str], str]) -> object:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: _map_texts(item, change) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_map_texts(item, change) for item in value]
    return value
