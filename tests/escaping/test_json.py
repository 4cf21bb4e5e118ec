"""JSON, which every other form is made from: what is written is read again."""

from __future__ import annotations

import msgspec
from hypothesis import given, settings

from gaterunner.model import Report
from gaterunner.reporters.attestation import statement
from gaterunner.reporters.json import decode_report, encode_report
from gaterunner.sealing import seal
from tests.escaping.hostile import reports
from tests.in_toto import assert_in_toto_reads


@settings(deadline=None, max_examples=50)
@given(reports())
def test_a_report_that_was_read_is_the_one_that_was_written(report: Report) -> None:
    data = encode_report(report)

    assert decode_report(data) == seal(report, str)
    assert encode_report(decode_report(data)) == data


@settings(deadline=None, max_examples=25)
@given(reports())
def test_a_statement_about_it_is_read_by_in_totos_own_library(report: Report) -> None:
    data = encode_report(report)

    assert_in_toto_reads(msgspec.json.decode(statement(data, report)))
