"""HTML: a strict parser makes the same page of any text, and of the texts nothing but words."""

from __future__ import annotations

import re
from collections import Counter
from xml.etree import ElementTree as ET

import html5lib
import pytest
from hypothesis import given, settings

from gaterunner.model import Report
from gaterunner.reporters.html import render_html
from tests.escaping.hostile import plain, reports

# Attributes that a browser reads as an address, and what may stand there: a place in the page, or a picture in it.
_ADDRESSES = {"href", "src", "action", "formaction", "data", "poster", "{http://www.w3.org/1999/xlink}href"}
_HARMLESS = re.compile(r"#[\w-]*|data:image/[a-z+]+[;,].*|https://[\w.:-]+/.*", re.DOTALL)


def parsed(page: bytes) -> ET.Element:
    """The page as a browser has it; a strict parser raises for whatever a browser would have to repair."""
    parser = html5lib.HTMLParser(html5lib.getTreeBuilder("etree"), strict=True, namespaceHTMLElements=False)
    tree: ET.Element = parser.parse(page, transport_encoding="utf-8")
    return tree


def shape(tree: ET.Element) -> list[tuple[str, tuple[str, ...]]]:
    """Every element with the names of its attributes.

    But not what words alone can bring about: text from the right is isolated, and what stands in backticks is code.
    """
    elements = (element for element in tree.iter() if element.attrib or element.tag not in {"bdi", "code"})
    return [(str(element.tag), tuple(sorted(map(str, element.attrib)))) for element in elements]


def code_of(tree: ET.Element) -> list[str]:
    return [element.text or "" for element in tree.iter() if element.tag in {"script", "style"}]


@pytest.fixture(scope="module")
def honest() -> ET.Element:
    return parsed(render_html(plain()))


@settings(deadline=None, max_examples=40)
@given(report=reports())
def test_no_text_changes_the_shape_of_the_page_nor_its_code(honest: ET.Element, report: Report) -> None:
    tree = parsed(render_html(report))

    assert Counter(shape(tree)) == Counter(shape(honest))
    assert code_of(tree) == code_of(honest)


@settings(deadline=None, max_examples=40)
@given(report=reports())
def test_nothing_in_the_page_leads_anywhere_or_runs(report: Report) -> None:
    for element in parsed(render_html(report)).iter():
        for name, value in element.attrib.items():
            assert not name.startswith("on"), name
            assert name not in _ADDRESSES or _HARMLESS.fullmatch(value), (element.tag, name, value)


@settings(deadline=None, max_examples=40)
@given(report=reports())
def test_ids_are_ours_and_stand_once(report: Report) -> None:
    ids = [element.attrib["id"] for element in parsed(render_html(report)).iter() if "id" in element.attrib]

    assert [name for name, times in Counter(ids).items() if times > 1] == []
    assert [name for name in ids if not re.fullmatch(r"[a-z][\w-]*", name, re.ASCII)] == []
