"""Markdown: GitHub's own renderer makes the same page of any text, and of the texts nothing but words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree import ElementTree as ET

import cmarkgfm  # type: ignore[import-untyped]  # it ships no types
import html5lib
import pytest
from cmarkgfm.cmark import Options  # type: ignore[import-untyped]  # nor here
from hypothesis import given, settings

from gaterunner.model import Report
from gaterunner.reporters import markdown_text
from gaterunner.reporters.check_run import render_completed
from gaterunner.reporters.check_run_progress import Progress, RunningGate, Step, render_progress
from gaterunner.reporters.comment import marker_of, render_comment
from gaterunner.reporters.gantt import render_gantt
from gaterunner.reporters.markdown_file import render_markdown_file
from tests.escaping.hostile import plain, reports, texts

# What our pages are made of. Neither links nor pictures, and no attribute but the alignment of a column.
_PAGE = {"html", "head", "body", "h1", "h2", "h3", "h4", "p", "blockquote", "hr", "pre", "details", "summary"}
_LISTS = {"ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"}
_ATTRIBUTES = {"align", "class", "lang"}
_INLINE = {"code", "em", "strong", "br"}
_TAGS = _PAGE | _LISTS | _INLINE


def parsed(markdown: str) -> ET.Element:
    """The page as a browser has it: GitHub's Markdown, with the raw HTML that GitHub filters only later."""
    html = cmarkgfm.github_flavored_markdown_to_html(markdown, options=Options.CMARK_OPT_UNSAFE)
    tree: ET.Element = html5lib.parse(html, treebuilder="etree", namespaceHTMLElements=False)
    return tree


def shape(tree: ET.Element) -> list[str]:
    """All blocks in their order; what is inside a line may be code in one text and words in another."""
    return [element.tag for element in elements(tree) if element.tag not in _INLINE]


def elements(tree: ET.Element) -> Iterator[ET.Element]:
    """All but comments, such as the hidden line of our own comment."""
    return (element for element in tree.iter() if _is_name(element.tag))


def _is_name(tag: Any) -> bool:
    return isinstance(tag, str)


def words(element: ET.Element, *, outside_code: bool = False) -> Iterator[str]:
    if _is_name(element.tag) and not (outside_code and element.tag == "code"):
        yield element.text or ""
        for child in element:
            yield from words(child, outside_code=outside_code)
            yield child.tail or ""


def assert_nothing_but_words(tree: ET.Element) -> None:
    for element in elements(tree):
        assert element.tag in _TAGS, element.tag
        assert set(element.attrib) <= _ATTRIBUTES, element.attrib
    told = "\n".join(words(tree, outside_code=True))
    # What GitHub makes of rendered text: people, issues, addresses.
    assert not re.search(r"(?<![\w`])@[A-Za-z0-9]", told)
    assert not re.search(r"(?<!\w)(?:#|GH-)[0-9]", told)
    assert not re.search(r"https?://\w|www\.\w", told)


def progress(report: Report) -> str:
    """The check while the gates of a report are still at work."""
    (first, *others) = report.gates
    plan = (Step(first.name), *(Step(gate.name, (first.name,)) for gate in others))
    running = (RunningGate(others[0].name, "2025-06-15T12:00:00Z"),)
    made = Progress(planned=plan, running=running, gates=report.gates[:1], policies=report.policies)
    return render_progress(made, at="2025-06-15T12:00:00Z").output.summary


def check(report: Report) -> str:
    """Both pages of the finished check."""
    output = render_completed(report, completed_at="2025-06-15T12:00:00Z", notes=(report.sentence,)).output
    return f"{output.summary}\n\n---\n\n{output.text or ''}"


PAGES: dict[str, Callable[[Report], str]] = {
    "file": lambda report: render_markdown_file(report).decode(),
    "check": check,
    "progress": progress,
    "comment": lambda report: render_comment(report, marker=marker_of(report.sentence), notes=(report.sentence,)),
    "chart": render_gantt,
}


@pytest.mark.parametrize("page", PAGES)
@settings(deadline=None, max_examples=40)
@given(report=reports(times=True))
def test_no_text_changes_the_shape_of_the_page(report: Report, page: str) -> None:
    tree = parsed(PAGES[page](report))

    assert_nothing_but_words(tree)
    assert shape(tree) == shape(parsed(PAGES[page](plain(times=True))))


@settings(deadline=None, max_examples=40)
@given(report=reports(times=True))
def test_no_name_of_a_gate_is_a_statement_of_the_chart(report: Report) -> None:
    chart = parsed(render_gantt(report)).findtext(".//code") or ""
    honest = parsed(render_gantt(plain(times=True))).findtext(".//code") or ""

    statements = re.compile(r"    section · [^:;#%{}<>\n]*|    [^:;#%{}<>\n]+ :(?:done|crit|active), \d+, \d+")
    assert len(chart.splitlines()) == len(honest.splitlines()) > 5
    head = next(number for number, line in enumerate(chart.splitlines()) if "section" in line)
    for line in chart.splitlines()[head:]:
        assert statements.fullmatch(line), line


@settings(deadline=None)
@given(texts)
def test_words_stay_in_their_paragraph_their_item_and_their_cell(text: str) -> None:
    told, code = markdown_text.inline(f"x{text}"), markdown_text.code(f"x{text}")

    for page, blocks in (
        (f"{told}\n", ["html", "head", "body", "p"]),
        (f"- {told} {code}\n", ["html", "head", "body", "ul", "li"]),
        (f"> {told}\n", ["html", "head", "body", "blockquote", "p"]),
        (f"## {told}\n", ["html", "head", "body", "h2"]),
    ):
        tree = parsed(page)
        assert_nothing_but_words(tree)
        assert shape(tree) == blocks
    row = parsed(f"| a | b |\n|---|---|\n| {told} | {code} |\n")
    assert_nothing_but_words(row)
    assert len(row.findall(".//tr")) == 2
    assert all(len(each) == 2 for each in row.findall(".//tr"))


@settings(deadline=None)
@given(texts)
def test_a_block_of_code_holds_all_of_it(text: str) -> None:
    tree = parsed(f"{markdown_text.fenced(('first', text, 'last'))}\n\nafter\n")

    assert shape(tree) == ["html", "head", "body", "pre", "p"]
    (block,) = tree.iter("pre")
    (held,) = list(block)
    assert (held.text or "").startswith("first\n")
    assert (held.text or "").endswith("\nlast\n")


@settings(deadline=None)
@given(texts)
def test_words_that_were_escaped_read_as_they_were(text: str) -> None:
    (paragraph,) = parsed(f"{markdown_text.inline(f'x{text}')}\n").iter("p")

    assert "".join(words(paragraph)).replace("\u200b", "") == markdown_text.clean(f"x{text}").replace("\u200b", "")
