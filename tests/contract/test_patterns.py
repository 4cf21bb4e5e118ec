"""Which ids a pattern over tests means, and which globs take in which."""

from __future__ import annotations

import re
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaterunner.contract.covering import Cover
from gaterunner.contract.patterns import TestIds
from gaterunner.globs import Globs

PATTERNS = st.text(alphabet="ab.*?[", max_size=8)
IDS = st.text(alphabet="ab.[", max_size=8)


def as_expression(pattern: str) -> str:
    return "".join({"*": ".*", "?": "."}.get(char) or re.escape(char) for char in pattern)


@given(PATTERNS, IDS)
def test_a_pattern_means_what_the_expression_for_it_does(pattern: str, id: str) -> None:
    assert TestIds((pattern,)).matches(id) is bool(re.fullmatch(as_expression(pattern), id, re.DOTALL))


@given(PATTERNS, PATTERNS, IDS)
def test_what_covers_a_pattern_means_all_that_it_means(outer: str, inner: str, id: str) -> None:
    if TestIds((outer,)).covers(inner) and TestIds((inner,)).matches(id):
        assert TestIds((outer,)).matches(id)


@pytest.mark.parametrize(("outer", "inner"), [("??", "*"), ("test_a?*", "test_a*"), ("*??*", "a*"), ("a?c", "a*c")])
def test_a_pattern_of_so_many_characters_covers_none_of_any_number(outer: str, inner: str) -> None:
    assert not TestIds((outer,)).covers(inner)


def test_thousands_of_patterns_are_compared_at_once() -> None:
    patterns = TestIds(tuple(f"tests.a{number}*b*c*d*" for number in range(500)))
    assert not any(patterns.covers(f"tests.{number}x*") for number in range(5000))


SEGMENTS = [
    "a",
    "b",
    "*",
    "**",
    "a*",
    "?",
    "*b",
    "??",
    "?*",
    "*?",
    "{a,b}",
    "{a,b}c",
    "[ab]",
    "[!a]",
    "a{,b}",
    "{a/b,c}",
]
GLOBS = st.lists(st.sampled_from(SEGMENTS), min_size=1, max_size=3).map("/".join)
PATHS = ["/".join(names) for count in (1, 2, 3) for names in product(("a", "b", "c", "ab", "bcb"), repeat=count)]


@given(st.lists(GLOBS, min_size=1, max_size=4), GLOBS)
@settings(max_examples=300, deadline=None)
def test_what_covers_a_glob_matches_all_that_it_matches(outer: list[str], inner: str) -> None:
    by = Cover(tuple(outer)).all_of(inner)
    if by:
        meant, taken = Globs((inner,)), Globs(by)
        assert set(by) <= set(outer)
        assert [path for path in PATHS if meant.matches(path) and not taken.matches(path)] == []


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        ("**", "app/*.py"),
        (".", "**"),
        ("app", "app/**"),
        ("app/**", "app/x/*.py"),
        ("app/*", "app/**"),
        ("app/?*", "app/*"),
        ("**/*.py", "app/**/*.py"),
        ("app/**", "app/{a,b}.py"),
        ("app/*.py", "app/[a-z].py"),
        ("app/{a,b}.py", "app/a.py"),
        ("app/", "./app/x"),
    ],
)
def test_a_glob_covers_what_lies_within(outer: str, inner: str) -> None:
    assert Cover((outer,)).all_of(inner) == (outer,)


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        ("app/*.py", "app/**"),
        ("app/**", "app"),
        ("app/?", "app/*"),
        ("app/??", "app/*"),
        ("app/*ab*", "app/[ab]"),
        ("app/????", "app/[ab]"),
        ("app/*.py", "app/*"),
        ("application", "app/**"),
    ],
)
def test_a_glob_does_not_cover_what_reaches_further(outer: str, inner: str) -> None:
    assert Cover((outer,)).all_of(inner) == ()


@pytest.mark.parametrize(
    ("outer", "inner", "by"),
    [
        (("docs/*.md", "lib", "docs/*.txt"), "docs/*.{md,txt}", ("docs/*.md", "docs/*.txt")),
        (("a", "b/**"), "[ab]/x", ("a", "b/**")),
        (("docs/*.md",), "docs/*.{md,txt}", ()),
        (("docs/*.md", "docs/**"), "docs/*.{md,txt}", ("docs/**",)),
    ],
)
def test_several_globs_cover_what_none_does_alone(outer: tuple[str, ...], inner: str, by: tuple[str, ...]) -> None:
    assert Cover(outer).all_of(inner) == by


@pytest.mark.timeout(20)
def test_hundreds_of_globs_are_compared_at_once() -> None:
    cover = Cover(tuple("/".join(["**", "a"] * 6 + [f"b{number}"]) for number in range(500)))
    assert not any(cover.all_of("a/" * 100 + f"c{number}") for number in range(500))
