"""Who owns what, by GitHub's rules for CODEOWNERS."""

from __future__ import annotations

import pytest

from gaterunner.doctor.code_owners import CodeOwners


def owners(text: str, path: str) -> tuple[str, ...]:
    line = CodeOwners(text).of(path)
    return line.owners if line is not None else ()


@pytest.mark.parametrize(
    ("pattern", "inside", "outside"),
    [
        ("*", ["a", "a/b", ".github/workflows/x.yml"], []),
        ("*.js", ["a.js", "deep/down/a.js"], ["a.ts", "a.js.map"]),
        ("/build/logs/", ["build/logs/a", "build/logs/b/c"], ["x/build/logs/a", "build/logs"]),
        ("docs/*", ["docs/start.md"], ["docs/app/more.md", "x/docs/start.md"]),
        ("apps/", ["apps/a", "x/apps/b/c"], ["apps"]),
        ("/docs/", ["docs/a", "docs/a/b"], ["x/docs/a"]),
        ("**/logs", ["logs", "a/logs", "a/b/logs/c"], ["a/logs2"]),
        ("/apps/github", ["apps/github", "apps/github/a"], ["x/apps/github"]),
        (".github", [".github/workflows/x.yml", "x/.github"], [".github2/a"]),
        (".github/workflows", [".github/workflows/x.yml"], ["x/.github/workflows/x.yml", ".github/CODEOWNERS"]),
        ("/.github/*", [".github/CODEOWNERS"], [".github/workflows/x.yml"]),
        ("/.github/**", [".github/CODEOWNERS", ".github/workflows/x.yml"], [".githubx"]),
        ("/.github/**/*", [".github/CODEOWNERS", ".github/workflows/x.yml"], []),
        ("/a/**/z", ["a/z", "a/b/z", "a/b/c/z/more"], ["a/zz", "x/a/z"]),
        ("/*", ["a", ".gaterunner.yml"], ["a/b"]),
        ("CODEOWNERS", ["CODEOWNERS", "docs/CODEOWNERS"], ["MYCODEOWNERS"]),
        ("a?c", ["abc", "x/abc"], ["ac", "a/c"]),
        (r"my\ file", ["my file"], ["my"]),
        ("A", ["A"], ["a"]),
    ],
)
def test_patterns(pattern: str, inside: list[str], outside: list[str]) -> None:
    text = f"{pattern} @x"
    assert [path for path in inside if owners(text, path) != ("@x",)] == []
    assert [path for path in outside if owners(text, path)] == []


def test_the_last_line_that_matches_counts() -> None:
    text = "* @everyone\n*.yml @yaml\n/.gaterunner.yml @leads\n"
    assert owners(text, ".gaterunner.yml") == ("@leads",)
    assert owners(text, "x.yml") == ("@yaml",)
    assert owners(text, "x.py") == ("@everyone",)


def test_a_line_without_owners_takes_them_away() -> None:
    assert owners("* @everyone\n/.github/\n", ".github/workflows/x.yml") == ()


@pytest.mark.parametrize("line", ["# /x @a", "   # /x @a", "/x # @a", "!/x @a", "/[xy] @a", "/x*** @a", "/ @a", ""])
def test_what_is_no_owner_of_anything(line: str) -> None:
    assert owners(line, "x") == ()


def test_a_comment_after_the_owners() -> None:
    assert owners("/x @a @b # @c may look as well", "x") == ("@a", "@b")


def test_other_line_ends_and_a_byte_order_mark() -> None:
    assert owners("\ufeff/x @a\r\n/y\t@b\r\n", "x") == ("@a",)
    assert owners("\ufeff/x @a\r\n/y\t@b\r\n", "y") == ("@b",)
