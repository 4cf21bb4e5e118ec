"""What `clean-main` needs of a change's history, so that it can be read before anything of the branch runs."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from gaterunner.model import Change, Commit, Event


class History(Struct, frozen=True, kw_only=True):
    """``commits`` are those of the change, ``merges`` the merge commits among them and GitHub's test merge. ``target``
    is what the target got since the branch left it (base, tip), None when that is nothing; ``tip`` is what would be
    merged into it."""

    commits: tuple[Commit, ...]
    merges: tuple[Commit, ...]
    target: tuple[str, str] | None
    tip: str


def history_of(change: Change) -> History:
    """What is to be read; pure."""
    merges = [commit for commit in change.commits if len(commit.parents) > 1]
    if change.merge is not None:
        merges.append(_test_merge(change, change.merge))
    # What a push replaced is no target: whoever rebases a branch and pushes it rewrites what was only there.
    is_push = change.event is Event.PUSH and change.target is None
    moved = change.base != change.base_tip and not is_push
    return History(
        commits=change.commits,
        merges=tuple(merges),
        target=(change.base, change.base_tip) if moved else None,
        tip=change.judged if change.merge is None else change.head,
    )


def same_label(commits: Iterable[Commit], public: Iterable[Commit]) -> tuple[tuple[str, str], ...]:
    """Ids of a commit of the branch and of one on the target that have author, author's date and subject in common.

    Merges are left out, and so is what is one and the same commit.
    """
    known = {_label(commit): commit.sha for commit in public if len(commit.parents) <= 1}
    pairs = ((commit.sha, known.get(_label(commit))) for commit in commits if len(commit.parents) <= 1)
    return tuple((own, other) for own, other in pairs if other is not None and other != own)


def _label(commit: Commit) -> tuple[str, str, str, str]:
    return (commit.author, commit.author_email, commit.authored, commit.subject)


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
