"""The messages of OTLP 1.x that are read, by field number (github.com/open-telemetry/opentelemetry-proto)."""

from __future__ import annotations

from gaterunner.receiver.protobuf import Field, Messages

TRACES, LOGS, METRICS = "TracesRequest", "LogsRequest", "MetricsRequest"


def _points(kind: str) -> dict[int, Field]:
    return {1: Field("dataPoints", kind, repeated=True)}


MESSAGES: Messages = {
    TRACES: {1: Field("resourceSpans", "ResourceSpans", repeated=True)},
    LOGS: {1: Field("resourceLogs", "ResourceLogs", repeated=True)},
    METRICS: {1: Field("resourceMetrics", "ResourceMetrics", repeated=True)},
    "ResourceSpans": {1: Field("resource", "Resource"), 2: Field("scopeSpans", "ScopeSpans", repeated=True)},
    "ResourceLogs": {1: Field("resource", "Resource"), 2: Field("scopeLogs", "ScopeLogs", repeated=True)},
    "ResourceMetrics": {1: Field("resource", "Resource"), 2: Field("scopeMetrics", "ScopeMetrics", repeated=True)},
    "Resource": {1: Field("attributes", "KeyValue", repeated=True)},
    "Scope": {
        1: Field("name", "text"),
        2: Field("version", "text"),
        3: Field("attributes", "KeyValue", repeated=True),
    },
    "ScopeSpans": {1: Field("scope", "Scope"), 2: Field("spans", "Span", repeated=True)},
    "ScopeLogs": {1: Field("scope", "Scope"), 2: Field("logRecords", "LogRecord", repeated=True)},
    "ScopeMetrics": {1: Field("scope", "Scope"), 2: Field("metrics", "Metric", repeated=True)},
    "KeyValue": {1: Field("key", "text"), 2: Field("value", "AnyValue")},
    "AnyValue": {
        1: Field("stringValue", "text"),
        2: Field("boolValue", "bool"),
        3: Field("intValue", "int"),
        4: Field("doubleValue", "double"),
        5: Field("arrayValue", "ArrayValue"),
        6: Field("kvlistValue", "KeyValueList"),
        7: Field("bytesValue", "text"),  # whatever they are, what can be read of them is looked at
    },
    "ArrayValue": {1: Field("values", "AnyValue", repeated=True)},
    "KeyValueList": {1: Field("values", "KeyValue", repeated=True)},
    "Span": {
        1: Field("traceId", "bytes"),
        2: Field("spanId", "bytes"),
        3: Field("traceState", "text"),
        4: Field("parentSpanId", "bytes"),
        5: Field("name", "text"),
        6: Field("kind", "int"),
        7: Field("startTimeUnixNano", "fixed"),
        8: Field("endTimeUnixNano", "fixed"),
        9: Field("attributes", "KeyValue", repeated=True),
        11: Field("events", "SpanEvent", repeated=True),
        13: Field("links", "Link", repeated=True),
        15: Field("status", "Status"),
        16: Field("flags", "fixed"),
    },
    "SpanEvent": {2: Field("name", "text"), 3: Field("attributes", "KeyValue", repeated=True)},
    "Link": {4: Field("attributes", "KeyValue", repeated=True)},
    "Status": {2: Field("message", "text"), 3: Field("code", "int")},
    "LogRecord": {
        2: Field("severityNumber", "int"),
        3: Field("severityText", "text"),
        5: Field("body", "AnyValue"),
        6: Field("attributes", "KeyValue", repeated=True),
        9: Field("traceId", "bytes"),
        12: Field("eventName", "text"),
    },
    "Metric": {
        1: Field("name", "text"),
        2: Field("description", "text"),
        5: Field("gauge", "NumberPoints"),
        7: Field("sum", "NumberPoints"),
        9: Field("histogram", "HistogramPoints"),
        10: Field("exponentialHistogram", "ExponentialPoints"),
        11: Field("summary", "NumberPoints"),
        12: Field("metadata", "KeyValue", repeated=True),
    },
    "NumberPoints": _points("NumberPoint"),  # those of a summary have their attributes under the same number
    "HistogramPoints": _points("HistogramPoint"),
    "ExponentialPoints": _points("ExponentialPoint"),
    "NumberPoint": {
        5: Field("exemplars", "Exemplar", repeated=True),
        7: Field("attributes", "KeyValue", repeated=True),
    },
    "HistogramPoint": {
        8: Field("exemplars", "Exemplar", repeated=True),
        9: Field("attributes", "KeyValue", repeated=True),
    },
    "ExponentialPoint": {
        1: Field("attributes", "KeyValue", repeated=True),
        11: Field("exemplars", "Exemplar", repeated=True),
    },
    "Exemplar": {7: Field("filteredAttributes", "KeyValue", repeated=True)},
}
