"""The reverse of commits on a newer tree, as `git revert` would make it, without a work tree and without an index.

For each commit a child is made that holds its first parent's tree. Merged with the newer tree its merge base is exactly
that commit, whatever the history looks like (criss-cross merges too), so the merge takes back what the commit brought
and nothing else. All objects live in the private directory.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from gaterunner.errors import EvaluationError
from gaterunner.git import merges
from gaterunner.git.command import Git, committer, failure
from gaterunner.git.private import EMPTY_TREE
from gaterunner.git.repository import Repository

_CUT_OFF = (
    "check out with the whole history: actions/checkout with `fetch-depth: 0`, or locally `git fetch --unshallow`"
)
_SHORT = 12


class Reverse(Struct, frozen=True, kw_only=True):
    """What came of taking commits back one after the other.

    ``commit`` holds the tree after the last that could be taken back, on top of what it was taken back from. With
    ``conflicts`` (paths, sorted) the commit ``stopped_at`` was not, nor those after it. ``carried`` is how many commits
    they brought into the first-parent history, themselves counted.
    """

    commit: str
    conflicts: tuple[str, ...] = ()
    stopped_at: str | None = None
    carried: int = 0


def reverse(repository: Repository, commits: Sequence[str], onto: str) -> Reverse:
    """Takes ``commits``, newest first, back from the commit ``onto``. All are full ids.

    Raises ``EvaluationError`` for a commit that ``onto`` does not hold, and when an object is missing.
    """
    git, at, carried = repository.git.with_env(**committer()), onto, 0
    for commit in commits:
        _refuse_stranger(repository, commit, onto)
        parents = repository.parents(commit)
        carried += _carried(repository, commit, parents)
        before = f"{parents[0]}^{{tree}}" if parents else EMPTY_TREE[repository.private.object_format]
        undone = _commit(git, before, commit, f"what {commit[:_SHORT]} brought is taken back")
        merged = merges.merge(git, at, undone)
        if merged.conflicts:
            conflicts = tuple(sorted({_of_the_tree(path, at, undone) for path in merged.conflicts}))
            return Reverse(commit=at, conflicts=conflicts, stopped_at=commit, carried=carried)
        at = _commit(git, merged.tree, at, f"without {commit[:_SHORT]}")
    return Reverse(commit=at, carried=carried)


def holds(repository: Repository, commit: str, onto: str) -> bool:
    """True when the history of ``onto`` holds the commit. Raises ``EvaluationError`` where it is cut off."""
    done = repository.git.attempt("merge-base", "--is-ancestor", commit, onto)
    if done.returncode != 0 and repository.is_shallow():
        raise EvaluationError(
            f"the history of {onto[:_SHORT]} is cut off (a shallow clone), so whether it holds {commit[:_SHORT]} "
            "cannot be told",
            help=_CUT_OFF,
        )
    if done.returncode not in (0, 1):
        raise failure(f"looking for {commit[:_SHORT]} in the history of {onto[:_SHORT]}", done)
    return done.returncode == 0


def _refuse_stranger(repository: Repository, commit: str, onto: str) -> None:
    if not holds(repository, commit, onto):
        raise EvaluationError(
            f"{commit[:_SHORT]} is no part of the history of {onto[:_SHORT]}, so there is nothing of it to take back",
            help="name a commit that was merged; `git log --merges --first-parent` lists them",
        )
    if commit in repository.private.shallow():
        raise EvaluationError(f"the history is cut off at {commit[:_SHORT]} (a shallow clone)", help=_CUT_OFF)


def _of_the_tree(path: str, *sides: str) -> str:
    """Where a file stands in the way of a folder, git moves it to `path~COMMIT` and tells of that."""
    return re.sub(rf"~(?:{'|'.join(sides)})(?:_\d+)?$", "", path)


def subject_of(repository: Repository, commit: str) -> str:
    """The first line of a commit's message."""
    told = repository.git.run(
        *("log", "-1", "--no-color", "--no-notes", "--encoding=UTF-8", "--format=%s", commit, "--"),
        doing=f"reading the message of {commit}",
    )
    return told.decode("utf-8", "replace").strip()


def _carried(repository: Repository, commit: str, parents: tuple[str, ...]) -> int:
    """How many commits came with one: those that its first parent does not hold."""
    return repository.ahead(commit, parents[0]) if parents else 1


def _commit(git: Git, tree: str, parent: str, message: str) -> str:
    resolved = git.run("rev-parse", "--verify", "--end-of-options", tree, doing=f"looking up the files of {tree}")
    made = git.run("commit-tree", resolved.strip(), "-p", parent, "-m", message, doing="taking a commit back")
    return made.decode("ascii").strip()
