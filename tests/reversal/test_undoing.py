"""What taking a merge back from a newer tree comes to, on real repositories."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gaterunner.git.repository import Repository as Checkout
from gaterunner.model import Outcome
from gaterunner.reversal.types import Undoing, Undone
from gaterunner.reversal.undoing import undo
from tests.gitrepo import Files, Repository

LINES = "".join(f"{number}\n" for number in range(1, 30))


def undone(repo: Repository, *commits: str, onto: str = "HEAD") -> tuple[Undone, dict[str, str]]:
    """What came of it, and the files of the result with their modes and blobs."""
    with Checkout.open(repo.root, env=dict(os.environ)) as checkout:
        target = checkout.resolve(onto)
        assert target is not None
        found, result = undo(checkout, None, Undoing(name="it", commits=commits), target)
        return found, {entry.path: f"{entry.mode} {entry.blob}" for entry in checkout.tree(result)}


def files(repo: Repository, commit: str) -> dict[str, str]:
    with Checkout.open(repo.root, env=dict(os.environ)) as checkout:
        return {entry.path: f"{entry.mode} {entry.blob}" for entry in checkout.tree(commit)}


def merged(repo: Repository, name: str, work: Files) -> str:
    """The merge of a branch with one commit into main."""
    repo.switch(name, create=True)
    repo.commit(f"Work of {name}", work)
    repo.switch("main")
    return repo.merge(name, f"Merge branch '{name}'")


def everything(root: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_a_merge_is_taken_back_and_what_came_later_stays(repo: Repository) -> None:
    repo.commit("Base", {"a.txt": LINES})
    merge = merged(repo, "feat/x", {"a.txt": LINES.replace("3\n", "three\n", 1), "new.txt": "new\n"})
    repo.commit("Later", {"a.txt": LINES.replace("3\n", "three\n", 1) + "later\n", "b.txt": "b"})
    expected = repo.git("hash-object", "-w", "--stdin", input=(LINES + "later\n").encode())

    found, tree = undone(repo, merge)

    assert (found.outcome, found.carried, found.files) == (Outcome.PASSED, 2, 2)
    assert found.reason == "2 commits taken back: 2 files, +1 -2"
    assert tree["a.txt"] == f"100644 {expected}"
    assert "new.txt" not in tree
    assert "b.txt" in tree


def test_nothing_of_the_repository_is_written(repo: Repository) -> None:
    merge = merged(repo, "feat/x", {"a.txt": "a"})
    repo.commit("Later", {"b.txt": "b"})
    before = everything(repo.root)

    undone(repo, merge)

    assert everything(repo.root) == before


def test_conflicts_are_listed_by_path(repo: Repository) -> None:
    repo.commit("Base", {"a.txt": LINES, "c/d.txt": LINES, "fine.txt": "1\n"})
    work: Files = {"a.txt": LINES.replace("3\n", "three\n", 1), "c/d.txt": None, "fine.txt": "2\n", "gone.txt": "x\n"}
    merge = merged(repo, "feat/x", work)
    repo.commit("Later", {"a.txt": LINES.replace("3\n", "drei\n", 1), "gone.txt": "y\n"})

    found, _ = undone(repo, merge)

    assert (found.outcome, found.rule) == (Outcome.FAILED, "rollback/conflict")
    assert found.conflicts == ("a.txt", "gone.txt")
    assert found.reason == "2 paths conflict: a.txt, gone.txt"


def test_what_was_taken_back_already_is_told(repo: Repository) -> None:
    merge = merged(repo, "feat/x", {"a.txt": "a"})
    repo.git("revert", "--no-edit", "-m", "1", merge)

    found, _ = undone(repo, merge)

    assert (found.outcome, found.rule) == (Outcome.UNPROVEN, "rollback/nothing-left")
    assert found.reason == "nothing of it is left to take back"


def test_a_revert_that_was_reverted_can_be_taken_back_again(repo: Repository) -> None:
    base = repo.head
    merge = merged(repo, "feat/x", {"a.txt": "a"})
    repo.git("revert", "--no-edit", "-m", "1", merge)
    repo.git("revert", "--no-edit", "HEAD")

    found, tree = undone(repo, merge)

    assert found.outcome is Outcome.PASSED
    assert tree == files(repo, base)


def test_a_revert_is_taken_back_like_any_commit(repo: Repository) -> None:
    merge = merged(repo, "feat/x", {"a.txt": "a"})
    repo.git("revert", "--no-edit", "-m", "1", merge)

    found, tree = undone(repo, repo.head)

    assert found.outcome is Outcome.PASSED
    assert tree == files(repo, merge)


def test_an_octopus_is_taken_back_as_a_whole(repo: Repository) -> None:
    base = repo.head
    for name in ("one", "two", "three"):
        repo.switch(name, create=True, at=base)
        repo.commit(name, {f"{name}.txt": name})
    repo.switch("main")
    repo.git("merge", "-q", "--no-ff", "-m", "Octopus", "one", "two", "three")
    merge = repo.head
    repo.commit("Later", {"later.txt": ""})

    found, tree = undone(repo, merge)

    assert (found.outcome, found.carried) == (Outcome.PASSED, 4)
    assert tree == {**files(repo, base), "later.txt": tree["later.txt"]}


def test_criss_cross_merges_do_not_bring_back_what_was_not_asked_for(repo: Repository) -> None:
    """Two branches that merged each other have two best common ancestors; the reverse has one, whatever the shape."""
    repo.commit("Base", {"a.txt": LINES})
    repo.switch("side", create=True)
    side = repo.commit("Side", {"a.txt": LINES.replace("20\n", "twenty\n", 1)})
    repo.switch("main")
    main = repo.commit("Main", {"a.txt": LINES.replace("3\n", "three\n", 1)})
    repo.git("merge", "-q", "--no-ff", "-m", "Cross", side)
    first = repo.head
    repo.switch("side")
    repo.git("merge", "-q", "--no-ff", "-m", "Criss", main)
    repo.commit("More", {"more.txt": "more"})
    repo.switch("main")
    second = repo.merge("side", "Again")

    found, tree = undone(repo, second)
    assert found.outcome is Outcome.PASSED
    assert tree == files(repo, first)

    found, tree = undone(repo, first)
    assert found.outcome is Outcome.PASSED
    content = repo.git("hash-object", "--stdin", input=LINES.replace("3\n", "three\n", 1).encode())
    assert tree["a.txt"] == f"100644 {content}"


def test_a_merge_that_took_nothing_over_has_nothing_to_take_back(repo: Repository) -> None:
    repo.switch("old", create=True)
    repo.commit("Old", {"old.txt": ""})
    repo.switch("main")
    repo.commit("Main", {"main.txt": ""})
    repo.git("merge", "-q", "-s", "ours", "-m", "Theirs is dropped", "old")

    assert undone(repo, repo.head)[0].reason == "nothing of it is left to take back"


def test_links_modes_and_binary_files_go_back_too(repo: Repository) -> None:
    (repo.root / "link").symlink_to("README.md")
    base = repo.commit("Base", {"run.sh": "#!/bin/sh\n", "image.png": b"\x89PNG\0\1\2"})
    repo.switch("feat/x", create=True)
    (repo.root / "link").unlink()
    (repo.root / "link").symlink_to("/etc/passwd")
    (repo.root / "run.sh").chmod(0o755)
    repo.commit("Work", {"image.png": b"\x89PNG\0\1\3", "caf\u00e9\n.txt": "x"})
    repo.switch("main")
    merge = repo.merge("feat/x")

    found, tree = undone(repo, merge)

    assert found.outcome is Outcome.PASSED
    assert tree == files(repo, base)


def test_a_file_that_gives_way_to_a_folder_is_told_by_its_own_name(repo: Repository) -> None:
    repo.commit("Base", {"a": LINES})
    repo.switch("feat/x", create=True)
    repo.commit("Make room", {"a": None})
    repo.commit("Fill it", {"a/b": "x\n"})
    repo.switch("main")
    merge = repo.merge("feat/x")
    repo.commit("Later", {"a/b": "y\n"})

    assert undone(repo, merge)[0].conflicts == ("a", "a/b")


def test_a_binary_file_that_changed_again_conflicts(repo: Repository) -> None:
    repo.commit("Base", {"image.png": b"\x89PNG\0\1\2"})
    merge = merged(repo, "feat/x", {"image.png": b"\x89PNG\0\1\3"})
    repo.commit("Later", {"image.png": b"\x89PNG\0\1\4"})

    assert undone(repo, merge)[0].conflicts == ("image.png",)


def test_submodules_go_back_to_the_commit_that_they_were_at(repo: Repository) -> None:
    def pinned(digit: str) -> None:
        repo.git("update-index", "--add", "--cacheinfo", f"160000,{digit * 40},vendor/lib")
        repo.git("commit", "-q", "-m", f"Pin {digit}")

    pinned("1")
    repo.switch("feat/x", create=True)
    pinned("2")
    repo.switch("main")
    repo.git("merge", "-q", "--no-ff", "-m", "Merge", "feat/x")
    merge = repo.head

    found, tree = undone(repo, merge)
    assert (found.outcome, tree["vendor/lib"]) == (Outcome.PASSED, f"160000 {'1' * 40}")

    pinned("3")
    assert undone(repo, merge)[0].conflicts == ("vendor/lib",)


def test_what_the_tree_says_of_merging_has_no_say(repo: Repository) -> None:
    repo.commit("Base", {".gitattributes": "* merge=ours -diff\n", "a.txt": LINES})
    merge = merged(repo, "feat/x", {"a.txt": LINES.replace("3\n", "three\n", 1)})
    repo.git("config", "merge.ours.driver", "touch sprung")
    repo.commit("Later", {"a.txt": LINES.replace("3\n", "drei\n", 1)})

    assert undone(repo, merge)[0].conflicts == ("a.txt",)
    assert not (repo.root / "sprung").exists()


def test_several_commits_are_taken_back_one_after_the_other(repo: Repository) -> None:
    """A phase that was rebased onto the target: the later commit builds on the earlier one."""
    base = repo.head
    first = repo.commit("One", {"a.txt": "1\n"})
    other = repo.commit("Other", {"b.txt": "b"})
    second = repo.commit("Two", {"a.txt": "2\n"})

    found, tree = undone(repo, second, first)

    assert (found.outcome, found.carried) == (Outcome.PASSED, 2)
    assert tree == {**files(repo, base), "b.txt": files(repo, other)["b.txt"]}
    assert undone(repo, first, second)[0].outcome is Outcome.FAILED


def test_the_very_first_commit_can_be_taken_back(repo: Repository) -> None:
    root = repo.head
    repo.commit("Later", {"b.txt": "b"})

    assert set(undone(repo, root)[1]) == {"b.txt"}


def test_a_commit_that_is_not_there_to_be_taken_back_is_an_error(repo: Repository) -> None:
    repo.switch("feat/x", create=True)
    stranger = repo.commit("Work", {"a.txt": ""})

    found, _ = undone(repo, stranger, onto="main")

    assert found.outcome is Outcome.ERRORED
    main = repo.git("rev-parse", "main")
    said = f"{stranger[:12]} is no part of the history of {main[:12]}, so there is nothing of it to take back"
    assert found.reason == said


def test_a_history_that_is_cut_off_is_an_error(repo: Repository, tmp_path: Path) -> None:
    merge = merged(repo, "feat/x", {"a.txt": "a"})
    repo.commit("Later", {"b.txt": "b"})
    shallow = Repository.clone(repo, tmp_path / "shallow", "--depth", "1")

    found, _ = undone(shallow, merge)

    assert found.outcome is Outcome.ERRORED
    assert "is cut off (a shallow clone)" in found.reason
    assert "fetch-depth: 0" in (found.help or "")


def test_a_merge_at_the_edge_of_a_shallow_clone_is_an_error(repo: Repository, tmp_path: Path) -> None:
    merge = merged(repo, "feat/x", {"a.txt": "a"})
    shallow = Repository.clone(repo, tmp_path / "shallow", "--depth", "1")
    found, _ = undone(shallow, merge)

    assert (found.outcome, found.reason) == (
        Outcome.ERRORED,
        f"the history is cut off at {merge[:12]} (a shallow clone)",
    )
    assert "fetch-depth: 0" in (found.help or "")


def test_migrations_are_named_as_they_were_applied(repo: Repository) -> None:
    path = "db/migrations/20250101000000_a.sql"
    merge = merged(repo, "feat/x", {path: "-- migrate:up\ncreate table a ();\n", "a.txt": ""})

    assert undone(repo, merge)[0].migrations == (path,)


@pytest.mark.parametrize("name", ["-x", "a\tb", "\u202egnp.exe"])
def test_hostile_names_are_paths_like_any(repo: Repository, name: str) -> None:
    repo.commit("Base", {name: LINES})
    merge = merged(repo, "feat/x", {name: LINES + "x\n"})
    repo.commit("Later", {name: LINES + "y\n"})

    assert undone(repo, merge)[0].conflicts == (name,)
