"""The lines that a change touches, as whoever publishes findings asks for them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from msgspec.structs import replace

from gaterunner.errors import GaterunnerError
from gaterunner.git import Repository as Opened
from gaterunner.git.changed_lines import changed_lines
from gaterunner.model import Change, Event, Hunk
from tests.gitrepo import Repository


def change(repo: Repository, base: str, head: str) -> Change:
    with Opened.open(repo.root, env=dict(os.environ)) as opened:
        files = opened.diff_files(base, head)
    return Change(
        event=Event.LOCAL,
        base=base,
        base_tip=base,
        law=base,
        head=head,
        judged=head,
        merge=None,
        branch="feat/x",
        target="main",
        dirty=False,
        commits=(),
        files=files,
    )


def test_the_hunks_between_base_and_judged_commit_are_read_by_path(repo: Repository) -> None:
    base = repo.commit("Base", {"a.py": "1\n2\n3\n4\n", "gone.py": "x\n"})
    head = repo.commit("Head", {"a.py": "1\ntwo\n3\n4\n5\n", "gone.py": None, "new.py": "a\nb\n"})

    found = changed_lines(change(repo, base, head), folder=repo.root, env=dict(os.environ))

    assert found["a.py"] == (Hunk(2, 1, 2, 1), Hunk(4, 0, 5, 1))
    assert found["new.py"] == (Hunk(0, 0, 1, 2),)
    assert all(hunk.new_count == 0 for hunk in found["gone.py"])


def test_without_the_repository_nothing_is_made_up(repo: Repository, tmp_path: Path) -> None:
    base = repo.commit("Base", {"a.py": "1\n"})
    head = repo.commit("Head", {"a.py": "2\n"})
    told = change(repo, base, head)

    with pytest.raises(GaterunnerError):
        changed_lines(told, folder=tmp_path, env=dict(os.environ))
    with pytest.raises(GaterunnerError):
        changed_lines(replace(told, judged="f" * 40), folder=repo.root, env=dict(os.environ))
