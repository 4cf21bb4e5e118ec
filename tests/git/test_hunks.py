"""Which lines differ between two commits."""

from __future__ import annotations

import os

from gaterunner.git import Repository as Git
from gaterunner.model import Hunk
from tests.gitrepo import Files, Repository

START: Files = {"kept.txt": "a\nb\nc\n", "gone.txt": "1\n2\n", "empty.txt": "", "picture.bin": b"\0\1\n\2"}
ALONE: Files = {"new.txt": "x\ny\n", "one.txt": "x", "also-empty.txt": "", "gone.txt": None, "empty.txt": None}


def hunks(repo: Repository, base: str) -> dict[str, tuple[Hunk, ...]]:
    with Git.open(repo.root, env=os.environ) as git:
        return git.hunks(base, repo.head)


def test_files_that_are_new_or_gone_are_told_as_git_compares_them(repo: Repository) -> None:
    base = repo.commit("Start", START)
    repo.commit("Add and remove", ALONE)
    alone = hunks(repo, base)
    repo.commit("Edit as well", {"kept.txt": "a\nB\nc\nd\n"})

    compared = hunks(repo, base)

    assert alone == {"gone.txt": (Hunk(1, 2, 0, 0),), "new.txt": (Hunk(0, 0, 1, 2),), "one.txt": (Hunk(0, 0, 1, 1),)}
    assert compared == {**alone, "kept.txt": (Hunk(2, 1, 2, 1), Hunk(3, 0, 4, 1))}


def test_a_binary_file_is_compared_line_by_line(repo: Repository) -> None:
    base = repo.commit("Start", {"a.txt": "a\n"})
    repo.commit("Add", {"picture.bin": START["picture.bin"]})

    assert hunks(repo, base) == {"picture.bin": (Hunk(0, 0, 1, 2),)}
