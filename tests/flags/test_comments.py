"""A comment asks for no flag; whatever may be code stays."""

from __future__ import annotations

import pytest

from gaterunner.flags.comments import without_comments, without_idle_texts
from tests.gitrepo import Repository
from tests.policies.test_reversible_rollout import OFF, given, judge, manifest, only

COMMENTS = [
    ("a.py", "# new-page comes here"),
    ("a.py", "x = 1  # behind new-page"),
    ("a.ts", "// new-page comes here"),
    ("a.ts", "show()  // behind new-page"),
    ("a.ts", " * @deprecated by new-page"),
    ("a.ts", "/* new-page */"),
    ("a.vue", "<!-- new-page -->"),
    ("a.sql", "-- new-page"),
    ("a.php", "# new-page"),
    ("a.php", "// new-page"),
]
CODE = [
    ("a.py", "if flags.is_on('new-page'):  # off by default"),
    ("a.py", "x = a // flags.new_page"),
    ("a.py", "url = 'a # b', flags.is_on('new-page')"),
    ("a.py", "#!/usr/bin/new-page"),
    ("a.rb", 'puts "#{new_page}"'),
    ("a.ts", "const url = 'https://x/?new-page'"),
    ("a.ts", "/* off */ if (flags.newPage) show()"),
    ("a.ts", "#newPage = false"),
    ("a.c", "*page = flags.new_page;"),
    ("a.html", '<!-- here --> <div v-if="newPage">'),
    ("a.lua", "x = x - -new_page"),
]


@pytest.mark.parametrize(("path", "line"), COMMENTS)
def test_comments_are_cut_out(path: str, line: str) -> None:
    rest = without_comments(f"one()\n{line}\ntwo()\n".encode(), path).decode()
    assert "page" not in rest.lower()
    assert [rest.split("\n")[0], *rest.split("\n")[2:]] == ["one()", "two()", ""]


@pytest.mark.parametrize(("path", "line"), CODE)
def test_code_stays(path: str, line: str) -> None:
    assert "page" in without_comments(f"one()\n{line}\n".encode(), path).decode().lower()


def test_a_flag_that_only_a_comment_names_guards_nothing(repo: Repository) -> None:
    given(repo, judged=manifest(new_page=OFF), code="# new-page comes here\nshow()  # behind new-page\n")

    assert only(judge(repo)).rule == "rollout/flag-unused"


@pytest.mark.parametrize(("path", "sign"), [("a.py", " # "), ("a.ts", " // "), ("a.sql", " -- ")])
def test_a_line_of_nothing_but_signs_takes_no_longer_than_others(path: str, sign: str) -> None:
    line = f"x{sign * 200_000}'new-page'".encode()

    assert without_comments(line, path) == line


IDLE = """# new-page
def show():
    '''Behind new-page,
    or it's new_page.'''
    one()  # it's behind new-page
    "new-page" 'newPage'
    two() #new-page
"""


def test_texts_of_python_that_do_nothing_are_cut_out() -> None:
    rest = without_idle_texts(IDLE.encode()).decode()

    assert "page" not in rest.lower()
    assert [line.strip() for line in rest.split("\n")] == ["", "def show():", "", "", "one()", "", "two()", ""]


@pytest.mark.parametrize(
    "code",
    [
        "x = 'new-page'\n",
        "f('new-page')\n",
        "f(\n    'new-page'\n)\n",
        "if 'new-page' in on:\n    pass\n",
        "x = (\n    'a'\n    'new-page'\n)\n",
        "\r'new-page'\n(",
        "# coding: latin-1\nx = '\u00e9', 'new-page'\n",
        "x = '\x0c\u2028', 'new-page'\n",
    ],
)
def test_texts_of_python_that_do_something_stay(code: str) -> None:
    assert b"new-page" in without_idle_texts(code.encode())


def test_a_flag_that_only_a_docstring_names_guards_nothing(repo: Repository) -> None:
    given(repo, judged=manifest(new_page=OFF), code='"""The page behind new-page."""\nshow()  #new-page\n')

    assert only(judge(repo)).rule == "rollout/flag-unused"
