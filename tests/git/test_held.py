"""What is held from the start stays what it was, whatever becomes of the repository."""

from __future__ import annotations

import shutil

import pytest

from gaterunner.errors import EvaluationError
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


def test_what_the_change_ends_with_is_read_ahead_and_mixes_with_what_is_not(
    repo: gitrepo.Repository, open_repository: Open
) -> None:
    start = repo.commit("Start", {"old": "old\n"})
    repo.commit("Add", {"small": "small\n", "large": "x" * 1_100_000, "middle": "y" * 5_000})
    opened = open_repository(repo.root)
    ids = {path: repo.git("rev-parse", f"HEAD:{path}") for path in ("small", "old", "large", "middle")}
    asked = [*ids.values(), ids["small"]]

    held = HeldReader(opened, records=(), trees=(), files=opened.diff_files(start, repo.head))

    for bound in (None, 2_000_000, 1_000, 3):
        assert list(held.blobs(asked, max_bytes=bound)) == list(opened.blobs(asked, max_bytes=bound))
    assert set(held.read_ahead) == {ids["small"], ids["middle"]}
    assert list(held.blobs([])) == []


def test_no_more_is_read_ahead_than_fits(
    repo: gitrepo.Repository, open_repository: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gaterunner.git.held.READ_AHEAD_BYTES", 25)
    start = repo.head
    repo.commit("Add", {f"file{number}": f"content {number}\n" for number in range(5)})
    opened = open_repository(repo.root)
    files = opened.diff_files(start, repo.head)

    held = HeldReader(opened, records=(), trees=(), files=files)

    ids = [file.new_blob for file in files]
    assert list(held.blobs(ids)) == list(opened.blobs(ids))
    assert len(held.read_ahead) == 2


def test_a_content_that_cannot_be_read_ahead_is_an_error_for_who_asks_for_it(
    repo: gitrepo.Repository, open_repository: Open
) -> None:
    start = repo.head
    repo.commit("Add", {"file": "content\n"})
    opened = open_repository(repo.root)
    files = opened.diff_files(start, repo.head)
    blob = files[0].new_blob
    (repo.root / ".git/objects" / blob[:2] / blob[2:]).unlink()

    held = HeldReader(opened, records=(), trees=(), files=files)

    with pytest.raises(EvaluationError, match="missing"):
        list(held.blobs([blob]))
