"""A report file that somebody else wrote: what it may be, and what it may hold."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from gaterunner.errors import EvaluationError
from gaterunner.publishing import received
from gaterunner.publishing.received import read_received
from gaterunner.reporters.json import encode_report
from tests.reporters.reports import failing_report, finding, gate, report


def plain(**fields: Any) -> dict[str, Any]:
    loaded = json.loads(encode_report(failing_report()))
    assert isinstance(loaded, dict)
    return loaded | fields


def read(tmp_path: Path, data: bytes) -> Any:
    file = tmp_path / "report.json"
    file.write_bytes(data)
    return read_received(file)


def refused(tmp_path: Path, data: bytes) -> str:
    with pytest.raises(EvaluationError) as caught:
        read(tmp_path, data)
    return caught.value.message


def test_an_honest_report_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert read(tmp_path, encode_report(failing_report())) == failing_report()


def test_a_link_is_never_followed(tmp_path: Path) -> None:
    (tmp_path / "secrets").write_bytes(encode_report(failing_report()))
    (tmp_path / "report.json").symlink_to("secrets")

    with pytest.raises(EvaluationError, match="cannot read the report: Too many levels of symbolic links"):
        read_received(tmp_path / "report.json")


def test_a_pipe_is_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "report.json")
    began = time.monotonic()

    with pytest.raises(EvaluationError, match="is no ordinary file"):
        read_received(tmp_path / "report.json")

    assert time.monotonic() - began < 5


@pytest.mark.parametrize("path", [".", "/dev/zero", "/dev/null"])
def test_what_is_no_file_is_no_report(tmp_path: Path, path: str) -> None:
    with pytest.raises(EvaluationError, match="is no ordinary file"):
        read_received(tmp_path / path)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="cannot read the report: No such file or directory") as caught:
        read_received(tmp_path / "report.json")
    assert "did the run get as far as writing it?" in str(caught.value.help)


def test_a_file_larger_than_any_report_is_not_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(received, "MAX_BYTES", 1_000)
    assert "has more than 1,000 bytes" in refused(tmp_path, b" " * 1_001)


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"\xff\xfe{}", b"[" * 300_000, b'{"a":' * 300_000, b"[" * 300_000 + b"]" * 300_000, b"NaN", b"1e999"],
    ids=["nothing", "half", "utf-16", "deep list", "deep object", "closed deep list", "NaN", "infinity"],
)
def test_what_is_no_json_is_no_report(tmp_path: Path, data: bytes) -> None:
    assert "the report is not valid JSON" in refused(tmp_path, data)


@pytest.mark.parametrize("data", [b"[]", b"null", b"7", b'"gaterunner.report/1"', b"{}", b'{"schema": "sarif"}'])
def test_other_json_is_no_report(tmp_path: Path, data: bytes) -> None:
    assert "expected `gaterunner.report/1`" in refused(tmp_path, data)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"extra": 1}, "it holds `$.extra`, which is unknown"),
        ({"verdict": "PASS"}, "the report does not fit"),
        ({"duration_s": "1"}, "the report does not fit"),
        ({"sentence": None}, "the report does not fit"),
        ({"sentence": "x" * 300_000}, "it holds a text of 300,000 characters"),
        ({"duration_s": 1e300}, "it holds the number 1e+300"),
        ({"duration_s": -5.0}, "it holds the number -5"),
        ({"telemetry": {"a": 2**60}}, "it holds the number"),
        ({"telemetry": {"x" * 300_000: 1}}, "it holds a text of 300,000 characters"),
        ({"change": {**plain()["change"], "notes": [""] * 2_100_000}}, "more than 2,000,000 values"),
    ],
)
def test_what_no_run_comes_to_is_refused(tmp_path: Path, fields: dict[str, Any], why: str) -> None:
    assert why in refused(tmp_path, json.dumps(plain(**fields)).encode())


def test_lines_and_exit_codes_of_a_run_are_within_bounds(tmp_path: Path) -> None:
    honest = report(gates=(gate(exit_code=-1, findings=(finding(line=1_000_000),)),))
    assert read(tmp_path, encode_report(honest)) == honest


@pytest.mark.parametrize("field", ["line", "end_line"])
@pytest.mark.parametrize("line", [2**53, 10**30, -7])
def test_a_line_that_no_file_has_is_refused(tmp_path: Path, field: str, line: int) -> None:
    data = plain()
    data["gates"][1]["findings"][0][field] = line
    message = refused(tmp_path, json.dumps(data).encode())
    assert "it holds the number" in message or "not valid JSON" in message


def test_what_the_file_held_does_not_flood_the_message(tmp_path: Path) -> None:
    for data in (plain(verdict="\n::error::" + "x" * 100_000), plain(**{"\u202e" + "x" * 100_000: 1})):
        message = refused(tmp_path, json.dumps(data).encode())
        assert len(message) <= 300
        assert message.isprintable()


def test_half_a_character_becomes_text_that_can_be_sent(tmp_path: Path) -> None:
    data = json.dumps(plain(sentence="\udcff")).encode()
    try:
        told = read(tmp_path, data).sentence
    except EvaluationError:
        return
    told.encode()
