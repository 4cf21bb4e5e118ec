"""OTLP over HTTP: traces, logs and metrics, as Protocol Buffers or as JSON (opentelemetry.io/docs/specs/otlp)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from gaterunner.receiver.items import Item, Part, Payload, UnreadableError, items_of, mapping, read_json, text
from gaterunner.receiver.otlp_messages import LOGS, MESSAGES, METRICS, TRACES
from gaterunner.receiver.protobuf import decode

Telemetry = Literal["traces", "logs", "metrics"]
_MESSAGES: dict[Telemetry, str] = {"traces": TRACES, "logs": LOGS, "metrics": METRICS}
_RESOURCES: dict[Telemetry, str] = {"traces": "resourceSpans", "logs": "resourceLogs", "metrics": "resourceMetrics"}
_NO_SPAN = ("", "0" * 16)
# Of the flags of a span: whether it says where its parent is, and that it is in another process.
_SAYS_REMOTE, _IS_REMOTE = 0x100, 0x200
_DEEPEST = 64
_POINTS = ("gauge", "sum", "histogram", "exponentialHistogram", "summary")
_SERVER_KINDS = (2, 5, "SPAN_KIND_SERVER", "SPAN_KIND_CONSUMER")


def read_otlp(data: bytes, telemetry: Telemetry, *, json: bool) -> Payload:
    """Everything in one export request. Raises ``UnreadableError``."""
    tree, texts = (_json(data), data) if json else decode(data, _MESSAGES[telemetry], MESSAGES)
    resources = _list(tree, _RESOURCES[telemetry])
    if json and tree and not resources and _RESOURCES[telemetry] not in tree:
        raise UnreadableError(f"it has no `{_RESOURCES[telemetry]}`")
    found = [_of_resource(mapping(each), telemetry) for each in resources]
    # One part: each is searched as a whole, and a request may name a hundred thousand resources.
    whole = Part(
        kind=telemetry,
        raw=texts,
        content=[content for content, _, _, _ in found],
        items=tuple(item for _, items, _, _ in found for item in items),
        count=sum(count for _, _, count, _ in found),
    )
    return Payload(
        protocol="otlp",
        parts=(whole,),
        source=next((source for _, _, _, source in found if source), ""),
    )


def _json(data: bytes) -> dict[str, Any]:
    found = read_json(data)
    if not isinstance(found, dict):
        raise UnreadableError("it is no JSON object")
    return found


def _list(tree: Mapping[str, Any], name: str) -> list[Any]:
    found = tree.get(name)
    if found is None:
        return []
    if not isinstance(found, list):
        raise UnreadableError(f"`{name}` is no list")
    return found


def _of_resource(tree: Mapping[str, Any], telemetry: Telemetry) -> tuple[Any, tuple[Item, ...], int, str]:
    """The content of one resource, its items, how many more it has, and the SDK's name."""
    resource = _attributes(mapping(tree.get("resource")))
    sdk = f"{text(resource.get('telemetry.sdk.name'))}.{text(resource.get('telemetry.sdk.language'))}"
    source = f"{sdk}/{text(resource.get('telemetry.sdk.version'))}" if sdk != "." else ""
    scopes = [_attributes(mapping(mapping(each).get("scope"))) for each in _list(tree, _SCOPES[telemetry][0])]
    content: dict[str, Any] = {"resource": resource, "scope": scopes, "scopes": []}
    items: list[Item] = []
    more = 0
    for scope, each in _records(tree, telemetry):
        plain = {**each, "attributes": _attributes(each)}
        content["scopes"].append(plain)
        if telemetry == "traces":
            plain["events"] = [
                {**mapping(one), "attributes": _attributes(mapping(one))} for one in _list(each, "events")
            ]
            plain["links"] = [_attributes(mapping(one)) for one in _list(each, "links")]
            items += _span(plain, (plain["attributes"], scope, resource))
        elif telemetry == "logs":
            plain["body"] = _plain(each.get("body"))
            items += _log(plain, (plain["attributes"], scope, resource))
        else:
            points = [_point(mapping(one)) for kind in _POINTS for one in _list(mapping(each.get(kind)), "dataPoints")]
            plain |= dict.fromkeys(_POINTS) | {"points": points}
            more += len(points)
    return content, tuple(items), more, source


_SCOPES: dict[Telemetry, tuple[str, str]] = {
    "traces": ("scopeSpans", "spans"),
    "logs": ("scopeLogs", "logRecords"),
    "metrics": ("scopeMetrics", "metrics"),
}


def _records(tree: Mapping[str, Any], telemetry: Telemetry) -> Iterator[tuple[dict[str, Any], Mapping[str, Any]]]:
    """Each span, log record or metric with the attributes of its scope."""
    scopes, records = _SCOPES[telemetry]
    for scope in map(mapping, _list(tree, scopes)):
        attributes = _attributes(mapping(scope.get("scope")))
        for each in _list(scope, records):
            if not isinstance(each, dict):
                raise UnreadableError(f"`{records}` holds what is no object")
            yield attributes, each


def _point(point: Mapping[str, Any]) -> dict[str, Any]:
    exemplars = [_attributes(mapping(one), "filteredAttributes") for one in _list(point, "exemplars")]
    return {**_attributes(point), "exemplars": exemplars} if exemplars else _attributes(point)


def _attributes(holder: Mapping[str, Any], name: str = "attributes") -> dict[str, Any]:
    """``[{"key": "a", "value": {"intValue": "1"}}]`` as ``{"a": 1}``."""
    pairs = map(mapping, _list(holder, name))
    return {text(pair.get("key")): _plain(pair.get("value")) for pair in pairs}


def _plain(value: Any, depth: int = 0) -> Any:
    if depth > _DEEPEST:
        raise UnreadableError(f"its values lie deeper than {_DEEPEST} in each other")
    told = mapping(value)
    if "arrayValue" in told:
        return [_plain(each, depth + 1) for each in items_of(mapping(told["arrayValue"]).get("values"))]
    if "kvlistValue" in told:
        pairs = map(mapping, items_of(mapping(told["kvlistValue"]).get("values")))
        return {text(pair.get("key")): _plain(pair.get("value"), depth + 1) for pair in pairs}
    return next(iter(told.values()), None)


# --- items -----------------------------------------------------------------------------------------------------------


def _span(span: Mapping[str, Any], places: tuple[Mapping[str, Any], ...]) -> Iterator[Item]:
    trace, operation = text(span.get("traceId")), _operation(span)
    yield Item(
        signal="transactions" if _is_root(span) else "spans",
        operation=operation,
        trace=trace,
        duration_ms=_milliseconds(span.get("startTimeUnixNano"), span.get("endTimeUnixNano")),
        attributes=(*places, span),
    )
    for event in span["events"]:
        if event.get("name") == "exception" or "exception.type" in event["attributes"]:
            yield Item(signal="errors", operation=operation, trace=trace, attributes=places, error=_exception(event))


def _is_root(span: Mapping[str, Any]) -> bool:
    """A span without a parent in its own process: the first of what one request or job does there."""
    if text(span.get("parentSpanId")) in _NO_SPAN:
        return True
    flags = _number(span.get("flags"))
    if flags & _SAYS_REMOTE:
        return bool(flags & _IS_REMOTE)
    return span.get("kind") in _SERVER_KINDS


def _operation(span: Mapping[str, Any]) -> str:
    """What Sentry calls it when it takes in a span of OpenTelemetry."""
    has: Mapping[str, Any] = span["attributes"]
    if "http.request.method" in has or "http.method" in has:
        return "http.server" if span.get("kind") in _SERVER_KINDS else "http.client"
    for name, operation in (
        ("db.system.name", "db"),
        ("db.system", "db"),
        ("rpc.system", "rpc"),
        ("rpc.service", "rpc"),
        ("messaging.system", "message"),
    ):
        if name in has:
            return operation
    return text(has.get("faas.trigger")) or text(has.get("sentry.op")) or "default"


def _log(record: Mapping[str, Any], places: tuple[Mapping[str, Any], ...]) -> Iterator[Item]:
    trace = text(record.get("traceId"))
    yield Item(
        signal="logs",
        operation=text(record.get("severityText")).lower(),
        trace=trace,
        attributes=(*places, record),
    )
    if "exception.type" in record["attributes"] or "exception.message" in record["attributes"]:
        yield Item(signal="errors", trace=trace, attributes=places, error=_exception(record))


def _exception(holder: Mapping[str, Any]) -> str:
    told: Mapping[str, Any] = holder["attributes"]
    return f"{text(told.get('exception.type')) or 'an error'}: {text(told.get('exception.message'))}"


def _milliseconds(start: Any, end: Any) -> float | None:
    began, ended = _number(start), _number(end)
    return round(max(0, ended - began) / 1e6, 3) if began and ended else None


def _number(value: Any) -> int:
    """JSON writes 64 bits as text."""
    if isinstance(value, int):
        return value
    found = text(value)
    return int(found) if found.isascii() and found.isdecimal() and len(found) <= len(str(1 << 64)) else 0
