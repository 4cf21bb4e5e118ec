"""Sentry's envelopes, and the single events of its old store endpoint (develop.sentry.dev/sdk/data-model/envelopes)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from gaterunner.receiver.contents import decoded
from gaterunner.receiver.items import Item, Part, Payload, UnreadableError, items_of, mapping, read_json, text

MAX_ITEMS = 1_000
_TEXTS = re.compile(rb"[\x20-\x7e]{16,}")
_OTHER_LEVELS = ("debug", "info", "log", "warning", "sample")  # Sentry takes any other for an error
# An attachment of these is an error event of its own, of a program that crashed.
_CRASHES = ("event.minidump", "event.applecrashreport")
_MOST_DISCARDED = 1_000_000_000
_MOST_MS = 1e12
# What an SDK counts under these it meant to send (its client reports have the list); under others it chose not to.
_LOST = frozenset(
    {
        "queue_overflow",
        "cache_overflow",
        "buffer_overflow",
        "network_error",
        "send_error",
        "ratelimit_backoff",
        "backpressure",
        "internal_sdk_error",
        "too_big",
        "invalid",
    }
)


def read_envelope(data: bytes) -> Payload:
    """All items of an envelope. Raises ``UnreadableError``."""
    head, at = _line(data, 0)
    header = _object(head, "the envelope's header")
    parts: list[Part] = []
    while at < len(data):
        if data[at : at + 1] in (b"\n", b"\r"):  # between items, and at the end
            at += 1
            continue
        line, at = _line(data, at)
        item = _object(line, "an item's header")
        content, at = _content(data, at, item.get("length"))
        parts.append(_part(text(item.get("type")), content, text(item.get("attachment_type"))))
        if len(parts) > MAX_ITEMS:
            raise UnreadableError(f"the envelope holds more than {MAX_ITEMS} items")
    if not parts:
        raise UnreadableError("the envelope holds no item")
    return _payload(tuple(parts), mapping(header.get("sdk")))


def read_store(data: bytes) -> Payload:
    """The one event of a request to the store endpoint. Raises ``UnreadableError``."""
    if not data.lstrip().startswith(b"{"):  # the first clients sent zlib in Base64
        try:
            data = decoded(base64.b64decode(data, validate=True), "deflate")
        except binascii.Error as error:
            raise UnreadableError("it is no event as JSON") from error
    return _payload((_part("event", data),), {})


def dsn_key(data: bytes) -> str:
    """The public key of the DSN that an envelope's header names; empty where it names none or cannot be read."""
    try:
        dsn = text(_object(_line(data, 0)[0], "").get("dsn"))
    except UnreadableError:
        return ""
    return dsn.partition("://")[2].partition("@")[0].partition(":")[0]


def _payload(parts: tuple[Part, ...], sdk: Any) -> Payload:
    # Errors and transactions name the SDK in themselves, where an envelope's header may not.
    named = [sdk, *(mapping(mapping(part.content).get("sdk")) for part in parts)]
    source = next((f"{text(each.get('name'))}/{text(each.get('version'))}" for each in named if each.get("name")), "")
    reports = [count for part in parts if part.kind == "client_report" for count in _discarded(part.content)]
    return Payload(
        protocol="sentry",
        parts=parts,
        source=source,
        discarded=sum(count for reason, count in reports if reason not in _LOST),
        lost=sum(count for reason, count in reports if reason in _LOST),
    )


def _discarded(report: Any) -> Iterator[tuple[str, int]]:
    for each in items_of(mapping(report).get("discarded_events")):
        count = mapping(each).get("quantity")
        if isinstance(count, int) and count > 0:
            yield text(mapping(each).get("reason")), min(count, _MOST_DISCARDED)


def _line(data: bytes, at: int) -> tuple[bytes, int]:
    end = data.find(b"\n", at)
    return (data[at:], len(data)) if end < 0 else (data[at:end], end + 1)


def _content(data: bytes, at: int, length: Any) -> tuple[bytes, int]:
    if length is None:
        return _line(data, at)
    if not isinstance(length, int) or length < 0:
        raise UnreadableError("an item's length is no number")
    if at + length > len(data):
        raise UnreadableError("an item ends before its length")
    return data[at : at + length], at + length


def _object(data: bytes, what: str) -> dict[str, Any]:
    found = read_json(data, what)
    if not isinstance(found, dict):
        raise UnreadableError(f"{what} is no JSON object")
    return found


# --- items -----------------------------------------------------------------------------------------------------------


def _part(kind: str, raw: bytes, attached: str = "") -> Part:
    read = _KINDS.get(kind)
    if read is None:
        crash = (Item(signal="errors", error=f"a crash report ({attached})"),) if attached in _CRASHES else ()
        return Part(kind=kind or "unknown", raw=raw, content=_if_json(raw), items=crash, count=1)
    content = _object(raw, f"an item of type {kind}")
    items = tuple(read(content))
    return Part(kind=kind, raw=raw, content=content, items=items, count=0 if items else 1)


def _if_json(raw: bytes) -> Any:
    """For kinds that are only counted; an attachment may be anything, of which the texts are looked at."""
    try:
        return read_json(raw)
    except UnreadableError:
        return b"\n".join(_TEXTS.findall(raw)).decode("ascii")


def _event(event: dict[str, Any]) -> Iterator[Item]:
    """An error event; a message of a lower level is counted as what it is, an event."""
    if event.get("type") == "transaction":
        yield from _transaction(event)
        return
    exceptions = _exceptions(event)
    if not exceptions and text(event.get("level")).lower() in _OTHER_LEVELS:
        return
    yield _error(event, exceptions)


def _error(event: dict[str, Any], exceptions: list[Any]) -> Item:
    trace = mapping(mapping(event.get("contexts")).get("trace"))
    return Item(
        signal="errors",
        operation=text(trace.get("op")),
        trace=text(trace.get("trace_id")),
        attributes=(event, mapping(event.get("tags")), mapping(event.get("extra"))),
        error=_told(event, exceptions),
    )


def _exceptions(event: dict[str, Any]) -> list[Any]:
    """Those of an event, which Sentry also takes as a list or as one alone."""
    found = event.get("exception")
    if isinstance(found, list):
        return found
    alone = mapping(found)
    return items_of(alone["values"]) if "values" in alone else [alone] if alone else []


def _told(event: dict[str, Any], exceptions: list[Any]) -> str:
    """The last exception, which is the one that was not handled, and where it was raised; or the message."""
    if not exceptions:
        entry = event.get("logentry") or event.get("message")
        return text(entry) or text(mapping(entry).get("formatted")) or text(mapping(entry).get("message"))
    last = mapping(exceptions[-1])
    frames = items_of(mapping(last.get("stacktrace")).get("frames"))
    place = next((mapping(frame) for frame in reversed(frames) if mapping(frame).get("in_app")), {})
    where = f" ({text(place.get('filename'))}:{place.get('lineno')})" if place.get("filename") else ""
    return f"{text(last.get('type')) or 'an error'}: {text(last.get('value'))}{where}"


def _transaction(event: dict[str, Any]) -> Iterator[Item]:
    exceptions = _exceptions(event)
    if exceptions:
        yield _error(event, exceptions)
    trace = mapping(mapping(event.get("contexts")).get("trace"))
    trace_id = text(trace.get("trace_id"))
    yield Item(
        signal="transactions",
        operation=text(trace.get("op")),
        trace=trace_id,
        duration_ms=_milliseconds(event.get("start_timestamp"), event.get("timestamp")),
        attributes=(mapping(trace.get("data")), _tags(event.get("tags")), event),
    )
    for span in _objects(event.get("spans") or [], "a transaction's span"):
        yield Item(
            signal="spans",
            operation=text(span.get("op")),
            trace=text(span.get("trace_id")) or trace_id,
            duration_ms=_milliseconds(span.get("start_timestamp"), span.get("timestamp")),
            attributes=(mapping(span.get("data")), _tags(span.get("tags")), span),
        )


def _tags(tags: Any) -> Any:
    """Tags come as an object, or as pairs."""
    pairs = items_of(tags)
    if pairs:
        return {text(pair[0]): pair[1] for pair in pairs if isinstance(pair, list) and len(pair) > 1}
    return mapping(tags)


def _span(span: dict[str, Any]) -> Iterator[Item]:
    """A span of its own: one, or several under ``items`` as spans are streamed since version 2 of the item."""
    for each in _objects(span["items"], "a span") if "items" in span else [span]:
        attributes = _values(each.get("attributes"))
        yield Item(
            signal="transactions" if each.get("is_segment") else "spans",
            operation=text(each.get("op")) or text(attributes.get("sentry.op")),
            trace=text(each.get("trace_id")),
            duration_ms=_milliseconds(each.get("start_timestamp"), each.get("end_timestamp") or each.get("timestamp")),
            attributes=(attributes, mapping(each.get("data")), each),
        )


def _logs(container: dict[str, Any]) -> Iterator[Item]:
    if not isinstance(container.get("items"), list):
        raise UnreadableError("an item of type log has no list of logs")
    for each in _objects(container["items"], "a log"):
        yield Item(
            signal="logs",
            operation=text(each.get("level")),
            trace=text(each.get("trace_id")),
            attributes=(_values(each.get("attributes")), each),
        )


def _objects(found: Any, what: str) -> list[dict[str, Any]]:
    """All of a list of JSON. Raises ``UnreadableError`` where one of them is none that could be counted."""
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise UnreadableError(f"{what} is no JSON object")
    return found


def _values(attributes: Any) -> dict[str, Any]:
    """``{"name": {"value": 1, "type": "integer"}}`` as ``{"name": 1}``."""
    found = mapping(attributes)
    return {name: mapping(each).get("value") if isinstance(each, dict) else each for name, each in found.items()}


def _report(_content: dict[str, Any]) -> Iterator[Item]:
    return iter(())


_KINDS: dict[str, Callable[[dict[str, Any]], Iterator[Item]]] = {
    "event": _event,
    "transaction": _transaction,
    "span": _span,
    "log": _logs,
    "client_report": _report,
}


def _milliseconds(start: Any, end: Any) -> float | None:
    began, ended = _seconds(start), _seconds(end)
    if began is None or ended is None:
        return None
    took = max(0.0, ended - began) * 1000
    return round(took, 3) if took < _MOST_MS else None


def _seconds(moment: Any) -> float | None:
    """A moment in seconds since 1970; SDKs write it as a number or as ISO 8601."""
    if isinstance(moment, int | float) and not isinstance(moment, bool):
        return float(moment)
    try:
        return datetime.fromisoformat(text(moment)).timestamp()
    except (ValueError, OverflowError):
        return None
