"""What a payload of either protocol holds, in one form for both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from msgspec import Struct

MAX_VALUES = 400_000
"""In one payload: what takes two bytes there takes a hundred here."""
Protocol = Literal["sentry", "otlp"]
Signal = Literal["transactions", "spans", "logs", "errors"]


class UnreadableError(ValueError):
    """A payload, or a part of one, that says nothing that can be understood; the argument is the sentence to tell."""


class Item(Struct, frozen=True, kw_only=True):
    """One transaction (a root span), span, log record or error event.

    ``attributes`` are the places where its attributes stand, by name, as Sentry has tags beside data. ``error`` says in
    a sentence what went wrong, for error events; it is as the program wrote it.
    """

    signal: Signal
    operation: str = ""
    trace: str = ""
    duration_ms: float | None = None
    attributes: tuple[Mapping[str, Any], ...] = ()
    error: str = ""

    def carries(self, attribute: str) -> bool:
        """Whether it has a value under this name."""
        return any(place.get(attribute) not in (None, "", [], {}) for place in self.attributes)


class Part(Struct, frozen=True, kw_only=True):
    """A piece of a payload: ``raw`` as it came, ``content`` the same decoded, ``items`` what is counted of it.

    ``kind`` is the word of its protocol for what it is; ``count`` how many of them it holds beside ``items``.
    """

    kind: str
    raw: bytes
    content: Any = None
    items: tuple[Item, ...] = ()
    count: int = 0


class Payload(Struct, frozen=True, kw_only=True):
    """One request's worth. ``source`` names the SDK, empty where it does not say.

    ``discarded`` counts what the SDK says it chose not to send, ``lost`` what it says it could not.
    """

    protocol: Protocol
    parts: tuple[Part, ...] = ()
    source: str = ""
    discarded: int = 0
    lost: int = 0


def too_many() -> UnreadableError:
    """For a payload with more values than may be held at a time."""
    return UnreadableError(f"it holds more than {MAX_VALUES:,} values")


def read_json(data: bytes, what: str = "it") -> Any:
    """What JSON says. Raises ``UnreadableError``."""
    if data.count(b",") + data.count(b"{") + data.count(b"[") > MAX_VALUES:
        raise too_many()
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableError(f"{what} is no JSON") from error


def mapping(value: Any) -> Mapping[str, Any]:
    """The value where it is an object of JSON, else an empty one."""
    return value if isinstance(value, dict) else {}


def items_of(value: Any) -> list[Any]:
    """The value where it is a list of JSON, else an empty one."""
    return value if isinstance(value, list) else []


def text(value: Any) -> str:
    """The value where it is text, else none."""
    return value if isinstance(value, str) else ""
