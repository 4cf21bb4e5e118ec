"""Which trace a run continues, and what its gates are told."""

from __future__ import annotations

import re

import pytest

from gaterunner import __version__
from gaterunner.redaction import Redactor
from gaterunner.telemetry.trace import Trace, find_trace

ID, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def found(environment: dict[str, str], *, recorded: bool = True) -> Trace:
    trace = find_trace(environment, recorded=recorded, redact=Redactor(["key-of-ours"]))
    assert trace is not None
    return trace


@pytest.mark.parametrize(
    ("environment", "sampled"),
    [
        ({"SENTRY_TRACE": f"{ID}-{PARENT}-1"}, True),
        ({"SENTRY_TRACE": f"{ID}-{PARENT}-0"}, False),
        ({"SENTRY_TRACE": f" {ID}-{PARENT} "}, None),
        ({"TRACEPARENT": f"00-{ID}-{PARENT}-01"}, True),
        ({"TRACEPARENT": f"00-{ID}-{PARENT}-02"}, False),
        ({"TRACEPARENT": f"01-{ID}-{PARENT}-03-what-a-later-version-adds"}, True),
        ({"SENTRY_TRACE": "nonsense", "TRACEPARENT": f"00-{ID}-{PARENT}-01"}, True),
        ({"SENTRY_TRACE": f"{ID}-{PARENT}-0", "TRACEPARENT": f"00-{'1' * 32}-{PARENT}-01"}, False),
    ],
)
def test_a_trace_that_the_environment_names_is_continued(environment: dict[str, str], sampled: bool | None) -> None:
    trace = found(environment)
    assert (trace.id, trace.parent, trace.sampled) == (ID, PARENT, sampled)
    assert re.fullmatch("[0-9a-f]{16}", trace.span or "")


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"SENTRY_TRACE": ""},
        {"SENTRY_TRACE": f"{ID}-{PARENT}-2"},
        {"SENTRY_TRACE": f"{'0' * 32}-{PARENT}-1"},
        {"SENTRY_TRACE": f"{ID}-{PARENT}-1\n$(id)"},
        {"TRACEPARENT": f"ff-{ID}-{PARENT}-01"},
        {"TRACEPARENT": f"00-{ID}-{'0' * 16}-01"},
        {"TRACEPARENT": f"00-{ID}-{PARENT}-01-more"},
        {"TRACEPARENT": f"00-{ID.upper()}-{PARENT}-01"},
    ],
)
def test_without_one_that_can_be_read_a_new_trace_begins(environment: dict[str, str]) -> None:
    trace = found(environment)
    assert trace.id != ID
    assert trace.parent is None
    assert find_trace(environment, recorded=False, redact=str) is None


def test_a_gate_continues_below_its_own_span() -> None:
    trace = found({"TRACEPARENT": f"00-{ID}-{PARENT}-01", "TRACESTATE": "vendor=1", "BAGGAGE": "team=web"})
    span = trace.span_of("gate", "unit")
    assert dict(trace.for_gate("unit")) == {
        "SENTRY_TRACE": f"{ID}-{span}-1",
        "SENTRY_BAGGAGE": "team=web",
        "TRACEPARENT": f"00-{ID}-{span}-01",
        "TRACESTATE": "vendor=1",
        "BAGGAGE": "team=web",
    }
    assert trace.span_of("gate", "lint") != span != trace.span_of("policy", "unit")


def test_what_is_not_sampled_stays_so_and_what_is_open_is_decided_by_who_records() -> None:
    refused = dict(found({"SENTRY_TRACE": f"{ID}-{PARENT}-0"}).for_gate("unit"))
    assert refused["SENTRY_TRACE"].endswith("-0")
    assert refused["TRACEPARENT"].endswith("-00")
    wanted = dict(found({"SENTRY_TRACE": f"{ID}-{PARENT}-0"}).for_gate("unit", expected=True))
    assert wanted["SENTRY_TRACE"].endswith("-1")
    assert wanted["TRACEPARENT"].endswith("-01")
    undecided = {"SENTRY_TRACE": f"{ID}-{PARENT}"}
    assert dict(found(undecided).for_gate("unit"))["SENTRY_TRACE"].endswith("-1")
    assert dict(found(undecided, recorded=False).for_gate("unit"))["SENTRY_TRACE"] == f"{ID}-{PARENT}"


def test_without_a_dsn_the_trace_is_passed_on_as_it_came() -> None:
    given = {
        "SENTRY_TRACE": f"{ID}-{PARENT}-1",
        "SENTRY_BAGGAGE": f"sentry-trace_id={ID},team=web",
        "BAGGAGE": "other=1",
    }
    assert dict(found(given, recorded=False).for_gate("unit")) == {
        "SENTRY_TRACE": f"{ID}-{PARENT}-1",
        "SENTRY_BAGGAGE": f"sentry-trace_id={ID},team=web",
        "TRACEPARENT": f"00-{ID}-{PARENT}-01",
        "BAGGAGE": f"sentry-trace_id={ID},team=web",
    }


def test_a_new_trace_tells_what_it_is_but_not_the_key_of_the_dsn() -> None:
    trace = found({"BAGGAGE": "team=web, sentry-trace_id=of-another-trace"})
    assert trace.baggage == (
        f"team=web,sentry-trace_id={trace.id},sentry-release=gaterunner%40{__version__},sentry-environment=ci,"
        "sentry-sampled=true,sentry-sample_rate=1.0"
    )


def test_of_baggage_nothing_secret_and_nothing_unprintable_is_handed_on() -> None:
    assert found({"SENTRY_TRACE": f"{ID}-{PARENT}-1", "BAGGAGE": "a=1,b=key-of-ours ,c=3"}).baggage == "a=1,c=3"
    for value in ("a=1\nb=2", "a=é", "x" * 9000):
        assert found({"SENTRY_TRACE": f"{ID}-{PARENT}-1", "BAGGAGE": value}).baggage == ""
