"""Where a repository is found, and what a user is told when there is none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gaterunner.errors import EvaluationError, UsageError
from gaterunner.git import Repository
from gaterunner.policies.context import RepositoryReader
from tests import gitrepo
from tests.git.conftest import Open


def test_is_what_policies_read_through(repo: gitrepo.Repository, open_repository: Open) -> None:
    reader: RepositoryReader = open_repository(repo.root)  # the type checker compares all signatures
    [entry] = reader.tree(repo.head)
    assert entry.path == "README.md"
    assert [blob.data for blob in reader.blobs([entry.blob])] == [b"# Example\n"]


def test_is_found_from_a_subdirectory(repo: gitrepo.Repository, open_repository: Open) -> None:
    repo.commit("Add", {"a/b/c.txt": "c\n"})
    assert open_repository(repo.root / "a" / "b").root == repo.root


def test_is_found_in_a_linked_work_tree(repo: gitrepo.Repository, tmp_path: Path, open_repository: Open) -> None:
    repo.git("worktree", "add", "-q", "-b", "feat/x", str(tmp_path / "linked"))
    linked = open_repository(tmp_path / "linked")
    assert linked.root == tmp_path / "linked"
    assert linked.current_branch() == "feat/x"
    assert linked.head_commit() == repo.head


def test_a_bare_repository_is_refused(repo: gitrepo.Repository, tmp_path: Path) -> None:
    bare = gitrepo.Repository.clone(repo, tmp_path / "bare.git", "--bare")
    with pytest.raises(UsageError, match="is a git directory without a work tree"):
        Repository.open(bare.root, env=os.environ)


def test_outside_of_a_repository_the_error_says_where_to_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not in a git repository") as caught:
        Repository.open(tmp_path, env=os.environ)
    assert "run gaterunner in a checkout" in str(caught.value.help)


def test_a_broken_link_to_a_git_directory_is_told(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: /nowhere/at/all\n")
    with pytest.raises(EvaluationError, match=r"\.git does not lead to a git directory"):
        Repository.open(tmp_path, env=os.environ)


def test_without_git_the_error_says_what_to_install(repo: gitrepo.Repository, tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="git was not found") as caught:
        Repository.open(repo.root, env={"PATH": str(tmp_path)})
    assert "install git" in str(caught.value.help)


def test_an_old_git_is_refused(repo: gitrepo.Repository, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").write_text("#!/bin/sh\necho git version 2.17.1\n")
    (tmp_path / "bin" / "git").chmod(0o755)
    with pytest.raises(EvaluationError, match=r"git version 2\.17\.1 is too old") as caught:
        Repository.open(repo.root, env={"PATH": f"{tmp_path}/bin"})
    assert caught.value.help == "install git 2.31 or newer"


def test_settings_that_git_cannot_read_are_told(repo: gitrepo.Repository) -> None:
    (repo.root / ".git" / "config").write_text("[core\n")
    with pytest.raises(EvaluationError, match=r"reading the settings of .*bad config line 1"):
        Repository.open(repo.root, env=os.environ)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
def test_a_checkout_of_another_user_is_read(repo: gitrepo.Repository, open_repository: Open) -> None:
    for path in (repo.root, *repo.root.rglob("*")):
        os.lchown(path, 1001, 1001)
    repository = open_repository(repo.root)
    head = repository.head_commit()
    assert head is not None
    assert repository.read(head, "README.md") == b"# Example\n"


def test_nothing_is_left_behind_and_nothing_is_written(repo: gitrepo.Repository, tmp_path: Path) -> None:
    def state() -> list[tuple[str, int]]:
        return sorted((str(path), path.lstat().st_mtime_ns) for path in repo.root.rglob("*"))

    temporary = tmp_path / "tmp"
    temporary.mkdir()
    before = state()
    with Repository.open(repo.root, env=os.environ) as repository:
        private = repository.private.path
        assert private.is_dir()
        assert repository.tree(repo.head)
    assert not private.exists()
    assert state() == before


def test_inherited_git_variables_lead_nowhere(repo: gitrepo.Repository, tmp_path: Path) -> None:
    other = gitrepo.Repository.create(tmp_path / "other")
    other.commit("Other", {"x": "x"})
    env = {**os.environ, "GIT_DIR": str(other.root / ".git"), "GIT_WORK_TREE": str(other.root), "GIT_INDEX_FILE": "/x"}
    with Repository.open(repo.root, env=env) as repository:
        assert repository.head_commit() == repo.head


def test_a_repository_with_sha_256_is_read(tmp_path: Path, open_repository: Open) -> None:
    (tmp_path / "new").mkdir()
    new = gitrepo.Repository(tmp_path / "new")
    new.git("init", "-q", "-b", "main", "--object-format=sha256")
    first = new.commit("One", {"a": "a\n"})
    second = new.commit("Two", {"a": "b\n"})
    repository = open_repository(new.root)
    assert len(first) == 64
    assert [record.path for record in repository.records(first, second)] == ["a"]
    assert repository.read(second, "a") == b"b\n"
