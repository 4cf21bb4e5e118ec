"""What is held from the start stays what it was, whatever becomes of the repository."""

from __future__ import annotations

import shutil

import pytest

from gaterunner.git.held import HeldReader
from gaterunner.git.repository import Repository
from gaterunner.model import Commit
from gaterunner.policies.history import History, same_label
from tests import gitrepo
from tests.git.conftest import Open

ADA = {"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@engine.example", "GIT_AUTHOR_DATE": "2026-01-01T10:00:00Z"}


def history(opened: Repository, repo: gitrepo.Repository) -> History:
    base = opened.merge_base("main", "feat/x") or ""
    commits = opened.commits(base, repo.head)
    merges = tuple(commit for commit in commits if len(commit.parents) > 1)
    return History(commits=commits, merges=merges, target=(base, repo.git("rev-parse", "main")), tip=repo.head)


def test_a_history_is_held(repo: gitrepo.Repository, open_repository: Open) -> None:
    repo.switch("side", create=True)
    repo.commit("Side", {"side": "1\n"})
    repo.switch("feat/x", create=True, at="main")
    repo.commit("Fix", {"fix": "1\n"}, env=ADA)
    repo.git("merge", "-q", "--no-ff", "--no-commit", "side")
    repo.commit("Merge", {"extra": "1\n"})
    repo.switch("main")
    repo.commit("Before", {"fix.before": "1\n"})
    repo.commit("Fix", {"fix": "1\n"}, env=ADA)
    repo.switch("feat/x")
    opened = open_repository(repo.root)
    wanted = history(opened, repo)
    base, tip = wanted.target or ("", "")
    pairs = same_label(wanted.commits, opened.commits(base, tip))
    seen = (
        opened.merge(tip, wanted.tip),
        opened.merges(wanted.merges),
        opened.commits(base, tip),
        opened.same_patches(tip, wanted.tip),
        opened.same_lines(pairs),
    )

    held = HeldReader(opened, records=(), trees=(), history=wanted)
    shutil.rmtree(repo.root / ".git/objects")

    assert seen == (
        held.merge(tip, wanted.tip),
        held.merges(wanted.merges),
        held.commits(base, tip),
        held.same_patches(tip, wanted.tip),
        held.same_lines(pairs),
    )
    assert [len(each) for each in seen[1:]] == [1, 2, 2, 1]


def test_what_nobody_asked_for_in_time_is_not_there(repo: gitrepo.Repository, open_repository: Open) -> None:
    held = HeldReader(open_repository(repo.root), records=(), trees=())
    merge = Commit(
        sha=repo.head,
        parents=(repo.head, repo.head),
        author="",
        author_email="",
        authored="",
        committer="",
        committer_email="",
        committed="",
        subject="",
    )

    with pytest.raises(KeyError):
        held.commits(repo.head, repo.head)
    with pytest.raises(KeyError):
        held.merges([merge])
    with pytest.raises(KeyError):
        held.same_patches(repo.head, repo.head)
