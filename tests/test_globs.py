"""Globs mean what wcmatch says they mean, whoever compiles them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wcmatch import glob

from gaterunner.globs import Globs

FLAGS = glob.GLOBSTAR | glob.DOTGLOB | glob.BRACE | glob.NEGATE | glob.NEGATEALL | glob.CASE | glob.FORCEUNIX


@pytest.mark.parametrize(
    ("patterns", "path", "expected"),
    [
        (["src/**"], "src/a/b.py", True),
        (["src/**"], "src", False),
        (["src"], "src/a/b.py", True),
        (["src/"], "src/a.py", True),
        (["./src"], "src/a.py", True),
        (["."], "anything/at/all", True),
        (["*.py"], "a.py", True),
        (["*.py"], "src/a.py", False),
        (["**/*.py"], "a.py", True),
        (["**/*.py"], ".hidden/.a.py", True),
        (["a/**/b"], "a/b", True),
        (["a/**/b"], "a/x/y/b/c", True),
        (["?.py"], "ab.py", False),
        (["src/**", "!src/vendor"], "src/vendor/x.py", False),
        (["!docs"], "src/a.py", True),
        (["!docs"], "docs/a.md", False),
        (["src/{a,b}/*.[ch]"], "src/b/x.h", True),
        (["a.b"], "axb", False),
        (["src/**"], "src/line\nbreak.py", True),
        (["src/**"], "src/\udcff.py", True),
    ],
)
def test_what_a_glob_matches(patterns: list[str], path: str, expected: bool) -> None:
    assert Globs(patterns).matches(path) is expected


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("**/a/" * 12 + "b", "a/" * 1000 + "c"),
        ("x" + "*a" * 12 + "*b", "x" + "a" * 250),
        ("/".join(["*a*a*a*a"] * 12), "/".join(["a" * 250] * 15)),
    ],
)
@pytest.mark.timeout(20)
def test_a_path_of_a_branch_cannot_make_it_search_for_hours(pattern: str, path: str) -> None:
    assert Globs([pattern]).matches(path) is pattern.startswith("*a")


SEGMENTS = st.sampled_from(
    ["a", "b", "ab", ".a", "*", "**", "?", "a*", "*b", "a?b", "{a,b}", "[ab]", "a.b", "**a", "*a*b"]
)
PATTERNS = st.builds(
    lambda sign, segments: sign + "/".join(segments),
    st.sampled_from(["", "", "!"]),
    st.lists(SEGMENTS, min_size=1, max_size=4),
)
PATHS = st.lists(st.sampled_from(["a", "b", "ab", ".a", "a.b", "axb", "c", "a\nb"]), min_size=1, max_size=5).map(
    "/".join
)


@settings(max_examples=400, deadline=None)
@given(st.lists(PATTERNS, min_size=1, max_size=4), st.lists(PATHS, min_size=1, max_size=10))
def test_our_expressions_and_those_of_wcmatch_agree(patterns: list[str], paths: list[str]) -> None:
    both = [each for pattern in patterns for each in (pattern, f"{pattern}/**")]
    expected = glob.compile(both, flags=FLAGS)

    assert [Globs(patterns).matches(path) for path in paths] == [expected.match(path) for path in paths]


@given(st.lists(PATTERNS, min_size=1, max_size=4), PATHS)
@settings(max_examples=300, deadline=None)
def test_what_matches_lies_in_one_of_the_folders(patterns: list[str], path: str) -> None:
    globs = Globs(patterns)

    if globs.matches(path) and globs.folders is not None:
        assert any(path == folder or path.startswith(f"{folder}/") for folder in globs.folders)


def test_a_glob_that_cannot_be_used_is_refused() -> None:
    with pytest.raises(ValueError, match=r".+"):
        Globs(["{" + ",".join(["{a,b,c,d,e,f,g,h}" * 3] * 4) + "}"])
