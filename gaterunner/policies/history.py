"""What `clean-main` needs of a change's history, so that it can be read before anything of the branch runs."""

from __future__ import annotations

from msgspec import Struct

from gaterunner.model import Change, Commit


class History(Struct, frozen=True, kw_only=True):
    """``merges`` are the merge commits of the change, GitHub's test merge included. ``target`` is what the target got
    since the branch left it (base, tip), None when that is nothing; ``tip`` is what would be merged into it."""

    merges: tuple[Commit, ...]
    target: tuple[str, str] | None
    tip: str


def history_of(change: Change) -> History:
    """What is to be read; pure."""
    merges = [commit for commit in change.commits if len(commit.parents) > 1]
    if change.merge is not None:
        merges.append(_test_merge(change, change.merge))
    moved = change.base != change.base_tip
    return History(
        merges=tuple(merges),
        target=(change.base, change.base_tip) if moved else None,
        tip=change.judged if change.merge is None else change.head,
    )


def _test_merge(change: Change, sha: str) -> Commit:
    """Its parents are all that is asked of it: who made it is whoever checked out."""
    return Commit(
        sha=sha,
        parents=(change.base_tip, change.head),
        author="",
        author_email="",
        authored="",
        committer="",
        committer_email="",
        committed="",
        subject="",
    )
