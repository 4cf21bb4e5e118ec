"""Merges made again, beside what was committed."""

from __future__ import annotations

import pytest

from gaterunner.errors import EvaluationError
from gaterunner.git import merges
from gaterunner.policies.context import Merge, MergeCommit
from tests import gitrepo
from tests.git.conftest import Open


def made_again(open_repository: Open, repo: gitrepo.Repository, base: str) -> tuple[MergeCommit, ...]:
    opened = open_repository(repo.root)
    return opened.merges(opened.commits(base, repo.head))


def paths(merge: MergeCommit) -> list[str]:
    return [f"{file.status} {file.path}" for file in merge.differing]


def diverged(repo: gitrepo.Repository, *, ours: gitrepo.Files, theirs: gitrepo.Files) -> str:
    """A branch with ``ours`` checked out, and main with ``theirs``; returns where they part."""
    base = repo.head
    repo.commit("Theirs", theirs)
    repo.switch("feat/x", create=True, at=base)
    repo.commit("Ours", ours)
    return base


def test_a_merge_that_git_made_is_the_same(repo: gitrepo.Repository, open_repository: Open) -> None:
    base = diverged(repo, ours={"a": "1\n"}, theirs={"b": "1\n"})
    sha = repo.merge("main")

    assert made_again(open_repository, repo, base) == (MergeCommit(commit=sha),)


def test_what_a_merge_holds_besides_is_told(repo: gitrepo.Repository, open_repository: Open) -> None:
    repo.commit("Files", {"kept": "1\n", "with\nline end": "1\n"})
    base = diverged(repo, ours={"a": "1\n"}, theirs={"b": "1\n"})
    repo.git("merge", "-q", "--no-ff", "--no-commit", "main")
    repo.commit("Merge", {"b": None, "kept": "2\n", "new": "1\n", "with\nline end": "2\n"})
    repo.merge("main", "Nothing to merge any more")
    repo.commit("Further work", {"a": "2\n"})

    merge = made_again(open_repository, repo, base)[-1]

    assert paths(merge) == ["D b", "M kept", "A new", "M with\nline end"]
    assert merge.conflicts == ()


def test_several_merges_keep_their_own_differences(repo: gitrepo.Repository, open_repository: Open) -> None:
    base = repo.head
    repo.switch("feat/x", create=True)
    for number in range(6):
        repo.switch(f"side/{number}", create=True, at=base)
        repo.commit(f"Side {number}", {f"side{number}": "1\n", "shared": f"{number}\n"})
        repo.switch("feat/x")
        repo.git("merge", "-q", "--no-ff", "--no-commit", "-X", "ours", f"side/{number}")
        repo.commit(f"Merge {number}", {f"extra{number}": "1\n"} if number % 2 else {})

    merged = made_again(open_repository, repo, base)[::-1]

    assert [[path for path in paths(merge) if "extra" in path] for merge in merged] == [
        [],
        ["A extra1"],
        [],
        ["A extra3"],
        [],
        ["A extra5"],
    ]
    assert [merge.conflicts for merge in merged] == [(), *[("shared",)] * 5]


def test_a_merge_of_several_parents_is_made_step_by_step(repo: gitrepo.Repository, open_repository: Open) -> None:
    base = repo.head
    for name in ("one", "two", "three"):
        repo.switch(name, create=True, at=base)
        repo.commit(name, {name: "1\n"})
    repo.switch("feat/x", create=True, at=base)
    repo.commit("Ours", {"ours": "1\n"})
    repo.git("merge", "-q", "-m", "Octopus", "one", "two", "three")
    honest = repo.head
    repo.git("rm", "-q", "two")
    tree = repo.git("write-tree")
    parents = [option for parent in repo.git("rev-parse", "HEAD^@").split() for option in ("-p", parent)]
    repo.git("reset", "-q", "--hard", repo.git("commit-tree", tree, *parents, "-m", "Octopus without an arm"))

    (merge,) = made_again(open_repository, repo, base)
    repo.git("reset", "-q", "--hard", honest)

    assert paths(merge) == ["D two"]
    assert made_again(open_repository, repo, base) == (MergeCommit(commit=honest),)


def test_more_parents_than_are_looked_into_cannot_be_judged(
    repo: gitrepo.Repository, open_repository: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merges, "MAX_OCTOPUS", 0)
    base = repo.head
    for name in ("one", "two"):
        repo.switch(name, create=True, at=base)
        repo.commit(name, {name: "1\n"})
    repo.switch("feat/x", create=True, at=base)
    repo.commit("Ours", {"ours": "1\n"})
    repo.git("merge", "-q", "-m", "Octopus", "one", "two")

    with pytest.raises(EvaluationError, match="have 1 parents beyond two, and at most 0 are looked into"):
        made_again(open_repository, repo, base)


def test_a_parent_that_is_missing_is_an_error(repo: gitrepo.Repository, open_repository: Open) -> None:
    base = diverged(repo, ours={"a": "1\n"}, theirs={"b": "1\n"})
    repo.merge("main")
    opened = open_repository(repo.root)
    commits = opened.commits(base, repo.head)
    blob = repo.git("rev-parse", "main:b")
    (repo.root / ".git/objects" / blob[:2] / blob[2:]).unlink()
    tree = repo.git("rev-parse", "main^{tree}")
    (repo.root / ".git/objects" / tree[:2] / tree[2:]).unlink()

    with pytest.raises(EvaluationError, match="making the merges of the change again"):
        opened.merges(commits)


def test_a_conflict_names_its_paths(repo: gitrepo.Repository, open_repository: Open) -> None:
    base = diverged(repo, ours={"a": "ours\n", "b": "1\n"}, theirs={"a": "theirs\n", "c": "1\n"})
    opened = open_repository(repo.root)

    assert opened.merge("main", "feat/x").conflicts == ("a",)
    assert opened.merge(base, "feat/x") == Merge(tree=repo.git("rev-parse", "HEAD^{tree}"))


def test_patches_that_both_histories_hold_are_found(repo: gitrepo.Repository, open_repository: Open) -> None:
    diverged(repo, ours={"a": "1\n"}, theirs={"b": "1\n"})
    repo.git("cherry-pick", "main")
    picked = repo.head
    own = repo.commit("Own", {"c": "1\n"})

    same = open_repository(repo.root).same_patches("main", "feat/x")

    assert same == {picked, repo.git("rev-parse", "main")}
    assert own not in same


def test_commits_that_change_the_same_lines_beside_others_are_told(
    repo: gitrepo.Repository, open_repository: Open
) -> None:
    diverged(repo, ours={"a": "0\n1\nours\n"}, theirs={"a": "0\ntheirs\n"})
    own = repo.commit("Add", {"a": "new\n0\n1\nours\n", "with\nline end": "x\n"})
    same = repo.commit("Add elsewhere", {"a": "new\n0\n1\nnew\nours\n"})
    empty = repo.commit("Nothing")
    repo.switch("main")
    other = repo.commit("Add", {"a": "new\n0\ntheirs\n", "with\nline end": "x\n"})
    less = repo.commit("Add again", {"a": "new\n0\ntheirs\nnew\n"})
    opened = open_repository(repo.root)

    assert opened.same_lines([(own, other), (same, less), (own, less), (empty, own)]) == {(own, other), (same, less)}
    assert opened.same_lines([]) == frozenset()
