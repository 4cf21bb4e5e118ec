"""The JSON report: stable bytes out, strictly checked bytes in."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it ships no types

from gaterunner.errors import EvaluationError
from gaterunner.reporters.json import SCHEMA_FILE, decode_report, encode_report, report_schema
from tests.reporters.reports import failing_report, finding, gate, proven_report, report, summary


def test_a_report_survives_the_way_there_and_back() -> None:
    for each in (failing_report(), proven_report()):
        assert decode_report(encode_report(each)) == each


def test_the_bytes_are_stable_and_pretty() -> None:
    data = encode_report(failing_report())
    assert data == encode_report(decode_report(data))
    assert data.startswith(b'{\n  "schema": "gaterunner.report/1",\n  "verdict": "fail",\n')
    assert data.endswith(b"\n}\n")
    assert not data.endswith(b"\n\n")


def test_what_is_not_utf8_is_escaped() -> None:
    written = report(change=summary(branch="caf\udce9"), gates=(gate(findings=(finding(path="\udcff.py"),)),))
    read = decode_report(encode_report(written))
    assert read.change is not None
    assert read.change.branch == "caf\\xe9"
    assert read.gates[0].findings[0].path == "\\xff.py"


def test_the_shipped_schema_is_the_one_of_the_types() -> None:
    assert SCHEMA_FILE.read_bytes() == report_schema(), "write report_schema() to report.schema.json"


def test_reports_fit_the_shipped_schema() -> None:
    schema = json.loads(report_schema())
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for each in (report(), failing_report(), proven_report(), report(change=None, workflow=None)):
        validator.validate(json.loads(encode_report(each)))
    odd = json.loads(encode_report(report())) | {"surprise": 1}
    assert not validator.is_valid(odd)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": "gaterunner.report/9"}, "the report's `schema` is `gaterunner.report/9`, expected"),
        ({"schema": None}, "the report's `schema` is none, expected `gaterunner.report/1`"),
        ({"verdict": "great"}, "the report does not fit gaterunner.report/1: Invalid enum value 'great'"),
        ({"duration_s": "12"}, "Expected `float`, got `str` - at `$.duration_s`"),
        ({"surprise": 1}, "it holds `$.surprise`, which is unknown"),
        ({"tool": {"version": "1", "image_digest": None, "odd": 1}}, "it holds `$.tool.odd`, which is unknown"),
    ],
)
def test_anything_else_is_refused(change: dict[str, object], message: str) -> None:
    plain = json.loads(encode_report(report())) | change
    with pytest.raises(EvaluationError) as caught:
        decode_report(json.dumps(plain).encode())
    assert message in caught.value.message
    assert caught.value.help == "Make the report anew with `gaterunner run --report FILE`."


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff", b'{"a": "\xff"}', b"[" * 100_000, b"null"])
def test_what_is_no_report_at_all_is_refused(data: bytes) -> None:
    with pytest.raises(EvaluationError):
        decode_report(data)
