"""Protocol Buffers' wire format, read into the objects that OTLP's JSON has (protobuf.dev/programming-guides/encoding).

Only what OTLP uses, so that receiving it needs no further library. Unknown fields are passed over, as the format asks.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from gaterunner.receiver.items import MAX_VALUES, UnreadableError, too_many

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_SIZES = {_FIXED64: 8, _FIXED32: 4}
_LONGEST_VARINT = 10
_DEEPEST = 64
_SIGN, _WHOLE = 1 << 63, 1 << 64


class Field(Struct, frozen=True):
    """One field of a message: its name in JSON; ``kind`` is a scalar's or another message's name."""

    name: str
    kind: str
    repeated: bool = False


Messages = Mapping[str, Mapping[int, Field]]


def decode(data: bytes, message: str, messages: Messages) -> tuple[dict[str, Any], bytes]:
    """A message with its fields by name, ids and other bytes in hexadecimal; and all its texts, a line for each.

    In what was sent the texts are no lines of their own: lengths and numbers of fields around them may be letters.
    Raises ``UnreadableError``.
    """
    decoder = _Decoder(messages)
    found = decoder.message(data, message, 0)
    return found, "\n".join(decoder.texts).encode("utf-8", "replace")


class _Decoder:
    """Decodes one message; ``_left`` is how many more values it may hold, since two bytes can make an object."""

    def __init__(self, messages: Messages) -> None:
        self._messages = messages
        self._left = MAX_VALUES
        self.texts: list[str] = []

    def message(self, data: bytes, name: str, depth: int) -> dict[str, Any]:
        if depth > _DEEPEST:
            raise UnreadableError(f"its messages lie deeper than {_DEEPEST} in each other")
        found: dict[str, Any] = {}
        fields = self._messages[name]
        for number, wire, raw in _fields(data):
            self._left -= 1
            if self._left < 0:
                raise too_many()
            field = fields.get(number)
            if field is None:
                continue
            known = wire == _BYTES and field.kind in self._messages
            value = self.message(raw, field.kind, depth + 1) if known else _value(field.kind, wire, raw)
            if isinstance(value, str) and field.kind == "text":
                self.texts.append(value)
            if field.repeated:
                found.setdefault(field.name, []).append(value)
            else:
                found[field.name] = value
        return found


def _fields(data: bytes) -> Iterator[tuple[int, int, Any]]:
    """Number, wire type and value of each field; a value is a number for varints, else bytes."""
    at, end = 0, len(data)
    while at < end:
        key, at = _varint(data, at)
        number, wire = key >> 3, key & 7
        if not number:
            raise UnreadableError("it is no message of Protocol Buffers")
        if wire == _VARINT:
            value, at = _varint(data, at)
            yield number, wire, value
            continue
        if wire == _BYTES:
            size, at = _varint(data, at)
        elif wire in _SIZES:
            size = _SIZES[wire]
        else:
            raise UnreadableError("it is no message of Protocol Buffers")
        if at + size > end:
            raise UnreadableError("a field of the message ends too early")
        yield number, wire, data[at : at + size]
        at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for index in range(_LONGEST_VARINT):
        if at + index >= len(data):
            raise UnreadableError("a number of the message ends too early")
        byte = data[at + index]
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:  # noqa: PLR2004 -- the bit that says whether another byte follows
            return value, at + index + 1
    raise UnreadableError("a number of the message has no end")


def _value(kind: str, wire: int, raw: Any) -> Any:
    if wire == _VARINT:
        return _number(kind, raw)
    if wire == _BYTES:
        if kind == "text":
            return raw.decode("utf-8", "replace")
        if kind == "bytes":
            return raw.hex()
    elif wire == _FIXED64:
        return struct.unpack("<d" if kind == "double" else "<q" if kind == "int" else "<Q", raw)[0]
    elif wire == _FIXED32:
        return int.from_bytes(raw, "little")
    raise UnreadableError("a field of the message has another type than OTLP gives it")


def _number(kind: str, value: int) -> Any:
    if kind == "bool":
        return bool(value)
    if kind != "int":
        raise UnreadableError("a field of the message has another type than OTLP gives it")
    value %= _WHOLE
    return value - _WHOLE if value >= _SIGN else value
