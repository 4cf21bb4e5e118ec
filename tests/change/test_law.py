"""Which commit's workflow file is in force: never one that the branch could choose."""

from __future__ import annotations

from pathlib import Path

from tests import gitrepo
from tests.change.conftest import Determine
from tests.change.test_events import event
from tests.gitrepo import Repository as Remote

WORKFLOW = ".gaterunner.yml"


def cloned(remote: Remote, root: Path, ref: str) -> gitrepo.Repository:
    """As actions/checkout does it: one shallow fetch, a detached HEAD."""
    clone = gitrepo.Repository.create(root)
    clone.git("remote", "add", "origin", f"file://{remote.root}")
    clone.git("fetch", "-q", "--no-tags", "--depth=1", "origin", ref)
    clone.git("checkout", "-q", "--detach", "FETCH_HEAD")
    return clone


def test_an_old_fork_point_does_not_bring_back_an_old_law(remote: Remote, tmp_path: Path, determine: Determine) -> None:
    remote.commit("Weak", {WORKFLOW: "weak\n"})
    remote.switch("feat/x", create=True)
    head = remote.commit("Work", {"a": "1\n"})
    remote.switch("main")
    strict = remote.commit("Strict", {WORKFLOW: "strict\n"})
    clone = cloned(remote, tmp_path / "clone", "feat/x")

    change = determine(clone, event("pull_request", head, head_branch="feat/x", base_branch="main", number=7))

    assert change.law == strict


def test_a_push_to_a_branch_is_judged_by_the_default_branchs_law(
    remote: Remote, tmp_path: Path, determine: Determine
) -> None:
    law = remote.commit("Strict", {WORKFLOW: "strict\n"})
    remote.switch("feat/x", create=True)
    before = remote.commit("Weaken", {WORKFLOW: "weak\n"})
    head = remote.commit("Use it", {"a": "1\n"})
    clone = cloned(remote, tmp_path / "clone", "feat/x")

    change = determine(clone, event("push", head, before=before, head_branch="feat/x"))

    assert (change.base, change.law, change.on_default) == (before, law, False)


def test_a_push_to_the_default_branch_is_judged_by_the_law_before_it(
    remote: Remote, tmp_path: Path, determine: Determine
) -> None:
    before = remote.commit("Strict", {WORKFLOW: "strict\n"})
    head = remote.commit("Weaken", {WORKFLOW: "weak\n"})
    clone = cloned(remote, tmp_path / "clone", "main")

    change = determine(clone, event("push", head, before=before, head_branch="main"))

    assert (change.law, change.target, change.on_default) == (before, None, True)
