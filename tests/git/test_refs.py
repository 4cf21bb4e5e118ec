"""Names, branches, ancestors."""

from __future__ import annotations

from pathlib import Path

from tests import gitrepo
from tests.git.conftest import Open


def test_names_resolve_to_commits(repo: gitrepo.Repository, open_repository: Open) -> None:
    first = repo.head
    repo.git("tag", "-a", "-m", "One", "v1")
    second = repo.commit("Two", {"a": "a\n"})
    repository = open_repository(repo.root)
    assert repository.resolve("HEAD") == second
    assert repository.resolve("main~1") == first
    assert repository.resolve("v1") == first
    assert repository.resolve(second[:12]) == second


def test_what_names_nothing_is_none(repo: gitrepo.Repository, open_repository: Open) -> None:
    repository = open_repository(repo.root)
    assert [repository.resolve(ref) for ref in ("nothing", "", "--all", "a\0b", "f" * 40)] == [None] * 5


def test_a_branch_without_commits_has_a_name_and_no_head(tmp_path: Path, open_repository: Open) -> None:
    gitrepo.Repository.create(tmp_path / "new")
    repository = open_repository(tmp_path / "new")
    assert repository.current_branch() == "main"
    assert repository.head_commit() is None


def test_a_detached_head_has_no_branch(repo: gitrepo.Repository, open_repository: Open) -> None:
    repo.git("switch", "-q", "--detach")
    repository = open_repository(repo.root)
    assert repository.current_branch() is None
    assert repository.head_commit() == repo.head


def test_local_branches_know_their_remote_branch(
    repo: gitrepo.Repository, tmp_path: Path, open_repository: Open
) -> None:
    clone = gitrepo.Repository.clone(repo, tmp_path / "clone")
    ahead = clone.commit("By hand", {"a": "a\n"})
    clone.switch("feat/x", create=True)
    repository = open_repository(clone.root)
    feature, main = repository.local_branches()
    assert (feature.name, feature.remote_ref) == ("feat/x", None)
    assert (main.name, main.sha, main.remote_ref) == ("main", ahead, "refs/remotes/origin/main")
    assert main.remote_sha == repo.head
    assert repository.ahead(main.sha, main.remote_sha) == 1
    assert repository.ahead(main.remote_sha, main.sha) == 0
    assert repository.symref("refs/remotes/origin/HEAD") == "refs/remotes/origin/main"
    assert repository.resolve("origin/HEAD") == repo.head


def test_a_branch_cannot_follow_something_else_to_look_level(
    repo: gitrepo.Repository, tmp_path: Path, open_repository: Open
) -> None:
    clone = gitrepo.Repository.clone(repo, tmp_path / "clone")
    clone.commit("By hand", {"a": "a\n"})
    clone.git("branch", "shadow")
    clone.git("branch", "-q", "--set-upstream-to=shadow", "main")
    main = open_repository(clone.root).local_branches()[0]
    assert main.remote_ref == "refs/remotes/origin/main"


def test_ancestors_are_found_or_none(repo: gitrepo.Repository, open_repository: Open) -> None:
    start = repo.head
    repo.switch("feat/x", create=True)
    branch = repo.commit("Branch", {"a": "a\n"})
    repo.switch("main")
    main = repo.commit("Main", {"b": "b\n"})
    repo.git("switch", "-q", "--orphan", "alone")
    alone = repo.commit("Alone", {"c": "c\n"})
    repository = open_repository(repo.root)
    assert repository.merge_base(branch, main) == start
    assert repository.merge_base(branch, alone) is None
    assert repository.parents(branch) == (start,)
