"""The change of a run by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from gaterunner.errors import EvaluationError, UsageError
from gaterunner.model import Event
from tests import gitrepo
from tests.change.conftest import Determine


@pytest.fixture
def clone(repo: gitrepo.Repository, tmp_path: Path) -> gitrepo.Repository:
    return gitrepo.Repository.clone(repo, tmp_path / "clone")


def test_a_branch_is_compared_with_where_it_left_the_default_branch(
    repo: gitrepo.Repository, clone: gitrepo.Repository, determine: Determine
) -> None:
    start = repo.head
    clone.switch("feat/x", create=True)
    one = clone.commit("One", {"a": "1\n"})
    two = clone.commit("Two", {"a": "1\n2\n", "README.md": None})
    main = repo.commit("Meanwhile", {"b": "b\n"})
    clone.git("fetch", "-q")
    change = determine(clone)
    assert change.event is Event.LOCAL
    assert (change.base, change.base_tip, change.head, change.judged) == (start, main, two, two)
    assert (change.branch, change.target, change.merge, change.dirty) == ("feat/x", "main", None, False)
    assert [commit.sha for commit in change.commits] == [two, one]
    assert [(file.path, file.status) for file in change.files] == [("README.md", "D"), ("a", "A")]
    assert (change.insertions, change.deletions) == (2, 1)
    assert change.notes == ()


def test_the_base_can_be_named(repo: gitrepo.Repository, determine: Determine) -> None:
    repo.git("branch", "develop")
    repo.switch("feat/x", create=True)
    head = repo.commit("One", {"a": "1\n"})
    change = determine(repo, base="develop")
    assert (change.target, len(change.commits)) == ("develop", 1)
    assert determine(repo, base="HEAD~1").target is None
    assert determine(repo, base=head).is_empty


@pytest.mark.parametrize("option", ["base", "head"])
def test_a_name_that_is_none_is_told(option: str, repo: gitrepo.Repository, determine: Determine) -> None:
    with pytest.raises(UsageError, match=f"--{option} develpo names no commit of this repository") as caught:
        determine(repo, **{option: "develpo"})
    assert "fetch it first" in str(caught.value.help)


def test_another_head_is_judged_without_the_work_tree(repo: gitrepo.Repository, determine: Determine) -> None:
    repo.switch("feat/x", create=True)
    head = repo.commit("One", {"a": "1\n"})
    repo.switch("main")
    repo.write({"dirty": "x\n"})
    change = determine(repo, head="feat/x")
    assert (change.head, change.branch, change.dirty) == (head, "feat/x", False)
    assert f"the work tree is not at the judged commit {head[:12]}, which --head names" in change.notes


@pytest.mark.parametrize("shadow", ["refs/tags/main", "refs/remotes/main"])
def test_a_base_that_names_different_commits_is_refused(
    repo: gitrepo.Repository, determine: Determine, shadow: str
) -> None:
    repo.switch("feat/x", create=True)
    sha = repo.commit("Work", {"a": "1\n"})
    repo.git("update-ref", shadow, sha)

    with pytest.raises(UsageError, match="--base main names different commits") as error:
        determine(repo, base="main")

    assert shadow in error.value.message
    assert "refs/heads/main" in error.value.message
    assert determine(repo, base="refs/heads/main").commits[0].sha == sha


def test_a_tag_on_the_very_commit_of_a_branch_is_no_trouble(repo: gitrepo.Repository, determine: Determine) -> None:
    repo.git("tag", "-a", "-m", "Main", "main")
    repo.switch("feat/x", create=True)
    sha = repo.commit("Work", {"a": "1\n"})

    assert determine(repo, base="main").commits[0].sha == sha


def test_without_a_remote_the_local_main_is_the_base(repo: gitrepo.Repository, determine: Determine) -> None:
    repo.switch("feat/x", create=True)
    repo.commit("One", {"a": "1\n"})
    change = determine(repo)
    assert change.target == "main"
    assert change.notes == ("compared with main, as origin/HEAD is not known",)


def test_a_detached_head_has_no_branch(repo: gitrepo.Repository, determine: Determine) -> None:
    repo.git("switch", "-q", "--detach")
    head = repo.commit("One", {"a": "1\n"})
    change = determine(repo)
    assert (change.branch, change.head) == (None, head)
    assert "HEAD is not a branch: the change has no branch name" in change.notes


def test_on_main_what_is_not_pushed_is_the_change(clone: gitrepo.Repository, determine: Determine) -> None:
    start = clone.head
    head = clone.commit("By hand", {"a": "1\n"})
    change = determine(clone)
    assert (change.base, change.head, change.branch, change.target) == (start, head, "main", "main")
    assert len(change.commits) == 1


def test_on_main_without_a_remote_nothing_is_the_change(repo: gitrepo.Repository, determine: Determine) -> None:
    change = determine(repo)
    assert change.is_empty
    assert change.base == change.head == repo.head
    assert f"nothing lies between {repo.head[:12]} and {repo.head[:12]}: the change is empty" in change.notes


def test_a_branch_without_commits_is_told(tmp_path: Path, determine: Determine) -> None:
    with pytest.raises(UsageError, match="the branch main has no commit yet"):
        determine(gitrepo.Repository.create(tmp_path / "new"))


def test_with_nothing_to_compare_with_the_user_must_say(tmp_path: Path, determine: Determine) -> None:
    alone = gitrepo.Repository.create(tmp_path / "alone", branch="trunk")
    alone.commit("One", {"a": "1\n"})
    with pytest.raises(UsageError, match="there is nothing to compare trunk with") as caught:
        determine(alone)
    assert "--base" in str(caught.value.help)


def test_histories_without_a_common_start_are_told(repo: gitrepo.Repository, determine: Determine) -> None:
    repo.git("switch", "-q", "--orphan", "alone")
    repo.commit("Alone", {"a": "1\n"})
    with pytest.raises(EvaluationError, match="and its base main have no common ancestor"):
        determine(repo)


def test_uncommitted_work_is_judged_and_said(repo: gitrepo.Repository, determine: Determine) -> None:
    repo.switch("feat/x", create=True)
    head = repo.commit("One", {"a": "1\n"})
    repo.write({"a": "2\n", "new": "n\n"})
    change = determine(repo)
    assert change.dirty
    assert change.judged != change.head == head
    assert [commit.sha for commit in change.commits] == [head]
    assert [file.path for file in change.files] == ["a", "new"]
    assert not any("not committed" in note for note in change.notes), "reporters tell it from `dirty`, not twice"


def test_uncommitted_work_on_main_is_a_change(repo: gitrepo.Repository, determine: Determine) -> None:
    repo.write({"new": "n\n"})
    change = determine(repo)
    assert not change.is_empty
    assert change.commits == ()


def test_a_shallow_clone_is_completed(remote: gitrepo.Repository, tmp_path: Path, determine: Determine) -> None:
    for number in range(5):
        remote.commit(f"Main {number}", {"main": f"{number}\n"})
    start = remote.head
    clone = gitrepo.Repository.clone(remote, tmp_path / "clone", "--depth=1")
    clone.switch("feat/x", create=True)
    clone.commit("One", {"a": "1\n"})
    remote.commit("Meanwhile", {"b": "b\n"})
    clone.git("fetch", "-q", "--depth=1")
    change = determine(clone)
    assert change.base == start
    assert [commit.subject for commit in change.commits] == ["One"]
    assert change.notes == ("a part of the history was fetched, as the clone does not hold all of it",)
    assert clone.git("rev-parse", "--is-shallow-repository") == "true"


def test_a_shallow_clone_without_its_remote_is_an_error(
    remote: gitrepo.Repository, tmp_path: Path, determine: Determine
) -> None:
    remote.commit("More", {"main": "1\n"})
    clone = gitrepo.Repository.clone(remote, tmp_path / "clone", "--depth=1")
    clone.switch("feat/x", create=True)
    clone.commit("One", {"a": "1\n"})
    clone.git("remote", "set-url", "origin", f"file://{tmp_path}/gone")
    with pytest.raises(EvaluationError, match="is not in this repository and could not be fetched") as caught:
        determine(clone)
    assert "fetch-depth: 0" in str(caught.value.help)


def test_a_partial_clone_is_completed(remote: gitrepo.Repository, tmp_path: Path, determine: Determine) -> None:
    remote.switch("feat/x", create=True)
    remote.commit("One", {"a": "gone later\n"})
    remote.commit("Two", {"a": "2\n"})
    remote.switch("main")
    clone = gitrepo.Repository.clone(remote, tmp_path / "clone", "--filter=blob:none")
    clone.switch("feat/x")
    change = determine(clone)
    assert [commit.subject for commit in change.commits] == ["Two", "One"]
    assert [(file.path, file.insertions) for file in change.files] == [("a", 1)]
