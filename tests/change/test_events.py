"""The change of a run on GitHub, from the checkouts that actions/checkout makes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from gaterunner.change import ChangeOptions, determine_change
from gaterunner.errors import EvaluationError, UsageError
from gaterunner.git import Repository
from gaterunner.github.events import GitHubEvent
from gaterunner.model import Event
from tests import gitrepo
from tests.change.conftest import Determine

FETCHED = "a part of the history was fetched, as the clone does not hold all of it"
ZEROS = "0" * 40


def event(kind: str, head: str, /, **fields: Any) -> GitHubEvent:
    known = {"repository": "octo/shop", "sha": head, "ref": "", "actor": "", "run_id": "1", "run_attempt": 1}
    known |= {"server_url": "https://github.com", "api_url": "https://api.github.com", "default_branch": "main"}
    return GitHubEvent(**{"name": kind, "head_sha": head, **known, **fields})


class Pull(Struct, frozen=True):
    """A pull request on the remote: ``start`` is where it left main, ``main`` the target, ``merge`` the test merge."""

    remote: gitrepo.Repository
    start: str
    main: str
    head: str
    merge: str

    def checkout(self, root: Path, what: str, *options: str) -> gitrepo.Repository:
        """As actions/checkout does it: an empty repository, one fetch, a detached HEAD."""
        clone = gitrepo.Repository.create(root)
        clone.git("remote", "add", "origin", f"file://{self.remote.root}")
        clone.git("fetch", "-q", "--no-tags", *options, "origin", what)
        clone.git("checkout", "-q", "--detach", "FETCH_HEAD")
        return clone

    def event(self, **fields: Any) -> GitHubEvent:
        sides = {"head_branch": "feat/x", "base_branch": "main", "base_sha": self.start, "number": 7}
        return event("pull_request", self.head, **{"sha": self.merge, **sides, **fields})


@pytest.fixture
def pull(remote: gitrepo.Repository) -> Pull:
    for number in range(3):
        remote.commit(f"Before {number}", {"before": f"{number}\n"})
    start = remote.head
    remote.switch("feat/x", create=True)
    remote.commit("One", {"a": "1\n", "gone": "a key\n"})
    head = remote.commit("Two", {"a": "2\n", "gone": None})
    remote.switch("main")
    main = remote.commit("Meanwhile", {"b": "b\n"})
    remote.git("checkout", "-q", "--detach")
    merge = remote.merge("feat/x", "Merge feat/x into main")
    remote.git("update-ref", "refs/pull/7/merge", merge)
    remote.git("update-ref", "refs/pull/7/head", head)
    remote.switch("main")
    return Pull(remote, start, main, head, merge)


def test_a_pull_request_is_judged_as_it_would_be_merged(pull: Pull, tmp_path: Path, determine: Determine) -> None:
    clone = pull.checkout(tmp_path / "clone", "refs/pull/7/merge")
    change = determine(clone, pull.event())
    assert change.event is Event.PULL_REQUEST
    assert (change.base, change.base_tip) == (pull.main, pull.main)
    assert (change.head, change.judged, change.merge) == (pull.head, pull.merge, pull.merge)
    assert (change.branch, change.target) == ("feat/x", "main")
    assert [commit.subject for commit in change.commits] == ["Two", "One"]
    assert [(file.path, file.status) for file in change.files] == [("a", "A")]
    assert change.notes == ()


@pytest.mark.parametrize("options", [("--depth=1",), ("--depth=2",), ("--depth=1", "--filter=blob:none")], ids=str)
def test_a_shallow_checkout_is_completed(
    options: tuple[str, ...], pull: Pull, tmp_path: Path, opened: Callable[[Path], Repository], determine: Determine
) -> None:
    clone = pull.checkout(tmp_path / "clone", "refs/pull/7/merge", *options)
    change = determine(clone, pull.event())
    assert (change.base, change.merge) == (pull.main, pull.merge)
    assert [commit.subject for commit in change.commits] == ["Two", "One"]
    assert change.notes == (FETCHED,)
    assert clone.git("rev-parse", "--is-shallow-repository") == "true"


def test_after_completing_everything_can_be_read(pull: Pull, tmp_path: Path) -> None:
    clone = pull.checkout(tmp_path / "clone", "refs/pull/7/merge", "--depth=1")
    with Repository.open(clone.root, env=os.environ) as repository:
        change = determine_change(repository, ChangeOptions(), pull.event())
        records = list(repository.records(change.base, change.judged))
        ids = [id for record in records for id in (record.blob, *record.parent_blobs) if id != ZEROS]
        contents = {blob.data for blob in repository.blobs(ids)}
        assert contents == {b"a key\n", b"1\n", b"2\n"}
        for entry in repository.tree(change.base):
            assert repository.read(change.base, entry.path) is not None


def test_the_targets_newest_files_can_be_read_too(pull: Pull, tmp_path: Path) -> None:
    clone = pull.checkout(tmp_path / "clone", "refs/pull/7/head", "--depth=1")
    with Repository.open(clone.root, env=os.environ) as repository:
        change = determine_change(repository, ChangeOptions(), pull.event())
        assert change.base_tip == pull.main != change.base
        assert repository.read(change.base_tip, "b") == b"b\n"
        assert repository.read(change.base, "before") == b"2\n"


def test_a_checkout_that_cannot_be_completed_is_an_error(pull: Pull, tmp_path: Path, determine: Determine) -> None:
    clone = pull.checkout(tmp_path / "clone", "refs/pull/7/merge", "--depth=1")
    clone.git("remote", "set-url", "origin", "ext::sh -c touch% /tmp/never")
    with pytest.raises(EvaluationError, match="transport 'ext' not allowed") as caught:
        determine(clone, pull.event())
    assert "fetch-depth: 0" in str(caught.value.help)


@pytest.mark.parametrize("options", [(), ("--depth=1",)], ids=["whole", "shallow"])
def test_a_checkout_of_the_head_is_compared_with_the_target(
    options: tuple[str, ...], pull: Pull, tmp_path: Path, determine: Determine
) -> None:
    clone = pull.checkout(tmp_path / "clone", "refs/pull/7/head", *options)
    change = determine(clone, pull.event())
    assert (change.base, change.base_tip) == (pull.start, pull.main)
    assert (change.head, change.judged, change.merge) == (pull.head, pull.head, None)
    assert [commit.subject for commit in change.commits] == ["Two", "One"]


def test_a_checkout_of_something_else_is_an_error(pull: Pull, tmp_path: Path, determine: Determine) -> None:
    clone = pull.checkout(tmp_path / "clone", "main")
    with pytest.raises(EvaluationError, match=f"the checkout is of {pull.main[:12]}, which is neither") as caught:
        determine(clone, pull.event())
    assert "actions/checkout without `ref`" in str(caught.value.help)


def test_a_merge_of_the_branchs_own_making_is_no_test_merge(pull: Pull, tmp_path: Path, determine: Determine) -> None:
    pull.remote.git("checkout", "-q", "--detach", pull.start)
    pull.remote.commit("A law of our own", {".gaterunner.yml": "workflow: {}\n"})
    forged = pull.remote.merge("feat/x", "Merge feat/x")
    pull.remote.git("update-ref", "refs/heads/forged", forged)
    clone = pull.checkout(tmp_path / "clone", "refs/heads/forged")
    for name in ("pull_request", "pull_request_target"):
        with pytest.raises(EvaluationError, match="which is neither the head"):
            determine(clone, pull.event(name=name))


def test_a_policy_only_run_takes_the_test_merge(pull: Pull, tmp_path: Path, determine: Determine) -> None:
    clone = pull.checkout(tmp_path / "clone", "refs/pull/7/merge", "--depth=2")
    change = determine(clone, pull.event(name="pull_request_target", sha=pull.main))
    assert (change.base, change.merge) == (pull.main, pull.merge)


def test_files_that_an_earlier_step_left_are_judged_and_said(pull: Pull, tmp_path: Path, determine: Determine) -> None:
    clone = pull.checkout(tmp_path / "clone", "refs/pull/7/merge")
    clone.write({"left.txt": "x\n"})
    change = determine(clone, pull.event())
    assert change.dirty
    assert change.merge == pull.merge != change.judged
    assert [file.path for file in change.files] == ["a", "left.txt"]


def test_a_push_is_compared_with_what_was_there(pull: Pull, tmp_path: Path, determine: Determine) -> None:
    clone = pull.checkout(tmp_path / "clone", "main", "--depth=1")
    change = determine(clone, event("push", pull.main, before=pull.start, head_branch="main"))
    assert change.event is Event.PUSH
    assert (change.base, change.head, change.branch) == (pull.start, pull.main, "main")
    assert [commit.subject for commit in change.commits] == ["Meanwhile"]


def test_a_new_branch_is_compared_with_the_default_branch(pull: Pull, tmp_path: Path, determine: Determine) -> None:
    clone = pull.checkout(tmp_path / "clone", "feat/x", "--depth=1")
    change = determine(clone, event("push", pull.head, head_branch="feat/x"))
    assert (change.base, change.base_tip, change.target) == (pull.start, pull.main, "main")
    assert len(change.commits) == 2


def test_a_forced_push_is_compared_with_what_both_share(pull: Pull, tmp_path: Path, determine: Determine) -> None:
    clone = pull.checkout(tmp_path / "clone", "feat/x")
    clone.git("fetch", "-q", "origin", "main")
    change = determine(clone, event("push", pull.head, before=pull.main, head_branch="feat/x", forced=True))
    assert change.base == pull.start
    assert f"the push replaced {pull.main[:12]}" in change.notes


def test_a_forced_push_over_commits_that_are_gone(pull: Pull, tmp_path: Path, determine: Determine) -> None:
    clone = pull.checkout(tmp_path / "clone", "feat/x", "--depth=1")
    change = determine(clone, event("push", pull.head, before="d" * 40, head_branch="feat/x", forced=True))
    assert (change.base, change.target) == (pull.start, "main")
    assert "the push replaced dddddddddddd, which is gone" in change.notes


def test_commits_that_are_gone_without_force_are_an_error(pull: Pull, tmp_path: Path, determine: Determine) -> None:
    clone = pull.checkout(tmp_path / "clone", "feat/x", "--depth=1")
    with pytest.raises(EvaluationError, match="could not be fetched"):
        determine(clone, event("push", pull.head, before="d" * 40, head_branch="feat/x"))


def test_a_merge_queue_is_judged_against_its_target(pull: Pull, tmp_path: Path, determine: Determine) -> None:
    pull.remote.git("checkout", "-q", "--detach", pull.merge)
    earlier = pull.remote.commit("An earlier entry of the queue", {"c": "c\n"})
    entry = pull.remote.commit("This entry", {"d": "d\n"})
    pull.remote.git("update-ref", "refs/heads/queue", entry)
    clone = pull.checkout(tmp_path / "clone", "refs/heads/queue", "--depth=1")
    change = determine(clone, event("merge_group", entry, base_sha=earlier, base_branch="main", head_branch="queue"))
    assert change.event is Event.MERGE_GROUP
    assert (change.base, change.target) == (pull.main, "main")
    assert [file.path for file in change.files] == ["a", "c", "d"]


def test_a_scheduled_run_on_the_default_branch_is_empty(pull: Pull, tmp_path: Path, determine: Determine) -> None:
    clone = pull.checkout(tmp_path / "clone", "main", "--depth=1")
    change = determine(clone, event("schedule", pull.main, head_branch="main", default_branch=None))
    assert change.is_empty
    assert change.event is Event.PUSH


def test_a_push_must_be_what_is_checked_out(pull: Pull, tmp_path: Path, determine: Determine) -> None:
    clone = pull.checkout(tmp_path / "clone", "main")
    with pytest.raises(EvaluationError, match=f"the checkout is of {pull.main[:12]}, but the event push is about"):
        determine(clone, event("push", pull.head, before=pull.start, head_branch="feat/x"))


def test_nothing_checked_out_is_told(tmp_path: Path, determine: Determine) -> None:
    empty = gitrepo.Repository.create(tmp_path / "empty")
    with pytest.raises(EvaluationError, match="nothing is checked out") as caught:
        determine(empty, event("push", "a" * 40, before="b" * 40))
    assert "actions/checkout" in str(caught.value.help)


def test_the_head_is_githubs_to_say(pull: Pull, tmp_path: Path, determine: Determine) -> None:
    clone = pull.checkout(tmp_path / "clone", "refs/pull/7/merge")
    with pytest.raises(UsageError, match="--head cannot be given on the event pull_request"):
        determine(clone, pull.event(), head="HEAD")
