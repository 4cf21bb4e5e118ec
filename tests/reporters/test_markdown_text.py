"""Nothing that a branch writes becomes Markdown of ours."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from gaterunner.reporters.markdown_text import clean, code, fenced, inline, shorten, shorten_bytes, size

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
REPEATABLE = settings(derandomize=True, deadline=None, database=None, max_examples=300)
PLAIN = {"text", "code_inline", "softbreak", "text_special"}

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</details><h1>Passed</h1>",
    "<!-- hidden",
    "![pixel](https://evil.invalid/p.png)",
    "[click](javascript:alert(1))",
    "[ref]: https://evil.invalid",
    "<https://evil.invalid>",
    "https://evil.invalid and www.evil.invalid",
    "mail@evil.invalid",
    "@octocat and @octo/team",
    "fixes #123, GH-7, octo/example#9",
    "| a | b |",
    "a\\|b",
    "`code` ``` ~~~",
    "```\n# not a heading\n```",
    "# heading",
    "Title\n=====",
    "- item",
    "1. item",
    "2) item",
    "+ item",
    "> quote",
    "    indented",
    "---",
    "***bold*** __bold__ _it_ ~~gone~~",
    "&lt;b&gt; &#60;b&#62;",
    "line one\r\nline two\u2028three\u0085four",
    "\x1b[31mred\x1b[0m\x07",
    "evil\u202egnp.exe \u2066x\u2069 zero\u200bwidth \ufeff",
    "$x^2$ [^1] :tada:",
    "\ud800 half",
    "trailing backslash \\",
    "::error::no",
    "",
]
anything = st.one_of(
    st.sampled_from(HOSTILE), st.text(max_size=80), st.text("<>[]()!`|\\*_#@:/.w&;~-+=0 1\n", max_size=40)
)


def tokens(page: str) -> Iterator[Token]:
    for token in MARKDOWN.parse(page):
        yield token
        yield from token.children or ()


def shown(page: str) -> str:
    """The text that a reader sees outside of code, where GitHub looks for mentions and addresses."""
    return "".join(token.content for token in tokens(page) if token.type in ("text", "text_special"))


@pytest.mark.parametrize("text", HOSTILE)
def test_known_attacks_are_plain_words(text: str) -> None:
    check_plain(inline(text))


@REPEATABLE
@given(anything, anything)
def test_any_text_is_plain_words_in_a_paragraph(one: str, two: str) -> None:
    check_plain(f"{inline(one)} {inline(two)}")
    check_plain(inline(one + two))


def check_plain(page: str) -> None:
    found = list(tokens(page))
    kinds = {token.type for token in found if token.type not in PLAIN}
    assert kinds <= {"paragraph_open", "paragraph_close", "inline"}, kinds
    seen = shown(page)
    assert not re.search(r"@\w|#\d|\bGH-\d|://|www\.", seen, re.IGNORECASE), seen


@REPEATABLE
@given(anything, anything)
def test_any_text_stays_in_its_table_cell(one: str, two: str) -> None:
    page = f"| A | B |\n|---|---|\n| {inline(one)} | {code(two)} |\n| {code(one)} | last |\n"
    found = list(tokens(page))
    assert sum(token.type == "tr_open" for token in found) == 3
    assert sum(token.type == "td_open" for token in found) == 4
    assert found[-1].type == "table_close"
    assert not {token.type for token in found} & {"html_inline", "html_block", "link_open", "image"}
    assert "last" in shown(page)


@REPEATABLE
@given(anything)
def test_code_says_exactly_what_was_given(text: str) -> None:
    page = f"before {code(text)} after"
    found = list(tokens(page))
    assert not {token.type for token in found} & {"html_inline", "link_open", "image", "em_open", "strong_open"}
    spans = [token.content for token in found if token.type == "code_inline"]
    assert spans in ([], [clean(text)])


@REPEATABLE
@given(st.lists(anything, max_size=8))
def test_no_output_ends_its_code_block(lines: list[str]) -> None:
    page = f"{fenced(tuple(lines))}\n\nafter\n"
    kinds = [token.type for token in MARKDOWN.parse(page)]
    assert kinds == ["fence", "paragraph_open", "inline", "paragraph_close"]


def test_of_a_long_log_the_end_is_kept() -> None:
    page = fenced(tuple(f"line {number}" for number in range(10_000)), limit=200)
    assert "line 9999" in page
    assert "line 9000" not in page
    assert len(page) < 250


@REPEATABLE
@given(st.text(max_size=200), st.integers(min_value=3, max_value=100))
def test_bytes_are_cut_between_characters(text: str, limit: int) -> None:
    cut = shorten_bytes(text, limit)
    assert size(cut) <= limit
    if size(text) <= limit:
        assert cut.encode("utf-8", "backslashreplace") == text.encode("utf-8", "backslashreplace")


def test_what_is_harmless_stays_readable() -> None:
    assert inline("3 of 4 tests failed; see tests/test_app.py, line 7 (again)") == (
        "3 of 4 tests failed; see tests/test\\_app.py, line 7 (again)"
    )
    assert code("src/app.py:7") == "`src/app.py:7`"
    assert shorten("abcdef", 4) == "abc…"
