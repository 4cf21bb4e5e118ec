"""The lines that a change adds."""

from __future__ import annotations

import os

from gaterunner.git import Repository as Opened
from gaterunner.git.added import added_lines
from tests.gitrepo import Repository


def added(repo: Repository, base: str, head: str) -> dict[str, list[int]]:
    with Opened.open(repo.root, env=dict(os.environ)) as opened:
        found = added_lines(opened, base, head, opened.diff_files(base, head))
    return {path: sorted(lines) for path, lines in found.items()}


def test_added_and_edited_lines_are_told_by_their_new_numbers(repo: Repository) -> None:
    base = repo.commit("Base", {"a.py": "1\n2\n3\n4\n", "gone.py": "x\n", "same.py": "y\n"})
    head = repo.commit("Head", {"a.py": "1\ntwo\n3\n4\n5\n6\n", "new.py": "a\nb\n", "gone.py": None})

    assert added(repo, base, head) == {"a.py": [2, 5, 6], "new.py": [1, 2]}


def test_odd_names_and_content_that_looks_like_a_header_are_read_right(repo: Repository) -> None:
    base = repo.commit("Base", {'tab\t"x".py': "1\n", "z.py": "1\n"})
    head = repo.commit("Head", {'tab\t"x".py': "1\ndiff --git a/z.py b/z.py\n@@ -1 +9 @@\n", "z.py": "1\n2\n"})

    assert added(repo, base, head) == {'tab\t"x".py': [2, 3], "z.py": [2]}


def test_a_file_that_becomes_a_link_and_a_binary_attribute_change_nothing(repo: Repository) -> None:
    base = repo.commit("Base", {"link": "a\n", "m.py": "1\n", ".gitattributes": "*.py -diff\n"})
    (repo.root / "link").unlink()
    (repo.root / "link").symlink_to("m.py")
    head = repo.commit("Head", {"m.py": "1\n2\n", "z.py": "1\n"})

    assert added(repo, base, head) == {"link": [1], "m.py": [2], "z.py": [1]}
