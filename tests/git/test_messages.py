"""What commit messages say of merges, reverts and phases, as git has them and nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from gaterunner.git.held import HeldReader
from tests.git.conftest import Open
from tests.gitrepo import Repository


def test_of_a_mainline_only_the_messages_that_speak_are_told_newest_first(
    repo: Repository, open_repository: Open
) -> None:
    repo.switch("feat/x", create=True)
    repo.commit("This reverts commit 0123456789 beside the mainline", {"x.py": "x = 1\n"})
    repo.switch("main")
    merged = repo.merge("feat/x", "Merge branch 'feat/x'")
    repo.commit("Say nothing of it", {"a.py": "a = 1\n"})
    repo.commit("Emerge, say no pull request #1\n\nNo gaterunner-phase: x, it reverts to ß", {"a.py": "a = 3\n"})
    marked = repo.commit("Work\n\ngaterunner-PHASE: x", {"a.py": "a = 2\n"})

    found = open_repository(repo.root).mainline(repo.head)

    assert [message.commit for message in found.messages] == [marked, merged]
    assert [len(message.parents) for message in found.messages] == [1, 2]
    assert found.messages[1].text == "Merge branch 'feat/x'\n"
    assert not found.cut_off


def test_of_a_range_every_commit_is_looked_at(repo: Repository, open_repository: Open) -> None:
    base = repo.head
    repo.switch("beside", create=True)
    inner = repo.commit("Inner\n\nGaterunner-Phase: x", {"x.py": "x = 1\n"})
    repo.switch("main")
    merged = repo.merge("beside", "Merge branch 'beside'")
    reader = open_repository(repo.root)

    assert {message.commit for message in reader.messages(base, repo.head)} == {inner, merged}
    assert reader.messages(base, base) == ()


def test_a_message_of_a_hundred_thousand_empty_lines_is_read_at_once(repo: Repository, open_repository: Open) -> None:
    base, tree = repo.head, repo.git("rev-parse", "HEAD^{tree}")
    text = b"Emerge" + b"\n-" * 100_000
    silent = repo.git("commit-tree", tree, "-p", base, input=text + b"\nx")
    marked = repo.git("commit-tree", tree, "-p", silent, input=text + b" > Gaterunner-Phase: x")

    assert [message.commit for message in open_repository(repo.root).messages(base, marked)] == [marked]


def test_of_the_ids_asked_for_those_are_told_that_the_history_holds(repo: Repository, open_repository: Open) -> None:
    repo.switch("beside", create=True)
    beside = repo.commit("Beside", {"x.py": "x = 1\n"})
    repo.switch("main")
    first = repo.head
    repo.commit("Later", {"a.py": "a = 1\n"})
    tree = repo.git("rev-parse", "HEAD^{tree}")

    found = open_repository(repo.root).mainline(repo.head, (first, beside, "f" * 40, tree))

    assert found.held == {first}


def test_a_replaced_commit_says_what_it_always_said(repo: Repository, open_repository: Open) -> None:
    plain = repo.commit("Plain", {"a.py": "a = 1\n"})
    tree, parent = repo.git("rev-parse", "HEAD^{tree}"), repo.git("rev-parse", "HEAD^")
    other = repo.git("commit-tree", tree, "-p", parent, "-m", "Work\n\nGaterunner-Phase: x")
    repo.git("replace", plain, other)

    assert open_repository(repo.root).mainline(plain).messages == ()


def test_a_shallow_clone_says_that_it_is_cut_off_only_where_it_is(
    repo: Repository, open_repository: Open, tmp_path: Path
) -> None:
    repo.commit("Second", {"a.py": "a = 1\n"})
    repo.commit("Third", {"a.py": "a = 2\n"})
    cut = Repository.clone(repo, tmp_path / "cut", "--depth", "2")

    assert open_repository(cut.root).mainline(cut.head).cut_off
    assert not open_repository(repo.root).mainline(repo.head).cut_off


def test_held_messages_are_those_from_before(repo: Repository, open_repository: Open) -> None:
    base = repo.head
    repo.commit("Work\n\nGaterunner-Phase: x", {"a.py": "a = 1\n"})
    reader = open_repository(repo.root)
    held = HeldReader(reader, records=(), trees=(), mainlines=[(repo.head, ())], messages=[(base, repo.head)])

    assert held.mainline(repo.head) == reader.mainline(repo.head)
    assert held.messages(base, repo.head) == reader.messages(base, repo.head)
    with pytest.raises(KeyError):
        held.mainline(base)
    with pytest.raises(KeyError):
        held.messages(repo.head, base)
