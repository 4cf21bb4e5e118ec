"""Which ids a pattern over tests means, and which globs take in which."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaterunner.contract.covering import covers
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


GLOBS = st.lists(st.sampled_from(["a", "b", "*", "**", "a*", "?", "*b"]), min_size=1, max_size=4).map("/".join)
PATHS = st.lists(st.sampled_from(["a", "b", "ab", "bb", "aab"]), min_size=1, max_size=5).map("/".join)


@given(GLOBS, GLOBS, PATHS)
def test_what_covers_a_glob_matches_all_that_it_matches(outer: str, inner: str, path: str) -> None:
    if covers(Globs((outer,)), inner) and Globs((inner,)).matches(path):
        assert Globs((outer,)).matches(path)


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        ("**", "app/*.py"),
        (".", "**"),
        ("app", "app/**"),
        ("app/**", "app/x/*.py"),
        ("app/*", "app/**"),
        ("**/*.py", "app/**/*.py"),
        ("app/**", "app/{a,b}.py"),
        ("app/", "./app/x"),
    ],
)
def test_a_glob_covers_what_lies_within(outer: str, inner: str) -> None:
    assert covers(Globs((outer,)), inner)


@pytest.mark.parametrize(
    ("outer", "inner"),
    [("app/*.py", "app/**"), ("app/**", "app"), ("app/?", "app/*"), ("app/*.py", "app/*"), ("application", "app/**")],
)
def test_a_glob_does_not_cover_what_reaches_further(outer: str, inner: str) -> None:
    assert not covers(Globs((outer,)), inner)
