"""Outside text gets into a page as text, or not at all."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gaterunner.reporters.html.markup import address, code_text, element, join, lines, prose, raw, text
from tests.html.attacks import ATTACKS


class Reader(HTMLParser):
    """What a browser makes of markup: its tags with their attributes, and its text."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data!r}")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"a declaration: {decl!r}")


def test_children_are_text_unless_they_are_markup() -> None:
    page = element("p", "<b>", element("b", "bold"), title='"><script>')

    assert page == '<p title="&quot;&gt;&lt;script&gt;">&lt;b&gt;<b>bold</b></p>'


def test_attributes_may_be_left_out_or_stand_alone() -> None:
    page = element("details", "x", open=True, hidden=False, id=None, class_="row", data_source="0")

    assert page == '<details open class="row" data-source="0">x</details>'


def test_elements_without_content_are_not_closed() -> None:
    assert element("br") == "<br>"
    assert join([element("br"), None, raw("&middot;")]) == "<br>&middot;"


def test_only_text_of_the_given_length_is_shown() -> None:
    assert text("abcdef", limit=4) == "abc…"
    assert list(lines(["abcdef", "x"], limit=4).splitlines()) == ["abc…", "x"]


def test_what_nobody_could_see_is_shown_by_its_number() -> None:
    assert text("if a\u202eb\u2066: \x1b[31m\x00") == "if a⟨U+202E⟩b⟨U+2066⟩: ⟨U+001B⟩[31m⟨U+0000⟩"
    assert text("\U000e0041") == "⟨U+E0041⟩"


def test_spaces_of_any_kind_are_spaces() -> None:
    assert text("a\n\t b\u3000c\u2028d") == "a b c d"
    assert lines(["\tx\u00a0y"]) == "    x y"


def test_bytes_that_are_not_utf8_are_told() -> None:
    assert text(b"caf\xe9".decode("utf-8", "surrogateescape")) == "caf\\xe9"
    assert text("\ud800") == "\\ud800"


def test_joined_emoji_and_scripts_stay_whole() -> None:
    assert text("👩‍👩‍👧 می‌خواهم é") == "👩‍👩‍👧 می‌خواهم é"


def test_marks_do_not_climb_over_other_lines() -> None:
    assert text("a" + "\u0301" * 50) == "a" + "\u0301" * 4


def test_backticks_in_pairs_are_code() -> None:
    assert prose("gate `a<b` failed") == "gate <code>a&lt;b</code> failed"
    assert prose("one ` alone") == "one ` alone"
    assert prose("``") == ""


def test_writing_from_the_right_does_not_reorder_code() -> None:
    assert code_text("a/שלום/עולם.py") == "a/<bdi>שלום</bdi>/<bdi>עולם</bdi>.py"
    assert lines(["x = 'مرحبا' # تحية"]) == "x = &#x27;<bdi>مرحبا</bdi>&#x27; # <bdi>تحية</bdi>"


@pytest.mark.parametrize(
    "url", ["https://github.com/acme/shop/actions/runs/1", "http://ghe.example:8080/a/b?c=d&e=f#g"]
)
def test_a_page_may_lead_to_a_web_address(url: str) -> None:
    assert address(url) == url


@pytest.mark.parametrize(
    "url",
    [
        None, "", "javascript:alert(1)", "JavaScript:alert(1)", " https://example.com", "data:text/html,x",
        "//example.com",         "https://user:pass@example.com/", "https://example.com/\nx", "file:///etc/passwd",
        "https://e.com/" + "x" * 2_000,
        "https://ex\u0430mple.com/",
    ],
)  # fmt: skip
def test_a_page_leads_nowhere_else(url: str | None) -> None:
    assert address(url) is None


@given(st.text())
@example("".join(ATTACKS))
def test_no_text_becomes_markup(value: str) -> None:
    assert Reader(f"<p>{text(value)}</p>").tags == [("p", {})]
    for markup in (prose(value), code_text(value), lines([value])):
        assert {tag for tag, _ in Reader(markup).tags} <= {"code", "bdi"}


@given(st.text(), st.sampled_from(["title", "data_x", "href"]))
@example("".join(ATTACKS), "title")
def test_no_value_leaves_its_attribute(value: str, name: str) -> None:
    read = Reader(element("p", "x", **{name: value}))

    assert [(tag, set(attributes)) for tag, attributes in read.tags] == [("p", {name.replace("_", "-")})]
    assert read.text == "x"


@given(st.text(alphabet=st.characters(min_codepoint=0x20, max_codepoint=0x7E)))
def test_what_is_plain_is_read_as_it_was_written(value: str) -> None:
    assert Reader(f"<p>{lines([value])}</p>").text == value
