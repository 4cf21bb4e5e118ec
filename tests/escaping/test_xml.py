"""XML: JUnit files with any text can be read, and what is read is what was said."""

from __future__ import annotations

import unicodedata
from xml.etree import ElementTree as ET

from hypothesis import given, settings
from junitparser import JUnitXml

from gaterunner.evidence.junit_xml import read_results
from gaterunner.model import Report
from gaterunner.reporters import xml_text
from gaterunner.reporters.junit import render_junit
from tests.escaping.hostile import plain, reports, texts


def shape(data: bytes) -> list[str]:
    return [element.tag for element in ET.fromstring(data).iter()]  # noqa: S314  (our own bytes)


@settings(deadline=None)
@given(reports())
def test_no_text_changes_the_shape_of_the_file(report: Report) -> None:
    data = render_junit(report)

    assert shape(data) == shape(render_junit(plain()))
    assert JUnitXml.fromstring(data).tests == len(read_results(data).cases)


@settings(deadline=None)
@given(texts)
def test_what_is_read_is_what_was_written(text: str) -> None:
    shown = xml_text.lines(text, limit=1_000)
    element = ET.Element("a", name=shown)
    element.text = shown

    read = ET.fromstring(ET.tostring(element, encoding="utf-8"))  # noqa: S314  (our own bytes)

    assert (read.text or "", read.get("name")) == (shown, shown)
    # A space of another width is one for Python, too; it hides nothing.
    assert all(each in "\n\t" or each.isprintable() or unicodedata.category(each) == "Zs" for each in shown)


@settings(deadline=None)
@given(texts)
def test_a_line_stays_one_and_within_its_limit(text: str) -> None:
    shown = xml_text.line(text, limit=20)

    assert len(shown.splitlines()) <= 1
    assert len(shown) <= 20
