"""A dirty work tree as a commit, without touching the repository."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from gaterunner.errors import EvaluationError
from gaterunner.git import Repository, snapshot
from tests import gitrepo
from tests.git.conftest import Open

ODD = ("with space", 'quo"te', "new\nline", "back\\slash", '"', "ünï")


def seen(repository: Repository, repo: gitrepo.Repository) -> dict[str, str]:
    """Path to status of what the snapshot holds beyond HEAD."""
    taken = snapshot.take(repository, repo.head)
    if taken is None:
        return {}
    if taken.commit == repo.head:
        return {}  # there is only something to tell
    (parent,) = repository.parents(taken.commit)
    assert repo.head in (parent, *repository.parents(parent))  # what is staged and lies nowhere else comes between
    return {file.path: file.status for file in repository.diff_files(repo.head, taken.commit)}


def test_a_clean_work_tree_needs_no_snapshot(repo: gitrepo.Repository, open_repository: Open) -> None:
    repo.commit("Ignore", {".gitignore": "*.log\n"})
    repo.write({"ignored.log": "x\n"})
    assert snapshot.take(open_repository(repo.root), repo.head) is None


def test_whatever_differs_is_in_it(repo: gitrepo.Repository, open_repository: Open) -> None:
    repo.commit("Base", {"edit": "1\n", "gone": "1\n", "staged": "1\n", "exec": "1\n", "type": "1\n", "both": "1\n"})
    repo.write({"edit": "2\n", "gone": None, "staged": "2\n", "new/untracked": "n\n", "both": "2\n", "added": "a\n"})
    repo.git("add", "staged", "both", "added")
    repo.write({"both": "3\n"})
    (repo.root / "exec").chmod(0o755)
    (repo.root / "type").unlink()
    (repo.root / "type").symlink_to("edit")
    repository = open_repository(repo.root)
    assert seen(repository, repo) == {
        "added": "A",
        "both": "M",
        "edit": "M",
        "exec": "M",
        "gone": "D",
        "new/untracked": "A",
        "staged": "M",
        "type": "T",
    }
    taken = snapshot.take(repository, repo.head)
    assert taken is not None
    entries = {entry.path: entry for entry in repository.tree(taken.commit)}
    assert (entries["exec"].mode, entries["type"].mode) == ("100755", "120000")
    assert repository.read(taken.commit, "both") == b"3\n"
    assert repository.blob(entries["type"].blob) == b"edit"


def test_its_content_reaches_the_records(repo: gitrepo.Repository, open_repository: Open) -> None:
    base = repo.head
    head = repo.commit("One", {"a": "1\n"})
    repo.write({"b": "uncommitted\n"})
    repository = open_repository(repo.root)
    taken = snapshot.take(repository, head)
    assert taken is not None
    records = list(repository.records(base, taken.commit))
    assert [(record.commit, record.path) for record in records] == [(head, "a"), (taken.commit, "b")]
    assert [blob.data for blob in repository.blobs([records[1].blob])] == [b"uncommitted\n"]


def test_the_same_content_makes_the_same_commit(repo: gitrepo.Repository, open_repository: Open) -> None:
    repo.write({"a": "a\n"})
    first, second = (snapshot.take(open_repository(repo.root), repo.head) for _ in range(2))
    assert first is not None
    assert first == second


@pytest.mark.parametrize("name", ODD)
def test_any_file_name_is_taken(name: str, repo: gitrepo.Repository, open_repository: Open) -> None:
    repo.write({name: "x\n"})
    assert seen(open_repository(repo.root), repo) == {name: "A"}


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_a_flag_does_not_hide_an_edit(flag: str, repo: gitrepo.Repository, open_repository: Open) -> None:
    repo.commit("Base", {"a": "1\n", "same": "1\n"})
    repo.git("update-index", flag, "a", "same")
    repo.write({"a": "hidden edit\n"})
    assert seen(open_repository(repo.root), repo) == {"a": "M"}


def test_a_sparse_checkout_misses_nothing(repo: gitrepo.Repository, open_repository: Open) -> None:
    repo.commit("Base", {"in/a": "1\n", "out/b": "1\n", "out/c": "1\n"})
    repo.git("sparse-checkout", "set", "in")
    assert not (repo.root / "out" / "b").exists()
    repository = open_repository(repo.root)
    assert seen(repository, repo) == {}
    (repo.root / "out").mkdir()
    repo.write({"out/b": "put there by hand\n"})
    assert seen(repository, repo) == {"out/b": "M"}


def test_what_is_staged_and_lies_nowhere_else_comes_between(repo: gitrepo.Repository, open_repository: Open) -> None:
    repo.commit("Base", {"edited": "1\n", "same": "1\n"})
    repo.write({"edited": "2\n", "same": "2\n", "deleted": "2\n"})
    repo.git("add", "-A")
    repo.write({"edited": "3\n", "deleted": None})
    repository = open_repository(repo.root)

    taken = snapshot.take(repository, repo.head)

    assert taken is not None
    (staged,) = repository.parents(taken.commit)
    assert repository.parents(staged) == (repo.head,)
    assert (repository.read(staged, "edited"), repository.read(staged, "deleted")) == (b"2\n", b"2\n")
    assert (repository.read(taken.commit, "edited"), repository.read(taken.commit, "deleted")) == (b"3\n", None)


def test_intent_to_add_is_taken_with_its_content(repo: gitrepo.Repository, open_repository: Open) -> None:
    repo.write({"a": "a\n", "b": "b\n"})
    repo.git("add", "-N", "a", "b")
    repo.write({"b": None})
    repository = open_repository(repo.root)
    taken = snapshot.take(repository, repo.head)
    assert taken is not None
    assert seen(repository, repo) == {"a": "A"}
    assert repository.read(taken.commit, "a") == b"a\n"


def test_a_conflict_is_taken_as_it_lies(repo: gitrepo.Repository, open_repository: Open) -> None:
    repo.commit("Base", {"a": "base\n"})
    repo.switch("feat/x", create=True)
    repo.commit("Branch", {"a": "branch\n"})
    repo.switch("main")
    repo.commit("Main", {"a": "main\n"})
    with pytest.raises(AssertionError):
        repo.merge("feat/x")
    repository = open_repository(repo.root)
    taken = snapshot.take(repository, repo.head)
    assert taken is not None
    assert b"<<<<<<< HEAD" in (repository.read(taken.commit, "a") or b"")


def test_a_file_became_a_folder_and_a_folder_a_symlink(repo: gitrepo.Repository, open_repository: Open) -> None:
    repo.commit("Base", {"file": "1\n", "folder/a": "1\n", "other/a": "1\n"})
    repo.write({"file": None, "folder/a": None})
    (repo.root / "folder").rmdir()
    (repo.root / "folder").symlink_to("other")
    repo.write({"file/inside": "1\n"})
    expected = {"file": "D", "file/inside": "A", "folder": "A", "folder/a": "D"}
    assert seen(open_repository(repo.root), repo) == expected


def test_a_touched_file_is_not_a_changed_one(repo: gitrepo.Repository, open_repository: Open) -> None:
    repo.commit("Base", {"a": "1\n"})
    os.utime(repo.root / "a", (1, 1))
    assert seen(open_repository(repo.root), repo) == {}


def test_ignored_files_stay_out_as_the_user_set_it(repo: gitrepo.Repository, open_repository: Open) -> None:
    repo.commit("Ignore", {".gitignore": "*.log\n"})
    (repo.root / ".git" / "info" / "exclude").write_text("notes.txt\n")
    repo.write({"a.log": "x", "notes.txt": "x", "real.txt": "x"})
    assert seen(open_repository(repo.root), repo) == {"real.txt": "A"}


def test_a_fresh_lfs_checkout_is_clean(repo: gitrepo.Repository, open_repository: Open) -> None:
    content = b"\0large\n"
    oid = hashlib.sha256(content).hexdigest()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {len(content)}\n"
    repo.commit("Pointer", {"big.bin": pointer, ".gitattributes": "*.bin filter=lfs -text\n"})
    repo.write({"big.bin": content})
    repository = open_repository(repo.root)
    assert seen(repository, repo) == {}
    repo.write({"big.bin": b"\0other\n"})
    assert seen(repository, repo) == {"big.bin": "M"}


def test_line_ends_that_git_converts_are_clean(repo: gitrepo.Repository, tmp_path: Path, open_repository: Open) -> None:
    repo.commit("Lines", {"a.bat": "one\ntwo\n", ".gitattributes": "*.bat text eol=crlf\n"})
    clone = gitrepo.Repository.clone(repo, tmp_path / "clone")
    assert (clone.root / "a.bat").read_bytes() == b"one\r\ntwo\r\n"
    assert seen(open_repository(clone.root), clone) == {}


def test_a_split_index_is_read(repo: gitrepo.Repository, open_repository: Open) -> None:
    repo.commit("Base", {"a": "1\n", "b": "1\n"})
    repo.git("update-index", "--split-index")
    repo.write({"a": "2\n"})
    repo.git("add", "a")
    assert seen(open_repository(repo.root), repo) == {"a": "M"}


def test_a_linked_work_tree_has_its_own_state(repo: gitrepo.Repository, tmp_path: Path, open_repository: Open) -> None:
    repo.git("worktree", "add", "-q", "-b", "feat/x", str(tmp_path / "linked"))
    repo.write({"only-in-main": "x\n"})
    (tmp_path / "linked" / "here").write_text("x\n")
    assert seen(open_repository(tmp_path / "linked"), repo) == {"here": "A"}


def test_what_it_does_not_hold_is_said(repo: gitrepo.Repository, open_repository: Open) -> None:
    inner = gitrepo.Repository.create(repo.root / "inner")
    inner.commit("Inner", {"x": "x\n"})
    repo.write({"a": "a\n"})
    repository = open_repository(repo.root)
    taken = snapshot.take(repository, repo.head)
    assert taken is not None
    assert taken.notes == ("1 untracked folder holds a repository of its own",)
    repo.git("add", "inner", "a")
    repo.git("commit", "-q", "-m", "Submodule")
    inner.commit("More", {"x": "y\n"})
    repo.write({"a": "b\n"})
    taken = snapshot.take(open_repository(repo.root), repo.head)
    assert taken is not None
    assert taken.notes == ("submodules at another commit than recorded are not judged as such: 'inner'",)


@pytest.mark.skipif(os.getuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_an_error(repo: gitrepo.Repository, open_repository: Open) -> None:
    repo.write({"secret": "x\n"})
    (repo.root / "secret").chmod(0)
    with pytest.raises(EvaluationError, match="reading the files that are not committed"):
        snapshot.take(open_repository(repo.root), repo.head)


def test_the_repository_is_not_touched(repo: gitrepo.Repository, open_repository: Open) -> None:
    repo.commit("Base", {"a": "1\n", "b": "1\n"})
    repo.write({"a": "2\n", "new": "n\n"})
    repo.git("add", "a")
    repo.write({"b": "2\n"})

    def state() -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in (repo.root / ".git").rglob("*") if path.is_file()}

    status = repo.git("status", "--porcelain")
    before = state()
    assert seen(open_repository(repo.root), repo)
    assert state() == before
    assert repo.git("status", "--porcelain") == status
